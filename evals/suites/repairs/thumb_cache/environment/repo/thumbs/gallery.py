from thumbs.size import Size, fit


class Gallery:
    """Makes thumbnails on demand; `draw(name, size)` does the real work."""

    def __init__(self, pictures, draw, cache, box=Size(160, 120)):
        self.pictures = pictures
        self.draw = draw
        self.cache = cache
        self.box = box

    def show(self, name):
        data = self.cache.get(name)
        if data is None:
            size = fit(self.pictures[name], self.box)
            data = self.draw(name, size)
            self.cache.put(name, data, f"{size.width}x{size.height}")
        return data

    def remove(self, name):
        self.pictures.pop(name, None)
        self.cache.discard(name)

    def page(self, names):
        return [self.show(name) for name in names if name in self.pictures]
