"""Cases for a policy are read like the policy: whatever is not understood is refused in place."""

from dataclasses import fields
from datetime import date

import pytest

from lbom_gate.model import Case, Digest, Expected, Facts, Quantization, TensorType
from lbom_gate.policies import PolicyErrors, cases, read_cases

TEXT = """\
version: 1
policy: ./other.yaml
today: 2026-11-21
cases:
  - name: everything
    pinned: false
    model:
      path: models/a.gguf
      size: 7
      sha256: {sha}
      name_agrees: false
      format: gguf
      parameters: 100
      quantization:
        label: Q4_K_M
        verdict: mixed
        bits_per_weight: 5
        claims: [{{value: Q4_K_M, source: general.file_type}}]
        tensor_types: [{{type: Q6_K, parameters: 3}}, {{type: Q4_K, tensors: 2, bytes: 9}}]
      imports: [{{name: os.system}}]
      destinations: [{{class: fetch, value: "https://a.example"}}]
      anomalies: [{{rule: trailing-data, message: 7 bytes}}]
    expect: [trailing-data, {{rule: unsafe-import, level: warning, waived: true}}]
  - name: the least
    model: {{path: a}}
    expect: []
""".format(sha="ab" * 32)


@pytest.fixture
def read(tmp_path, rules):
    """Return what reads a text as a file of cases in a folder below the run."""

    def read_it(text: str):
        (tmp_path / "tests").mkdir(exist_ok=True)
        file = tmp_path / "tests" / "cases.yaml"
        file.write_text(text, encoding="utf-8")
        return read_cases(file, start=tmp_path, rules=rules)

    return read_it


def test_a_case_is_a_model_with_the_facts_that_it_says(read, tmp_path):
    found = read(TEXT)
    case, least = found.each
    facts = case.model.facts

    assert (found.path, found.today) == ("tests/cases.yaml", date(2026, 11, 21))
    assert found.policy == tmp_path / "tests" / "other.yaml"
    assert (case.name, case.is_pinned, case.span.line) == ("everything", False, 5)
    assert case.model.files[0].path == "models/a.gguf"
    assert case.model.files[0].digests == (Digest("sha256", "ab" * 32, "verified"),)
    assert case.model.name_agrees is False
    assert (facts.format, facts.parameters, facts.quantization.verdict) == ("gguf", 100, "mixed")
    assert facts.quantization.bits_per_weight == 5.0
    assert facts.quantization.tensor_types == (
        TensorType("Q4_K", 2, 0, 9, 0),
        TensorType("Q6_K", 1, 3, 0, 3),
    )
    assert [each.name for each in facts.imports] == ["os.system"]
    assert [(each.cls, each.value) for each in facts.destinations] == [
        ("fetch", "https://a.example")
    ]
    assert [(each.rule, each.message) for each in facts.anomalies] == [("trailing-data", "7 bytes")]
    assert case.expected == (
        Expected("trailing-data", None, is_waived=False),
        Expected("unsafe-import", "warning", is_waived=True),
    )
    assert isinstance(least, Case)
    assert least.model.facts == Facts(quantization=Quantization())
    assert least.is_pinned


def test_a_label_without_a_verdict_is_consistent(read):
    text = "version: 1\ncases:\n  - name: n\n    model: {path: a, quantization: {label: F16}}\n"
    (case,) = read(text + "    expect: []\n").each

    assert case.model.facts.quantization.verdict == "consistent"


def test_every_fact_can_be_said():
    # What no rule asks for.
    unsaid = {"license_source", "hyperparameters", "inputs", "outputs", "properties"}

    assert {f.name for f in fields(Facts)} - unsaid <= set(cases._Model.model_fields)  # noqa: SLF001


HEAD = "version: 1\ncases:\n  - name: n\n"


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("version: 2\ncases: []\n", "1:10 unknown policy version 2"),
        ("version: 1\n", "1:1 `cases` is missing"),
        ("version: 1\ncases: x\n", "2:8 expected a list of mappings, found a string"),
        (HEAD + "    model: {path: a}\n", "3:5 `expect` is missing"),
        (HEAD + "    model: {}\n    expect: []\n", "4:12 `path` is missing"),
        (
            HEAD + "    model: {path: a, formt: b}\n    expect: []\n",
            "4:22 unknown key `formt` in cases.model",
        ),
        (
            HEAD + "    model: {path: a, parameters: 7B}\n    expect: []\n",
            "4:34 expected a whole number, found a string",
        ),
        (
            HEAD + "    model: {path: a}\n    expect: [no-such-rule]\n",
            "5:14 unknown rule `no-such-rule`",
        ),
        (
            HEAD + "    model: {path: a}\n    expect: [{rule: no-models, levl: off}]\n",
            "5:32 unknown key `levl` in cases.expect",
        ),
        (
            HEAD + "    model: {path: a}\n    expect: [{rule: no-models, level: fatal}]\n",
            "5:39 unknown level `fatal`",
        ),
        (
            HEAD + "    model: {path: a, loading: maybe}\n    expect: []\n",
            "4:31 unknown value `maybe`",
        ),
    ],
)
def test_what_is_not_understood_is_refused_in_its_place(read, text, told):
    with pytest.raises(PolicyErrors) as refused:
        read(text)

    (diagnostic,) = refused.value.diagnostics
    span = diagnostic.span
    assert f"{span.line}:{span.column} {diagnostic.message}" == told
    assert span.path == "tests/cases.yaml"
