from datetime import date
from decimal import Decimal

import pytest

from providers import catalog
from providers.catalog import Catalog
from providers.errors import BadSetting
from providers.pricing import Price
from providers.types import ModelInfo

ROW = {
    "litellm_provider": "anthropic",
    "mode": "chat",
    "max_input_tokens": 1000,
    "max_output_tokens": 100,
    "input_cost_per_token": 4e-06,
    "output_cost_per_token": 2e-05,
    "cache_read_input_token_cost": 2e-07,
    "cache_creation_input_token_cost_above_1hr": 8e-06,
    "supports_function_calling": True,
    "supports_vision": False,
    "supports_reasoning": True,
    "supports_xhigh_reasoning_effort": True,
    "deprecation_date": "2027-01-31",
}
KNOWN = Catalog(rows={"claude-x": ROW, "gemini/g": {**ROW, "litellm_provider": "gemini"}}, release="1")


def test_a_listed_model():
    assert KNOWN.info("anthropic_messages", "claude-x") == ModelInfo(
        id="claude-x",
        context_tokens=1000,
        max_output_tokens=100,
        features=frozenset({"tools", "reasoning", "sampling", "forced_tools"}),
        efforts=("low", "medium", "high", "xhigh"),
    )
    assert KNOWN.price("anthropic_messages", "claude-x") == Price(
        input=Decimal("0.000004"),
        output=Decimal("0.00002"),
        cache_read=Decimal("2E-7"),
        cache_write_1h=Decimal("0.000008"),
        source="litellm 1",
    )


def test_a_model_that_nobody_lists_is_unknown_not_free():
    assert KNOWN.info("openai_responses", "new") == ModelInfo(id="new", context_tokens=None, max_output_tokens=None)
    assert KNOWN.price("openai_responses", "new") is None


@pytest.mark.parametrize(
    ("api", "model"),
    [("gemini_generate", "g"), ("litellm_chat", "gemini/g"), ("litellm_chat", "anthropic/claude-x")],
)
def test_names_of_one_model(api, model):
    assert KNOWN.price(api, model) is not None


def test_larger_requests_have_other_prices():
    row = {**ROW, "input_cost_per_token_above_200k_tokens": 8e-06}
    price = Catalog(rows={"m": row}).price("openai_responses", "m")
    [(limit, higher)] = price.above
    assert (limit, higher.input, higher.output) == (200_000, Decimal("0.000008"), Decimal("0.00002"))


def test_the_users_price_wins_and_is_kept_apart_by_provider(tmp_path):
    prices = tmp_path / "prices.toml"
    prices.write_text('[anthropic."claude-x"]\ninput = "1.5"\noutput = 3\ndated = 2026-11-22\n')
    known = Catalog(rows=KNOWN.rows, own=catalog.read_own(prices))
    assert known.price("anthropic_messages", "claude-x") == Price(
        input=Decimal("0.0000015"), output=Decimal("0.000003"), source="prices.toml", dated=date(2026, 11, 22)
    )
    assert known.price("litellm_chat", "anthropic/claude-x").input == Decimal("0.0000015")
    assert known.price("gemini_generate", "g").input == Decimal("0.000004")


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("[anthropic.m]\ninput = -1\n", 'anthropic."m".input = -1'),
        ('[anthropic.m]\ninput = "cheap"\n', "'cheap' is not dollars"),
        ("anthropic = 3\n", "got anthropic"),
        ("[[", "prices.toml"),
    ],
)
def test_a_bad_price_file_is_named(text, named, tmp_path):
    (tmp_path / "prices.toml").write_text(text)
    with pytest.raises(BadSetting, match=r"prices\.toml") as caught:
        catalog.read_own(tmp_path / "prices.toml")
    assert named in caught.value.message


def test_lists():
    assert [(one.provider, one.info.id, one.ends) for one in KNOWN.listed()] == [
        ("anthropic", "claude-x", date(2027, 1, 31)),
        ("gemini", "g", date(2027, 1, 31)),
    ]


def test_what_is_installed_lists_models_with_and_without_a_price():
    listed = {one.info.id: one for one in catalog.load().listed("anthropic")}
    assert listed["claude-opus-5-5"].price.input == Decimal("0.000004")
    assert listed["claude-opus-5-5"].info.max_output_tokens == 128_000
    assert listed["claude-fable-5-2"].price is None
