"""OpenAI's Responses API on the vendor's SDK: streamed, stateless (`store` is false), reasoning carried along."""
