"""What the README shows as a policy is one."""

import re

import pytest

from lbom_gate import policies, rules
from running import ROOT

SHOWN = re.findall(
    r"```yaml\n(version: 1\n.*?)```", (ROOT / "README.md").read_text("utf-8"), re.DOTALL
)


@pytest.mark.parametrize("text", SHOWN)
def test_a_policy_that_the_readme_shows_loads(text, tmp_path):
    file = tmp_path / "lbom-gate.yaml"
    file.write_text(text, "utf-8")

    loaded = policies.load(file, start=tmp_path, root=tmp_path, rules=rules.INFOS)

    assert loaded.extends == ("builtin:recommended",)


def test_the_readme_shows_policies():
    assert len(SHOWN) == 2
