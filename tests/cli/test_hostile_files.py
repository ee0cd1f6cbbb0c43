"""Files made to deceive, to crash or to hang: each is a finding of its own, the rest goes on."""

import ctypes
import json
import os
import resource
import shutil
import socket
import struct
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import raw
import screen
from lbom_gate import _scanner, reports
from lbom_gate.model import Anomaly, Facts, File, Finding, Judged, Model, Verdict
from raw import LLAMA, Gguf, Key, Tensor
from running import FIXTURES, Gate

FORMATS = ["text", "concise", "json", "sarif"]
PICKLE = b"\x80\x04}\x94."  # PROTO 4, EMPTY_DICT, MEMOIZE, STOP: an empty dict

# One model that passes stands beside each hostile file: the rest of the run must go on.
HONEST = "z-honest.gguf"


@pytest.fixture
def tree(repository: Path) -> Path:
    """Return a repository with a policy and a model that passes."""
    (repository / "lbom-gate.yaml").write_text("version: 1\nextends: [builtin:recommended]\n")
    shutil.copy(FIXTURES / "llama-Q8_0.gguf", repository / HONEST)
    return repository


def judged(gate: Gate, *arguments: str) -> tuple[set[tuple[str, str]], dict[str, str]]:
    """Return rule and path of each finding, and the status of each model."""
    result = gate("check", *arguments, "--format", "json", timeout=20)
    assert result.returncode == 1, result.stdout + result.stderr
    assert result.stderr == ""
    report = json.loads(result.stdout)
    found = {(f["rule"], f["path"]) for f in report["findings"] if f["level"] == "error"}
    return found, {m["files"][0]["path"]: m["status"] for m in report["models"]}


def fifo(path: Path) -> None:
    os.mkfifo(path)


def unix_socket(path: Path) -> None:
    # The path of a socket is short: it is bound by a name of its directory's descriptor.
    directory = os.open(path.parent, os.O_RDONLY)
    with socket.socket(socket.AF_UNIX) as server:
        server.bind(f"/proc/self/fd/{directory}/{path.name}")
    os.close(directory)


def loop(path: Path) -> None:
    path.symlink_to("other.gguf")
    path.with_name("other.gguf").symlink_to(path.name)


def writes(data: bytes) -> Callable[[Path], None]:
    return lambda path: path.write_bytes(data) and None


def grows(start: bytes, size: int) -> Callable[[Path], None]:
    """Return a maker of a file that is a hole behind its start."""

    def make(path: Path) -> None:
        path.write_bytes(start)
        os.truncate(path, size)

    return make


@pytest.mark.parametrize(
    ("make", "rule"),
    [
        (writes(b""), "truncated-file"),
        (writes(b"GGUF"), "truncated-file"),
        (writes(bytes(Gguf(data=bytes(100)))), "truncated-file"),
        (writes(bytes(Gguf(n_keys=1 << 60))), "malformed-header"),
        (writes(bytes(Gguf(n_tensors=1 << 60))), "malformed-header"),
        (writes(bytes(Gguf(tensors=[Tensor("a"), Tensor("b")]))), "malformed-header"),
        (writes(bytes(Gguf(keys=[LLAMA, LLAMA]))), "malformed-header"),
        (writes(PICKLE), "extension-mismatch"),
        (writes(b"not a model\n"), "unlisted-format"),
        (grows(bytes(Gguf(n_keys=1 << 60)), 1 << 26), "malformed-header"),
        (fifo, "not-examined"),
        (unix_socket, "not-examined"),
        (Path.mkdir, "not-examined"),
        (loop, "not-examined"),
        (lambda path: path.symlink_to(path), "not-examined"),
        (lambda path: path.symlink_to("nowhere.gguf"), "not-examined"),
        (lambda path: path.symlink_to("/dev/zero"), "symlink-escape"),
        (lambda path: path.symlink_to(FIXTURES / "llama-Q8_0.gguf"), "symlink-escape"),
        (lambda path: path.symlink_to("/proc/self/environ"), "symlink-escape"),
    ],
    ids=[
        "empty", "four bytes", "cut data", "2^60 keys", "2^60 tensors", "overlap",
        "duplicate key", "pickle", "text", "2^60 keys in 64 MiB",
        "FIFO", "socket", "directory", "loop of two links", "link to itself", "dangling link",
        "link to a device", "link to a model outside", "link to a process",
    ],
)  # fmt: skip
def test_a_hostile_file_is_a_finding_and_the_rest_goes_on(
    gate: Gate, tree: Path, make: Callable[[Path], None], rule: str
) -> None:
    make(tree / "a.gguf")
    found, status = judged(gate)

    assert (rule, "a.gguf") in found
    assert status[HONEST] == "pass"
    assert status["a.gguf"] != "pass"


