"""A git-LFS pointer is judged by what the lock knows of the bytes it stands for."""

import hashlib
import json
import shutil
from pathlib import Path

import pytest

from gits import commit, git
from make_fixtures import write_pointer
from running import FIXTURES, Gate

TOLD = ("operators", "inputs", "outputs", "properties")
LISTED = "quantization:\n  allow: [Q8_0]\n"
UNLISTED = "quantization:\n  allow: [F16]\n"
TOO_FEW_BITS = "quantization:\n  min-bits-per-weight: 12\n"
ARCHITECTURE = "architecture:\n  allow: [qwen2]\n"
LICENSE = "licenses:\n  allow: [MIT]\n"


def set_policy(repository: Path, more: str = "") -> None:
    text = "version: 1\nextends: [builtin:recommended]\npins:\n  require: true\n"
    (repository / "lbom-gate.yaml").write_text(text + more)


def stated(model: Path) -> tuple[str, int]:
    """Return digest and size of a pinned model, as the lock states them."""
    data = model.read_bytes()
    return hashlib.sha256(data).hexdigest(), len(data)


@pytest.fixture
def locked(repository: Path, call: Gate) -> Path:
    """Return a model that is pinned."""
    set_policy(repository)
    model = repository / "a.gguf"
    shutil.copy(FIXTURES / "llama-Q8_0.gguf", model)
    assert call("lock").returncode == 0
    return model


def judged(call: Gate) -> tuple[int, list[tuple[str, str, str, str]], list[dict[str, object]]]:
    """Return exit code, findings, and what rules ask of each model but for how it is known.

    The rest, which a file says of itself, no lock keeps.
    """
    result = call("check", "--format", "json")
    report = json.loads(result.stdout)
    findings = [(f["rule"], f["level"], f["path"], f["message"]) for f in report["findings"]]
    for model in report["models"]:
        for told in TOLD:
            del model[told]
        for file in model["files"]:
            for digest in file["digests"]:
                del digest["evidence"]
    return result.returncode, findings, report["models"]


@pytest.mark.parametrize(
    ("policy", "code"),
    [("", 0), (LISTED, 0), (UNLISTED, 1), (TOO_FEW_BITS, 1), (ARCHITECTURE, 1), (LICENSE, 1)],
)
def test_a_pointer_is_judged_like_the_file_it_stands_for(
    call: Gate, locked: Path, policy: str, code: int
) -> None:
    set_policy(locked.parent, policy)
    whole = judged(call)
    write_pointer(locked, *stated(locked))

    assert judged(call) == whole
    assert whole[0] == code


def test_a_pointer_beside_its_config_is_judged_like_the_file(call: Gate, repository: Path) -> None:
    set_policy(repository, "architecture:\n  allow: [BertModel]\n")
    shutil.copytree(FIXTURES / "bert", repository / "bert")
    call("lock")
    whole = judged(call)
    weights = repository / "bert" / "model.safetensors"
    write_pointer(weights, *stated(weights))

    assert judged(call) == whole
    assert whole[0] == 0


@pytest.mark.parametrize("pack", ["minimal", "recommended", "strict"])
def test_a_checkout_without_lfs_is_judged_like_one_with_it(
    call: Gate, repository: Path, pack: str
) -> None:
    (repository / "lbom-gate.yaml").write_text(f"version: 1\nextends: [builtin:{pack}]\n")
    shutil.copytree(FIXTURES, repository / "models")
    (repository / "models" / "pointer.safetensors").unlink()
    call("lock")
    whole = judged(call)
    for weights in [*repository.rglob("*.gguf"), *repository.rglob("*.safetensors")]:
        write_pointer(weights, *stated(weights))

    assert judged(call) == whole
    assert len(whole[2]) == 8


@pytest.fixture
def stored(locked: Path) -> Path:
    """Return a pointer to a model that is pinned and in the store of the repository."""
    data = locked.read_bytes()
    oid, size = stated(locked)
    path = locked.parent / stored_at(oid)
    path.parent.mkdir(parents=True)
    path.write_bytes(data)
    write_pointer(locked, oid, size)
    return path


def stored_at(oid: str) -> str:
    """Return where git-lfs keeps an object."""
    return f".git/lfs/objects/{oid[:2]}/{oid[2:4]}/{oid}"


