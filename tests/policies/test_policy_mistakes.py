"""Every mistake in a policy is told with its place: what the reader sees, word by word."""

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbom_gate.policies import PolicyErrors
from lbom_gate.policies.document import read
from lbom_gate.policies.values import Names

V = "version: 1\n"
ROOT_KEYS = (
    "known here: formats, quantization, architecture, pins, egress, licenses, base-models, code,"
    " rules, version, extends, require-version, paths, overrides, waivers, settings"
)
QUANTIZATION_KEYS = (
    "allow, deny, min-bits-per-weight, max-bits-per-weight, lesser-share, exempt, claim-must-match"
)
WAIVER = "waivers:\n  - rule: {}\n    path: {}\n    reason: {}\n    owner: {}\n    expires: {}\n"
DIGEST = "9f2c1e77a0b1c2d3e4f5061728394a5b6c7d8e9f00112233445566778899aabb"

# text of the policy -> place, message | label | help, for each mistake in it
MISTAKES = {
    # the file as a whole
    "extends: []\n": ["1:1-12 `version` is missing | add it"],
    "version: 2\n": ["1:10-11 unknown policy version 2 | this gate reads version 1"],
    "version: true\n": ["1:10-14 expected a whole number, found true"],
    "version: '1'\n": ["1:10-13 expected a whole number, found a string"],
    "version: 1.0\n": ["1:10-13 expected a whole number, found 1"],
    "- version: 1\n": ["1:1-13 expected a mapping, found a list"],
    "version 1\n": ["1:1-10 expected a mapping, found a string"],
    "~\n": ["1:1-2 the file says nothing | write a value, or remove it"],
    V + "version: 1\n": ["2:1-8 the key `version` is there twice | first set in line 1"],
    # unknown keys
    V + "formts: {allow: [gguf]}\n": [
        f"2:1-7 unknown key `formts` | did you mean `formats`? | {ROOT_KEYS}"
    ],
    V + "xyzzy: 1\n": [f"2:1-6 unknown key `xyzzy` | {ROOT_KEYS}"],
    V + "quantization:\n  alow: [Q4_K_M]\n": [
        (
            "3:3-7 unknown key `alow` in quantization | did you mean `allow`?"
            f" | known here: {QUANTIZATION_KEYS}"
        )
    ],
    V + "quantization: {min_bits_per_weight: 4}\n": [
        (
            "2:16-35 unknown key `min_bits_per_weight` in quantization"
            f" | did you mean `min-bits-per-weight`? | known here: {QUANTIZATION_KEYS}"
        )
    ],
    V + "egress: {unresolved: error}\n": [
        "2:10-20 unknown key `unresolved` in egress | known here: allow, deny, classes"
    ],
    V + "overrides:\n  - paths: ['a']\n    pins: {lockfile: x}\n": [
        "4:12-20 unknown key `lockfile` in overrides.pins | known here: require, revision"
    ],
    # wrong types
    V + "formats: gguf\n": ["2:10-14 expected a mapping, found a string"],
    V + "quantization:\n  allow: Q4_K_M\n": [
        "3:10-16 expected a list of strings, found a string | put it in brackets"
    ],
    V + "quantization:\n  allow: 4\n": ["3:10-11 expected a list of strings, found a number"],
    V + "quantization: {allow: [F16, 4.5, true]}\n": [
        "2:29-32 expected a string, found a number | put it in quotes",
        "2:34-38 expected a string, found true | put it in quotes",
    ],
    V + "licenses: {allow: {MIT: true}}\n": ["2:19-30 expected a list of strings, found a mapping"],
    V + "pins: {require: yes}\n": [
        "2:17-20 expected true or false, found a string | did you mean `true`?"
    ],
    V + "pins: {require: 1}\n": ["2:17-18 expected true or false, found a number"],
    V + "overrides: {paths: [a]}\n": ["2:12-24 expected a list of mappings, found a mapping"],
    V + "waivers:\n  - unlisted-license\n": ["3:5-21 expected a mapping, found a string"],
    V + "rules: [egress]\n": ["2:8-16 expected a mapping, found a list"],
    # empty values
    V + "formats:\n": ["2:1-8 `formats` has no value | write a value, or remove it"],
    V + "formats:\n  allow: # none\n": ["3:3-8 `allow` has no value | write a value, or remove it"],
    V + "formats: {allow: [gguf, ~]}\n": [
        "2:25-26 the entry has no value | write a value, or remove it"
    ],
    V + "formats: {allow: [gguf, ' ']}\n": [
        "2:25-28 an entry is a name or a pattern of names | this can match nothing"
    ],
    # numbers
    V + "quantization: {min-bits-per-weight: four}\n": [
        "2:37-41 expected a number, found a string"
    ],
    V + "quantization: {min-bits-per-weight: 0}\n": [
        "2:37-38 expected a number above 0 and up to 64, found 0"
    ],
    V + "quantization: {min-bits-per-weight: .nan}\n": [
        "2:37-41 expected a number above 0 and up to 64, found nan"
    ],
    V + "architecture: {max-parameters: 70 B}\n": [
        "2:32-36 expected a number of parameters | such as 70B, 1.5B, 7M or 7000000"
    ],
    V + "architecture: {max-parameters: 0.0001K}\n": [
        "2:32-39 expected a number of parameters | such as 70B, 1.5B, 7M or 7000000"
    ],
    V + "architecture: {max-parameters: 0}\n": [
        "2:32-33 expected a number of parameters | such as 70B, 1.5B, 7M or 7000000"
    ],
    V + "architecture: {max-parameters: true}\n": [
        "2:32-36 expected a number of parameters | such as 70B, 1.5B, 7M or 7000000"
    ],
    V + "settings: {waiver-max-days: 0}\n": [
        "2:29-30 expected a number of days from 1 to 3650, found 0"
    ],
    V + "settings: {waiver-max-days: 1.5}\n": ["2:29-32 expected a whole number, found 1.5"],
    # rules and levels
    V + "rules: {unlisted-quantisation: error}\n": [
        (
            "2:9-30 unknown rule or family `unlisted-quantisation`"
            " | did you mean `unlisted-quantization`?"
        )
    ],
    V + "rules: {egres: error, xyzzy: off}\n": [
        "2:9-14 unknown rule or family `egres` | did you mean `egress`?",
        "2:23-28 unknown rule or family `xyzzy`",
    ],
    V + "rules: {egress: eror, pin: deny}\n": [
        "2:17-21 unknown level `eror` | did you mean `error`?",
        "2:28-32 unknown level `deny` | expected error, warning or off",
    ],
    V + "rules: {egress: false}\n": [
        "2:17-22 expected error, warning or off, found false | did you mean `off`?"
    ],
    V + "rules: {egress: off, egress: error}\n": [
        "2:22-28 the key `egress` is there twice | first set in line 2"
    ],
    V + "overrides:\n  - paths: ['**']\n    rules: {pins: off}\n": [
        "4:13-17 unknown rule or family `pins` | did you mean `pin`?"
    ],
    # paths
    V + "paths: {include: []}\n": ["2:18-20 an empty list names no path | `**` names every path"],
    V + "paths: {include: [models/, /a, a//b, ./x, ../y, a**]}\n": [
        "2:19-26 the pattern `models/` ends in `/` | all below it is `models/**`",
        "2:28-30 the pattern `/a` starts with `/` | start at the directory of the policy",
        "2:32-36 the pattern `a//b` has `//` | write one slash",
        "2:38-41 the pattern `./x` has the step `.` | start at the directory of the policy",
        "2:43-47 the pattern `../y` has the step `..` | start at the directory of the policy",
        (
            "2:49-52 the pattern `a**` has `**` beside other characters"
            " | `**` stands alone between slashes"
        ),
    ],
    V + "paths: {exclude: ['x[', '*.{a,b}', '', '[z-a]', \"\\t\"]}\n": [
        (
            "2:19-23 the pattern `x[` has a `[` that opens no set"
            " | a set is `[abc]`, `[a-z]` or `[!abc]`"
        ),
        (
            "2:25-34 the pattern `*.{a,b}` has `{`, which is no alternative here"
            " | write one entry for each"
        ),
        "2:36-38 the pattern `` is empty | `**` names every path",
        "2:40-47 the pattern `[z-a]` has the set `[z-a]` that runs backwards | write `[a-z]`",
        "2:49-53 the pattern `\t` has a control character | write `?` in its place",
    ],
    V + "pins: {lockfile: /etc/lbom.lock}\n": [
        "2:18-32 the lock's path is absolute | write it relative to the policy's directory"
    ],
    V + "pins: {lockfile: ..}\n": ["2:18-20 `..` names no file | such as lbom.lock"],
    # extends and require-version
    V + "extends: builtin:recommended\n": [
        "2:10-29 expected a list of strings, found a string | put it in brackets"
    ],
    V + "extends: [builtin:recomended]\n": [
        (
            "2:11-29 unknown built-in policy `builtin:recomended`,"
            " there are minimal, recommended, strict"
            " | did you mean `builtin:recommended`?"
        )
    ],
    V + "extends: [strict, base.yaml]\n": [
        "2:11-17 `strict` names no file | did you mean `builtin:strict`?",
        (
            "2:19-28 `base.yaml` names no file"
            " | expected `builtin:` and a name, or a path that starts with `./` or `../`"
        ),
    ],
    V + "extends: ['https://example.org/p.yaml', /etc/base.yaml]\n": [
        "2:11-39 a policy extends no URL | keep a copy beside this file",
        (
            "2:41-55 `/etc/base.yaml` names no file"
            " | expected `builtin:` and a name, or a path that starts with `./` or `../`"
        ),
    ],
    V + "require-version: '>=99.1'\n": [
        "2:18-26 this policy needs lbom-gate >=99.1 | this is lbom-gate 0.1.0"
    ],
    V + "require-version: '>=0.1, <0.1.0'\n": [
        "2:18-33 this policy needs lbom-gate >=0.1, <0.1.0 | this is lbom-gate 0.1.0"
    ],
    V + "require-version: ~=0.1\n": [
        (
            "2:18-23 expected versions such as `>=0.1,<1`"
            " | `>=`, `>`, `<=`, `<`, `==` or `!=` and numbers, with commas between"
        )
    ],
    V + "require-version: 0.1\n": ["2:18-21 expected a string, found a number | put it in quotes"],
    # destinations
    V + "egress: {allow: [https://example.org/x, '*'], deny: ['*.com']}\n": [
        (
            "2:18-39 the entry `https://example.org/x` has a path"
            " | paths are not understood yet; the host is `https://example.org`"
        ),
        "2:41-44 the entry `*` names every host | name the hosts",
        "2:54-61 the entry `*.com` is too wide | `*.` stands before two labels at least",
    ],
    V + "egress: {classes: {contact: deny, litteral: off}}\n": [
        "2:29-33 unknown level `deny` | expected error, warning or off",
        (
            "2:35-43 unknown key `litteral` in egress.classes | did you mean `literal`?"
            " | known here: contact, fetch, code, metadata, literal, reference"
        ),
    ],
    # overrides and waivers
    V + "overrides:\n  - quantization: {allow: [F32]}\n": ["3:5-33 `paths` is missing | add it"],
    V + "waivers:\n  - rule: unlisted-license\n    path: a.gguf\n    owner: me\n": [
        "3:5-27 `reason` is missing | expected rule, path, reason, owner, expires",
        "3:5-27 `expires` is missing | expected rule, path, reason, owner, expires",
    ],
    V + WAIVER.format("license", "a/", "''", "12", "2026-13-01") + "    sha256: ABCDEF\n": [
        "3:11-18 `license` is a family | a waiver names one rule",
        "4:11-13 the pattern `a/` ends in `/` | all below it is `a/**`",
        "5:13-15 expected a few words, found none | say it for whoever reads this next year",
        "6:12-14 expected a string, found a number | put it in quotes",
        "7:14-24 there is no day 2026-13-01 | year, month and day",
        "8:13-19 expected a SHA-256 | 64 hexadecimal digits in lower case",
    ],
    V + WAIVER.format("unlisted-licence", "a", "x", "' '", "20261231"): [
        "3:11-27 unknown rule `unlisted-licence` | did you mean `unlisted-license`?",
        "6:12-15 expected a few words, found none | say it for whoever reads this next year",
        "7:14-22 expected a date | such as 2026-12-31",
    ],
    V
    + WAIVER.format("unlisted-license", "a", "x", "y", "2026-12-31")
    + "    sha256: "
    + DIGEST.upper()
    + "\n": [f"8:13-77 a SHA-256 is written in lower case | {DIGEST}"],
    V
    + WAIVER.format("digest-mismatch", "models/**", "x", "y", "2026-12-31")
    + f"    sha256: {DIGEST}\n": [
        (
            "4:11-20 `digest-mismatch` is waived only by exact path and sha256"
            " | this may match more than one path"
        )
    ],
    V + WAIVER.format("malformed-header", "a.gguf", "x", "y", "2026-12-31"): [
        "3:11-27 `malformed-header` is waived only by exact path and sha256 | this has no sha256"
    ],
    # all in one run
    V + "quantization: {alow: [F16], min-bits-per-weight: x}\npins:\nrules: {egres: off}\n": [
        (
            "2:16-20 unknown key `alow` in quantization | did you mean `allow`?"
            f" | known here: {QUANTIZATION_KEYS}"
        ),
        "2:50-51 expected a number, found a string",
        "3:1-5 `pins` has no value | write a value, or remove it",
        "4:9-14 unknown rule or family `egres` | did you mean `egress`?",
    ],
}


