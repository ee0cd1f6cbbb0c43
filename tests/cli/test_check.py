"""`lbom-gate check`: exit codes, the same in every format, and what is written where."""

import json
import os
import shutil
import subprocess
import sys
import time
from pathlib import Path

import pytest

import screen
from lbom_gate import pipeline
from running import FIXTURES, HEED_INTERRUPTS, Gate

FORMATS = ["text", "concise", "json", "sarif"]
POLICY = "version: 1\nextends: [builtin:recommended]\n"
ONLY_Q8_0 = POLICY + "quantization:\n  allow: [Q8_0]\n"


def add(repository: Path, fixture: str, policy: str | None = ONLY_Q8_0, name: str = "a") -> Path:
    """Put a fixture under models/ and a policy at the root; return the model's path."""
    source = FIXTURES / fixture
    model = repository / "models" / f"{name}{source.suffix}"
    model.parent.mkdir(exist_ok=True)
    shutil.copy(source, model)
    if policy is not None:
        (repository / "lbom-gate.yaml").write_text(policy)
    return model


# --- exit codes -------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("words", "code"),
    [(["--version"], 0), (["check"], 1), (["check", "missing"], 2), (["no-such-command"], 2)],
    ids=["0", "1", "2 for a missing path", "2 for an unknown command"],
)
def test_a_process_ends_with_the_exit_code(
    gate: Gate, repository: Path, words: list[str], code: int
) -> None:
    add(repository, "llama-Q2_K.gguf")

    assert gate(*words).returncode == code


@pytest.mark.parametrize("form", FORMATS)
@pytest.mark.parametrize(
    ("fixture", "code"),
    [("llama-Q8_0.gguf", 0), ("llama-Q2_K.gguf", 1), ("pointer.safetensors", 1)],
)
def test_the_exit_code_is_the_same_in_every_format(
    call: Gate, repository: Path, fixture: str, code: int, form: str
) -> None:
    add(repository, fixture)

    assert call("check", "--format", form).returncode == code


@pytest.mark.parametrize(
    ("fixture", "verdict"),
    [
        ("llama-Q8_0.gguf", "pass"),
        ("llama-Q2_K.gguf", "violation"),
        ("pointer.safetensors", "not-examined"),
    ],
)
def test_the_three_answers_are_kept_apart(
    call: Gate, repository: Path, fixture: str, verdict: str
) -> None:
    add(repository, fixture)
    report = json.loads(call("check", "--format", "json").stdout)

    assert report["verdict"] == verdict
    assert [model["status"] for model in report["models"]] == [verdict]


@pytest.mark.parametrize(
    ("policy", "place"),
    [
        ("version: 1\nquantization:\n  alow: [Q8_0]\n", "lbom-gate.yaml:3:3"),
        ("version: 1\nrules: {unlisted-quantisation: error}\n", "lbom-gate.yaml:2:9"),
        ("version: 1\nformats: {allow: [gguf]}\nformats: {allow: []}\n", "lbom-gate.yaml:3:1"),
        ("version: 1\nquantization: {allow: Q8_0}\n", "lbom-gate.yaml:2:23"),
        ("version: 2\n", "lbom-gate.yaml:1:10"),
    ],
)
@pytest.mark.parametrize("form", FORMATS)
def test_a_mistake_in_the_policy_is_shown_where_it_stands(
    call: Gate, repository: Path, policy: str, place: str, form: str
) -> None:
    add(repository, "llama-Q8_0.gguf", policy)
    result = call("check", "--format", form)

    assert result.returncode == 2
    assert place in result.stderr
    assert result.stdout == ""


@pytest.mark.parametrize("policy", ["", "# nothing\n", "version: 1\n" + "#" * (1 << 20), "\0"])
def test_a_policy_that_cannot_be_read_is_refused(call: Gate, repository: Path, policy: str) -> None:
    add(repository, "llama-Q8_0.gguf", policy)

    assert call("check").returncode == 2


@pytest.mark.parametrize(
    "lock", ["{", "[]", '{"version": 99, "files": []}', '{"version": 1, "version": 1}', ""]
)
def test_a_lock_that_cannot_be_read_is_refused(call: Gate, repository: Path, lock: str) -> None:
    add(repository, "llama-Q8_0.gguf")
    (repository / "lbom.lock").write_text(lock)
    result = call("check")

    assert result.returncode == 2
    assert "lbom.lock" in result.stderr