def test_a_model_inside_a_directory_named_like_one_is_judged(gate: Gate, tree: Path) -> None:
    (tree / "a.gguf").mkdir()
    (tree / "a.gguf" / "b.gguf").write_bytes(bytes(Gguf(n_keys=1 << 60)))
    found, _ = judged(gate)

    assert ("malformed-header", "a.gguf/b.gguf") in found


def test_a_link_inside_the_repository_is_judged_by_its_own_name(gate: Gate, tree: Path) -> None:
    (tree / "blobs").mkdir()
    shutil.copy(FIXTURES / "llama-Q8_0.gguf", tree / "blobs" / "0f3a")
    (tree / "served").mkdir()
    (tree / "served" / "a.gguf").symlink_to("../blobs/0f3a")
    (tree / "served" / "b.safetensors").symlink_to("../blobs/0f3a")
    with (tree / "lbom-gate.yaml").open("a") as policy:
        policy.write("overrides: [{paths: [served/**], quantization: {allow: [F16]}}]\n")
    found, _ = judged(gate)

    assert found == {
        ("unlisted-quantization", "served/a.gguf"),
        ("unlisted-quantization", "served/b.safetensors"),
        ("extension-mismatch", "served/b.safetensors"),
    }


def test_a_link_is_judged_where_what_it_leads_to_is_left_out(gate: Gate, tree: Path) -> None:
    (tree / "blobs").mkdir()
    (tree / "blobs" / "0f3a").write_bytes(bytes(Gguf(n_keys=1 << 60)))
    (tree / "a.gguf").symlink_to("blobs/0f3a")
    with (tree / "lbom-gate.yaml").open("a") as policy:
        policy.write("paths: {exclude: [blobs/**]}\n")
    found, _ = judged(gate)

    assert ("malformed-header", "a.gguf") in found


def test_a_model_of_links_has_its_config(gate: Gate, tree: Path) -> None:
    shutil.copytree(FIXTURES / "bert", tree / "blobs")
    (tree / "snapshot").mkdir()
    for name in ("model.safetensors", "config.json"):
        (tree / "blobs" / name).rename(tree / "blobs" / name[0])
        (tree / "snapshot" / name).symlink_to(f"../blobs/{name[0]}")
    report = json.loads(gate("check", "--format", "json").stdout)
    by_path = {m["files"][0]["path"]: m["architecture"] for m in report["models"]}

    assert by_path["snapshot/model.safetensors"] == "BertModel"


def test_directories_linked_in_a_ring_are_walked_once(gate: Gate, tree: Path) -> None:
    (tree / "inner").mkdir()
    (tree / "inner" / "up").symlink_to("..")
    result = gate("check", "--format", "json", timeout=20)
    paths = [m["files"][0]["path"] for m in json.loads(result.stdout)["models"]]

    assert paths.count(HONEST) == 1
    assert len(paths) < 3


def test_a_file_that_may_not_be_read_is_not_examined(gate: Gate, tree: Path) -> None:
    secret = tree / "a.gguf"
    shutil.copy(FIXTURES / "llama-Q8_0.gguf", secret)
    secret.chmod(0)
    result = gate("check", "--format", "json", preexec_fn=obey_permissions)
    report = json.loads(result.stdout)

    assert result.returncode == 1, result.stderr
    assert [entry["path"] for entry in report["not_examined"]] == ["a.gguf"]


