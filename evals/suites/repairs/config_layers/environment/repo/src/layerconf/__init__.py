"""Layered settings."""

from layerconf.layers import Layers
from layerconf.merge import REMOVED, overlay

__all__ = ["REMOVED", "Layers", "overlay"]
