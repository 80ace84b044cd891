"""`make demo`: three real jobs on small repositories that it makes."""
