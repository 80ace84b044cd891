import pytest

from providers.errors import BadSetting
from providers.vendors import VENDORS, headers, proxy, reach

PROXY = {"HTTPS_PROXY": "http://p:8080", "NO_PROXY": ".corp, example.org"}


def test_a_vendor_with_nothing_set():
    found = reach(VENDORS["gemini"], {})
    assert (found.key_from, found.url_from, found.endpoint.base_url) == ("", "", "")
    assert found.address == VENDORS["gemini"].address


def test_everything_that_can_be_set():
    environ = {
        "OPENAI_API_KEY": "k",
        "CODERGEN_OPENAI_URL": "http://127.0.0.1:9/",
        "OPENAI_BASE_URL": "http://passed.over/v1",
        "CODERGEN_OPENAI_HEADERS": "X-Team: a\nX-B: c:d",
        "CODERGEN_CONNECT_TIMEOUT": "3",
        "CODERGEN_STREAM_TIMEOUT": "4.5",
        "SSL_CERT_FILE": "/ca.pem",
    }
    found = reach(VENDORS["openai"], environ)
    endpoint = found.endpoint
    assert (found.key_from, found.url_from) == ("OPENAI_API_KEY", "CODERGEN_OPENAI_URL")
    assert (endpoint.base_url, endpoint.api_key) == ("http://127.0.0.1:9/v1", "k")
    assert endpoint.headers == {"X-Team": "a", "X-B": "c:d"}
    assert (endpoint.connect_timeout, endpoint.timeout, endpoint.ca_file) == (3.0, 4.5, "/ca.pem")


def test_the_second_name_of_a_key():
    assert reach(VENDORS["gemini"], {"GOOGLE_API_KEY": "g"}).key_from == "GOOGLE_API_KEY"


@pytest.mark.parametrize(
    ("environ", "named"),
    [
        ({"ANTHROPIC_BASE_URL": "api.example"}, "ANTHROPIC_BASE_URL"),
        ({"ANTHROPIC_BASE_URL": "ftp://x"}, "ANTHROPIC_BASE_URL"),
        ({"CODERGEN_STREAM_TIMEOUT": "soon"}, "CODERGEN_STREAM_TIMEOUT"),
        ({"CODERGEN_CONNECT_TIMEOUT": "-1"}, "CODERGEN_CONNECT_TIMEOUT"),
        ({"CODERGEN_STREAM_TIMEOUT": "nan"}, "CODERGEN_STREAM_TIMEOUT"),
        ({"CODERGEN_STREAM_TIMEOUT": "inf"}, "CODERGEN_STREAM_TIMEOUT"),
        ({"ANTHROPIC_BASE_URL": "http://[sk-secret"}, "ANTHROPIC_BASE_URL"),
        ({"ANTHROPIC_BASE_URL": "http://127.0.0.1:port"}, "ANTHROPIC_BASE_URL"),
        ({"ANTHROPIC_BASE_URL": "http://127.0.0.1:70000"}, "ANTHROPIC_BASE_URL"),
        ({"ANTHROPIC_BASE_URL": "http://me:sk-secret@127.0.0.1"}, "ANTHROPIC_BASE_URL"),
        ({"ANTHROPIC_BASE_URL": "sk-secret"}, "ANTHROPIC_BASE_URL"),
        ({"ANTHROPIC_CUSTOM_HEADERS": "sk-secret"}, "ANTHROPIC_CUSTOM_HEADERS"),
        ({"ANTHROPIC_CUSTOM_HEADERS": "X-A: sk-secret\x00"}, "ANTHROPIC_CUSTOM_HEADERS"),
        ({"ANTHROPIC_API_KEY": "sk-secret\nsk-secret"}, "ANTHROPIC_API_KEY"),
        ({"ANTHROPIC_API_KEY": "sk-secrét"}, "ANTHROPIC_API_KEY"),
    ],
)
def test_a_setting_that_cannot_be_read_is_named(environ, named):
    with pytest.raises(BadSetting, match=named) as caught:
        reach(VENDORS["anthropic"], environ)
    assert "sk-secr" not in caught.value.message


def test_the_end_of_a_keys_line_is_no_part_of_it():
    found = reach(VENDORS["anthropic"], {"ANTHROPIC_API_KEY": "sk-1\n"})
    assert (found.key_from, found.endpoint.api_key) == ("ANTHROPIC_API_KEY", "sk-1")
    assert reach(VENDORS["anthropic"], {"ANTHROPIC_API_KEY": " \n"}).key_from == ""


def test_blank_lines_between_headers():
    assert headers("N", "\nA: b\n\n") == {"A": "b"}


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("https://api.vendor.example", "http://p:8080"),
        ("http://api.vendor.example", ""),
        ("https://api.corp", ""),
        ("https://example.org", ""),
        ("https://notexample.org", "http://p:8080"),
        ("https://127.0.0.1:4", ""),
        ("https://localhost", ""),
        ("", "http://p:8080"),
    ],
)
def test_which_addresses_go_through_the_proxy(url, expected):
    assert proxy(PROXY, url) == expected


def test_one_proxy_for_all_and_none_at_all():
    assert proxy({"all_proxy": "socks5://p"}, "http://x.example") == "socks5://p"
    assert proxy({"HTTPS_PROXY": "http://p", "no_proxy": "*"}, "https://x.example") == ""