@pytest.mark.parametrize(
    "arguments",
    [
        ["check", "missing.gguf"],
        ["check", "models", "missing.gguf"],
        ["check", "--policy", "missing.yaml"],
        ["check", "--from-sbom", "missing.json"],
        ["check", "--from-sbom", "lbom-gate.yaml"],
        ["check", "--from-sbom", "models", "models"],
        ["check", "--no-such-option"],
        ["check", "--format", "xml"],
        ["check", "--output", "json"],
        ["check", "--output", "xml=report.xml"],
        ["check", "--output", "json=no/such/directory/report.json"],
        ["check", "--sbom", "no/such/directory/bom.json"],
        ["check", "--jobs", "-1"],
        ["no-such-command"],
        ["explain", "no-such-rule"],
        ["scan", "missing.gguf"],
        ["scan", "--timestamp", "-1"],
        ["scan", "--timestamp", "999999999999999"],
        ["scan", "-o", "no/such/directory/bom.json"],
        ["lock", "missing.gguf"],
    ],
    ids=" ".join,
)
def test_what_cannot_be_done_ends_with_2_and_says_why(
    call: Gate, repository: Path, arguments: list[str]
) -> None:
    add(repository, "llama-Q8_0.gguf")
    result = call(*arguments)

    assert result.returncode == 2
    assert result.stderr != ""
    assert "Traceback" not in result.stderr


def test_a_missing_path_is_found_whatever_else_is_wrong(call: Gate, repository: Path) -> None:
    add(repository, "llama-Q2_K.gguf")

    assert call("check", "models/a.gguf", "models/b.gguf").returncode == 2


def test_a_defect_of_the_gate_ends_with_3_in_one_line(
    call: Gate, repository: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*_: object, **__: object) -> None:
        message = "no\x1bway"
        raise ZeroDivisionError(message)

    add(repository, "llama-Q8_0.gguf")
    monkeypatch.setattr(pipeline, "judge", fail)
    result = call("check")

    assert result.returncode == 3
    assert result.stdout == ""
    assert result.stderr.startswith("internal error: ZeroDivisionError")
    assert screen.unprintable(result.stderr) == set()
    assert result.stderr.count("\n") == 1


@pytest.mark.parametrize(("fail_on", "code"), [("error", 0), ("warning", 1), ("never", 0)])
def test_the_lowest_level_that_fails_can_be_chosen(
    call: Gate, repository: Path, fail_on: str, code: int
) -> None:
    model = add(repository, "llama-Q8_0.gguf")
    model.write_bytes(model.read_bytes() + bytes(4096))
    result = call("check", "--format", "json", "--fail-on", fail_on)

    assert result.returncode == code
    assert [f["rule"] for f in json.loads(result.stdout)["findings"]] == ["trailing-data"]


def test_nothing_fails_where_never_is_chosen(call: Gate, repository: Path) -> None:
    add(repository, "llama-Q2_K.gguf")

    assert call("check", "--fail-on", "never").returncode == 0


# --- no model ---------------------------------------------------------------------------------


@pytest.mark.parametrize("form", FORMATS)
def test_a_run_that_finds_no_model_passes_and_says_so(
    call: Gate, repository: Path, form: str
) -> None:
    (repository / "README.md").write_text("no model here\n")
    result = call("check", "--format", form)

    assert result.returncode == 0
    assert "no model" in result.stdout


@pytest.mark.usefixtures("repository")
@pytest.mark.parametrize("form", FORMATS)
def test_a_run_that_must_find_a_model_and_does_not_ends_with_2(call: Gate, form: str) -> None:
    result = call("check", "--require-models", "--format", form)

    assert result.returncode == 2
    assert "no model" in result.stderr


def test_models_that_the_policy_leaves_out_are_counted_aloud(call: Gate, repository: Path) -> None:
    add(repository, "llama-Q2_K.gguf", ONLY_Q8_0 + "paths:\n  exclude: ['models/**']\n")
    result = call("check")

    assert result.returncode == 0
    assert "1 model file(s) were not judged" in result.stdout


def test_a_run_without_a_policy_says_what_applies(call: Gate, repository: Path) -> None:
    add(repository, "llama-Q8_0.gguf", policy=None)
    result = call("check")

    assert result.returncode == 0
    assert "builtin:minimal" in result.stdout


