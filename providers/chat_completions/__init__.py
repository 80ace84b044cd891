"""The chat completions wire, pure: what `litellm_chat` and `local` both speak. No SDK, no I/O."""
