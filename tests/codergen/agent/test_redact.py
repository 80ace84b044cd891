"""Secrets go, everything else stays, and pieces give what the whole gives."""

import random
import string

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from codergen.agent.redact import LONGEST, NOTHING, Redactor, known_secrets, marked, marker
from codergen.profiles.surroundings import InstructionFile, Surroundings

ALNUM = string.ascii_letters + string.digits


def drawn(count: int, letters: str = ALNUM) -> str:
    """Looks random, is the same each time, and no scanner of repositories takes it for a real key."""
    return "".join(random.Random(count).choices(letters, k=count))


TOKENS = {
    "anthropic_key": "sk-ant-" + "api03-" + drawn(93),
    "openai_key": "sk-" + "proj-" + drawn(60),
    "openrouter_key": "sk-or-" + "v1-" + drawn(64, "0123456789abcdef"),
    "google_key": "AI" + "za" + drawn(35),
    "github_token": "gh" + "p_" + drawn(36),
    "gitlab_token": "gl" + "pat-" + drawn(20),
    "slack_token": "xo" + "xb-123456789012-" + drawn(24),
    "aws_key_id": "AK" + "IA" + drawn(16, string.ascii_uppercase + "234567"),
    "stripe_key": "sk_" + "live_" + drawn(24),
    "huggingface_token": "h" + "f_" + drawn(34, string.ascii_letters),
    "npm_token": "np" + "m_" + drawn(36),
    "jwt": "ey" + "J" + drawn(30) + ".ey" + "J" + drawn(40) + "." + drawn(43),
    "private_key": "-----BEGIN RSA PRIVATE " + "KEY-----\n" + drawn(200) + "\n-----END RSA PRIVATE " + "KEY-----",
}
KEY = "Zx9-" + drawn(41)
REDACTOR = Redactor(known=known_secrets({"MY_API_KEY": KEY}))


@pytest.mark.parametrize("kind", TOKENS)
def test_tokens_show_by_their_shape(kind: str) -> None:
    for before, after in (("", ""), ("key=", "\n"), ('{"a": "', '"}'), ("export X='", "'; ls")):
        assert Redactor().text(before + TOKENS[kind] + after) == before + marker(kind) + after


@pytest.mark.parametrize(
    "text",
    [
        "git commit 60e1b31f00c4a1a2b3c4d5e6f7a8b9c0d1e2f3a4",
        "sha256:9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
        "sk-learn sk-ant-farm task-ant-api03 risk-proj-plan",
        "AKIA is a prefix; AIza too; ghp_ and xoxb-token as well",
        "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----",
        "-----BEGIN PUBLIC KEY-----\nMIIB\n-----END PUBLIC KEY-----",
        "550e8400-e29b-41d4-a716-446655440000",
        "os.environ['OPENAI_API_KEY']",
    ],
)
def test_what_is_no_secret_stays(text: str) -> None:
    assert Redactor().text(text) == text


def test_known_values_go_wherever_they_stand() -> None:
    assert REDACTOR.text(f"a{KEY}b {KEY}") == "a[redacted:MY_API_KEY]b [redacted:MY_API_KEY]"
    assert REDACTOR.value({"argv": ["-H", f"Bearer {KEY}"], "n": 1}) == {
        "argv": ["-H", "Bearer [redacted:MY_API_KEY]"],
        "n": 1,
    }


def test_a_known_value_that_an_output_limit_cut_goes_too() -> None:
    assert REDACTOR.text(f"x {KEY[:25]}") == "x [redacted:MY_API_KEY]"
    assert REDACTOR.text(f"{KEY[20:]} y") == "[redacted:MY_API_KEY] y"
    assert REDACTOR.text(KEY[:10]) == KEY[:10]


def test_a_models_words_lose_known_values_only() -> None:
    invented = TOKENS["github_token"]
    assert REDACTOR.said(f"{KEY} {invented}") == f"[redacted:MY_API_KEY] {invented}"


def test_which_variables_hold_secrets() -> None:
    environ = {
        "ANTHROPIC_API_KEY": "value-one-1",
        "AWS_SECRET_ACCESS_KEY": "value-two-2",
        "GITHUB_TOKEN": "value-three-3",
        "PGPASSWORD": "value-four-4",
        "DATABASE_URL": "postgres://me:value-five-5@localhost/db",
        "GOOGLE_APPLICATION_CREDENTIALS": "/home/me/key.json",
        "SSH_AUTH_SOCK": "/tmp/agent.1",
        "KEYBOARD_LAYOUT": "qwertz-de-nodeadkeys",
        "SESSION_TOKEN": "short",
        "PIN_TOKEN": "1234567890",
        "FEATURE_KEY": "disabled",
        "HOME": "/home/me",
    }
    assert {value for value, _ in known_secrets(environ)} == {
        "value-one-1", "value-two-2", "value-three-3", "value-four-4", "value-five-5"
    }  # fmt: skip
    assert known_secrets({}, {"given": "a-given-secret"}) == (("a-given-secret", "given"),)


def test_markers_are_stable_and_found() -> None:
    once = REDACTOR.text(f"{KEY} {TOKENS['npm_token']}")
    assert REDACTOR.text(once) == once
    assert marked(once)
    assert not marked("[redacted] [redacted:]")


def test_values_of_frozen_records() -> None:
    given_ = Surroundings(
        cwd="/w", date="d", timezone="t", platform="linux", os="o", shell="bash",
        instructions=(InstructionFile(path="/w/AGENTS.md", scope="project", text=f"use {KEY}"),),
    )  # fmt: skip
    assert REDACTOR.fields(given_).instructions[0].text == "use [redacted:MY_API_KEY]"
    assert REDACTOR.fields(given_).cwd == "/w"


def pieces(redactor: Redactor, parts: list[str]) -> tuple[str, list[str]]:
    held, shown = "", []
    for part in parts:
        told, held = redactor.step(held, part)
        shown.append(told)
    return "".join(shown) + redactor.text(held), shown


WORDS = st.sampled_from(["plain words ", "\n", "-----BEGIN ", "sk-", "eyJ", KEY[:9], *TOKENS.values(), KEY, " = ", "."])


@settings(max_examples=200, deadline=None)
@given(st.lists(WORDS, max_size=6), st.lists(st.integers(0, 400), max_size=8))
def test_pieces_never_show_a_part_of_a_secret(words: list[str], cuts: list[int]) -> None:
    text = " ".join(words)
    at = sorted({min(cut, len(text)) for cut in cuts})
    parts = [text[a:b] for a, b in zip([0, *at], [*at, len(text)], strict=True)]
    whole, _ = pieces(REDACTOR, parts)
    assert whole == REDACTOR.text(text)


@pytest.mark.parametrize("token", [*TOKENS.values(), KEY])
def test_character_by_character(token: str) -> None:
    text = f"before {token} after\n"
    whole, shown = pieces(REDACTOR, list(text))
    assert whole == REDACTOR.text(text)
    assert token[:20] not in "".join(shown)


def test_ordinary_output_is_not_held_back() -> None:
    told, held = REDACTOR.step("", "tests/test_a.py ........")
    assert (told, held) == ("tests/test_a.py ........", "")
    text = "-----BEGIN RSA PRIVATE KEY-----\n" + "x" * (LONGEST + 1)
    assert REDACTOR.step("", text) == (text, "")


def test_nothing_changes_nothing() -> None:
    value = {"a": [TOKENS["jwt"]]}
    assert NOTHING.value(value) is value
