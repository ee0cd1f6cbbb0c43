"""The folder is the registry: file, name, family, docs and tests of every rule agree."""

import re
from pathlib import Path

import pytest
from rule_building import broken, settings

from lbom_gate import rules
from lbom_gate.model import Context, Pins, Sbom
from lbom_gate.rules import DOCS, INFOS, RULES, evaluate, explain

HERE = Path(__file__).parent
FOLDER = Path(rules.__file__).parent
HEADINGS = ["## What it checks", "## Why it matters", "## Example", "## Configuration"]

# The table of design.md, as far as it is built: name, family, level in builtin:recommended.
TABLE = {
    ("not-examined", "file", "error"),
    ("malformed-header", "file", "error"),
    ("truncated-file", "file", "error"),
    ("trailing-data", "file", "warning"),
    ("extension-mismatch", "file", "error"),
    ("unknown-format", "file", "warning"),
    ("unlisted-format", "file", "error"),
    ("symlink-escape", "file", "error"),
    ("incomplete-shards", "file", "error"),
    ("stale-index", "file", "warning"),
    ("archive-trick", "file", "error"),
    ("deceptive-name", "file", "warning"),
    ("unsafe-import", "code", "error"),
    ("executable-layer", "code", "error"),
    ("remote-code", "code", "error"),
    ("template-code", "code", "error"),
    ("content-gated-template", "code", "warning"),
    ("external-data-escape", "code", "error"),
    ("unpinned-model", "pin", "error"),
    ("digest-mismatch", "pin", "error"),
    ("missing-model", "pin", "error"),
    ("unlisted-quantization", "quantization", "error"),
    ("too-few-bits-per-weight", "quantization", "error"),
    ("contradicted-quantization", "quantization", "error"),
    ("undeclared-quantization", "quantization", "warning"),
    ("unlisted-architecture", "architecture", "error"),
    ("too-many-parameters", "architecture", "error"),
    ("missing-architecture", "architecture", "warning"),
    ("unlisted-destination", "egress", "error"),
    ("unlisted-license", "license", "error"),
    ("missing-license", "license", "warning"),
    ("expired-waiver", "policy", "error"),
    ("unused-waiver", "policy", "warning"),
    ("broad-waiver", "policy", "error"),
    ("executable-format", "code", "error"),
    ("mutable-revision", "pin", "error"),
    ("weak-digest", "pin", "warning"),
    ("unlisted-base-model", "base-model", "error"),
    ("missing-base-model", "base-model", "error"),
    ("unknown-license", "license", "warning"),
    ("non-commercial-license", "license", "error"),
    ("too-many-bits-per-weight", "quantization", "error"),
    ("too-few-parameters", "architecture", "error"),
    ("too-long-context", "architecture", "error"),
    ("disagreeing-claims", "quantization", "warning"),
    ("overlong-waiver", "policy", "error"),
    ("expiring-waiver", "policy", "warning"),
    ("no-models", "policy", "warning"),
    ("policy-changed", "policy", "warning"),
}
NAMES = sorted(name for name, _, _ in TABLE)


def test_the_rules_are_those_of_the_table():
    assert {(rule.name, rule.family, rule.recommended) for rule in RULES} == TABLE


def test_the_rules_come_in_the_order_of_their_names():
    assert [rule.name for rule in RULES] == NAMES


def test_the_grave_rules_are_the_starred_ones_of_the_table():
    grave = {info.name for info in INFOS if info.is_grave}

    assert grave == {
        "archive-trick",
        "digest-mismatch",
        "external-data-escape",
        "malformed-header",
        "unsafe-import",
    }


def test_the_files_bear_the_names_of_the_rules():
    files = sorted(path.stem for path in FOLDER.glob("*.py") if not path.stem.startswith("_"))

    assert files == sorted(name.replace("-", "_") for name in NAMES)


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_lives_in_the_file_that_bears_its_name(name):
    rule = next(rule for rule in RULES if rule.name == name)

    assert type(rule).__module__ == f"lbom_gate.rules.{name.replace('-', '_')}"


@pytest.mark.parametrize("name", NAMES)
def test_the_docs_of_a_rule_have_a_summary_and_the_four_headings_in_order(name):
    lines = DOCS[name].splitlines()

    assert lines[0].endswith(".")
    assert lines[1] == ""
    assert [line for line in lines if line.startswith("#")] == HEADINGS


@pytest.mark.parametrize("name", NAMES)
def test_the_docs_of_a_rule_show_a_policy(name):
    configuration = DOCS[name].split("## Configuration\n")[1]

    assert configuration.startswith("```yaml\n")


@pytest.mark.parametrize("name", NAMES)
def test_a_rule_has_a_passing_and_a_failing_case(name):
    source = (HERE / f"test_{name.replace('-', '_')}.py").read_text()

    assert f'"{name}"' in source
    assert re.search(r"^def test_\w+_passes\(", source, re.MULTILINE)
    assert re.search(r"^def test_\w+_is_found\(", source, re.MULTILINE)


def test_a_rule_is_explained_with_its_family_and_level():
    text = explain("digest-mismatch")

    assert text.startswith(
        "# digest-mismatch\n\n"
        "Family `pin`; `error` in `builtin:recommended`;"
        " can be waived only by exact path and digest.\n\n"
        "A file whose bytes differ from its pin.\n\n"
        "## What it checks\n"
    )


def test_an_unknown_rule_is_not_explained():
    with pytest.raises(KeyError):
        explain("no-such-rule")


def test_a_rule_whose_level_is_off_is_not_run():
    context = Context(Pins("lbom.lock", exists=False, by_path={}), None, is_whole=False)
    sbom = Sbom((broken("trailing-data", "7 bytes follow the last tensor"),))
    policy = settings({"trailing-data": "off"})

    assert evaluate(sbom, lambda _path: policy, context) == []


def test_each_model_is_judged_by_the_settings_of_its_own_path():
    context = Context(Pins("lbom.lock", exists=False, by_path={}), None, is_whole=False)
    asked = []

    def settings_for(path):
        asked.append(path)
        return settings()

    evaluate(Sbom((broken("trailing-data", "x"),)), settings_for, context)

    assert asked == ["models/tiny.gguf", ""]
