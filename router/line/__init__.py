"""From packet to terminal state: reproduce, attempt, verify, decide, evidence."""