@pytest.mark.parametrize(
    ("policy", "code"), [("", 0), (LISTED, 0), (UNLISTED, 1), (ARCHITECTURE, 1), (LICENSE, 1)]
)
def test_a_pointer_is_judged_by_what_the_store_has(
    call: Gate, locked: Path, policy: str, code: int
) -> None:
    set_policy(locked.parent, policy)
    oid, size = stated(locked)
    report = json.loads(call("check", "--format", "json").stdout)
    store = locked.parent / stored_at(oid)
    store.parent.mkdir(parents=True)
    locked.rename(store)
    write_pointer(locked, oid, size)
    for pinned in (True, False):
        if not pinned:
            (locked.parent / "lbom.lock").unlink()
            set_policy(locked.parent, policy + "rules: {unpinned-model: off}\n")
        result = call("check", "--format", "json")

        assert json.loads(result.stdout)["models"] == report["models"]
        assert result.returncode == code


def test_what_the_store_has_is_pinned_as_verified(call: Gate, stored: Path) -> None:
    lock = stored.parents[5] / "lbom.lock"
    whole = lock.read_bytes()
    lock.unlink()
    result = call("lock")

    assert result.returncode == 0, result.stderr
    assert lock.read_bytes() == whole


def test_the_bill_tells_what_was_read_in_the_store(call: Gate, stored: Path) -> None:
    root = stored.parents[5]
    assert call("scan", "--output", "bill.json").returncode == 0
    (model,) = json.loads((root / "bill.json").read_text())["components"]
    said = [(p["name"], p["value"]) for p in model["properties"]]

    assert ("lbom-gate:file-role", "stored") in said
    assert ("lbom-gate:digest:evidence", "sha256:verified") in said
    assert call("check", "--from-sbom", "bill.json").returncode == 0


def test_the_report_tells_what_was_read_in_the_store(call: Gate, stored: Path) -> None:
    set_policy(stored.parents[5], UNLISTED)

    assert " · content of a git-LFS pointer" in call("check").stdout


@pytest.mark.parametrize("is_longer", [False, True])
def test_another_object_in_the_store_is_a_digest_mismatch(
    call: Gate, stored: Path, is_longer: bool
) -> None:
    data = stored.read_bytes()
    stored.write_bytes(data + b"\0" if is_longer else data[:-1] + bytes([data[-1] ^ 1]))
    result = call("check", "--format", "json")
    found = [f for f in json.loads(result.stdout)["findings"] if "store" in f["message"]]

    assert result.returncode == 1
    assert [(f["rule"], f["level"], f["path"]) for f in found] == [
        ("digest-mismatch", "error", "a.gguf")
    ]
    assert "git lfs fsck" in call("check").stdout


def test_a_further_working_tree_and_a_submodule_have_their_store(
    call: Gate, repository: Path, tmp_path_factory: pytest.TempPathFactory
) -> None:
    data = (FIXTURES / "llama-Q8_0.gguf").read_bytes()
    oid = hashlib.sha256(data).hexdigest()
    other = tmp_path_factory.mktemp("other")
    write_pointer(other / "a.gguf", oid, len(data))
    commit(other)
    git(other, "worktree", "add", "-q", "-b", "x", str(tmp_path_factory.mktemp("x") / "tree"))
    (repository / ".git").rmdir()
    commit(repository)
    git(repository, "-c", "protocol.file.allow=always", "submodule", "add", "-q", str(other), "sub")
    worktree = Path(git(other, "worktree", "list", "--porcelain").split("worktree ")[2].split()[0])
    for pointer, store in (
        (worktree / "a.gguf", other / stored_at(oid)),
        (
            repository / "sub/a.gguf",
            repository / stored_at(oid).replace("git", "git/modules/sub", 1),
        ),
    ):
        (before,) = json.loads(call("check", str(pointer), "--format", "json").stdout)["models"]
        store.parent.mkdir(parents=True)
        store.write_bytes(data)
        (after,) = json.loads(call("check", str(pointer), "--format", "json").stdout)["models"]

        assert (before["format"], after["format"]) == (None, "gguf")


