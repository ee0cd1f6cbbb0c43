"""`lbom-gate init`: a policy and a lock under which all passes, or the reason why not."""

import shutil
import tempfile
from datetime import date
from pathlib import Path

import numpy as np
import pytest
import yaml
from hypothesis import example, given, settings
from hypothesis import strategies as st
from safetensors.numpy import save_file

import raw
from lbom_gate import pipeline, proposing, sources
from make_fixtures import write_pointer
from raw import Gguf, Key, Tensor
from running import FIXTURES, Gate

TODAY = ("--today", "2026-11-21")


@pytest.fixture
def models(repository: Path) -> Path:
    """Return a folder with models that nothing is wrong with."""
    for name in ("llama-Q8_0.gguf", "llama-Q4_K_M.gguf"):
        (repository / "models").mkdir(exist_ok=True)
        shutil.copy(FIXTURES / name, repository / "models")
    return repository / "models"


def test_what_it_writes_passes_today(call: Gate, models: Path) -> None:
    result = call("init")
    check = call("check", "--fail-on", "error")

    assert result.returncode == 0, result.stdout
    assert "wrote lbom-gate.yaml for 2 model(s)" in result.stdout
    assert "`lbom-gate check` passes today" in result.stdout
    assert check.returncode == 0, check.stdout
    assert (models.parent / "lbom.lock").exists()


def test_each_line_that_was_chosen_says_what_was_found(call: Gate, models: Path) -> None:
    call("init")
    text = (models.parent / "lbom-gate.yaml").read_text("utf-8")

    assert text.startswith("# yaml-language-server: $schema=lbom-gate.schema.json\n")
    assert "  #   Q8_0: 1 model, such as models/llama-Q8_0.gguf\n" in text
    assert "  #   gguf: 2 models, such as models/llama-Q4_K_M.gguf\n" in text
    assert "  #   llama: 2 models, such as models/llama-Q4_K_M.gguf\n" in text
    assert yaml.safe_load(text) == {
        "version": 1,
        "extends": ["builtin:recommended"],
        "formats": {"allow": ["gguf"]},
        "quantization": {"allow": ["Q4_K_M", "Q8_0"]},
        "architecture": {"allow": ["llama"]},
        "pins": {"require": True},
    }


def test_from_another_directory_it_writes_the_same_at_the_root(call: Gate, models: Path) -> None:
    call("init", cwd=models)
    first = (
        (models.parent / "lbom-gate.yaml").read_text(),
        (models.parent / "lbom.lock").read_text(),
    )
    call("init", "--force")

    assert first == (
        (models.parent / "lbom-gate.yaml").read_text(),
        (models.parent / "lbom.lock").read_text(),
    )


def test_what_cannot_pass_is_named_and_stands_there_as_a_waiver_to_uncomment(
    call: Gate, models: Path
) -> None:
    shutil.copy(FIXTURES / "llama-says-Q4_K_M-holds-F32.gguf", models)
    write_pointer(models / "pointer.safetensors")
    result = call("init", *TODAY)
    policy = models.parent / "lbom-gate.yaml"
    before = call("check", *TODAY)
    head, _, tail = policy.read_text().partition("# waivers:\n")
    policy.write_text(head + "waivers:\n" + "".join(line[2:] for line in tail.splitlines(True)))
    after = call("check", *TODAY)

    assert result.returncode == 1
    assert "cannot pass: models/llama-says-Q4_K_M-holds-F32.gguf: contra" in result.stdout
    assert "cannot pass: models/pointer.safetensors: not-examined: " in result.stdout
    assert before.returncode == 1
    assert "    expires: 2027-02-19\n" in policy.read_text()
    assert after.returncode == 0, after.stdout + after.stderr


def test_a_list_that_a_model_without_architecture_cannot_meet_is_left_to_a_person(
    call: Gate, models: Path
) -> None:
    save_file({"a": np.zeros((2, 2), np.float32)}, models / "model.safetensors")
    result = call("init")
    check = call("check")
    policy = models.parent / "lbom-gate.yaml"
    head, _, tail = policy.read_text().partition("# architecture:\n")
    listed, _, rest = tail.partition("\n\n")
    section = "".join(line[2:] for line in listed.splitlines(keepends=True))
    policy.write_text(f"{head}architecture:\n{section}\n\n{rest}")
    decided = call("check")

    assert result.returncode == 0, result.stdout
    assert "to decide: models/model.safetensors: no architecture is stated" in result.stdout
    assert check.returncode == 0, check.stdout
    assert "1 model states none, such\n# as models/model.safetensors.\n" in head
    assert yaml.safe_load(policy.read_text())["architecture"] == {"allow": ["llama"]}
    assert decided.returncode == 1
    assert "no architecture could be read, and architecture.allow asks" in decided.stdout


