"""What can take a job, one file or folder per kind."""