def told(errors):
    return [
        f"{d.span.line}:{d.span.column}-{d.span.end_column} "
        + " | ".join(part for part in (d.message, d.label, d.help) if part)
        for d in errors.diagnostics
    ]


@pytest.mark.parametrize("text", MISTAKES, ids=range(len(MISTAKES)))
def test_a_mistake_is_told_with_its_place_and_what_was_meant(text, load_text):
    with pytest.raises(PolicyErrors) as caught:
        load_text(text)

    assert told(caught.value) == MISTAKES[text]
    assert {d.span.path for d in caught.value.diagnostics} == {"lbom-gate.yaml"}
    lines = text.split("\n")
    assert all(d.span.text == lines[d.span.line - 1] for d in caught.value.diagnostics)


def test_a_hundred_mistakes_are_enough(load_text):
    text = V + "".join(f"key{number}: 1\n" for number in range(150))

    with pytest.raises(PolicyErrors) as caught:
        load_text(text)

    assert len(caught.value.diagnostics) == 101
    assert told(caught.value)[0] == "1:1-11 and 50 more mistakes"


def test_a_long_name_is_cut_where_it_is_told(load_text):
    with pytest.raises(PolicyErrors) as caught:
        load_text(V + f"{'x' * 500}: 1\n")

    assert caught.value.diagnostics[0].message == f"unknown key `{'x' * 60}…`"


