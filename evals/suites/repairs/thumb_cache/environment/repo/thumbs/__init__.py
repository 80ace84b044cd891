from thumbs.cache import Entry, ThumbCache, TooLarge
from thumbs.gallery import Gallery
from thumbs.size import Size, fit
from thumbs.stats import Stats, summary

__all__ = ["Entry", "Gallery", "Size", "Stats", "ThumbCache", "TooLarge", "fit", "summary"]
