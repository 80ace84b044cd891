"""Tasks, suites, acceptance figures, demo and benchmarks."""
