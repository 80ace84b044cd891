from fxrates.book import NoRate, RateBook
from fxrates.convert import Entry, convert_all
from fxrates.source import TableSource

__all__ = ["Entry", "NoRate", "RateBook", "TableSource", "convert_all"]