def test_the_digest_of_a_pointer_is_only_claimed(call: Gate, locked: Path) -> None:
    oid, size = stated(locked)
    write_pointer(locked, oid, size)
    (model,) = json.loads(call("check", "--format", "json").stdout)["models"]

    assert model["files"] == [
        {
            "path": "a.gguf",
            "size": size,
            "digests": [{"algorithm": "sha256", "value": oid, "evidence": "claimed"}],
        }
    ]


def test_a_pointer_to_other_bytes_is_a_digest_mismatch(call: Gate, locked: Path) -> None:
    _, size = stated(locked)
    write_pointer(locked, "ab" * 32, size)
    code, findings, _ = judged(call)

    assert code == 1
    assert ("digest-mismatch", "error", "a.gguf") in [finding[:3] for finding in findings]


def test_a_pointer_of_another_size_is_a_digest_mismatch(call: Gate, locked: Path) -> None:
    oid, size = stated(locked)
    write_pointer(locked, oid, size + 1)
    code, findings, _ = judged(call)

    assert code == 1
    assert ("digest-mismatch", "error", "a.gguf") in [finding[:3] for finding in findings]


def test_a_pointer_that_no_lock_knows_is_not_examined(call: Gate, repository: Path) -> None:
    (repository / "lbom-gate.yaml").write_text("version: 1\nextends: [builtin:recommended]\n")
    write_pointer(repository / "a.gguf")
    result = call("check", "--format", "json")
    report = json.loads(result.stdout)

    assert result.returncode == 1
    assert report["verdict"] == "not-examined"
    assert [entry["path"] for entry in report["not_examined"]] == ["a.gguf"]


def test_a_pointer_is_pinned_as_claimed_and_stays_not_examined(
    call: Gate, repository: Path
) -> None:
    set_policy(repository)
    write_pointer(repository / "a.gguf")
    result = call("lock")

    assert result.returncode == 0
    assert result.stdout == "new a.gguf\nlbom.lock: 0 file(s) pinned, 1 as claimed\n"
    (entry,) = json.loads((repository / "lbom.lock").read_text())["files"]
    assert (entry["pinned_by"], entry["evidence"]) == ("git-lfs", "claimed")
    assert json.loads(call("check", "--format", "json").stdout)["verdict"] == "not-examined"


def test_a_lock_keeps_what_it_knows_of_a_pointer(call: Gate, locked: Path) -> None:
    lock = locked.parent / "lbom.lock"
    before = lock.read_bytes()
    write_pointer(locked, *stated(locked))
    result = call("lock")

    assert result.returncode == 0, result.stderr
    assert lock.read_bytes() == before


VERSION = "version https://git-lfs.github.com/spec/v1\n"
OID = f"oid sha256:{'4d7a' * 16}\n"
SIZE = "size 1\n"


@pytest.mark.parametrize(
    "text",
    [
        OID + SIZE,
        VERSION + SIZE,
        VERSION + OID,
        VERSION + OID.replace("sha256", "md5") + SIZE,
        VERSION + "oid sha256:4d7a\n" + SIZE,
        VERSION + OID.upper() + SIZE,
        VERSION + OID + "size -1\n",
        VERSION + OID + SIZE + "size 2\n",
        VERSION + SIZE + OID,
        VERSION + OID + "size 1",
        VERSION.replace("v1", "v9") + OID + SIZE,
        VERSION + "ext-0-x" + OID[3:] + OID + SIZE,
        VERSION + OID + SIZE + "x" * 2000,
    ],
)
def test_a_broken_pointer_never_passes(call: Gate, repository: Path, text: str) -> None:
    (repository / "lbom-gate.yaml").write_text("version: 1\nextends: [builtin:recommended]\n")
    (repository / "a.gguf").write_text(text)

    assert call("check").returncode == 1


LFS_CONFIG = "[lfs]\n\turl = https://lfs.example/models\n"
EGRESS = "egress:\n  allow: ['{}']\n"


def origin_findings(call: Gate, *arguments: str) -> list[tuple[str, str, str]]:
    """Return rule, level and place of the findings on where content comes from."""
    report = json.loads(call("check", *arguments, "--format", "json").stdout)
    found = [f for f in report["findings"] if f["path"] == ".lfsconfig"]
    return [(f["rule"], f["level"], f["location"]["key"]) for f in found]


