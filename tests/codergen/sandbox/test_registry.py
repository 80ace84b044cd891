"""Kinds by name."""

import pytest

from codergen.errors import UsageError
from codergen.sandbox.registry import KINDS, create


def test_host_must_be_typed() -> None:
    assert create("host").name == "host"
    assert {kind for kind in KINDS if KINDS[kind] is KINDS["host"]} == {"host"}


def test_an_unknown_kind_names_what_is_allowed() -> None:
    with pytest.raises(UsageError) as raised:
        create("dokcer")
    assert "'dokcer'" in raised.value.message
    assert all(kind in raised.value.remedy for kind in KINDS)
