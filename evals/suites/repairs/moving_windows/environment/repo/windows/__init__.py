from windows.signals import alarms, means
from windows.slide import sliding

__all__ = ["alarms", "means", "sliding"]
