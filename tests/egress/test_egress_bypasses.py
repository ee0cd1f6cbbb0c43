"""No payload of the public bypass collections gets past the list.

For each payload, several readers say which host it goes to. Whichever of those hosts is allowed,
the payload may only be allowed where every reader names that host.
"""

import json
import re
import urllib.parse

import pytest
from pydantic_core import Url, ValidationError

from lbom_gate.egress import Allowlist, UnacceptableEntry
from running import corpus_directory

CORPUS = corpus_directory() / "egress"
# Payloads in the manner of the collections, for where they are not at hand.
OWN = [
    "https://allowed.example@evil.example/",
    "https://evil.example@allowed.example/",
    "https://evil.example\\@allowed.example/",
    "https://allowed.example\\@evil.example/",
    "https://allowed.example:80@evil.example/",
    "https://allowed.example#@evil.example/",
    "https://allowed.example?@evil.example/",
    "https://allowed.example%2f@evil.example/",
    "https://evil.example%00.allowed.example/",
    "https://evil.example\t.allowed.example/",
    "https://allowed.example\u3002evil.example/",
    "https://allowed.example.\\.evil.example/",
    "https:\\\\evil.example\\allowed.example/",
    "https:evil.example/allowed.example",
    "https://[::ffff:127.0.0.1]/",
    "https://0177.0.0.1/",
    "https://2130706433/",
    "https://127.1/",
    "https://\u2460\u2461\u2466.\u24ea.\u24ea.\u2460/",
]


def orange():
    lines = (CORPUS / "orange_tuf_samples.txt").read_text().splitlines()
    return [line for line in lines if "://" in line]


def payloads_all_the_things():
    text = "".join(file.read_text() for file in sorted(CORPUS.glob("patt_ssrf_*.md")))
    return re.findall(r"[a-z0-9+]+://[^\s`\"'|)>]+", text)


def url_standard():
    cases = json.loads((CORPUS / "rust-url_urltestdata.json").read_text())
    return [case["input"] for case in cases if isinstance(case, dict)]


SOURCES = {
    "own": (lambda: OWN, 19),
    "orange": (orange, 28),
    "payloads-all-the-things": (payloads_all_the_things, 200),
    "url-standard": (url_standard, 800),
}


def url_standard_reader(url):
    """Return the host as browsers and Rust read it."""
    try:
        return Url(url).host
    except ValidationError:
        return None


def python_reader(url):
    try:
        return urllib.parse.urlsplit(url).hostname
    except ValueError:
        return None


def rfc_3986_reader(url):
    """Return the host by the regular expression of RFC 3986, appendix B; userinfo ends at @."""
    authority = re.match(r"(?:[^:/?#]+:)?(?://([^/?#]*))?", url)[1]
    return authority and authority.rpartition("@")[2]


def first_at_reader(url):
    """Return the host as readers do that take the first @ for the end of userinfo."""
    authority = re.match(r"(?:[^:/?#]+:)?(?://([^/?#]*))?", url)[1]
    return authority and authority.partition("@")[2]


def backslash_reader(url):
    """Return the host as readers do that take a backslash for a slash."""
    return python_reader(url.replace("\\", "/"))


def stripping_reader(url):
    """Return the host as readers do that drop white space and control characters."""
    return python_reader(re.sub(r"[\x00-\x20]", "", url))


def decoding_reader(url):
    """Return the host as readers do that decode it first."""
    return python_reader(urllib.parse.unquote(url))


def slash_reader(url):
    """Return the host after an @ as readers do that end the authority at a slash only."""
    authority = url.partition("://")[2].partition("/")[0]
    return authority.rpartition("@")[2] if "@" in authority else None


READERS = [
    url_standard_reader,
    python_reader,
    rfc_3986_reader,
    first_at_reader,
    backslash_reader,
    stripping_reader,
    decoding_reader,
    slash_reader,
]


def same_host(host):
    """Return a reading without what is no difference: case, brackets, one dot, a port."""
    host = re.sub(r":[0-9]*$", "", host) if not host.count(":") > 1 or "]" in host else host
    return host.lower().strip("[]").removesuffix(".")


def lists_naming(host, scheme):
    """Return a list for each way that somebody might allow the host."""
    bare = f"[{host}]" if ":" in host else host
    return [found for entry in (bare, f"{scheme}://{bare}") if (found := allowing(entry))]


def allowing(entry):
    try:
        return Allowlist.from_entries([entry])
    except UnacceptableEntry:
        return None


def agreed(url, host):
    """Whether all readers that find a host find this one."""
    return {same_host(found) for reader in READERS if (found := reader(url))} == {host}


@pytest.mark.parametrize("name", SOURCES)
def test_no_payload_is_allowed_unless_every_reader_names_the_allowed_host(name):
    read, least = SOURCES[name]
    if name != "own" and not CORPUS.is_dir():
        pytest.skip(f"the corpus of bypasses is not at {CORPUS}; LBOM_GATE_CORPUS says where it is")
    payloads = read()
    bypasses = []

    for url in payloads:
        hosts = {same_host(host) for reader in READERS if (host := reader(url))}
        scheme = url.partition(":")[0].lower()
        bypasses += [
            (url, host, sorted(hosts))
            for host in hosts
            for allowlist in lists_naming(host, scheme)
            if allowlist.check(url).is_allowed and not agreed(url, host)
        ]

    assert len(payloads) >= least
    assert bypasses == []


@pytest.mark.parametrize("url", OWN)
def test_the_list_of_a_policy_lets_no_payload_through(url):
    allowlist = Allowlist.from_entries(["allowed.example", "*.allowed.example", "127.0.0.1"])

    assert not allowlist.check(url).is_allowed
