"""`codergen model` and what of `codergen provider` needs no service, through the command line in this process."""

import json

import pytest

from codergen.cli import main


@pytest.fixture
def codergen(home, monkeypatch, capsys):
    monkeypatch.setenv("CODERGEN_HOME", str(home))
    for name in ("ANTHROPIC_API_KEY", "OPENAI_API_KEY", "GEMINI_API_KEY", "GOOGLE_API_KEY"):
        monkeypatch.delenv(name, raising=False)

    def run(*words):
        code = main.run(words)
        said = capsys.readouterr()
        return code, said.out, said.err

    return run


def test_a_list_shows_prices_and_says_which_are_unknown(codergen):
    code, out, _ = codergen("model", "list", "claude-", "--provider", "anthropic")
    rows = {line.split()[0]: line.split() for line in out.splitlines()}
    assert code == 0
    assert rows["anthropic:claude-opus-5-5"][1:4] == ["1,000,000", "128,000", "4"]
    assert "unknown" in rows["anthropic:claude-fable-5-2"]
    assert "without a price" in out


def test_only_models_without_a_price(codergen):
    _, out, _ = codergen("model", "list", "--unpriced", "--json")
    models = json.loads(out)["models"]
    assert {"claude-fable-5-2", "gpt-6.2-sol"} <= {model["model"] for model in models}
    assert all(model["usd_per_million"] is None for model in models)


def test_a_price_of_your_own_is_kept_and_forgotten(codergen, home):
    name = "anthropic:claude-fable-5-2"
    code, out, _ = codergen("model", "price", name, "--input", "10", "--output", "50.5", "--cache-read", "0.25")
    assert (code, "50.5 $/M" in out, "prices.toml" in out) == (0, True, True)
    assert json.loads(codergen("model", "show", name, "--json")[1])["usd_per_million"]["output"] == "50.5"
    assert "0.25" in (home / "prices.toml").read_text()
    codergen("model", "price", "openai:gpt-6.2-sol", "--input", "1", "--output", "2")
    assert "unknown" in codergen("model", "price", name, "--forget")[1]
    assert "gpt-6.2-sol" in (home / "prices.toml").read_text()


@pytest.mark.parametrize(
    ("words", "named"),
    [
        (("show", "claude-opus-5-5"), "write PROVIDER:MODEL, e.g. anthropic:claude-opus-5-5"),
        (("show", "nobody:x"), "no provider 'nobody'"),
        (("price", "openai:x", "--input", "1"), "--input and --output"),
        (("price", "openai:x", "--input", "-1", "--output", "2"), "'-1' is not dollars"),
        (("price", "openai:x", "--input", "1", "--output", "2", "--forget"), "--forget and a price at once"),
        (("list", "--provider", "nobody"), "no provider 'nobody'"),
    ],
)
def test_bad_words_are_named_with_the_way_out(codergen, words, named):
    code, out, err = codergen("model", *words)
    assert (code, out) == (2, "")
    assert named in err


def test_a_bad_price_file_is_named(codergen, home):
    home.mkdir(exist_ok=True)
    (home / "prices.toml").write_text('[anthropic.m]\ninput = "cheap"\n')
    code, _, err = codergen("model", "list")
    assert code == 2
    assert "prices.toml" in err
    assert "'cheap'" in err


def test_providers_without_a_key(codergen):
    code, out, _ = codergen("provider", "list", "--json")
    assert code == 0
    assert [one["key_from"] for one in json.loads(out)["providers"]] == [None, None, None]
    for words in (("test",), ("test", "openai"), ("models", "openai")):
        code, _, err = codergen("provider", *words)
        assert code == 8
        assert "OPENAI_API_KEY" in err


def test_keys_are_named_never_shown(codergen, monkeypatch):
    monkeypatch.setenv("GOOGLE_API_KEY", "very-secret")
    monkeypatch.setenv("GOOGLE_GEMINI_BASE_URL", "http://127.0.0.1:1")
    _, out, _ = codergen("provider", "list")
    assert "GOOGLE_API_KEY" in out
    assert "http://127.0.0.1:1 (GOOGLE_GEMINI_BASE_URL)" in out
    assert "very-secret" not in out


def test_an_unknown_provider(codergen):
    code, _, err = codergen("provider", "test", "nobody")
    assert code == 2
    assert "anthropic, openai, gemini" in err
