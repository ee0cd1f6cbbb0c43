"""The reports as they look, kept beside this test and reviewed as text."""

from pathlib import Path

import pytest
from verdict_building import SNAPSHOTS
from write_snapshots import FOLDER, snapshots

from lbom_gate import reports
from lbom_gate.reports import REPORTS, render

WRITTEN = dict(snapshots())


@pytest.mark.parametrize("name", sorted(WRITTEN))
def test_a_report_looks_as_its_snapshot_does(name):
    assert WRITTEN[name] == (FOLDER / name).read_text(encoding="utf-8")


def test_the_snapshots_are_those_of_the_reports():
    assert sorted(path.name for path in FOLDER.iterdir()) == sorted(WRITTEN)


def test_every_report_is_a_file_of_its_name():
    files = {path.stem for path in Path(reports.__file__).parent.glob("*.py")}

    assert set(REPORTS) == {"text", "concise", "json", "sarif"}
    assert {"text", "concise", "json_v1", "sarif"} <= files


@pytest.mark.parametrize("name", sorted(REPORTS))
@pytest.mark.parametrize("case", sorted(SNAPSHOTS))
def test_a_report_ends_in_one_line_break(name, case):
    text = render(name, SNAPSHOTS[case])

    assert text.endswith("\n")
    assert not text.endswith("\n\n")


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_report_says_that_no_model_was_found(name):
    assert "no model was found under models/" in render(name, SNAPSHOTS["empty"])


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_report_says_what_was_not_examined(name):
    text = render(name, SNAPSHOTS["failed"])

    assert "models/locked.gguf" in text
    assert "permission denied" in text


@pytest.mark.parametrize("name", sorted(REPORTS))
def test_every_report_tells_why_a_finding_is_waived(name):
    assert "vendor converts next week (SEC-12)" in render(name, SNAPSHOTS["failed"])


def test_an_unknown_report_is_refused():
    with pytest.raises(KeyError):
        render("html", SNAPSHOTS["passed"])
