#!/usr/bin/env python3
"""Drives lbom-gate inside a GitHub Action: installs it, runs it, hands on what it says.

It decides nothing: the verdict and the exit code are those of ``lbom-gate check``, and the last
step of ``action.yml`` leaves with them. Only the standard library, because nothing is installed
when it starts.

    action.py install    find or install lbom-gate; outputs: bin, version
    action.py check      run it; outputs: result, exit-code, errors, warnings, ...
"""

import json
import os
import re
import secrets
import shutil
import subprocess
import sys
import tempfile
import venv
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

# GitHub shows ten annotations of each level for a step (actions/toolkit, "Problem matchers").
ANNOTATIONS = 10
# A job summary may take 1 MiB; a longer one is refused whole.
SUMMARY_BYTES = 1_000_000
COUNTS = ("models", "errors", "warnings", "waived", "not_examined")
# Marks of Markdown, and what makes a link of a plain address or a name.
ENTITIES = str.maketrans({c: f"&#{ord(c)};" for c in "&<>|`*_[]()#~!\\:@"})

Report = dict[str, Any]


class Misuse(Exception):
    """An input that makes no sense."""


@dataclass(frozen=True)
class Inputs:
    """The inputs of the check step."""

    binary: str
    paths: tuple[str, ...]
    policy: str
    policy_from: str
    fail_on: str
    sbom: str
    sarif: str
    wants_summary: bool
    requires_models: bool

    @classmethod
    def read(cls, environment: Mapping[str, str]) -> "Inputs":
        """Return the inputs that ``action.yml`` hands over."""

        def text(name: str) -> str:
            value = environment.get(f"LBOM_GATE_{name}", "").strip()
            if name != "PATHS" and re.search(r"[\r\n]", value):
                raise Misuse(f"the input {name.lower()!r} has more than one line")
            return value

        def flag(name: str) -> bool:
            value = text(name) or "false"
            if value not in ("true", "false"):
                raise Misuse(f"the input {name.lower()!r} is {value!r}, expected true or false")
            return value == "true"

        return cls(
            binary=text("BIN"),
            paths=tuple(line.strip() for line in text("PATHS").splitlines() if line.strip()),
            policy=text("POLICY"),
            policy_from=text("POLICY_FROM"),
            fail_on=text("FAIL_ON") or "error",
            sbom=text("SBOM"),
            sarif=text("SARIF"),
            wants_summary=flag("SUMMARY"),
            requires_models=flag("REQUIRE_MODELS"),
        )

    def command(self, report: Path) -> list[str]:
        """Return the command line; what the user named stands after ``--``."""
        command = [self.binary, "check", "--color=never", f"--fail-on={self.fail_on}"]
        command += [f"--output=json={report}"]
        command += [f"--output=sarif={self.sarif}"] if self.sarif else []
        command += [f"--sbom={self.sbom}"] if self.sbom else []
        command += [f"--policy={self.policy}"] if self.policy else []
        command += [f"--policy-from={self.policy_from}"] if self.policy_from else []
        command += ["--require-models"] if self.requires_models else []
        return [*command, "--", *self.paths]


def plain(text: str) -> str:
    r"""Return text on one line: what cannot be printed stands as ``\xNN``."""
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in text)


def annotation(finding: Report) -> str:
    """Return a workflow command that shows a finding beside the policy line or the file."""
    decided = finding["policy"] or {}
    is_ours = decided and not decided["path"].startswith("builtin:")
    place = {"file": decided["path"] if is_ours else finding["path"]}
    if is_ours:
        place |= {"line": str(decided["line"]), "col": str(decided["column"])}
    properties = ",".join(f"{k}={escape_property(v)}" for k, v in place.items())
    title = escape_property(finding["rule"])
    message = escape_data(f"{plain(finding['path'])}: {plain(finding['message'])}")
    return f"::{finding['level']} {properties},title={title}::{message}"


def escape_data(text: str) -> str:
    """Escape the message of a workflow command (actions/toolkit, command.ts)."""
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def escape_property(text: str) -> str:
    """Escape a property of a workflow command (actions/toolkit, command.ts)."""
    return escape_data(plain(text)).replace(":", "%3A").replace(",", "%2C")


def annotations(report: Report) -> list[str]:
    """Return the annotations that GitHub will show, and one that counts the rest."""
    live = [finding for finding in report["findings"] if not finding["waiver"]]
    shown = [
        annotation(finding)
        for level in ("error", "warning")
        for finding in [f for f in live if f["level"] == level][:ANNOTATIONS]
    ]
    if len(shown) < len(live):
        shown.append(
            f"::notice::{len(shown)} of {len(live)} findings are shown here; all are in the log"
        )
    return shown