# --- what is looked at ------------------------------------------------------------------------


def test_the_nearest_policy_wins(call: Gate, repository: Path) -> None:
    add(repository, "llama-Q2_K.gguf")
    (repository / "models" / "lbom-gate.yaml").write_text(
        POLICY + "quantization:\n  allow: [Q2_K]\n"
    )

    assert call("check", "models").returncode == 0
    assert call("check", "models", "--policy", "lbom-gate.yaml").returncode == 1


def test_content_decides_what_a_model_is(call: Gate, repository: Path) -> None:
    add(repository, "llama-Q2_K.gguf").rename(repository / "models" / "weights")
    report = json.loads(call("check", "--format", "json").stdout)

    assert [(m["files"][0]["path"], m["format"]) for m in report["models"]] == [
        ("models/weights", "gguf")
    ]


def test_what_git_ignores_is_judged_and_what_git_keeps_is_not(call: Gate, repository: Path) -> None:
    add(repository, "llama-Q2_K.gguf")
    (repository / ".gitignore").write_text("models/\n")
    shutil.copy(FIXTURES / "llama-Q2_K.gguf", repository / ".git" / "a.gguf")
    report = json.loads(call("check", "--format", "json").stdout)

    assert [m["files"][0]["path"] for m in report["models"]] == ["models/a.gguf"]


def test_a_claim_that_the_tensors_exclude_is_contradicted(call: Gate, repository: Path) -> None:
    add(
        repository,
        "llama-says-Q4_K_M-holds-F32.gguf",
        POLICY + "quantization:\n  allow: ['Q4_K*']\n",
    )
    result = call("check", "--format", "json")
    rules = {finding["rule"] for finding in json.loads(result.stdout)["findings"]}

    assert result.returncode == 1
    assert rules >= {"contradicted-quantization", "unlisted-quantization"}


def test_an_address_that_is_not_listed_is_named(call: Gate, repository: Path) -> None:
    add(repository, "llama-with-urls.gguf", POLICY + "egress:\n  allow: [models.example.org]\n")
    result = call("check", "--format", "concise")

    assert result.returncode == 1
    assert "unlisted-destination" in result.stdout
    assert "huggingface.co" in result.stdout


def test_a_listed_address_passes(call: Gate, repository: Path) -> None:
    policy = POLICY + "egress:\n  allow: [huggingface.co, '*.example.net']\n"
    add(repository, "llama-with-urls.gguf", policy)

    assert call("check").returncode == 0


def test_a_directory_of_hugging_face_is_one_model(call: Gate, repository: Path) -> None:
    shutil.copytree(FIXTURES / "bert", repository / "bert")
    (repository / "lbom-gate.yaml").write_text(POLICY + "architecture:\n  allow: [BertModel]\n")
    result = call("check", "--format", "json")
    (model,) = json.loads(result.stdout)["models"]

    assert result.returncode == 0
    assert [f["path"] for f in model["files"]] == ["bert/model.safetensors", "bert/config.json"]
    assert model["architecture"] == "BertModel"
    assert model["license"] == "apache-2.0"


# --- what is written --------------------------------------------------------------------------


def test_reports_are_written_beside_the_one_on_the_screen(call: Gate, repository: Path) -> None:
    add(repository, "llama-Q2_K.gguf")
    result = call(
        "check", "--format", "concise",
        "--output", "json=a.json", "--output", "sarif=a.sarif", "--output", "text=a.txt",
        "--sbom", "bom.cdx.json",
    )  # fmt: skip
    report = json.loads((repository / "a.json").read_text("utf-8"))
    sarif = json.loads((repository / "a.sarif").read_text("utf-8"))
    bom = json.loads((repository / "bom.cdx.json").read_text("utf-8"))

    assert result.returncode == 1
    assert result.stdout.startswith("models/a.gguf: ")
    assert report["exit_code"] == 1
    assert sarif["version"] == "2.1.0"
    assert "unlisted-quantization" in (repository / "a.txt").read_text("utf-8")
    assert (bom["bomFormat"], bom["specVersion"]) == ("CycloneDX", "1.6")


