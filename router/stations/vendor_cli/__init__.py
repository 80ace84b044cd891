"""The vendors' own command-line tools as stations: what is the same for all of them.

`steps` is the language that their event streams are read into, `reading` adds it up, `ending` decides what a run
amounts to (all pure); `station` does the I/O. What differs stands in one module per tool beside this folder.
"""
