"""What holds of any policy and any models: looser is never stricter, order does not matter, and a
waiver removes what it names and nothing else.
"""

import copy
import json
from datetime import date, timedelta
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given
from hypothesis import strategies as st

from lbom_gate import rules
from lbom_gate.model import (
    Anomaly,
    Claim,
    Context,
    Digest,
    Facts,
    File,
    Import,
    Model,
    Pin,
    Pins,
    Quantization,
    Sbom,
    Span,
    TensorType,
)
from lbom_gate.policies import apply_waivers, load

TODAY = date(2026, 11, 21)
LINE = Span("lbom.lock", 1, 1, 2, "{")
RULES = sorted(info.name for info in rules.INFOS)
GRAVE = {info.name for info in rules.INFOS if info.is_grave}

TYPES = ["F16", "F32", "Q2_K", "Q4_K", "Q8_0"]
LABELS = [*TYPES, "Q4_K_M", "awq-4bit"]
PATHS = ["a.gguf", "models/a.gguf", "models/b.gguf", "models/deep/c.gguf"]
DIGESTS = ["a" * 64, "b" * 64]
VERDICTS = ["unclaimed", "no-evidence", "consistent", "mixed", "contradicted"]
LICENSES = ["mit", "GPL-3.0-only", "MIT AND cc-by-nc-4.0", "MIT OR other", "other"]
counts = st.integers(0, 3)


@st.composite
def rows(draw):
    quantizable = draw(st.integers(0, 100))
    return TensorType(
        draw(st.sampled_from(TYPES)),
        *(draw(counts), 100, 50, quantizable, draw(counts), "blk.0"),
        embedding_parameters=draw(st.integers(0, quantizable)),
    )


quantizations = st.builds(
    Quantization,
    st.none() | st.sampled_from(LABELS),
    st.lists(
        st.builds(
            Claim,
            st.sampled_from(LABELS),
            st.sampled_from(["general.file_type", "file name", "config.json: dtype"]),
            st.sampled_from(VERDICTS),
        ),
        max_size=2,
    ).map(tuple),
    st.sampled_from(VERDICTS),
    st.lists(rows(), max_size=3, unique_by=lambda row: row.name).map(tuple),
    st.none() | st.floats(0, 32),
)
facts = st.builds(
    Facts,
    format=st.sampled_from(["gguf", "safetensors", "pytorch", "keras", None]),
    architecture=st.sampled_from(["llama", "qwen2", None]),
    parameters=st.none() | st.integers(0, 100),
    context_length=st.none() | st.integers(0, 100),
    license=st.none() | st.sampled_from(LICENSES),
    base_models=st.lists(st.sampled_from(["a/b", "c/d"]), max_size=2, unique=True).map(tuple),
    quantization=quantizations,
    loading=st.sampled_from(["data", "program", "code", None]),
    imports=st.lists(
        st.builds(Import, st.sampled_from(["os.system", "sklearn.tree.Tree"]), st.booleans()),
        max_size=2,
    ).map(tuple),
    anomalies=st.lists(
        st.builds(
            Anomaly,
            st.sampled_from(
                ["malformed-header", "not-examined", "symlink-escape", "template-code"]
            ),
            st.just("kind"),
            st.just("what was found"),
        ),
        max_size=2,
    ).map(tuple),
)


@st.composite
def bills(draw):
    paths = draw(st.lists(st.sampled_from(PATHS), unique=True, min_size=1))
    return Sbom(
        tuple(
            Model(
                path,
                (
                    File(
                        path, 1000, (Digest("sha256", draw(st.sampled_from(DIGESTS)), "verified"),)
                    ),
                ),
                draw(facts),
                draw(st.sampled_from(["measured", "declared"])),
                draw(st.sampled_from([True, False, None])),
            )
            for path in sorted(paths)
        )
    )


def some(*names):
    return st.lists(st.sampled_from(names), unique=True)


def maybe(**keys):
    return st.fixed_dictionaries({}, optional={key.replace("_", "-"): v for key, v in keys.items()})


