"""Sessions as they are kept: finding, telling of, exporting and importing them."""