@pytest.mark.parametrize("name", ["lbom-gate.yaml", ".lbom-gate.yaml", "lbom.lock"])
def test_nothing_that_is_there_is_written_over(call: Gate, models: Path, name: str) -> None:
    (models.parent / name).write_text("mine")
    result = call("init")

    assert result.returncode == 2
    assert f"there is {name} already; --force writes over it" in result.stderr
    assert (models.parent / name).read_text() == "mine"
    assert len(list(models.parent.iterdir())) == 3  # .git, models, the file


def test_forced_it_writes_over_the_policy_that_is_there(call: Gate, models: Path) -> None:
    (models.parent / ".lbom-gate.yaml").write_text("mine")
    result = call("init", "--force")

    assert result.returncode == 0, result.stderr
    assert (models.parent / ".lbom-gate.yaml").read_text().startswith("# yaml-language-server")
    assert not (models.parent / "lbom-gate.yaml").exists()


@pytest.mark.usefixtures("repository")
def test_without_a_model_it_writes_a_policy_for_the_first_one(call: Gate) -> None:
    result = call("init")

    assert result.returncode == 0
    assert "no model file was found; run it again, with --force, when" in result.stdout
    assert call("check").returncode == 0


def test_the_hook_is_written_once_and_printed_where_there_are_others(
    call: Gate, models: Path
) -> None:
    config = models.parent / ".pre-commit-config.yaml"
    call("init", "--pre-commit")
    written = config.read_text()
    config.write_text("repos: []\n")
    result = call("init", "--pre-commit", "--force")

    assert "entry: lbom-gate check --hook --all\n" in written
    assert config.read_text() == "repos: []\n"
    assert "there is .pre-commit-config.yaml already" in result.stdout
    assert "        entry: lbom-gate check --hook --all\n" in result.stdout


def test_the_workflow_is_printed(call: Gate, models: Path) -> None:
    result = call("init", "--github")

    assert "permissions: { contents: read }" in result.stdout
    assert not (models.parent / ".github").exists()


names = st.text(st.characters(codec="utf-8", exclude_characters="/\0"), min_size=1, max_size=9)
ggufs = st.builds(
    Gguf,
    keys=st.lists(
        st.one_of(
            st.builds(Key, st.just("general.architecture"), names),
            st.builds(Key, st.just("general.file_type"), st.integers(0, 40), st.just(raw.U32)),
        ),
        max_size=2,
        unique_by=lambda key: key.name,
    ),
    tensors=st.lists(
        st.builds(Tensor, names, st.just((256, 2)), st.sampled_from([0, 1, 2, 12, 14])), max_size=3
    ),
    data=st.just(bytes(512)),
).map(bytes)


@settings(max_examples=60, deadline=None)
@given(
    st.lists(
        st.tuples(names, st.sampled_from([".gguf", ".pkl"]), ggufs | st.just(b"\x80\x04.")),
        max_size=3,
    )
)
@example([("a", ".gguf", bytes(raw.Gguf(keys=[Key("general.architecture", "{")])))])
def test_any_tree_passes_or_what_fails_is_what_it_says(files) -> None:
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory)
        for name, suffix, content in files:
            (root / f"x{name}{suffix}").write_bytes(content)
        place = pipeline.Place(root, root)
        file, lock = root / "lbom-gate.yaml", root / "lbom.lock"
        proposal = proposing.propose(place, file, lock, today=date(2026, 11, 21))
        file.write_bytes(proposal.policy)
        lock.write_bytes(proposal.lock.data)
        policy = pipeline.load_policy(place, file)
        pins = pipeline.load_pins(place, policy)
        scanned = pipeline.scan(place, sources.select((), root=place.root), policy, pins)
        verdict = pipeline.judge(scanned, policy, pins, today=date(2026, 11, 21))

    assert verdict == proposal.verdict
    assert verdict.exit_code == (1 if proposal.denied else 0)
    assert {f.path for f in proposal.denied if f.rule == "unlisted-quantization"} <= {
        f.path for f in proposal.denied if f.rule == "contradicted-quantization"
    }
    assert {f.path for f in proposal.denied if f.rule == "unpinned-model"} == {
        path for path, _ in proposal.lock.unpinned
    }
