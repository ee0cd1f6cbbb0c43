from rule_building import SHA_A, SHA_B, check, context, file, model, only, pin, pins

from lbom_gate.model import Digest, File

RULE = "digest-mismatch"
PINNED = context(pins(pin()))


def test_the_pinned_bytes_passes():
    assert check(RULE, model(), around=PINNED) == []


def test_other_bytes_is_found():
    finding = only(check(RULE, model(file(sha256=SHA_B)), around=PINNED))

    assert finding.message == "bytes differ from the pin"
    assert finding.pin is not None
    assert (finding.pin.path, finding.pin.line) == ("lbom.lock", 7)
    assert finding.notes == (
        f"pinned  sha256:{SHA_A}  1000 bytes",
        f"found   sha256:{SHA_B}  1000 bytes",
    )
    assert finding.sha256 == SHA_B


def test_other_bytes_of_a_companion_is_found():
    both = model(file(), file("models/config.json", SHA_B))
    lock = context(pins(pin(), pin("models/config.json")))

    finding = only(check(RULE, both, around=lock))

    assert finding.path == "models/config.json"
    assert finding.sha256 == SHA_B


def test_a_pointer_to_other_bytes_is_found():
    pointer = File(
        "models/tiny.gguf", 1000, (Digest("sha256", SHA_B, "claimed", "git-lfs"),), "pointer"
    )

    assert only(check(RULE, model(pointer), around=PINNED)).message == "bytes differ from the pin"


def test_a_pointer_to_the_pinned_bytes_with_another_size_is_found():
    pointer = File(
        "models/tiny.gguf", 999, (Digest("sha256", SHA_A, "claimed", "git-lfs"),), "pointer"
    )

    finding = only(check(RULE, model(pointer), around=PINNED))

    assert finding.message == "size differs from the pin: 999 bytes, 1000 pinned"


def test_a_size_that_differs_where_the_digest_is_unknown_is_found():
    finding = only(check(RULE, model(file(sha256=None, size=1)), around=PINNED))

    assert finding.message == "size differs from the pin: 1 bytes, 1000 pinned"
    assert finding.notes[1] == "found   sha256:unknown  1 bytes"


def test_a_model_without_a_pin_passes():
    assert check(RULE, model(file(sha256=SHA_B))) == []
