from buildorder.errors import BuildError, CycleError, MissingTarget
from buildorder.order import affected, build_order
from buildorder.reader import read

__all__ = ["BuildError", "CycleError", "MissingTarget", "affected", "build_order", "read"]
