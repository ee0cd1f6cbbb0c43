"""The pre-commit hooks, installed from this repository as a user's pre-commit would."""

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

ROOT = Path(__file__).resolve().parents[2]
MODELS = ROOT / "tests" / "fixtures" / "models"
HOOKS = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text())
POLICY = "version: 1\nextends: [builtin:recommended]\nquantization:\n  allow: [Q8_0]\n"

GIT_IDENTITY = {
    "GIT_AUTHOR_NAME": "A",
    "GIT_AUTHOR_EMAIL": "a@example.org",
    "GIT_COMMITTER_NAME": "A",
    "GIT_COMMITTER_EMAIL": "a@example.org",
}


class Repository:
    """A user's repository, and one installation of the hooks for all tests."""

    def __init__(self, directory: Path, home: Path) -> None:
        self.directory = directory
        self.home = home
        self.git("init", "-q")

    def git(self, *arguments: str) -> None:
        subprocess.run(
            ["git", *arguments],
            cwd=self.directory,
            env={**os.environ, **GIT_IDENTITY},
            check=True,
            capture_output=True,
        )

    def try_hook(self, hook: str) -> "subprocess.CompletedProcess[str]":
        self.git("add", "-A")
        return subprocess.run(
            [sys.executable, "-m", "pre_commit", "try-repo", str(ROOT), hook, "--all-files", "-v"],
            cwd=self.directory,
            env={
                **os.environ,
                "PRE_COMMIT_HOME": str(self.home),
                # A second installation finds what the first one compiled.
                "CARGO_TARGET_DIR": str(self.home / "target"),
            },
            capture_output=True,
            text=True,
            check=False,
        )


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("pre-commit")


@pytest.fixture
def repository(tmp_path: Path, home: Path) -> Repository:
    return Repository(tmp_path, home)


def test_a_commit_with_an_unlisted_quantization_fails_and_a_listed_one_passes(
    repository: Repository,
) -> None:
    (repository.directory / "lbom-gate.yaml").write_text(POLICY)
    shutil.copy(MODELS / "llama-Q2_K.gguf", repository.directory / "a.gguf")
    failed = repository.try_hook("lbom-gate")
    shutil.copy(MODELS / "llama-Q8_0.gguf", repository.directory / "a.gguf")
    passed = repository.try_hook("lbom-gate")

    assert failed.returncode == 1, failed.stdout + failed.stderr
    assert "a.gguf: unlisted-quantization: " in failed.stdout
    assert passed.returncode == 0, passed.stdout + passed.stderr
    assert "Passed" in passed.stdout


def test_a_link_to_a_model_is_not_skipped(repository: Repository) -> None:
    (repository.directory / "lbom-gate.yaml").write_text(POLICY)
    (repository.directory / "blobs").mkdir()
    shutil.copy(MODELS / "llama-Q2_K.gguf", repository.directory / "blobs" / "0f3a")
    (repository.directory / "model.gguf").symlink_to("blobs/0f3a")
    result = repository.try_hook("lbom-gate")

    assert result.returncode == 1, result.stdout + result.stderr
    assert "unlisted-quantization" in result.stdout


@pytest.mark.parametrize("hook", HOOKS, ids=lambda hook: hook["id"])
def test_a_hook_says_what_it_must(hook: dict[str, object]) -> None:
    assert str(hook["entry"]).split()[0] == "lbom-gate"
    assert hook["language"] == "python"
    assert hook["require_serial"] is True


@pytest.mark.parametrize(
    ("path", "is_matched"),
    [
        ("model.gguf", True),
        ("models/MODEL.GGUF", True),
        ("a/model-00001-of-00002.safetensors", True),
        ("a/config.json", True),
        ("a/tokenizer_config.json", True),
        ("a/hf_quant_config.json", True),
        ("a/chat_template.jinja", True),
        ("a/additional_chat_templates/tool_use.jinja", True),
        ("modules.json", True),
        ("a/tsconfig.json", False),
        ("a/package.json", False),
        ("a/page.jinja", False),
        ("lbom-gate.yaml", True),
        (".lbom-gate.yaml", True),
        ("lbom.lock", True),
        ("gguf.py", False),
        ("README.md", False),
    ],
)
def test_the_hook_is_given_what_matters(path: str, is_matched: bool) -> None:
    hook = next(hook for hook in HOOKS if hook["id"] == "lbom-gate")

    assert bool(re.search(hook["files"], path)) is is_matched
    assert hook["types"] == []
    assert hook["types_or"] == ["file", "symlink"]
