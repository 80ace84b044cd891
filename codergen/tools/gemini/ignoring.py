"""The ignore file that this family has besides git's."""

OWN_IGNORE_FILE = ".geminiignore"
