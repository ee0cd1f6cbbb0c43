import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from lbom_gate.policies import yaml_tree
from lbom_gate.policies.errors import PolicyErrors


def parse(text):
    return yaml_tree.parse(text.encode(), "p.yaml")


def refusal(text):
    with pytest.raises(PolicyErrors) as caught:
        yaml_tree.parse(text if isinstance(text, bytes) else text.encode(), "p.yaml")
    (diagnostic,) = caught.value.diagnostics
    span = diagnostic.span
    return f"{span.line}:{span.column}-{span.end_column} {diagnostic.message} | {diagnostic.label}"


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("off", "off"),
        ("on", "on"),
        ("no", "no"),
        ("yes", "yes"),
        ("y", "y"),
        ("true", True),
        ("False", False),
        ("tRUE", "tRUE"),
        ("012", 12),
        ("-7", -7),
        ("0o17", 15),
        ("0x1F", 31),
        ("0b11", "0b11"),
        ("1:30", "1:30"),
        ("1_000", "1_000"),
        ("1e3", 1000.0),
        ("4.", 4.0),
        (".5", 0.5),
        ("-.inf", float("-inf")),
        ("2026-12-31", "2026-12-31"),
        ("=", "="),
        ("9" * 5000, "9" * 5000),
        ("'12'", "12"),
        ('"true"', "true"),
    ],
)
def test_a_scalar_means_what_yaml_1_2_says(text, value):
    data = parse(f"key: {text}\n").data["key"]

    assert data == value
    assert type(data) is type(value)


def test_every_key_and_value_has_its_place():
    tree = parse("a:\n  - x # why\n  - {b: [1,\n 2]}\nc: é y\nd: |\n  text\n")

    places = {
        path: (span.line, span.column, span.end_column, span.text)
        for path, span in tree.values.items()
    }
    assert places == {
        (): (1, 1, 3, "a:"),
        ("a",): (2, 3, 12, "  - x # why"),
        ("a", 0): (2, 5, 6, "  - x # why"),
        ("a", 1): (3, 5, 12, "  - {b: [1,"),
        ("a", 1, "b"): (3, 9, 12, "  - {b: [1,"),
        ("a", 1, "b", 0): (3, 10, 11, "  - {b: [1,"),
        ("a", 1, "b", 1): (4, 2, 3, " 2]}"),
        ("c",): (5, 4, 7, "c: é y"),
        ("d",): (6, 4, 5, "d: |"),
    }
    assert tree.keys["a", 1, "b"].column == 6
    assert tree.keys["c",].line == 5


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_lines_count_alike_however_they_end(end):
    tree = parse(f"a: 1{end}b: 2{end}")

    assert (tree.values["b",].line, tree.values["b",].text) == (2, "b: 2")


def test_a_byte_order_mark_moves_no_column():
    tree = yaml_tree.parse(b"\xef\xbb\xbfa: 1\n", "p.yaml")

    assert tree.values["a",].column == 4


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", "1:1-2 the file is empty | a policy starts `version: 1`"),
        ("# a comment\n", "2:1-2 the file is empty | a policy starts `version: 1`"),
        (b"a: \xff\n", "1:4-5 a policy is UTF-8 text | the byte 0xff is not UTF-8"),
        (b"\xff\xfea\0", "1:1-2 a policy is UTF-8 text | the byte 0xff is not UTF-8"),
        (
            "a: 1\nb: \u2028\n",
            (
                "2:4-5 the character U+2028 may not stand in a policy"
                " | readers and reviewers do not see it alike"
            ),
        ),
        (
            "a: '\u202e'\n",
            (
                "1:5-6 the character U+202E may not stand in a policy"
                " | readers and reviewers do not see it alike"
            ),
        ),
        (
            "a: \0\n",
            (
                "1:4-5 the character U+0000 may not stand in a policy"
                " | readers and reviewers do not see it alike"
            ),
        ),
        ("a: &x 1\n", "1:4-8 a policy has no anchors | remove the `&` name"),
        ("a: *x\n", "1:4-6 a policy has no aliases | write the value out"),
        ("a: !!str 1\n", "1:4-11 a policy has no tags | remove the `!` name"),
        ("a: ! 1\n", "1:4-7 a policy has no tags | remove the `!` name"),
        ("<<: {}\n", "1:1-3 a policy has no merge keys | write the keys out"),
        ("%YAML 1.1\n---\na: 1\n", "1:1-10 a policy has no YAML directives | remove this line"),
        ("a: 1\n---\nb: 2\n", "2:1-4 a policy is one YAML document | a second one starts here"),
        ("1: x\n", "1:1-2 a key is not text | put it in quotes"),
        ("? [a]\n: x\n", "1:3-4 a key is not text | a key is a word"),
        ("a:\n\tb: 1\n", "2:1-2 a tab stands where only spaces may | use spaces"),
        ("a: [1\n", "2:1-2 the text is not YAML | did not find expected ',' or ']'"),
        (
            "a: b: c\n",
            "1:5-6 the text is not YAML | mapping values are not allowed in this context",
        ),
        (
            'a: "\\ud800"\n',
            "1:7-8 the text is not YAML | found invalid Unicode character escape code",
        ),
        ("[" * 100_000, "1:65-66 the nesting is deeper than 64 levels | starts here"),
        ("{a: " * 50_000, "1:257-258 the nesting is deeper than 64 levels | starts here"),
        ("- " * 50_000, "1:129-130 the nesting is deeper than 64 levels | starts here"),
        ("a: 1\n" * 300_000, "1:1-2 a policy has at most 1,048,576 bytes | "),
    ],
)
def test_what_a_policy_does_not_need_of_yaml_is_refused(text, expected):
    assert refusal(text) == expected


