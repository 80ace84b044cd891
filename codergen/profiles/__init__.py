"""What one model family sees: prompt, tools, request layout, reading of answers."""
