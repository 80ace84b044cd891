from .measure import count, depth
from .node import Node, parse
from .toc import contents

__all__ = ["Node", "contents", "count", "depth", "parse"]
