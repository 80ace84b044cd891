"""Everything that speaks chat completions, through litellm."""
