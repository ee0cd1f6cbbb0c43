"""What a policy loosens and tightens against another is told in words, and nothing is missed."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbom_gate import rules as every_rule
from lbom_gate.model import Context, Digest, Facts, File, Model, Pins, Quantization, Sbom
from lbom_gate.policies import differences, load

V = "version: 1\n"
WAIVER = """\
waivers:
  - {rule: missing-license, path: a, reason: r, owner: o, expires: 2027-01-01}
"""


@pytest.fixture
def told(load_text):
    """Return what tells the changes from one text to another as effect and words."""

    def tell(old: str, new: str) -> list[tuple[str, str]]:
        changes = differences(load_text(V + old), load_text(V + new))
        return [(change.effect, change.words) for change in changes]

    return tell


@pytest.mark.parametrize(
    ("old", "new", "loosens"),
    [
        ("quantization: {allow: [F16]}", "quantization: {allow: [F16, Q2_K]}", "allows Q2_K"),
        ("quantization: {allow: [F16]}", "", "allows anything, no longer only F16"),
    ],
)
def test_a_list_that_grows_or_goes_loosens_and_the_other_way_tightens(told, old, new, loosens):
    back = {"allows Q2_K": "no longer allows Q2_K"}.get(loosens, "allows only F16")

    assert told(old, new) == [("loosens", f"quantization: {loosens}")]
    assert told(new, old) == [("tightens", f"quantization: {back}")]


def test_an_entry_that_another_one_matches_neither_loosens_nor_tightens(told):
    old, new = 'quantization: {allow: ["Q4_K*"]}', 'quantization: {allow: ["Q4_K*", Q4_K_M]}'
    words = "Q4_K_M by name; another entry matches it"

    assert told(old, new) == [("changes", f"quantization: allows {words}")]
    assert told(new, old) == [("changes", f"quantization: no longer allows {words}")]


@pytest.mark.parametrize(
    ("stricter", "looser", "words"),
    [
        ("rules: {remote-code: error}", "rules: {remote-code: off}", "rule remote-code: error"),
        (
            "quantization: {min-bits-per-weight: 4}",
            "quantization: {min-bits-per-weight: 2.5}",
            "quantization.min-bits-per-weight: 4 -> 2.5",
        ),
        (
            "quantization: {min-bits-per-weight: 4}",
            "",
            "quantization.min-bits-per-weight: 4 -> not said",
        ),
        (
            "architecture: {max-parameters: 7}",
            "architecture: {max-parameters: 1K}",
            "architecture.max-parameters: 7 -> 1000",
        ),
        ("pins: {require: true}", "pins: {require: false}", "pins.require: true -> false"),
        ("pins: {require: true}", "", "pins.require: true -> not said"),
        ("pins: {revision: commit}", "", "pins.revision: commit -> not said"),
        (
            "licenses: {non-commercial: deny}",
            "licenses: {non-commercial: allow}",
            "licenses.non-commercial: deny -> allow",
        ),
        (
            "code: {executable-formats: deny}",
            "code: {executable-formats: [pickle]}",
            "code.executable-formats: deny -> pickle",
        ),
        (
            "code: {imports: {allow: []}}",
            'code: {imports: {allow: ["sklearn.*"]}}',
            "code.imports: allows sklearn.*",
        ),
        (
            "",
            "quantization: {exempt: [embeddings]}",
            "quantization: exempts embeddings",
        ),
        (
            "quantization: {lesser-share: 1%}",
            "quantization: {lesser-share: 5%}",
            "quantization.lesser-share: 0.01 -> 0.05",
        ),
        (
            "quantization: {max-bits-per-weight: 8}",
            "",
            "quantization.max-bits-per-weight: 8 -> not said",
        ),
        ("base-models: {deny: [a]}", "base-models: {deny: []}", "base-models: no longer denies a"),
        (
            "settings: {waiver-max-days: 9}",
            "settings: {waiver-max-days: 10}",
            "settings.waiver-max-days: 9 -> 10",
        ),
        (
            "egress: {classes: {literal: error}}",
            "egress: {classes: {literal: off}}",
            "egress.classes.literal: error -> off",
        ),
        (
            "egress: {classes: {literal: error}}",
            "egress: {}",
            "egress.classes.literal: error -> warning",
        ),
        ("egress: {allow: [a.example]}", "", "no longer judges network destinations"),
        ("egress: {}", "egress: {allow: [a.example]}", "egress: allows a.example"),
        ("egress: {deny: [a.example]}", "egress: {}", "egress: no longer denies a.example"),
        ("", "paths: {include: [a, b]}", "judges only a, b"),
        ("paths: {include: [a, b]}", "paths: {include: [a]}", "no longer judges b"),
        ("", "paths: {exclude: [a, b]}", "no longer judges a, b"),
        ("", WAIVER, "adds a waiver of missing-license for a until 2027-01-01 (o: r)"),
        (
            WAIVER,
            WAIVER.replace("2027-01-01", "2027-01-02"),
            "the waiver of missing-license for a holds until 2027-01-02, was 2027-01-01",
        ),
        (
            "",
            "overrides: [{paths: ['m/*'], rules: {code: off}}]",
            "in m/*: rule remote-code: error -> off",
        ),
    ],
)
def test_what_loosens_is_told_and_the_way_back_tightens(told, stricter, looser, words):
    loosening, tightening = told(stricter, looser), told(looser, stricter)

    assert {effect for effect, _ in loosening} == {"loosens"}
    assert {effect for effect, _ in tightening} == {"tightens"}
    assert any(said.startswith(words) for _, said in loosening), loosening


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("", "require-version: '>=0.1'", "require-version: not said -> >=0.1"),
        ("", "pins: {lockfile: b.lock}", "takes the pins from b.lock in the place of lbom.lock"),
        (WAIVER, WAIVER.replace("owner: o", "owner: p"), "of missing-license for a is now p's: r"),
        ("", "rules: {}", "rewrites lbom-gate.yaml, which asks the same"),
        (
            "overrides: [{paths: [a], pins: {require: true}}, {paths: [b], pins: {require: true}}]",
            "overrides: [{paths: [b], pins: {require: true}}, {paths: [a], pins: {require: true}}]",
            "changes the order of the overrides",
        ),
    ],
)
def test_what_has_no_direction_is_told_as_a_change(told, old, new, words):
    ((effect, said),) = told(old, new)

    assert effect == "changes"
    assert said.endswith(words)


def test_a_comment_and_another_layout_are_no_change(told):
    assert told("rules: {code: off} # why\n", "\nrules:\n  code: off\n") == []


def test_a_change_stands_where_the_value_stood_and_where_it_stands(load_text):
    old = load_text(V + "quantization: {allow: [F16]}")
    new = load_text(V + "\n\nquantization: {allow: [F16, Q2_K]}")
    (change,) = differences(old, new)

    assert (change.old.line, change.old.column) == (2, 23)
    assert (change.new.line, change.new.column) == (4, 23)


def test_the_policy_that_takes_the_place_of_none_is_told(load_text, tmp_path, rules):
    none = load(None, start=tmp_path, root=tmp_path, rules=rules)
    changes = differences(none, load_text(V + "extends: [builtin:minimal]"))

    assert [change.words for change in changes] == [
        "adds the policy lbom-gate.yaml, in the place of builtin:minimal"
    ]


# --- any two policies -------------------------------------------------------------------------

labels = st.sampled_from(["F16", "Q8_0", "Q4_K_M", '"Q4_K*"', '"Q*"', '"Q[48]*"', '"?8_0"', "f16"])
lists = st.none() | st.lists(labels, max_size=3, unique=True)
levels = st.sampled_from(["error", "warning", "off"])
sections = st.fixed_dictionaries(
    {},
    optional={
        "quantization": st.fixed_dictionaries(
            {},
            optional={
                "allow": st.lists(labels, max_size=3, unique=True),
                "min-bits-per-weight": st.sampled_from([2, 4, 8]),
            },
        ),
        "architecture": st.fixed_dictionaries(
            {}, optional={"max-parameters": st.sampled_from([10, 1000])}
        ),
        "pins": st.fixed_dictionaries({}, optional={"require": st.booleans()}),
        "rules": st.dictionaries(
            st.sampled_from(["quantization", "unlisted-quantization", "pin"]), levels, max_size=2
        ),
    },
)


def flow(value: object) -> str:
    """Return a value in YAML's flow style."""
    if isinstance(value, dict):
        return "{" + ", ".join(f"{key}: {flow(each)}" for key, each in value.items()) + "}"
    if isinstance(value, list):
        return "[" + ", ".join(map(flow, value)) + "]"
    return str(value).lower() if isinstance(value, bool) else str(value)


