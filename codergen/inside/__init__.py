"""Programs that run inside a sandbox, on whatever Python is there: standard library only, Python 3.8 and newer.

They are shown read-only under `/opt/codergen/inside` and import nothing of ours.
"""