def test_a_directory_that_may_not_be_read_is_not_examined(gate: Gate, tree: Path) -> None:
    secret = tree / "secret"
    secret.mkdir()
    shutil.copy(FIXTURES / "llama-Q8_0.gguf", secret)
    secret.chmod(0)
    try:
        result = gate("check", "--format", "json", preexec_fn=obey_permissions)
    finally:
        secret.chmod(0o755)
    report = json.loads(result.stdout)

    assert result.returncode == 1, result.stderr
    assert [entry["path"] for entry in report["not_examined"]] == ["secret"]


def test_a_hook_on_a_companion_says_which_directory_below_it_may_not_be_read(
    gate: Gate, tree: Path
) -> None:
    secret = tree / "secret"
    secret.mkdir()
    (tree / "modules.json").write_text("[]")
    secret.chmod(0)
    try:
        result = gate("check", "--hook", "modules.json", preexec_fn=obey_permissions)
    finally:
        secret.chmod(0o755)

    assert result.returncode == 1, result.stderr
    assert result.stdout.startswith("secret: not-examined: ")


def obey_permissions() -> None:
    """Give up what lets root read every file: CAP_DAC_OVERRIDE and CAP_DAC_READ_SEARCH."""
    drop_from_bounding_set = 24
    for capability in (1, 2):
        ctypes.CDLL(None).prctl(drop_from_bounding_set, capability, 0, 0, 0)


def test_a_file_that_vanishes_before_it_is_read_is_not_examined(tmp_path: Path) -> None:
    (tmp_path / "a.gguf").write_bytes(bytes(Gguf()))
    (found,) = _scanner.discover([str(tmp_path)], root=str(tmp_path))
    (tmp_path / "a.gguf").unlink()
    (record,) = _scanner.scan([found.path], root=str(tmp_path))

    assert isinstance(record, _scanner.NotExamined)
    assert record.kind == "vanished"


def test_a_file_that_changes_while_it_is_read_is_not_examined(tmp_path: Path) -> None:
    path = tmp_path / "a.gguf"
    grows(bytes(Gguf()), 1 << 28)(path)
    timer = threading.Timer(0.1, lambda: os.truncate(path, 1 << 27))
    timer.start()
    (record,) = _scanner.scan([str(path)], root=str(tmp_path), jobs=1)
    timer.join()

    assert isinstance(record, _scanner.NotExamined)
    assert record.kind == "changed-while-read"


@pytest.mark.parametrize("option", ["--policy", "--from-sbom"])
@pytest.mark.parametrize("path", ["fifo", "/dev/zero", "models"])
def test_a_document_that_is_no_plain_file_is_refused(
    gate: Gate, tree: Path, option: str, path: str
) -> None:
    os.mkfifo(tree / "fifo")
    (tree / "models").mkdir()
    result = gate("check", option, path, timeout=10, preexec_fn=limit_memory)

    assert result.returncode == 2, result.stderr
    assert path.removeprefix("/") in result.stderr


def limit_memory() -> None:
    """Let a process have a gibibyte, so that reading without end fails soon."""
    resource.setrlimit(resource.RLIMIT_AS, (1 << 30, 1 << 30))


def test_a_named_fifo_does_not_hang(gate: Gate, tree: Path) -> None:
    os.mkfifo(tree / "a.gguf")

    assert judged(gate, "a.gguf")[0] == {("not-examined", "a.gguf")}


# --- nothing from a file reaches the terminal as it is ----------------------------------------

MARKS = [
    "\n::error::x",
    "\r",
    "\x1b[2J",
    "\x07",
    "\x9b31m",
    "\u202egpj",
    "\u200b",
    "\u2028",
    "\x7f",
]


