"""One script per acceptance topic; each prints the figures its issue asks for."""
