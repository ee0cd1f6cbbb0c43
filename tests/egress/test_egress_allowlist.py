import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from lbom_gate.egress import Allowlist
from lbom_gate.model import Decision


def check(destination, allow=(), deny=()):
    return Allowlist.from_entries(allow, deny).check(destination)


@pytest.mark.parametrize(
    ("entry", "destination", "reason"),
    [
        # a host is itself, however it is written
        ("example.org", "https://example.org", "listed"),
        ("example.org", "https://example.org/a/b?c#d", "listed"),
        ("example.org", "HTTPS://EXAMPLE.ORG./", "listed"),
        ("example.org", "wss://example.org/", "listed"),
        ("example.org", "https://example.org:443/", "listed"),
        ("example.org", "https://www.example.org/", "not-in-allowlist"),
        ("example.org", "https://example.org.evil.example/", "not-in-allowlist"),
        ("example.org", "https://evilexample.org/", "not-in-allowlist"),
        ("example.org", "https://example/", "not-in-allowlist"),
        # a wildcard is every host below, and not the host
        ("*.example.org", "https://a.example.org/", "listed"),
        ("*.example.org", "https://a.b.example.org/", "listed"),
        ("*.example.org", "https://example.org/", "not-in-allowlist"),
        ("*.example.org", "https://aexample.org/", "not-in-allowlist"),
        ("*.example.org", "https://.example.org/", "invalid-url"),
        ("*.example.org", "https://a..example.org/", "invalid-url"),
        # schemes
        ("example.org", "http://example.org/", "scheme-not-allowed"),
        ("example.org", "ftp://example.org/", "scheme-not-allowed"),
        ("example.org", "ssh://git@example.org/x", "scheme-not-allowed"),
        ("http://example.org", "http://example.org/", "listed"),
        ("http://example.org", "https://example.org/", "scheme-not-allowed"),
        ("https://example.org", "wss://example.org/", "scheme-not-allowed"),
        ("ssh://example.org", "ssh://git@example.org/x", "listed"),
        ("ssh://example.org", "ssh://root@example.org/x", "ambiguous-authority"),
        ("https://example.org", "https://git@example.org/x", "ambiguous-authority"),
        ("oci://example.org", "oci://example.org/image", "listed"),
        ("oci://example.org", "oci://example.org:5000/image", "port-not-allowed"),
        # ports
        ("example.org", "https://example.org:8443/", "port-not-allowed"),
        ("example.org", "https://example.org:80/", "port-not-allowed"),
        ("example.org", "https://example.org:0/", "port-not-allowed"),
        ("example.org", "https://example.org:65536/", "invalid-url"),
        ("example.org", "https://example.org:/", "ambiguous-authority"),
        ("example.org:8443", "https://example.org:8443/", "listed"),
        ("example.org:8443", "https://example.org/", "port-not-allowed"),
        ("http://example.org:8080", "http://example.org:8080/", "listed"),
        ("*.example.org:8443", "https://a.example.org:8443/", "listed"),
        # addresses
        ("192.0.2.1", "https://192.0.2.1/", "listed"),
        ("192.0.2.1", "https://192.0.2.1./", "noncanonical-ip"),
        ("192.0.2.1", "https://0300.0.2.1/", "noncanonical-ip"),
        ("192.0.2.1", "https://3221225985/", "noncanonical-ip"),
        ("192.0.2.1", "https://0xc0000201/", "noncanonical-ip"),
        ("192.0.2.1", "https://192.0.513/", "noncanonical-ip"),
        ("192.0.2.1", "https://192.0.2.0x1/", "noncanonical-ip"),
        ("192.0.2.1", "https://192.0.2.01/", "noncanonical-ip"),
        ("192.0.2.1", "https://[::ffff:192.0.2.1]/", "noncanonical-ip"),
        ("192.0.2.1", "https://[::ffff:c000:201]/", "noncanonical-ip"),
        ("192.0.2.1", "https://[64:ff9b::c000:201]/", "noncanonical-ip"),
        ("[2001:db8::1]", "https://[2001:db8::1]/", "listed"),
        ("[2001:db8::1]", "https://[2001:DB8::1]/", "listed"),
        ("[2001:db8::1]", "https://[2001:db8:0::1]/", "noncanonical-ip"),
        ("[2001:db8::1]", "https://[2001:db8::1%25eth0]/", "ambiguous-authority"),
        ("[2001:db8::1]", "https://[2001:db8::1/", "ambiguous-authority"),
        ("[2001:db8::1]", "https://[2001:db8:::1]/", "invalid-url"),
        ("[::1]", "https://[::1]/", "listed"),
        # what readers do not agree on
        ("example.org", "https://user@example.org/", "ambiguous-authority"),
        ("example.org", "https://example.org@evil.example/", "ambiguous-authority"),
        ("example.org", "https://example.org\\@evil.example/", "ambiguous-authority"),
        ("example.org", "https://evil.example\\@example.org/", "ambiguous-authority"),
        ("example.org", "https://example.org\\.evil.example/", "ambiguous-authority"),
        ("example.org", "https://example.org .evil.example/", "ambiguous-authority"),
        ("example.org", "https://example.org\n/", "ambiguous-authority"),
        ("example.org", "https://exam\tple.org/", "ambiguous-authority"),
        ("example.org", "https://example.org/a b", "ambiguous-authority"),
        ("example.org", "https://example%2eorg/", "ambiguous-authority"),
        ("example.org", "https://example\u3002org/", "ambiguous-authority"),
        ("example.org", "https://\uff45xample.org/", "ambiguous-authority"),
        ("example.org", "https:///example.org/", "ambiguous-authority"),
        ("example.org", "https://example.org?@evil.example/", "ambiguous-authority"),
        ("example.org", "https://example.org#@evil.example/", "ambiguous-authority"),
        ("example.org", "https://example.org/@scope/name", "listed"),
        ("example.org", "https://example.org?a=b/c@d", "listed"),
        ("example.org", " https://example.org/", "invalid-url"),
        ("example.org", "https:/example.org/", "invalid-url"),
        ("example.org", "https:example.org", "invalid-url"),
        ("example.org", "//example.org/", "invalid-url"),
        ("example.org", "example.org", "invalid-url"),
        ("example.org", "git@example.org:a/b", "invalid-url"),
        ("example.org", "", "invalid-url"),
        ("example.org", f"https://{'a' * 64}.example.org/", "invalid-url"),
        ("example.org", f"https://{'a.' * 130}example.org/", "invalid-url"),
    ],
)
def test_what_a_list_of_one_entry_says(entry, destination, reason):
    decision = check(destination, [entry])

    assert decision.reason == reason
    assert decision.is_allowed is (reason == "listed")


