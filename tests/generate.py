"""Writes what is generated from something else; with --check, fails where a file differs.

One line of `GENERATED` for each file: its path, and the function that returns its text.
"""

import importlib
import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

from lbom_gate import _scanner, policies, rules

ROOT = Path(__file__).resolve().parent.parent
sys.path.append(str(ROOT / "tests" / "attacks"))


def policy_schema() -> str:
    """Return the JSON Schema of the policy file."""
    return json.dumps(policies.json_schema(rules.INFOS), indent=2, ensure_ascii=False) + "\n"


def rules_page() -> str:
    """Return the page that explains every rule."""
    names = sorted(info.name for info in rules.INFOS)
    contents = "\n".join(f"- [`{name}`](#{name}): {rules.summary(name)}" for name in names)
    pages = "\n\n".join(rules.explain(name).strip() for name in names)
    return f"# Rules\n\n{contents}\n\n{pages}\n"


UNSEEN = """\
## What reading a file cannot see

The gate reads what a file says and what its bytes are; it does not run the model. So it cannot
see

- **weights that were changed in place**: a backdoor, a poisoned adapter, a conversion that was
  tampered with. Types, shapes and names stay what they were. What helps: pins (`lbom-gate lock`),
  so that bytes change only where somebody reviews it, and digests from whoever made the model
  (`lock --import`, signed bundles among them).
- **what a template says to the model**: a chat template that turns on certain words is text like
  any other. What helps: the template's digest stands in the bill of materials and in the lock,
  and `lbom-gate diff` tells a change.
- **what a library does with its own input**: a flaw of a reader that a well-formed file triggers.
  What helps: the limits above, `formats.allow`, and current libraries.
- **code that comes with no file here**: a repository that `trust_remote_code` fetches later.
  `remote-code` names the wish, not the code.
"""

LOADING = {
    "data": "no",
    "program": "only what the program in it imports",
    "code": "yes, by design",
}


def formats_page() -> str:
    """Return the table of formats."""
    rows = "\n".join(
        f"| {f.name} | {' '.join(f.suffixes)} | {f.recognised_by}"
        f" | {f.facts or '*not examined*'} | {f.quantization} | {LOADING[f.loading]} | {f.limits} |"
        for f in _scanner.formats()
    )
    return (
        "# Formats\n\n"
        "A format is told by content, whatever the name says. One that is *not examined* is named,"
        " sized and\nfingerprinted, and reported as `not-examined`.\n\n"
        "| format | suffixes | recognised by | facts | shows its quantization"
        " | can loading run code | limits |\n"
        f"| --- | --- | --- | --- | --- | --- | --- |\n{rows}\n\n{UNSEEN}"
    )


def attacks_page() -> str:
    """Return the list of attacks that tests make."""
    return importlib.import_module("table").page()


def stubs() -> str:
    """Return the type stubs of the native module."""
    script = ROOT / "scanner" / "python" / "stubs.py"
    return subprocess.run(
        [sys.executable, script], check=True, stdout=subprocess.PIPE, encoding="utf-8"
    ).stdout


def readme() -> str:
    """Return the README with the help texts as the commands print them."""
    text = (ROOT / "README.md").read_text("utf-8")
    for command in ("", "check"):
        begin = f"<!-- begin: lbom-gate {command} --help -->".replace("  ", " ")
        end = begin.replace("begin", "end", 1)
        before, _, rest = text.partition(begin)
        _, _, after = rest.partition(end)
        text = f"{before}{begin}\n```text\n{_help(*command.split())}```\n{end}{after}"
    return text


def _help(*command: str) -> str:
    words = [sys.executable, "-m", "lbom_gate", *command, "--help"]
    result = subprocess.run(
        words, check=True, capture_output=True, text=True, env={"COLUMNS": "80"}
    )
    return result.stdout.replace("python -m lbom_gate", "lbom-gate")


GENERATED: dict[str, Callable[[], str]] = {
    "README.md": readme,
    "docs/attacks.md": attacks_page,
    "docs/formats.md": formats_page,
    "docs/policy.schema.json": policy_schema,
    "docs/rules.md": rules_page,
    "policy/lbom_gate/_scanner.pyi": stubs,
}


def main() -> None:
    """Write the generated files, or compare them."""
    stale = []
    for name, text in GENERATED.items():
        path = ROOT / name
        if path.exists() and path.read_text("utf-8") == text():
            continue
        stale.append(name)
        if "--check" not in sys.argv:
            path.write_text(text(), "utf-8")
    if stale and "--check" in sys.argv:
        sys.exit(f"out of date: {', '.join(stale)}; run: python3 dev.py generate")


if __name__ == "__main__":
    main()
