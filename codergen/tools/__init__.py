"""One tool per file; pure text work beside them."""
