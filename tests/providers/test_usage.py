"""Counts of each wire in our normal form, where nothing is counted twice."""

from providers.types import Usage
from providers.usage import READERS, anthropic, gemini, openai


def test_anthropic_splits_cache_writes_by_lifetime() -> None:
    wire = {
        "input_tokens": 10,
        "cache_read_input_tokens": 20,
        "cache_creation_input_tokens": 30,
        "cache_creation": {"ephemeral_5m_input_tokens": 25, "ephemeral_1h_input_tokens": 5},
        "output_tokens": 40,
        "output_tokens_details": {"thinking_tokens": 15},
    }
    assert anthropic(wire) == Usage(input=10, cache_read=20, cache_write=25, cache_write_1h=5, output=40, reasoning=15)
    assert anthropic({"cache_creation_input_tokens": 30, "cache_creation": None}) == Usage(cache_write=30)
    assert anthropic({"cache_creation": {"ephemeral_5m_input_tokens": 5}}) == Usage(cache_write=5)


def test_openai_counts_cached_and_written_within_input() -> None:
    wire = {
        "input_tokens": 100,
        "input_tokens_details": {
            "cached_tokens": 60,
            "cache_write_tokens": 30,
            "cache_write_tokens_details": {"ttl_12h_tokens": 10, "ttl_30m_tokens": 20},
        },
        "output_tokens": 40,
        "output_tokens_details": {"reasoning_tokens": 15},
    }
    assert openai(wire) == Usage(input=10, cache_read=60, cache_write=20, cache_write_1h=10, output=40, reasoning=15)
    assert openai({"input_tokens": 5, "output_tokens": 1}) == Usage(input=5, output=1)


def test_gemini_counts_thoughts_beside_candidates() -> None:
    wire = {
        "promptTokenCount": 100,
        "cachedContentTokenCount": 60,
        "toolUsePromptTokenCount": 3,
        "candidatesTokenCount": 40,
        "thoughtsTokenCount": 15,
    }
    assert gemini(wire) == Usage(input=43, cache_read=60, output=55, reasoning=15)
    assert gemini({"prompt_token_count": 9, "cached_content_token_count": 4}) == Usage(input=5, cache_read=4)


def test_nonsense_counts_as_nothing() -> None:
    for reader in READERS.values():
        assert reader({}) == Usage()
        assert reader({"input_tokens": "9", "promptTokenCount": -1, "output_tokens": None}) == Usage()