def test_the_place_where_an_open_bracket_began_is_named():
    with pytest.raises(PolicyErrors) as caught:
        parse("a: [1,\n\n2\nb: 3\n")

    assert caught.value.diagnostics[0].help == "while parsing a flow sequence that starts in line 1"


def test_a_duplicate_key_and_an_empty_value_do_not_hide_each_other():
    tree = parse("a: 1\nb:\na: 2\nc: [x, ~]\n")

    found = [(m.span.line, m.span.column, m.message, m.label) for m in tree.mistakes]
    assert found == [
        (2, 1, "`b` has no value", "write a value, or remove it"),
        (3, 1, "the key `a` is there twice", "first set in line 1"),
        (4, 8, "the entry has no value", "write a value, or remove it"),
    ]


@pytest.fixture(params=["CSafeLoader", "SafeLoader"])
def parser(request, monkeypatch):
    """Return each of PyYAML's two parsers, in use for the test."""
    monkeypatch.setattr(yaml_tree, "_LOADER", getattr(yaml, request.param))
    return request.param


def test_both_parsers_refuse_half_a_character(parser):
    assert parser in {"CSafeLoader", "SafeLoader"}
    for text in ('a: "\\ud800"\n', 'a: "\\U00110000"\n', '"\\udfff": 1\n'):
        with pytest.raises(PolicyErrors):
            parse(text)


def test_both_parsers_give_one_tree(monkeypatch):
    text = "a:\n  - x # why\n  - {b: [1,\n 2]}\nc: é y\nd: |\n  text\ne: 'q'\n"
    trees = []
    for name in ("CSafeLoader", "SafeLoader"):
        monkeypatch.setattr(yaml_tree, "_LOADER", getattr(yaml, name))
        trees.append(parse(text))

    assert trees[0] == trees[1]


PIECES = st.sampled_from(
    [
        "a",
        "b: ",
        "- ",
        "\n",
        "  ",
        "[",
        "]",
        "{",
        "}",
        ",",
        "'",
        '"',
        "#",
        "&x ",
        "*x",
        "!t ",
        "|",
        "<<: ",
        "? ",
        ": ",
        "---\n",
        "%YAML 1.2\n",
        "\t",
        "\\",
        "é",
        "\u2028",
        "\x00",
        "~",
        ">",
        "\r",
    ]
)


@pytest.mark.parametrize("name", ["CSafeLoader", "SafeLoader"])
@given(st.binary(max_size=60) | st.lists(PIECES, max_size=40).map("".join).map(str.encode))
def test_any_bytes_give_a_tree_or_policy_errors(name, data):
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(yaml_tree, "_LOADER", getattr(yaml, name))
        try:
            tree = yaml_tree.parse(data, "p.yaml")
            spans = [*tree.values.values(), *tree.keys.values()]
        except PolicyErrors as errors:
            spans = [diagnostic.span for diagnostic in errors.diagnostics]

    lines = data.decode(errors="replace").removeprefix("\ufeff")
    for span in spans:
        assert 1 <= span.column < span.end_column
        assert span.text in lines