@pytest.mark.parametrize("form", FORMATS)
def test_a_report_in_a_file_is_the_report_on_the_screen(
    call: Gate, repository: Path, form: str
) -> None:
    add(repository, "llama-Q2_K.gguf")
    result = call("check", "--format", form, "--output", f"{form}=report", "--color", "never")

    assert (repository / "report").read_text("utf-8") == result.stdout


def test_a_report_that_cannot_be_written_leaves_the_old_one(call: Gate, repository: Path) -> None:
    add(repository, "llama-Q8_0.gguf")
    (repository / "report").mkdir()
    result = call("check", "--output", "json=report")

    assert result.returncode == 2
    assert sorted(p.name for p in repository.iterdir()) == [
        ".git", "lbom-gate.yaml", "models", "report",
    ]  # fmt: skip


def test_a_report_goes_into_a_pipe_and_does_not_replace_it(call: Gate, repository: Path) -> None:
    add(repository, "llama-Q8_0.gguf")
    pipe = repository / "pipe"
    os.mkfifo(pipe)
    reading = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    result = call("check", "--output", "json=pipe")
    with os.fdopen(reading, "rb") as reader:
        report = reader.read()

    assert result.returncode == 0
    assert pipe.is_fifo()
    assert json.loads(report)["exit_code"] == 0


def test_a_report_is_written_to_where_a_link_leads(call: Gate, repository: Path) -> None:
    add(repository, "llama-Q8_0.gguf")
    (repository / "out").mkdir()
    (repository / "report.json").symlink_to("out/report.json")
    call("check", "--output", "json=report.json")

    assert (repository / "report.json").is_symlink()
    assert json.loads((repository / "out" / "report.json").read_text("utf-8"))["exit_code"] == 0


def test_the_hook_prints_one_line_for_each_finding(call: Gate, repository: Path) -> None:
    add(repository, "llama-Q2_K.gguf")
    result = call("check", "--hook", "models/a.gguf")

    assert result.returncode == 1
    assert result.stdout.splitlines()[0].startswith("models/a.gguf: unlisted-quantization: ")


def test_the_hook_says_once_for_each_rule_what_to_do(call: Gate, repository: Path) -> None:
    add(repository, "llama-Q2_K.gguf")
    shutil.copy(FIXTURES / "llama-Q2_K.gguf", repository / "models" / "b.gguf")
    result = call("check", "--hook", "models/a.gguf", "models/b.gguf")

    assert result.stderr == "help: unlisted-quantization: use a model quantized to Q8_0\n"
    assert call("check", "--hook", "models/a.gguf", "--format", "concise").stderr == ""


def test_a_full_disk_is_no_pass(gate: Gate, repository: Path) -> None:
    add(repository, "llama-Q8_0.gguf")
    with Path("/dev/full").open("wb") as full:
        result = gate("check", capture_output=False, stdout=full, stderr=subprocess.PIPE)

    assert result.returncode == 2
    assert "cannot be written" in result.stderr


def test_a_closed_output_is_no_pass(gate: Gate, repository: Path) -> None:
    add(repository, "llama-Q8_0.gguf")
    result = gate("check", preexec_fn=lambda: os.close(1))

    assert result.returncode == 2
    assert "cannot be written" in result.stderr


@pytest.mark.parametrize(("fixture", "code"), [("llama-Q8_0.gguf", 0), ("llama-Q2_K.gguf", 1)])
def test_a_reader_that_leaves_does_not_change_the_verdict(
    gate: Gate, repository: Path, fixture: str, code: int
) -> None:
    add(repository, fixture)
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        result = gate("check", capture_output=False, stdout=closed, stderr=subprocess.PIPE)

    assert result.returncode == code
    assert result.stderr == ""


def test_a_run_that_is_interrupted_ends_with_130_and_writes_nothing(repository: Path) -> None:
    with (repository / "big.safetensors").open("wb") as file:
        file.write(b"\2\0\0\0\0\0\0\0{}")
        file.truncate(1 << 36)  # 64 GiB of hole: half a minute of digesting at least
    code = f"{HEED_INTERRUPTS}from lbom_gate.cli import main; main()"
    words = [sys.executable, "-c", code, "check", "--output", "json=report.json"]
    process = subprocess.Popen(words, cwd=repository, stderr=subprocess.PIPE, text=True)
    while process.poll() is None and not opened(process.pid, repository / "big.safetensors"):
        time.sleep(0.05)
    process.send_signal(2)
    try:
        _, message = process.communicate(timeout=30)
    finally:
        process.kill()

    assert process.returncode == 130
    assert message.strip() == "interrupted: nothing was judged"
    assert sorted(p.name for p in repository.iterdir()) == [".git", "big.safetensors"]