def test_an_empty_list_allows_nothing():
    assert check("https://example.org/") == Decision(
        is_allowed=False,
        reason="not-in-allowlist",
        canonical="https://example.org/",
        help="example.org",
    )


@pytest.mark.parametrize(
    ("deny", "destination", "is_denied"),
    [
        ("a.example.org", "https://a.example.org/", True),
        ("a.example.org", "https://a.example.org:8443/", True),
        ("a.example.org", "http://a.example.org/", True),
        ("a.example.org", "https://b.example.org/", False),
        ("*.b.example.org", "https://a.b.example.org/", True),
        ("*.b.example.org", "https://b.example.org/", False),
        ("http://a.example.org", "https://a.example.org/", False),
        ("a.example.org:8443", "https://a.example.org/", False),
    ],
)
def test_deny_wins_and_denies_every_scheme_and_port_it_does_not_name(deny, destination, is_denied):
    allow = ["*.example.org", "http://*.example.org", "*.example.org:8443"]

    reason = check(destination, allow, [deny]).reason
    assert reason == ("denylist-match" if is_denied else "listed")


@pytest.mark.parametrize(
    ("destination", "host"),
    [
        ("http://169.254.169.254/latest/meta-data/", "169.254.169.254"),
        ("http://169.254.170.2/v2/credentials", "169.254.170.2"),
        ("http://[fe80::1]/", "[fe80::1]"),
        ("http://[fd00:ec2::254]/", "[fd00:ec2::254]"),
        ("http://100.100.100.200/", "100.100.100.200"),
        ("http://metadata.google.internal/", "metadata.google.internal"),
        ("http://instance-data.ec2.internal/", "instance-data.ec2.internal"),
    ],
)
def test_credentials_of_a_machine_are_allowed_only_by_name(destination, host):
    wide = ["http://*.google.internal", "http://*.ec2.internal"]

    denied = check(destination, wide)
    assert (denied.reason, denied.help) == ("special-range:metadata", "")
    assert check(destination, [*wide, f"http://{host}"]).reason == "listed"


@pytest.mark.parametrize(
    ("destination", "canonical"),
    [
        ("HTTPS://Example.ORG.:443/A?b", "https://example.org/A?b"),
        ("https://example.org:0443", "https://example.org"),
        ("http://example.org:8080/", "http://example.org:8080/"),
        ("https://huggingf\u0430ce.co/x", "https://xn--huggingfce-6qi.co/x"),
        ("https://\uff45xample.org/", "https://example.org/"),
        ("https://a\u3002b/", "https://a.b/"),
        ("https://user@example.org/", "https://user@example.org/"),
        ("no url", "no url"),
    ],
)
def test_a_destination_is_shown_in_canonical_spelling(destination, canonical):
    assert check(destination).canonical == canonical


@pytest.mark.parametrize(
    ("destination", "entry"),
    [
        ("https://example.org/a", "example.org"),
        ("wss://example.org:8443/", "example.org:8443"),
        ("ssh://git@example.org/a", "ssh://example.org"),
        ("git+https://example.org/a", "git+https://example.org"),
        ("http://example.org/", ""),
        ("ftp://example.org/", ""),
        ("https://user@example.org/", ""),
    ],
)
def test_the_entry_that_would_help_is_named_where_it_is_safe(destination, entry):
    assert check(destination).help == entry


LABELS = st.text("abz019-_", min_size=1, max_size=4)
HOSTS = st.lists(LABELS, min_size=1, max_size=4).map(".".join)
SCHEMES = st.sampled_from(["https", "HTTPS", "wss", "http", "ssh", "git+ssh", "oci"])
PORTS = st.sampled_from(["", ":443", ":22", ":8443", ":65535"])


@example("https", "az", ":8443")
@example("wss", "hf", ":8443")
@given(SCHEMES, HOSTS, PORTS)
def test_the_entry_that_would_help_does_help(scheme, host, port):
    destination = f"{scheme}://{host}{port}/x"
    entry = check(destination).help

    assert entry == "" or check(destination, [entry]).is_allowed


@given(st.lists(HOSTS, max_size=5), HOSTS)
def test_a_longer_list_never_allows_less(others, host):
    entries = [entry for other in others if (entry := check(f"https://{other}/").help)]
    before = check(f"https://{host}/", entries[:2]).is_allowed

    assert check(f"https://{host}/", entries).is_allowed >= before


@given(
    st.text(max_size=40) | st.text("htps:/@\\.[]%a1\u3002?# ", max_size=40).map("https://".__add__)
)
def test_any_text_gets_a_decision(text):
    decision = check(text, ["example.org", "*.a.a"])

    assert decision.reason
    assert isinstance(decision.canonical, str)
