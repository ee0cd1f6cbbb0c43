import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbom_gate.egress import Allowlist, UnacceptableEntry, parse_entry

REFUSED = {
    "": "is not one word: write one host in each entry",
    "a b": "is not one word: write one host in each entry",
    "example.org\n": "is not one word: write one host in each entry",
    "*": "names every host: name the hosts",
    "https://*": "names every host: name the hosts",
    "*.com": "is too wide: `*.` stands before two labels at least",
    "*.com.": "is too wide: `*.` stands before two labels at least",
    "*.": "is too wide: `*.` stands before two labels at least",
    "*.192.0.2.1": "is too wide: `*.` stands before two labels at least",
    "*.*": "has a `*` inside: `*` stands only first, as in `*.example.org`",
    "*bob.example.org": "has a `*` inside: `*` stands only first, as in `*.example.org`",
    "bob.ex*ample.org": "has a `*` inside: `*` stands only first, as in `*.example.org`",
    "*.*.example.org": "has a `*` inside: `*` stands only first, as in `*.example.org`",
    ".example.org": "starts with a dot: use `*.example.org`, and `example.org` for itself",
    "Example.org": "is not in canonical spelling: use `example.org`",
    "*.Example.org": "is not in canonical spelling: use `*.example.org`",
    "example.org.": "is not in canonical spelling: use `example.org`",
    "example..org": "names no host: such as api.example.org",
    "example.org,b.org": "names no host: such as api.example.org",
    "m\u00fcnchen.example": (
        "is not written in ASCII: use `xn--mnchen-3ya.example` if that is the host"
    ),
    "https://m\u00fcnchen.example": (
        "is not written in ASCII: use `https://xn--mnchen-3ya.example` if that is the host"
    ),
    "HTTPS://example.org": "has an unknown kind of scheme: use `https://`",
    "*://example.org": "has an unknown kind of scheme: name one",
    "https://example.org/": "ends in `/`: use `https://example.org`",
    "https://example.org/v1/": (
        "has a path: paths are not understood yet; the host is `https://example.org`"
    ),
    "example.org/v1": "has a path: paths are not understood yet; the host is `example.org`",
    "example.org?x": "has a path: paths are not understood yet; the host is `example.org`",
    "user@example.org": "has more than a host and a port: leave out `@`, `\\` and `%`",
    "example.org\\x": "has more than a host and a port: leave out `@`, `\\` and `%`",
    "ex%61mple.org": "has more than a host and a port: leave out `@`, `\\` and `%`",
    "example.org:": "has the port ``: a port is 1 to 65535",
    "example.org:0": "has the port `0`: a port is 1 to 65535",
    "example.org:0443": "has the port `0443`: a port is 1 to 65535",
    "example.org:65536": "has the port `65536`: a port is 1 to 65535",
    "example.org:*": "has the port `*`: a port is 1 to 65535",
    "example.org:80-90": "has the port `80-90`: a port is 1 to 65535",
    "::1": "is not a host and a port: an IPv6 address stands in brackets",
    "2001:db8::1": "is not a host and a port: an IPv6 address stands in brackets",
    "[2001:db8::1": "is not a host and a port: an IPv6 address stands in brackets",
    "[0:0:0:0:0:0:0:1]": "is no IP address in canonical spelling: use `[::1]`",
    "[::ffff:192.0.2.1]": "is no IP address in canonical spelling: use `192.0.2.1`",
    "0x7f.1": "is no IP address in canonical spelling: such as 192.0.2.1",
    "2130706433": "is no IP address in canonical spelling: such as 192.0.2.1",
    "10.0.0.0/8": "is a range of addresses: ranges are not understood yet",
    "10.0.0.0/8:443": "has a path: paths are not understood yet; the host is `10.0.0.0`",
    "hf:org/*": "names no host: hubs and buckets are not understood yet",
    "s3:bucket/prefix/": "names no host: hubs and buckets are not understood yet",
}


@pytest.mark.parametrize("text", REFUSED)
def test_an_entry_that_says_too_much_or_too_little_is_refused_with_advice(text):
    with pytest.raises(UnacceptableEntry) as caught:
        parse_entry(text)

    assert str(caught.value) == REFUSED[text]
    for allow, deny in (([text], []), ([], [text])):
        with pytest.raises(UnacceptableEntry):
            Allowlist.from_entries(allow, deny)


@pytest.mark.parametrize(
    ("text", "scheme", "host", "is_wildcard", "port"),
    [
        ("example.org", None, "example.org", False, None),
        ("*.example.org", None, "example.org", True, None),
        ("http://example.org:8080", "http", "example.org", False, 8080),
        ("https://*.a.b.example.org:1", "https", "a.b.example.org", True, 1),
        ("localhost:11434", None, "localhost", False, 11434),
        ("192.0.2.1", None, "192.0.2.1", False, None),
        ("[2001:db8::1]:65535", None, "[2001:db8::1]", False, 65535),
        ("xn--mnchen-3ya.example", None, "xn--mnchen-3ya.example", False, None),
        ("a_b.example.org", None, "a_b.example.org", False, None),
        ("git+ssh://example.org", "git+ssh", "example.org", False, None),
    ],
)
def test_an_entry_is_taken_apart(text, scheme, host, is_wildcard, port):
    entry = parse_entry(text)

    assert (entry.text, entry.scheme, entry.host) == (text, scheme, host)
    assert (entry.is_wildcard, entry.port) == (is_wildcard, port)


@given(st.text(max_size=30) | st.text("*.:/[]@aA1x%\\-\u00fc", max_size=30))
def test_any_text_is_an_entry_or_refused_with_advice(text):
    try:
        entry = parse_entry(text)
    except UnacceptableEntry as refused:
        advice = refused.advice
    else:
        advice = entry.host

    assert advice
