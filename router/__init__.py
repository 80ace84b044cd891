"""The line: packets, stations, planner, verifier, evidence, outcomes."""