def plant(tree: Path, mark: str) -> None:
    """Write a mark wherever a file has a text: its name, keys, values, tensors, headers."""
    evil = f"a{mark}b"
    keys = [
        Key("general.architecture", evil),
        Key("general.license", evil),
        Key("general.name", evil),
        Key("general.repo_url", f"https://example.org/{evil}"),
        Key(f"my.{evil}", "x"),
    ]
    tensors = [Tensor(f"blk.{evil}.weight", (32, 1), type=4)]
    (tree / f"{evil}.gguf").write_bytes(bytes(Gguf(keys=keys, tensors=tensors)))
    inner = json.dumps(evil)[1:-1]
    header = raw.header(
        {inner: raw.entry(), "w.weight": raw.entry(inner)},
        f'"__metadata__":{{"{inner}":"https://example.org/{inner}","license":"{inner}"}}',
    )
    (tree / evil).mkdir()
    (tree / evil / "model.safetensors").write_bytes(raw.safetensors(header, bytes(8)))
    config = {"architectures": [evil], "model_type": evil, "torch_dtype": evil, "license": evil}
    (tree / evil / "config.json").write_text(json.dumps(config))
    (tree / f"{evil}-link.gguf").symlink_to(f"nowhere{evil}")
    (tree / f"{evil}-loop.gguf").symlink_to(f"{evil}-loop.gguf")


@pytest.mark.parametrize("mark", MARKS, ids=ascii)
def test_no_control_character_of_a_file_is_printed(call: Gate, tree: Path, mark: str) -> None:
    plant(tree, mark)
    outputs = [f"--output={form}={form}.out" for form in FORMATS]
    results = [
        call("check", *outputs, "--sbom", "bom.json"),
        call("check", "--hook", f"a{mark}b.gguf"),
        call("check", f"missing{mark}"),
        call("check", "--policy", f"missing{mark}"),
        call("scan"),
        call("lock", "--check"),
    ]
    shown = [text for result in results for text in (result.stdout, result.stderr)]
    written = [(tree / f"{form}.out").read_text("utf-8") for form in FORMATS]
    (tree / "bom.json").read_text("utf-8")

    assert [result.returncode for result in results] == [1, 1, 2, 2, 0, 1]
    assert [screen.unprintable(text) for text in shown] == [set()] * len(shown)
    assert [screen.unprintable(text) for text in written] == [set()] * len(written)
    assert not [line for text in shown for line in text.splitlines() if line.startswith("::")]


@pytest.mark.parametrize("form", FORMATS)
def test_a_name_that_is_not_utf_8_is_shown_in_bytes(call: Gate, tree: Path, form: str) -> None:
    (tree / os.fsdecode(b"\xff\xfe.gguf")).write_bytes(b"")
    result = call("check", "--format", form)

    assert result.returncode == 1, result.stderr
    assert "xff" in result.stdout or "%FF" in result.stdout
    result.stdout.encode("utf-8")


@settings(max_examples=150, deadline=None)
@given(st.text(), st.sampled_from(FORMATS))
def test_any_text_is_shown_in_printable_characters(text: str, form: str) -> None:
    facts = Facts(architecture=text, anomalies=(Anomaly("not-examined", "x", text),))
    model = Model(text, (File(text, None, ()),), facts)
    finding = Finding("not-examined", "error", text, text, text, notes=(text,))
    verdict = Verdict(
        "not-examined", 1, (Judged(model, "not-examined"),), (finding,), text, (text,), (text,)
    )

    assert screen.unprintable(reports.render(form, verdict)) == set()


# --- memory and time are bounded by constants -------------------------------------------------

MEASURE = """
import sys
from lbom_gate import _scanner

def peak():
    lines = open("/proc/self/status").read().splitlines()
    return next(int(line.split()[1]) for line in lines if line.startswith("VmHWM"))

before = peak()
_scanner.scan(sys.argv[1:], root="/", jobs=1)
print(peak() - before)
"""

MANY = 100_000


