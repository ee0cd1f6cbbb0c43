"""A waiver is put into the text of a policy, and nothing else in it changes."""

from dataclasses import replace
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lbom_gate.model import NewWaiver
from lbom_gate.policies import PolicyErrors, with_waiver, yaml_tree

WAIVER = NewWaiver(
    rule="unlisted-quantization",
    path="models/q2.gguf",
    sha256=None,
    reason='only "Q2_K" until 2.0: SEC-1 # yes',
    owner="ml-platform",
    expires=date(2027, 1, 31),
)
BOUND = replace(WAIVER, sha256="ab" * 32, owner="off", path="models/a b.gguf")


def added(text: str, waiver: NewWaiver = WAIVER) -> str:
    return with_waiver(text.encode(), "lbom-gate.yaml", waiver).decode()


def test_a_policy_without_waivers_gets_the_section_at_its_end():
    assert added("version: 1\n# the end\n") == (
        "version: 1\n"
        "# the end\n"
        "waivers:\n"
        "  - rule: unlisted-quantization\n"
        "    path: models/q2.gguf\n"
        '    reason: "only \\"Q2_K\\" until 2.0: SEC-1 # yes"\n'
        "    owner: ml-platform\n"
        "    expires: 2027-01-31\n"
    )


def test_words_that_a_reader_could_take_for_something_else_are_quoted():
    assert added("version: 1\n", BOUND).endswith(
        "waivers:\n"
        "  - rule: unlisted-quantization\n"
        '    path: "models/a b.gguf"\n'
        f"    sha256: {'ab' * 32}\n"
        '    reason: "only \\"Q2_K\\" until 2.0: SEC-1 # yes"\n'
        '    owner: "off"\n'
        "    expires: 2027-01-31\n"
    )


def test_a_waiver_comes_after_the_last_one_and_before_the_comment_of_the_next_key():
    before = "version: 1\nwaivers:\n- {rule: a, path: b}  # why\n\n# levels\nrules: {}\n"
    text = added(before)

    assert text.startswith(
        "version: 1\nwaivers:\n- {rule: a, path: b}  # why\n- rule: unlisted-quantization\n  path: "
    )
    assert text.endswith("  expires: 2027-01-31\n\n# levels\nrules: {}\n")


def test_a_reason_in_a_block_of_text_stays_whole():
    before = (
        "version: 1\nwaivers:\n  - rule: a\n    reason: |\n      one\n      # two\n\nrules: {}\n"
    )
    text = added(before)

    assert "      one\n      # two\n" in text
    assert text.endswith("    expires: 2027-01-31\n\nrules: {}\n")


def test_a_block_of_text_that_is_cut_short_by_the_end_of_the_file_is_not_made_longer():
    with pytest.raises(PolicyErrors, match="the waiver cannot be put in here"):
        added("version: 1\nwaivers:\n  - rule: a\n    reason: |\n      one")


def test_the_line_ends_of_the_file_are_kept():
    text = added("version: 1\r\nrules: {}")

    assert text.startswith("version: 1\r\nrules: {}\r\nwaivers:\r\n  - rule: unlisted-quant")
    assert text.count("\n") == text.count("\r\n")


def test_the_mark_of_the_end_of_a_document_stays_the_end():
    assert added("version: 1\n...\n").endswith("    expires: 2027-01-31\n...\n")


@pytest.mark.parametrize(
    ("text", "message", "position"),
    [
        ("version: 1\nwaivers: []\n", "the waivers are written in brackets", (2, 10)),
        ("version: 1\nwaivers: [{rule: a}]\n", "the waivers are written in brackets", (2, 10)),
        ("version: 1\nwaivers:\n  [\n  ]\n", "the waivers are written in brackets", (3, 3)),
        ("{version: 1}\n", "the policy is written in braces", (1, 1)),
        ("version: 1\nwaivers: none\n", "the waivers are no list", (2, 10)),
    ],
)
def test_a_layout_that_has_no_room_for_a_line_is_refused_with_what_to_do(text, message, position):
    with pytest.raises(PolicyErrors) as refused:
        added(text)

    (diagnostic,) = refused.value.diagnostics
    assert diagnostic.message == message
    assert (diagnostic.span.line, diagnostic.span.column) == position
    assert diagnostic.help.startswith("nothing was written")


# --- any text ---------------------------------------------------------------------------------

comments = st.sampled_from(["", "\n", "# why\n", "  # deep\n", "\n# a: b\n\n"])
values = st.sampled_from(
    [
        "rules: {}\n",
        "rules:\n  code: off # loud\n",
        "formats:\n    allow: [gguf,\n      onnx]\n",
        'extends: ["builtin:strict"]\n',
        "x: |\n  # no comment\n\n",
        "x: >-\n  folded\n  text\n",
        'x: "quoted\n  # text"\n',
    ]
)
items = st.sampled_from(
    [
        "- rule: a\n{0}  path: b\n",
        "- {{rule: a, path: b}}\n",
        "-   rule: a\n{0}    path: b # c\n",
        "- rule: a\n{0}  reason: |\n{0}    # one\n{0}    two\n",
        "- rule: a\n{0}  # why\n{0}  reason: 'one\n\n{0}    two'\n",
    ]
)


@st.composite
def policies(draw):
    margin = draw(st.sampled_from(["", "  ", "    "]))
    waivers = "".join(
        draw(comments) + margin + item.format(margin)
        for item in draw(st.lists(items, min_size=1, max_size=3))
    )
    parts = [f"a{i}: 1\n" for i in range(draw(st.integers(1, 2)))]
    named = draw(st.lists(values, max_size=3, unique_by=lambda text: text.partition(":")[0]))
    if draw(st.booleans()):
        named.insert(draw(st.integers(0, len(named))), f"waivers:\n{waivers}")
    text = "".join(draw(comments) + part for part in parts + named) + draw(comments)
    text += draw(st.sampled_from(["", "...\n"]))
    if draw(st.booleans()):
        text = text.replace("\n", "\r\n")
    if draw(st.booleans()):
        text = "\ufeff" + text
    is_cut = draw(st.booleans()) and "|" not in text  # see the test of a block that is cut short
    return text.rstrip("\r\n") if is_cut else text


@given(policies(), st.sampled_from([WAIVER, BOUND]))
def test_the_rest_of_any_text_stays_and_it_says_one_waiver_more(text, waiver):
    old = yaml_tree.parse(text.encode(), "p")
    after = added(text, waiver)
    new = yaml_tree.parse(after.encode(), "p")
    head = 0
    while head < len(text) and text[head] == after[head]:
        head += 1

    assert text == after[:head] + (
        after[len(after) - len(text) + head :] if head < len(text) else ""
    )
    assert new.data == {
        **old.data,
        "waivers": [
            *old.data.get("waivers", []),
            {
                "rule": waiver.rule,
                "path": waiver.path,
                **({"sha256": waiver.sha256} if waiver.sha256 else {}),
                "reason": waiver.reason,
                "owner": waiver.owner,
                "expires": "2027-01-31",
            },
        ],
    }