def summary(report: Report) -> str:
    """Return the job summary in Markdown, cut between rows where it would be too long."""
    counts = report["summary"]
    lines = [
        f"### lbom-gate: {report['verdict']}",
        "",
        ", ".join(f"{counts[name]} {name.replace('_', ' ')}" for name in COUNTS),
        "",
        *(f"> {markdown(note)}\n" for note in report["notes"]),
    ]
    rows = [
        f"| {f['level']}{' (waived)' if f['waiver'] else ''} | {f['rule']} | {markdown(f['path'])}"
        f" | {markdown(f['message'])} |"
        for f in report["findings"]
    ]
    if rows:
        lines += ["| level | rule | path | what was found |", "| --- | --- | --- | --- |"]
    size = len("\n".join(lines).encode())
    for number, row in enumerate(rows):
        size += len(row.encode()) + 1
        if size > SUMMARY_BYTES:
            lines += ["", f"{len(rows) - number} more findings are in the log"]
            break
        lines.append(row)
    return "\n".join(lines) + "\n"


def markdown(text: str) -> str:
    """Return text that Markdown and HTML show as it is."""
    return plain(text).translate(ENTITIES).replace("www.", "www&#46;")


def write_outputs(environment: Mapping[str, str], **outputs: object) -> None:
    """Hand outputs to the next step (single-line values only)."""
    lines = []
    for name, value in outputs.items():
        text = str(value)
        if re.search(r"[\r\n]", text):
            raise Misuse(f"the output {name!r} has more than one line")
        lines.append(f"{name.replace('_', '-')}={text}\n")
    with Path(environment["GITHUB_OUTPUT"]).open("a", encoding="utf-8") as file:
        file.writelines(lines)


def install(environment: Mapping[str, str]) -> int:
    """Find or install lbom-gate and say where it is."""
    version = environment.get("LBOM_GATE_VERSION", "").strip() or "bundled"
    if version == "system":
        binary = shutil.which("lbom-gate", path=environment.get("PATH"))
        if binary is None:
            raise Misuse("version is 'system', but no lbom-gate is on PATH")
    else:
        binary = _install(version, environment)
    said = subprocess.run([binary, "--version"], check=True, capture_output=True, text=True).stdout
    write_outputs(environment, bin=binary, version=said.split()[1])
    return 0


def _install(version: str, environment: Mapping[str, str]) -> str:
    if version == "bundled":
        wanted = environment["GITHUB_ACTION_PATH"]
    elif re.fullmatch(r"\d+\.\d+\.\d+", version):
        wanted = f"lbom-gate=={version}"
    else:
        raise Misuse(f"version is {version!r}, expected 'bundled', 'system' or X.Y.Z")
    target = Path(environment["RUNNER_TEMP"]) / "lbom-gate"
    venv.create(target, with_pip=True)
    programs = target / ("Scripts" if os.name == "nt" else "bin")
    pip = [programs / "python", "-m", "pip", "install", "--quiet", wanted]
    subprocess.run(pip, check=True)
    return str(programs / "lbom-gate")


def check(environment: Mapping[str, str]) -> int:
    """Run lbom-gate and hand on its report; the step fails only where that cannot be done."""
    inputs = Inputs.read(environment)
    with tempfile.TemporaryDirectory() as directory:
        target = Path(directory) / "report.json"
        code = _run_quoted(inputs.command(target))
        report = json.loads(target.read_text("utf-8")) if target.exists() else None
    write_outputs(environment, **_outputs(code, report, inputs))
    if report is not None:
        print("\n".join(annotations(report)), flush=True)
        if inputs.wants_summary:
            with Path(environment["GITHUB_STEP_SUMMARY"]).open("a", encoding="utf-8") as file:
                file.write(summary(report))
    return 0


def _run_quoted(command: Sequence[str]) -> int:
    """Run a command whose output the runner must not take for workflow commands."""
    token = secrets.token_hex(16)
    print(f"::stop-commands::{token}", flush=True)
    try:
        return subprocess.run(command, check=False).returncode
    finally:
        print(f"::{token}::", flush=True)


def _outputs(code: int, report: Report | None, inputs: Inputs) -> dict[str, object]:
    counts = report["summary"] if report else {}
    if code not in (0, 1) or report is None:
        result = "error"
    elif code == 1:
        result = "fail"
    else:
        result = "pass" if counts["models"] else "empty"
    return {
        "result": result,
        # A report that is missing after a pass is no pass.
        "exit_code": code if report is not None or code else 3,
        "errors": counts.get("errors", ""),
        "warnings": counts.get("warnings", ""),
        "not_examined": counts.get("not_examined", ""),
        "models": counts.get("models", ""),
        "sbom": inputs.sbom if inputs.sbom and Path(inputs.sbom).exists() else "",
        "sarif": inputs.sarif if inputs.sarif and Path(inputs.sarif).exists() else "",
    }


def main(arguments: Sequence[str], environment: Mapping[str, str]) -> int:
    """Run the step that is named."""
    steps = {"install": install, "check": check}
    if len(arguments) != 1 or arguments[0] not in steps:
        sys.exit(__doc__)
    try:
        return steps[arguments[0]](environment)
    except Misuse as misuse:
        print(f"::error::{escape_data(plain(str(misuse)))}")
        return 2


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:], os.environ))
