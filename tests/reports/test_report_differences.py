import json

from bills import TINY
from lbom_gate.model import Difference, FactChange
from lbom_gate.reports import differences

CHANGED = Difference(
    "changed",
    "models/\x1b.gguf",
    TINY,
    (
        FactChange("architecture", None, "llama"),
        FactChange("chat template", "ab" * 32, "cd" * 32),
        FactChange("config.json", None, "cd" * 32),
        FactChange("quantization", "Q8_0", "Q4_K_M"),
        FactChange("claims", ("Q8_0 (file name)",), ("Q4_K_M (file name)",)),
        FactChange("destinations", ("https://a.example",), ("https://b.example",)),
        FactChange("sha256", "ab" * 32, "cd" * 32),
        FactChange("size", 1000, 13_583_912),
    ),
)
MOVED = Difference("moved", "b.gguf", TINY, old_path="a.gguf")
ADDED = Difference("added", "c.gguf", TINY)
BYTES = Difference("changed", "d", TINY, (FactChange("sha256", "ab" * 32, "cd" * 32),))


def test_a_difference_is_told_in_one_line_that_does_nothing_to_a_terminal():
    assert differences.text([CHANGED, MOVED, ADDED, BYTES]) == (
        r"models/\x1b.gguf: architecture: not known -> llama, chat template changed,"
        " config.json added, Q8_0 -> Q4_K_M,"
        " destinations: +https://b.example -https://a.example, +12.95 MiB\n"
        "moved a.gguf -> b.gguf\n"
        "added c.gguf (1.05M llama, F32, gguf, 3.99 MiB)\n"
        "d: other bytes (sha256 abababab… -> cdcdcdcd…)\n"
    )


def test_no_difference_is_said():
    assert differences.text([]) == "no difference\n"


def test_a_long_list_is_counted():
    many = FactChange("imports", (), tuple("abcdefg"))

    assert differences.text([Difference("changed", "a", TINY, (many,))]) == (
        "a: imports: +a +b +c +d and 3 more\n"
    )


def test_the_json_has_every_fact_as_it_is():
    document = json.loads(differences.json_v1("A", "B", [CHANGED, MOVED]))

    assert (document["version"], document["old"], document["new"]) == (1, "A", "B")
    assert document["differences"][0]["path"] == "models/\x1b.gguf"
    assert document["differences"][0]["facts"][3] == {
        "name": "quantization",
        "old": "Q8_0",
        "new": "Q4_K_M",
    }
    assert document["differences"][0]["facts"][4]["old"] == ["Q8_0 (file name)"]
    assert document["differences"][1] == {
        "kind": "moved",
        "path": "b.gguf",
        "old_path": "a.gguf",
        "facts": [],
    }