@st.composite
def texts(draw):
    overrides = draw(
        st.lists(
            st.tuples(st.sampled_from(["m/*", "m/a", "**"]), sections),
            max_size=2,
            unique_by=lambda each: each[0],
        )
    )
    body = draw(sections)
    if overrides:
        body["overrides"] = [{"paths": [f'"{glob}"'], **each} for glob, each in overrides]
    return V + "".join(f"{key}: {flow(value)}\n" for key, value in body.items())


MODELS = tuple(
    Model(
        name=path,
        files=(File(path, 1, (Digest("sha256", f"{i:064x}", "verified"),)),),
        facts=Facts(
            format="gguf",
            architecture="llama",
            parameters=parameters,
            license="mit",
            quantization=Quantization(label=label, verdict="consistent", bits_per_weight=bits),
        ),
        name_agrees=True,
    )
    for i, (path, label, bits, parameters) in enumerate(
        (path, label, bits, parameters)
        for path in ("m/a", "m/b", "c")
        for label, bits, parameters in (
            ("F16", 16.0, 5), ("Q8_0", 8.5, 50), ("Q4_K_M", 4.8, 5000), ("Q2_K", 2.6, 5)
        )
    )
)  # fmt: skip


def denied(policy) -> set[tuple[str, str, str]]:
    """Return path, digest and rule of all that the policy denies."""
    context = Context(Pins("lbom.lock", exists=False, by_path={}), None, is_whole=False)
    return {
        (finding.path, finding.sha256, finding.rule)
        for model in MODELS
        for finding in every_rule.evaluate(Sbom((model,)), policy.settings_for, context)
        if finding.level == "error"
    }


@pytest.fixture(scope="module")
def load_any(tmp_path_factory):
    root = tmp_path_factory.mktemp("any")

    def load_it(text: str):
        return load(
            root / "p.yaml",
            start=root,
            root=root,
            rules=every_rule.INFOS,
            read_file=lambda _file, _most: text.encode(),
        )

    return load_it


@settings(max_examples=300, deadline=None)
@given(old=texts(), new=texts())
def test_a_policy_that_is_told_to_loosen_nothing_denies_all_that_was_denied(load_any, old, new):
    before, after = load_any(old), load_any(new)
    effects = {change.effect for change in differences(before, after)}
    # Two overrides that both name a path are compared one by one; together they may do more.
    is_simple = max(len(before.overrides), len(after.overrides)) < 2

    if effects <= {"tightens"} and is_simple:
        assert denied(before) <= denied(after)
    if effects <= {"loosens"} and is_simple:
        assert denied(after) <= denied(before)


@settings(max_examples=100, deadline=None)
@given(old=texts(), new=texts())
def test_two_policies_that_differ_in_nothing_told_judge_alike(load_any, old, new):
    before, after = load_any(old), load_any(new)

    if not differences(before, after):
        assert denied(before) == denied(after)
    assert differences(before, replace(before)) == ()