@pytest.mark.parametrize("path", [(), ("a.gguf",), (".lfsconfig",)])
def test_where_content_comes_from_must_be_listed(
    locked: Path, call: Gate, path: tuple[str, ...]
) -> None:
    root = locked.parent
    (root / ".lfsconfig").write_text(LFS_CONFIG)
    set_policy(root, EGRESS.format("huggingface.co"))

    assert origin_findings(call, *path) == [("unlisted-destination", "error", "lfs.url")]

    set_policy(root, EGRESS.format("lfs.example"))
    assert origin_findings(call, *path) == []

    set_policy(root)  # nobody asks
    assert origin_findings(call, *path) == []


def test_an_unlisted_origin_is_told_with_its_file_and_what_to_do(locked: Path, call: Gate) -> None:
    root = locked.parent
    (root / ".lfsconfig").write_text(LFS_CONFIG)
    set_policy(root, EGRESS.format("huggingface.co"))
    result = call("check", "a.gguf", "--format", "concise")

    assert result.returncode == 1
    assert (
        ".lfsconfig: unlisted-destination: https://lfs.example/models is not an allowed"
        " destination" in result.stdout
    )
    text = call("check", "a.gguf").stdout
    assert "remove it from .lfsconfig, or list it in egress.allow: lfs.example" in text


def test_an_origin_is_waived_by_its_file(locked: Path, call: Gate) -> None:
    root = locked.parent
    (root / ".lfsconfig").write_text(LFS_CONFIG)
    waiver = (
        "waivers:\n- {rule: unlisted-destination, path: .lfsconfig, reason: moving,"
        " owner: a@b.example, expires: 2999-01-01}\n"
    )
    set_policy(root, EGRESS.format("huggingface.co") + waiver)

    report = json.loads(call("check", "--format", "json").stdout)

    (finding,) = (f for f in report["findings"] if f["rule"] == "unlisted-destination")
    assert finding["waiver"] is not None


def test_the_bill_tells_where_content_comes_from(locked: Path, call: Gate) -> None:
    root = locked.parent
    (root / ".lfsconfig").write_text(LFS_CONFIG + "\tpushurl = https://push.example/models\n")
    set_policy(root, EGRESS.format("huggingface.co"))
    of_files = call("check", "--format", "json")
    bill = call("scan", "--output", "bill.json")
    of_bill = call("check", "--from-sbom", "bill.json", "--format", "json")

    assert bill.returncode == 0
    document = json.loads((root / "bill.json").read_text())
    assert [each["endpoints"] for each in document["services"]] == [["https://push.example/models"]]
    assert json.loads(of_bill.stdout)["findings"] == json.loads(of_files.stdout)["findings"]
    assert len(json.loads(of_files.stdout)["findings"]) == 2


def test_a_configuration_that_cannot_be_read_fails_where_it_is_asked_for(
    locked: Path, call: Gate
) -> None:
    (locked.parent / ".lfsconfig").write_text("[lfs\n")
    assert call("check").returncode == 0

    set_policy(locked.parent, EGRESS.format("huggingface.co"))
    result = call("check", "--format", "json")
    report = json.loads(result.stdout)
    (finding,) = report["findings"]

    assert result.returncode == 1
    assert report["verdict"] == "not-examined"
    assert (finding["rule"], finding["path"]) == ("not-examined", ".lfsconfig")
    assert finding["message"].endswith("at offset 4")
    assert call("scan", "--output", "bill.json").returncode == 0
    of_bill = call("check", "--from-sbom", "bill.json", "--format", "json")
    assert json.loads(of_bill.stdout)["findings"] == report["findings"]


@pytest.mark.parametrize(
    "asked", ["rules: {unlisted-destination: off}", EGRESS.format("*.lfs.example")]
)
def test_an_override_speaks_of_the_file(locked: Path, call: Gate, asked: str) -> None:
    root = locked.parent
    (root / ".lfsconfig").write_text("[lfs]\nurl = https://a.lfs.example/x\n")
    override = (
        f"overrides:\n- paths: [.lfsconfig]\n  {asked.strip().replace(chr(10), chr(10) + '  ')}\n"
    )
    set_policy(root, EGRESS.format("huggingface.co"))
    assert call("check").returncode == 1

    set_policy(root, EGRESS.format("huggingface.co") + override)
    assert call("check").returncode == 0
