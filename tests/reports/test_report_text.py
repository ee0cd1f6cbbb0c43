import re

from verdict_building import CHAT, GOOD, UNREAD, model, one, span

from lbom_gate.model import Facts, File, Finding, Judged, Model, Pin, Verdict
from lbom_gate.reports import render

PINLESS = span(3, "pins: {require: true}", "true")


def unpinned(*paths: str) -> Verdict:
    findings = tuple(
        Finding("unpinned-model", "error", path, "not pinned in lbom.lock", policy=PINLESS)
        for path in paths
    )
    return Verdict("violation", 1, (), findings, "lbom-gate.yaml", ())


def test_errors_come_before_warnings():
    findings = (
        Finding("missing-license", "warning", "a.gguf", "no license is stated"),
        Finding("trailing-data", "error", "b.gguf", "7 bytes follow"),
    )
    verdict = Verdict("violation", 1, (), findings, "lbom-gate.yaml", ())

    titles = [line for line in render("text", verdict).splitlines() if "[" in line]

    assert titles == [
        "error[trailing-data]: 7 bytes follow",
        "warning[missing-license]: no license is stated",
    ]


def test_one_finding_of_many_files_is_one_block():
    text = render("text", unpinned("a.gguf", "b.gguf"))

    assert text.splitlines()[:4] == [
        "error[unpinned-model]: not pinned in lbom.lock",
        "  ┌─ a.gguf",
        "  ├─ b.gguf",
        "  ├─ lbom-gate.yaml:3:17",
    ]


def test_the_files_of_a_block_are_counted_from_the_eleventh_on():
    text = render("text", unpinned(*(f"{i:02}.gguf" for i in range(13))))

    assert "  ├─ 09.gguf\n  │  … and 3 more\n" in text
    assert "10.gguf" not in text
    assert "policy FAILED  13 errors" in text


def test_findings_beyond_the_limit_are_counted_by_rule():
    findings = tuple(
        Finding("trailing-data", "error", "a.gguf", f"{i} bytes follow") for i in range(53)
    )
    verdict = Verdict("violation", 1, (), findings, "lbom-gate.yaml", ())

    text = render("text", verdict)

    assert text.count("error[trailing-data]") == 50
    assert "… and 3 more of trailing-data\n\npolicy FAILED  53 errors" in text


def test_what_was_not_examined_is_said_where_its_rule_is_off():
    verdict = Verdict("pass", 0, (Judged(UNREAD, "pass"),), (), "lbom-gate.yaml", ())

    assert render("text", verdict).splitlines() == [
        "not examined: models/locked.gguf: permission denied",
        "",
        "policy passed  1 not examined · 1 model, 0 B · policy lbom-gate.yaml",
    ]


def test_facts_that_were_not_measured_are_shown_as_what_they_are():
    finding = Finding("missing-license", "error", "a.gguf", "no license is stated")
    locked = Model("a", (File("a.gguf", 10, ()),), Facts(), "locked")
    declared = Model("a", (File("a.gguf", 10, ()),), Facts(), "declared")

    assert "  ┌─ a.gguf   10 B · facts of the lock\n" in render("text", one(finding, locked))
    assert "  ┌─ a.gguf   10 B · as declared\n" in render("text", one(finding, declared))


def test_a_finding_of_a_companion_names_the_companion_and_its_size():
    pair = Model("m", (File("m.gguf", 10, ()), File("config.json", 20, ())), Facts())
    pin = Pin("config.json", 20, "a" * 64, span(7, '"config.json": {}', '"', "lbom.lock"))
    finding = Finding("digest-mismatch", "error", "config.json", "bytes differ", pin=pin.span)

    text = render("text", one(finding, pair))

    assert "  ┌─ config.json   20 B\n  ├─ lbom.lock:7:1\n" in text


def test_a_model_named_like_the_policy_is_shown_as_a_model():
    fake = model("lbom-gate.yaml", "a" * 64, 5)
    finding = Finding("unlisted-format", "error", "lbom-gate.yaml", "bad", policy=PINLESS)

    assert "  ┌─ lbom-gate.yaml   5 B\n  ├─ lbom-gate.yaml:3:17\n" in render(
        "text", one(finding, fake)
    )


def test_there_is_no_colour_unless_it_is_asked_for():
    verdict = one(Finding("trailing-data", "error", CHAT.path, "7 bytes follow"), CHAT)

    assert "\x1b" not in render("text", verdict)


def test_colour_changes_nothing_but_the_colour():
    verdict = one(Finding("trailing-data", "error", CHAT.path, "x", policy=PINLESS), CHAT, GOOD)

    painted = render("text", verdict, color=True)

    assert painted.startswith("\x1b[1;31merror[trailing-data]\x1b[0m")
    assert re.sub(r"\x1b\[[0-9;]+m", "", painted) == render("text", verdict)


def test_the_verdict_not_examined_is_neither_passed_nor_failed():
    verdict = Verdict("not-examined", 1, (Judged(UNREAD, "not-examined"),), (), "p.yaml", ())

    assert render("text", verdict).endswith(
        "NOT EXAMINED  1 not examined · 1 model, 0 B · policy p.yaml\n"
    )
