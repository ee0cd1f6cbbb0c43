"""Every attack that the gate is tested against, by family: `docs/attacks.md` is made of it."""

from pathlib import Path

import yaml

import archives
import ggufs
import graphs
import pickles
import repositories
from attack import Attack

FAMILIES: dict[str, list[Attack]] = {
    "Pickles": pickles.ATTACKS,
    "Archives and polyglots": archives.ATTACKS,
    "Graphs, layers and data beside a model": graphs.ATTACKS,
    "Headers and chat templates": ggufs.ATTACKS,
    "Names, links, pointers and companions": repositories.ATTACKS,
}

HEAD = """\
# Attacks

Each row is a test: the attack is made from scratch, `lbom-gate check` must exit 1 and must name it
by this rule. The rule is an error in `builtin:recommended` unless it says *warning*. The files are
never loaded, and none of them is kept. Identifiers are those of whoever published the attack.
"""

NOT_TOLD = """\
## What is not told

- Weights that were changed before anybody pinned them, poisoned adapters, conversions that were
  tampered with: their headers are what they were. Pins and signatures tell that bytes changed.
- Flaws of a server or a loader that a well-formed file triggers (CVE-2026-21869).
- A repository whose name looks like a known one, where `base-models.allow` does not list whom you
  trust.
- A zip behind something that is no model and not named like one, such as a photo: no loader of
  models looks there.
"""


RECOMMENDED = Path(__file__).parents[2] / "policy/lbom_gate/packs/recommended.yaml"


def page() -> str:
    """Return the page that lists every attack."""
    said = yaml.safe_load(RECOMMENDED.read_text("utf-8"))["rules"]
    levels = {rule: " (*warning*)" if level == "warning" else "" for rule, level in said.items()}
    sections = [HEAD]
    for family, attacks in FAMILIES.items():
        rows = "\n".join(
            f"| {attack.name} | {attack.known} | `{attack.rule}`{levels[attack.rule]} |"
            for attack in attacks
        )
        head = f"## {family}\n\n| attack | known from | named by |\n| --- | --- | --- |\n"
        sections.append(f"{head}{rows}\n")
    return "\n".join([*sections, NOT_TOLD])
