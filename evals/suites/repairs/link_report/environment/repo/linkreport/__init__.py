from linkreport.extract import Link, links
from linkreport.report import by_host, report

__all__ = ["Link", "by_host", "links", "report"]
