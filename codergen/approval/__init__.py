"""Which calls may run: a mode, rules and, where there is one, a person decide. Everything but `gate.py` and the file
access in `config.py` is pure."""
