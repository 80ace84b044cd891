"""Learning a vendor's harness from the vendor's own tool: what it asked, what it answered its model, in whose words."""
