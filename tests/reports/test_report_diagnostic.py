from verdict_building import span

from lbom_gate.model import Diagnostic, Span
from lbom_gate.reports.diagnostic import render

ALOW = Span("lbom-gate.yaml", 18, 3, 7, "  alow: [Q4_K_M]")


def test_a_mistake_is_shown_at_its_line_with_a_mark_under_it():
    mistake = Diagnostic(ALOW, "unknown key `alow` in quantization", "did you mean `allow`?")

    assert render([mistake]) == (
        "error: unknown key `alow` in quantization\n"
        "  ┌─ lbom-gate.yaml:18:3\n"
        "18│   alow: [Q4_K_M]\n"
        "  │   ──── did you mean `allow`?\n"
    )


def test_a_mistake_says_what_would_help():
    mistake = Diagnostic(ALOW, "unknown key", help="see the schema")

    assert render([mistake]).endswith("  │   ────\n  = help: see the schema\n")


def test_mistakes_come_in_the_order_of_their_places():
    first = Diagnostic(span(2, "version: 2", "2"), "unknown version 2")
    second = Diagnostic(ALOW, "unknown key")

    assert render([second, first]) == render([first]) + "\n" + render([second])


def test_no_mistake_is_no_text():
    assert render([]) == ""


def test_a_line_from_a_file_reaches_no_terminal_raw():
    line = "a\x1b[31m: \u202eb"
    mistake = Diagnostic(Span("p\n.yaml", 1, 6, 7, line), "unknown key `a\x1b`", "x\x07")

    assert render([mistake]) == (
        "error: unknown key `a\\x1b`\n"
        "  ┌─ p\\x0a.yaml:1:6\n"
        " 1│ a\\x1b[31m: \\u202eb\n"
        "  │         ─ x\\x07\n"
    )


def test_wide_characters_take_two_columns():
    mistake = Diagnostic(Span("p.yaml", 1, 3, 5, "模型: 錯誤"), "unknown key")

    assert render([mistake]).splitlines()[2:] == [" 1│ 模型: 錯誤", "  │     ──"]


def test_a_long_line_is_cut_around_the_mark():
    line = f"{'a' * 500}HERE{'b' * 500}"

    mistake = Diagnostic(Span("p.yaml", 1, 501, 505, line), "unknown key", "this")

    assert render([mistake]).splitlines()[2:] == [
        f" 1│ …{'a' * 23}HERE{'b' * 63}…",
        f"  │ {' ' * 24}──── this",
    ]


def test_a_mark_longer_than_the_line_shown_is_cut():
    mistake = Diagnostic(Span("p.yaml", 1, 1, 1001, "a" * 1000), "too long")

    assert render([mistake]).splitlines()[2:] == [f" 1│ {'a' * 91}…", f"  │ {'─' * 92}"]


def test_a_place_behind_the_end_of_the_line_has_a_mark():
    mistake = Diagnostic(Span("p.yaml", 1, 9, 9, "version:"), "no version")

    assert render([mistake]).splitlines()[3] == "  │         ─"


def test_a_mark_does_not_split_what_must_be_escaped_as_one():
    mistake = Diagnostic(Span("p.yaml", 1, 2, 3, "##[error]x"), "unknown key")

    assert render([mistake]).splitlines()[2:] == [" 1│ #\\x23[error]x", "  │  ────"]


def test_colour_is_only_where_it_is_asked_for():
    assert "\x1b" not in render([Diagnostic(ALOW, "x")])
    assert render([Diagnostic(ALOW, "x")], color=True).startswith("\x1b[1;31merror\x1b[0m")
