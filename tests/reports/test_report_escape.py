"""Whatever a name or a metadata value holds, no report lets it act."""

import json
import string
from datetime import date

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from sarif_schema import SCHEMA

from lbom_gate.model import (
    Anomaly,
    Diagnostic,
    Digest,
    Facts,
    File,
    Finding,
    Judged,
    Location,
    Model,
    Quantization,
    Span,
    Verdict,
    Waiver,
)
from lbom_gate.reports import diagnostic, render
from lbom_gate.reports._escape import json_value, sarif_message, sarif_uri, terminal, terminal_path

ANY = st.text(st.characters(codec=None, exclude_categories=())) | st.sampled_from(
    [
        "x\n::error::y",
        "::add-mask::x",
        " ::error::",
        "##[error]x",
        "a ##vso[task.complete]x",
        "\r\x1b]0;title\x07",
        "\u202egnp.exe",
        "`<img src=x>`[x](javascript:0)",
        "\x9b31m",
        "\u3164\u200b\ufeff\u2028",
        "\ud800",
        "{0} {",
    ]
)


@st.composite
def verdicts(draw) -> Verdict:
    """A verdict with any text wherever a file or a person could have put it."""
    path, text, key = draw(ANY), draw(ANY), draw(ANY)
    span = Span("lbom-gate.yaml", draw(st.integers(1, 99)), 1, draw(st.integers(1, 9)), draw(ANY))
    waiver = Waiver("trailing-data", path, None, text, draw(ANY), date(2026, 1, 1), span)
    facts = Facts(
        draw(ANY),
        draw(ANY),
        draw(ANY),
        license=draw(ANY),
        quantization=Quantization(draw(ANY)),
        anomalies=(Anomaly("not-examined", "kind", draw(ANY)),),
    )
    model = Model(draw(ANY), (File(path, 1, (Digest("sha256", draw(ANY), "claimed"),)),), facts)
    finding = Finding(
        "trailing-data",
        draw(st.sampled_from(["error", "warning"])),
        draw(st.sampled_from([path, text])),
        text,
        draw(ANY),
        Location(1, key),
        span,
        draw(st.none() | st.just(span)),
        (draw(ANY),),
        draw(ANY),
        draw(st.none() | st.just(waiver)),
        draw(ANY),
    )
    notes = (draw(ANY),)
    return Verdict("violation", 1, (Judged(model, "violation"),), (finding,), path, (key,), notes)


def assert_harmless(text: str) -> None:
    lines = text.split("\n")
    assert all(line.isprintable() for line in lines)
    assert not any(line.lstrip().startswith("::") for line in lines)
    assert "##[" not in text
    assert "##vso[" not in text
    text.encode("utf-8")


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("models/模型 é.gguf", "models/模型 é.gguf"),
        ("a\nb\tc", "a\\x0ab\\x09c"),
        ("\x1b[31m\x7f\x9b", "\\x1b[31m\\x7f\\x9b"),
        ("\u202e\u200b\ufeff\u2028", "\\u202e\\u200b\\ufeff\\u2028"),
        ("\u3164\u2800", "\\u3164\\u2800"),
        ("\U000e0001", "\\U000e0001"),
        ("\udcff", "\\udcff"),
        ("a ##[error]", "a #\\x23[error]"),
    ],
)
def test_what_does_not_print_is_shown_by_its_number(text, shown):
    assert terminal(text) == shown


@given(ANY)
def test_a_text_is_one_printable_line(text):
    assert terminal(text).isprintable()


@given(st.text(string.ascii_letters + string.digits + " /._-[](){}:'\""))
def test_a_text_that_prints_is_left_as_it_is(text):
    assert terminal(text) == text


@given(ANY)
def test_a_path_at_the_start_of_a_line_is_no_command(path):
    shown = terminal_path(path)

    assert shown.isprintable()
    assert not shown.lstrip().startswith("::")


@given(ANY)
def test_a_value_is_left_as_it_is_but_for_surrogates(text):
    written = json_value(text)

    written.encode("utf-8")
    assert any("\ud800" <= c <= "\udfff" for c in text) or written == text


@given(ANY)
def test_a_sarif_message_holds_no_placeholder(text):
    message = sarif_message(text)

    assert "](" not in message
    assert "{" not in message.replace("{{", "")
    assert "}" not in message.replace("}}", "")


@given(ANY)
def test_a_uri_is_made_of_the_characters_that_may_stand_in_one(path):
    assert set(sarif_uri(path)) <= set(string.ascii_letters + string.digits + "/._-~%")


@settings(deadline=None)
@given(verdicts())
def test_nothing_acts_in_the_report_for_a_person(verdict):
    assert_harmless(render("text", verdict))


@settings(deadline=None)
@given(verdicts())
def test_nothing_acts_in_the_concise_report(verdict):
    text = render("concise", verdict)

    assert_harmless(text)
    assert len(text.splitlines()) <= 4


@settings(deadline=None)
@given(verdicts())
def test_the_json_report_is_ascii_that_reads_back(verdict):
    text = render("json", verdict)

    assert text.isascii()
    report = json.loads(text)
    report["findings"][0]["path"].encode("utf-8")
    assert report["findings"][0]["message"].isprintable()


@settings(deadline=None)
@given(verdicts())
def test_the_sarif_report_is_ascii_and_valid(verdict):
    text = render("sarif", verdict)

    assert text.isascii()
    document = json.loads(text)
    SCHEMA.validate(document)
    (result,) = document["runs"][0]["results"]
    assert result["message"]["text"].isprintable()


PLACES = st.integers(1, 200)


@given(st.builds(Span, ANY, st.integers(1, 10**6), PLACES, PLACES, ANY), ANY, ANY)
def test_nothing_acts_in_a_diagnostic(span, text, label):
    assert_harmless(diagnostic.render([Diagnostic(span, text, label, text)]))