def test_the_exception_reads_like_a_compiler(load_text):
    with pytest.raises(
        PolicyErrors, match=r"^lbom-gate.yaml:2:8: expected a mapping, found a list$"
    ):
        load_text(V + "rules: [egress]\n")


KEYS = st.sampled_from(
    [
        "version",
        "formats",
        "allow",
        "quantization",
        "rules",
        "egress",
        "overrides",
        "paths",
        "pins",
        "waivers",
        "rule",
        "path",
        "sha256",
        "reason",
        "owner",
        "expires",
        "extends",
        "[key]",
        "",
        "settings",
        "waiver-max-days",
        "classes",
        "require",
        "max-parameters",
        "require-version",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | KEYS
    | st.sampled_from(["1", "error", "off", "*", "2026-12-31", "digest-mismatch", "70B", DIGEST])
    | st.text(st.characters(blacklist_categories=["Cs", "Cc"]), max_size=8)
)
DATA = st.recursive(
    SCALARS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=5),
    max_leaves=20,
)


YAML = st.sampled_from(
    [
        "version: 1\n",
        "rules:",
        "egress:",
        " {",
        "}",
        "[",
        "]",
        ", ",
        "allow: ",
        "off",
        "error",
        "a",
        "\n",
        "\n  ",
        "- ",
        "paths: ",
        "'",
        '"',
        "#",
        ": ",
        "~",
        "é",
        "waivers:",
        "[key]",
        "1",
        "&",
    ]
)


@given(st.binary(max_size=40) | st.lists(YAML, max_size=30).map("".join).map(str.encode))
def test_any_bytes_are_a_policy_or_told_mistakes(rules, data):
    names = Names({rule.name: rule for rule in rules}, frozenset(rule.family for rule in rules))
    told_mistakes = []

    try:
        read(data, "p.yaml", names)
    except PolicyErrors as errors:
        told_mistakes.extend(errors.diagnostics)

    assert all(d.message and d.span.line >= 1 for d in told_mistakes)


@given(st.dictionaries(KEYS, DATA, max_size=8))
def test_any_data_is_a_policy_or_told_mistakes(rules, data):
    text = json.dumps({"version": 1, **data}, ensure_ascii=False)
    names = Names({rule.name: rule for rule in rules}, frozenset(rule.family for rule in rules))
    told_mistakes = []

    try:
        read(text.encode(), "p.yaml", names)
    except PolicyErrors as errors:
        told_mistakes.extend(errors.diagnostics)

    assert all(d.message and "\n" not in d.message for d in told_mistakes)
