"""What the tests of this room share: the rules there are, and a way to load a policy text."""

from collections.abc import Callable
from pathlib import Path

import pytest

from lbom_gate.model import RuleInfo
from lbom_gate.policies import Policy, load

FAMILIES = {
    "file": "not-examined malformed-header* truncated-file trailing-data extension-mismatch"
    " unknown-format unlisted-format symlink-escape incomplete-shards stale-index archive-trick*"
    " deceptive-name",
    "code": "executable-format unsafe-import* executable-layer remote-code template-code"
    " content-gated-template"
    " external-data-escape*",
    "pin": "unpinned-model digest-mismatch* missing-model mutable-revision weak-digest",
    "quantization": "unlisted-quantization too-few-bits-per-weight contradicted-quantization"
    " undeclared-quantization too-many-bits-per-weight disagreeing-claims",
    "architecture": "unlisted-architecture too-many-parameters missing-architecture"
    " too-few-parameters too-long-context",
    "base-model": "unlisted-base-model missing-base-model",
    "egress": "unlisted-destination",
    "license": "unlisted-license missing-license unknown-license non-commercial-license",
    "policy": "expired-waiver unused-waiver broad-waiver overlong-waiver expiring-waiver no-models"
    " policy-changed",
}

LoadText = Callable[[str | bytes], Policy]


@pytest.fixture(scope="session")
def rules() -> tuple[RuleInfo, ...]:
    return tuple(
        RuleInfo(name=name.rstrip("*"), family=family, is_grave=name.endswith("*"))
        for family, names in FAMILIES.items()
        for name in names.split()
    )


@pytest.fixture
def load_text(tmp_path: Path, rules: tuple[RuleInfo, ...]) -> LoadText:
    """Return what loads a text as the policy of an empty repository."""

    def load_it(text: str | bytes) -> Policy:
        file = tmp_path / "lbom-gate.yaml"
        file.write_bytes(text if isinstance(text, bytes) else text.encode())
        return load(file, start=tmp_path, root=tmp_path, rules=rules)

    return load_it