def many_entries(name: Callable[[int], str]) -> bytes:
    entries = ",".join(f'"{name(i)}":{raw.entry(shape=(0,), end=0)}' for i in range(MANY))
    return raw.safetensors("{" + entries + "}")


LARGE: dict[str, Callable[[], bytes]] = {
    "a header of 100 MB of spaces": lambda: raw.safetensors(b"{" + b" " * 99_999_998 + b"}"),
    "a header of one text of 90 MB": lambda: raw.safetensors(b'{"' + b"x" * 90_000_000 + b'":{}}'),
    "metadata of one text of 90 MB": lambda: raw.safetensors(
        b'{"__metadata__":{"a":"' + b"x" * 90_000_000 + b'"}}'
    ),
    "100,000 tensors of one name": lambda: many_entries(lambda _: "a"),
    "100,000 tensors": lambda: many_entries("layer.{}.weight".format),
    "100,000 levels of JSON": lambda: raw.safetensors('{"a":' + "[" * MANY),
    "a text of 1 GiB that is there in part": lambda: bytes(
        Gguf(keys=[Key("a", raw.Text("x" * 40_000_000, 1 << 26))])
    ),
    "a key of 60 MB": lambda: bytes(Gguf(keys=[Key("a" * 60_000_000, "x")])),
    "a tensor name of 60 MB": lambda: bytes(Gguf(tensors=[Tensor("a" * 60_000_000)])),
    "60 MB of URLs": lambda: bytes(
        Gguf(keys=[LLAMA, Key("a", "https://example.org/x " * 2_700_000)])
    ),
    "2^60 items": lambda: bytes(
        Gguf(keys=[Key("a", raw.Array(raw.U8, [], 1 << 60), type=raw.ARRAY)])
    ),
    "arrays in arrays in arrays": lambda: (
        b"GGUF\3\0\0\0" + struct.pack("<QQ", 0, 1) + struct.pack("<Q", 1) + b"a"
        + struct.pack("<IIQ", 9, 9, 1 << 20) * 500_000
    ),
    "100,000 keys": lambda: bytes(
        Gguf(keys=[Key(f"k{i}", 1, type=raw.U8) for i in range(MANY)], tensors=[], data=b"")
    ),
    "100,000 empty keys": lambda: bytes(
        Gguf(keys=[Key("", 1, type=raw.U8)] * MANY, tensors=[], data=b"")
    ),
    "100,000 tensors without data": lambda: bytes(
        Gguf(tensors=[Tensor(f"t{i}") for i in range(MANY)], data=b"")
    ),
    "a pointer of 60 MB": lambda: b"version https://git-lfs.github.com/spec/v1\n" * 1_400_000,
}  # fmt: skip


@pytest.mark.parametrize("name", LARGE)
def test_a_hostile_header_takes_less_than_64_mib(name: str, tmp_path: Path) -> None:
    path = tmp_path / "model.bin"
    path.write_bytes(LARGE[name]())
    words = [sys.executable, "-c", MEASURE, str(path)]
    result = subprocess.run(words, capture_output=True, text=True, check=True, timeout=120)
    kibibytes = float(result.stdout)

    assert kibibytes < 64 * 1024


def test_the_size_of_a_file_costs_no_memory(tmp_path: Path) -> None:
    grows(raw.safetensors("{}"), 1 << 28)(tmp_path / "a.safetensors")
    words = [sys.executable, "-c", MEASURE, str(tmp_path / "a.safetensors")]
    result = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)

    assert float(result.stdout.split()[0]) < 64 * 1024


def test_a_huge_config_is_not_read_into_memory(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(raw.safetensors("{}"))
    grows(b'{"architectures": ["a"], "x": "', 1 << 26)(tmp_path / "config.json")
    words = [sys.executable, "-c", MEASURE, str(tmp_path / "model.safetensors")]
    result = subprocess.run(words, capture_output=True, text=True, check=True, timeout=60)

    assert float(result.stdout.split()[0]) < 64 * 1024
