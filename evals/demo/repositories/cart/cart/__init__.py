from cart.pricing import Line, total

__all__ = ["Line", "total"]