def opened(process: int, path: Path) -> bool:
    """Return whether a process that runs has the file open."""
    descriptors = Path(f"/proc/{process}/fd").iterdir()
    return str(path) in map(os.path.realpath, descriptors)


# --- the SBOM ---------------------------------------------------------------------------------


def copy_fixtures(repository: Path) -> None:
    """Put every fixture under models/ of a new repository."""
    (repository / ".git").mkdir(parents=True)
    shutil.copytree(FIXTURES, repository / "models")


def test_the_sbom_of_a_tree_is_the_same_bytes_wherever_the_tree_lies(
    call: Gate, tmp_path: Path
) -> None:
    here, there = tmp_path / "here", tmp_path / "over" / "there"
    copy_fixtures(here)
    copy_fixtures(there)
    first, again = call("scan", cwd=here).stdout, call("scan", "--jobs", "1", cwd=here).stdout
    elsewhere = call("scan", "-o", "bom.json", cwd=there)

    assert first == again
    assert (there / "bom.json").read_text("utf-8") == first
    assert elsewhere.stdout == ""
    assert str(tmp_path) not in first
    assert "timestamp" not in first


def test_the_sbom_of_check_is_the_one_of_scan(call: Gate, tmp_path: Path) -> None:
    copy_fixtures(tmp_path / "a")
    scanned = call("scan", "models", cwd=tmp_path / "a").stdout
    call("check", "models", "--sbom", "bom.json", cwd=tmp_path / "a")

    assert (tmp_path / "a" / "bom.json").read_text("utf-8") == scanned


def test_a_time_is_written_only_when_it_is_given(call: Gate, repository: Path) -> None:
    add(repository, "llama-Q8_0.gguf")
    bom = json.loads(call("scan", "--timestamp", "1700000000").stdout)

    assert bom["metadata"]["timestamp"] == "2023-11-14T22:13:20Z"


def test_scan_names_what_it_could_not_examine(call: Gate, repository: Path) -> None:
    add(repository, "pointer.safetensors")
    result = call("scan")

    assert result.returncode == 0
    assert "not examined: models/a.safetensors: " in result.stderr


@pytest.fixture
def two_policies(repository: Path) -> None:
    """Make a repository with a policy of its own, and a folder that brings a milder one."""
    (repository / "lbom-gate.yaml").write_text("version: 1\nextends: [builtin:recommended]\n")
    for name in ("brought", "models"):
        (repository / name).mkdir()
        shutil.copy(FIXTURES / "llama-Q8_0.gguf", repository / name / "a.gguf")
    mild = "version: 1\nextends: [builtin:minimal]\nrules: {code: 'off', file: 'off'}\n"
    (repository / "brought" / "lbom-gate.yaml").write_text(mild)
    (repository / "models" / "evil.pkl").write_bytes(b"cos\nsystem\n(S'id'\ntR.")


@pytest.mark.usefixtures("two_policies")
def test_a_policy_that_a_folder_brings_judges_no_other_file(call: Gate) -> None:
    assert call("check", "--hook", "models/evil.pkl").returncode == 1
    assert call("check", "brought/a.gguf").returncode == 0

    for paths in (["brought/a.gguf", "models/evil.pkl"], ["models/evil.pkl", "brought"]):
        result = call("check", "--hook", *paths)
        assert result.returncode == 2
        different = "the paths have different policies: brought has brought/lbom-gate.yaml and"
        assert f"{different} models has lbom-gate.yaml" in result.stderr
        assert "name one policy for all with --policy" in result.stderr
        assert call("check", "--policy", "lbom-gate.yaml", *paths).returncode == 1


@pytest.mark.usefixtures("two_policies")
@pytest.mark.parametrize("paths", [["--all", "brought"], ["brought/lbom-gate.yaml"]])
def test_the_whole_repository_has_the_policy_of_its_root(call: Gate, paths: list[str]) -> None:
    report = json.loads(call("check", *paths, "--format", "json").stdout)

    assert report["policy"]["path"] == "lbom-gate.yaml"
    assert report["exit_code"] == 1
