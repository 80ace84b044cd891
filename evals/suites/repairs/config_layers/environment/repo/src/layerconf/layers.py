from layerconf.merge import overlay


class Layers:
    def __init__(self, defaults):
        self._defaults = defaults
        self._named = {}

    def add(self, name, values):
        self._named[name] = values

    def settings(self, *names):
        result = self._defaults
        for name in names:
            result = overlay(result, self._named[name])
        return result

    def get(self, path, *names, default=None):
        node = self.settings(*names)
        for part in path.split("."):
            if not isinstance(node, dict) or part not in node:
                return default
            node = node[part]
        return node
