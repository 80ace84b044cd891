"""The project's modules imported anew in this process, with edits, and the collected tests called in them.

Much cheaper than collecting again; a coarse sieve, for what passes is tried properly. Runs inside a sandbox: standard
library only.
"""

import importlib
import os
import sys

import patching


class Fresh:
    """The tests of a suite against modules that are imported anew."""

    def __init__(self, suite):
        self._suite = suite
        root = os.path.join(os.path.realpath("."), "")
        self._own = {
            name: module
            for name, module in list(sys.modules.items())
            if os.path.realpath(getattr(module, "__file__", None) or "/").startswith(root) and name != "__main__"
        }
        self._known = frozenset(sys.modules)
        self._codes = patching.compiled(module.__file__ for module in self._own.values())
        self._finders = list(sys.meta_path)

    def covers(self, test_ids):
        """Whether every one of these tests can be called without the runner around it."""
        return all(self._suite.origin(test_id) is not None for test_id in test_ids)

    def enter(self, edits):
        """Forget the project's modules; the next import makes them from the edited text. Raises SyntaxError."""
        texts = {path: after for path, (_, after) in patching.changed_sources(edits).items()}
        codes = dict(self._codes)
        codes.update({path: compile(text, path, "exec", dont_inherit=True) for path, text in texts.items()})
        self._original = patching.codes_from(codes)
        for name in self._own:
            sys.modules.pop(name, None)
        sys.meta_path[:] = [f for f in self._finders if not type(f).__module__.startswith("_pytest")]

    def leave(self):
        """The old modules are back."""
        patching.SourceFileLoader.get_code = self._original
        sys.meta_path[:] = self._finders
        for name in [name for name in sys.modules if name not in self._known]:
            del sys.modules[name]
        sys.modules.update(self._own)

    def call(self, test_id):
        """Like the suite's own `call`."""
        origin = self._suite.origin(test_id)
        if origin is None:
            return None
        return self._suite.call_in(test_id, importlib.import_module(origin))

    def run(self, test_id, following=None, quick=False):
        """Only here to look like a suite: nothing that needs the runner comes this far."""
        return {"outcome": "error", "message": "needs the runner"}