POLICIES = st.fixed_dictionaries(
    {
        "version": st.just(1),
        "formats": maybe(allow=some("gguf", "safetensors", "keras")),
        "quantization": maybe(
            allow=some(*LABELS, "Q4*"),
            deny=some(*LABELS),
            min_bits_per_weight=st.floats(1, 8),
            max_bits_per_weight=st.floats(8, 32),
            lesser_share=st.floats(0, 1),
            exempt=some("embeddings"),
            claim_must_match=st.booleans() | some("general.*", "file name"),
        ),
        "architecture": maybe(
            allow=some("llama", "qwen*"),
            min_parameters=st.integers(1, 50),
            max_parameters=st.integers(50, 100),
            max_context_length=st.integers(1, 100),
        ),
        "pins": maybe(require=st.booleans(), revision=st.just("commit")),
        "licenses": maybe(
            allow=some("MIT", "GPL-*", "other"),
            deny=some("GPL-*", "MIT"),
            non_commercial=st.sampled_from(["allow", "deny"]),
        ),
        "base-models": maybe(allow=some("a/*", "c/d"), deny=some("a/b"), require=st.booleans()),
        "code": maybe(
            executable_formats=st.sampled_from(["deny", "weights-only", "allow"]) | some("keras"),
            imports=maybe(allow=some("sklearn.*", "os.*")),
        ),
        "rules": st.dictionaries(
            st.sampled_from(RULES), st.sampled_from(["error", "warning", "off"]), max_size=4
        ),
    }
)


def judged(data, sbom, waivers=()):
    """Return the findings of a policy, waived where it says so."""
    with TemporaryDirectory() as folder:
        file = Path(folder) / "lbom-gate.yaml"
        file.write_text(json.dumps({**data, "waivers": list(waivers)}))
        policy = load(file, start=file.parent, root=file.parent, rules=rules.INFOS)
        pin = Pin("models/a.gguf", 1000, DIGESTS[0], LINE, source="hf:a/b", revision="main")
        context = Context(Pins("lbom.lock", exists=True, by_path={pin.path: pin}), TODAY, False)
        found = rules.evaluate(sbom, policy.settings_for, context)
        return apply_waivers(found, policy, today=TODAY)


def findings(data, sbom):
    return judged(data, sbom)[0]


# --- a looser policy never adds findings -------------------------------------------------------


def _list(*way, longer):
    def change(draw, data):
        entries = _at(data, way)
        if entries is None or not isinstance(entries[way[-1]], list):
            return
        values = entries[way[-1]]
        if longer:
            values.append(draw(st.sampled_from([*LABELS, "*", "a/*", "GPL-*", "keras"])))
        elif values:
            values.pop(draw(st.integers(0, len(values) - 1)))

    return change


def _number(*way, higher):
    def change(draw, data):
        around = _at(data, way)
        if around is not None:
            value, limit = around[way[-1]], (64 if "bits" in way[-1] else 10**6)
            limit = 1 if way[-1] == "lesser-share" else limit
            kind = st.integers if isinstance(value, int) else st.floats
            around[way[-1]] = draw(kind(value, limit) if higher else kind(1, value))

    return change


def _word(*way, steps):
    def change(draw, data):
        around = _at(data, way)
        if around is not None and around[way[-1]] in steps:
            around[way[-1]] = draw(st.sampled_from(steps[steps.index(around[way[-1]]) :]))

    return change


def _at(data, way):
    for part in way[:-1]:
        data = data.get(part, {})
    return data if way[-1] in data else None


def _exempt(draw, data):
    del draw
    data["quantization"]["exempt"] = ["embeddings"]


def _drop_level(draw, data):
    rule = draw(st.sampled_from(RULES))
    data["rules"][rule] = "off"


