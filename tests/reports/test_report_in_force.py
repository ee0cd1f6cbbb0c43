import json
from datetime import date

from lbom_gate.model import InForce, Said, Span, Waiver
from lbom_gate.reports import in_force

TODAY = date(2026, 11, 21)
SPAN = Span("lbom-gate.yaml", 4, 23, 27, "quantization: {allow: [Q8_0]}")
EXPLAINED = InForce(
    path="models/\x1b[31m.gguf",
    policy="lbom-gate.yaml",
    extends=("builtin:recommended",),
    is_selected=False,
    selection=(Said("paths.include", ("models/**",), SPAN),),
    overrides=(),
    asked=(
        Said("quantization.allow", (), SPAN),
        Said("pins.require", True, SPAN),
        Said("egress.classes.code", "error", None),
    ),
    levels=(Said("not-examined", "error", SPAN),),
    waivers=(
        Waiver("missing-license", "m/*", "a" * 64, "why\nnot", "me", date(2026, 11, 20), SPAN),
    ),
)

TEXT = r"""models/\x1b[31m.gguf: NOT judged: `paths` leaves it out
policy: lbom-gate.yaml (extends builtin:recommended)

paths
  paths.include  models/**  lbom-gate.yaml:4:23

asked
  quantization.allow   nothing  lbom-gate.yaml:4:23
  pins.require         true     lbom-gate.yaml:4:23
  egress.classes.code  error    (default)

levels
  not-examined  error  lbom-gate.yaml:4:23

waivers that could apply
  missing-license for m/*, only for sha256 aaaaaaaa…, EXPIRED 2026-11-20, me: why\x0anot  \
lbom-gate.yaml:4:23
""".replace("\\\n", "")


def test_the_text_names_every_value_and_its_place_and_escapes_what_does_not_print():
    assert in_force.text(EXPLAINED, TODAY) == TEXT


def test_the_json_has_the_same_with_values_as_they_are():
    document = json.loads(in_force.json_v1(EXPLAINED, TODAY))

    assert document["version"] == 1
    assert document["path"] == "models/\x1b[31m.gguf"
    assert document["is_selected"] is False
    assert document["asked"][0] == {
        "key": "quantization.allow",
        "value": [],
        "place": {"path": "lbom-gate.yaml", "line": 4, "column": 23},
    }
    assert document["asked"][2] == {"key": "egress.classes.code", "value": "error", "place": None}
    assert document["waivers"][0]["is_expired"] is True
    assert document["waivers"][0]["reason"] == r"why\x0anot"