LOOSER = [
    _list("formats", "allow", longer=True),
    _list("quantization", "allow", longer=True),
    _list("quantization", "deny", longer=False),
    _list("quantization", "claim-must-match", longer=False),
    _list("architecture", "allow", longer=True),
    _list("licenses", "allow", longer=True),
    _list("licenses", "deny", longer=False),
    _list("base-models", "allow", longer=True),
    _list("base-models", "deny", longer=False),
    _list("code", "executable-formats", longer=True),
    _list("code", "imports", "allow", longer=True),
    _number("quantization", "lesser-share", higher=True),
    _number("quantization", "min-bits-per-weight", higher=False),
    _number("quantization", "max-bits-per-weight", higher=True),
    _number("architecture", "min-parameters", higher=False),
    _number("architecture", "max-parameters", higher=True),
    _number("architecture", "max-context-length", higher=True),
    _word("pins", "require", steps=[True, False]),
    _word("quantization", "claim-must-match", steps=[True, False]),
    _word("licenses", "non-commercial", steps=["deny", "allow"]),
    _word("base-models", "require", steps=[True, False]),
    _word("code", "executable-formats", steps=["deny", "weights-only", "allow"]),
    _exempt,
    _drop_level,
]


@given(st.data(), POLICIES, bills())
def test_a_looser_policy_never_adds_a_finding(data, policy, sbom):
    looser = copy.deepcopy(policy)
    for change in data.draw(st.lists(st.sampled_from(LOOSER), min_size=1, max_size=3)):
        change(data.draw, looser)

    before, after = findings(policy, sbom), findings(looser, sbom)

    assert len(after) <= len(before), (looser, after)
    told = {(each.path, each.rule) for each in before}
    # What no rule of its own may tell any more is still said not to have been examined.
    assert {(f.path, f.rule) for f in after if f.rule != "not-examined"} <= told


# --- order -------------------------------------------------------------------------------------


@given(st.data(), POLICIES, bills())
def test_the_order_of_models_changes_no_finding(data, policy, sbom):
    shuffled = Sbom(tuple(data.draw(st.permutations(sbom.models))))

    assert findings(policy, shuffled) == findings(policy, sbom)


@given(st.data(), POLICIES, bills())
def test_a_model_is_judged_alike_alone_and_among_others(data, policy, sbom):
    model = data.draw(st.sampled_from(sbom.models))

    alone = [f for f in findings(policy, Sbom((model,))) if f.path == model.path]
    among = [f for f in findings(policy, sbom) if f.path == model.path]
    assert alone == among


# --- waivers -----------------------------------------------------------------------------------

MATCHED = {
    "**": PATHS,
    "models/**": PATHS[1:],
    "models/*.gguf": PATHS[1:3],
    "*.gguf": PATHS[:1],
    "models/[ab].gguf": PATHS[1:3],
    **{path: [path] for path in PATHS},
}


@st.composite
def waivers(draw):
    rule = draw(st.sampled_from(RULES))
    pattern = draw(st.sampled_from(PATHS if rule in GRAVE else sorted(MATCHED)))
    written = {
        "rule": rule,
        "path": pattern,
        "reason": "because",
        "owner": "me",
        "expires": str(TODAY + timedelta(days=draw(st.integers(-2, 2)))),
    }
    if rule in GRAVE or draw(st.booleans()):
        written["sha256"] = draw(st.sampled_from(DIGESTS))
    return written


def is_named(finding, waiver):
    """Whether a waiver that holds today speaks of a finding."""
    return (
        waiver["rule"] == finding.rule
        and finding.path in MATCHED[waiver["path"]]
        and waiver.get("sha256") in {None, finding.sha256}
        and waiver["expires"] >= str(TODAY)
    )


@given(POLICIES, bills(), st.lists(waivers(), max_size=4))
def test_a_waiver_removes_exactly_what_it_names(policy, sbom, written):
    without = findings(policy, sbom)
    waived, matches = judged(policy, sbom, written)

    assert [(f.rule, f.path, f.message) for f in waived] == [
        (f.rule, f.path, f.message) for f in without
    ]
    assert [f.waiver is not None for f in waived] == [
        any(is_named(f, waiver) for waiver in written) for f in without
    ]
    assert len(matches) == len(written)
