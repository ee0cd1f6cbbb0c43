"""Real pickles, checkpoints and arrays: the malicious ones are denied, the benign ones are clean.

The partition is written down here, by what the opcodes of each file do and not by its name.
"""

import json
from pathlib import Path
from typing import TypedDict

import pytest

from lbom_gate import _scanner

# What each malicious file is denied for: the first name that weights do not need, or the anomaly.
MALICIOUS = {
    "modelaudit/exploits/exploit4_supply_chain_attack.pkl": "os.system",
    "modelaudit/exploits/exploit5_ultra_high_confidence.pkl": "os.system",
    "modelaudit/exploits/exploit6_ordereddict_bypass.pkl": "os.system",
    "modelaudit/exploits/exploit7_nested_collections.pkl": "subprocess.Popen",
    "modelaudit/exploits/exploit9_manual_construction.pkl": "torch.nn.Module",
    "modelaudit/pickles/multiple_stream_attack.pkl": "builtins.eval",
    "modelaudit/samples/pickles/evil.pickle": "posix.system",
    "modelaudit/samples/pickles/malicious_model_realistic.pkl": "builtins.print",
    "modelaudit/samples/pickles/malicious_system_call.pkl": "posix.system",
    "modelaudit/samples/pickles/nested_pickle_base64.pkl": "builtins.print",
    "modelaudit/samples/pickles/nested_pickle_multistage.pkl": "builtins.print",
    "modelaudit/samples/pickles/nested_pickle_raw.pkl": "builtins.print",
    "modelscan/unsafe_zip_pytorch.pt": "posix.system",
    "picklescan/data/broken_model.pkl": "builtins.exec",
    "picklescan/data/malicious-invalid-bytes.pkl": "os.system",
    "picklescan/data/malicious0.pkl": "__builtin__.globals",
    "picklescan/data/malicious1.7z": "opaque-archive",
    "picklescan/data/malicious11.pkl": "os.system",
    "picklescan/data/malicious12.pkl": "operator.attrgetter",
    "picklescan/data/malicious13a.pkl": "pickle.loads",
    "picklescan/data/malicious16.pkl": "pip.main",
    "picklescan/data/malicious18.pkl": "pydoc.pipepager",
    "picklescan/data/malicious1_0x20.zip": "builtins.eval",
    "picklescan/data/malicious1_v0.pkl": "__builtin__.eval",
    "picklescan/data/malicious1_v3.pkl": "builtins.eval",
    "picklescan/data/malicious1_wrong_ext.zip": "builtins.eval",
    "picklescan/data/malicious5.pickle": "aiohttp.client.ClientSession",
    "picklescan/data/malicious6.pkl": "requests.api.get",
    "picklescan/data/malicious7.pkl": "socket.create_connection",
    "picklescan/data/malicious8.pkl": "subprocess.run",
    "picklescan/data/malicious9.pkl": "sys.exit",
    "picklescan/data2/GHSA-3gf5-cxq9-w223.pkl": "idlelib.pyshell.ModifiedInterpreter.runcode",
    "picklescan/data2/GHSA-4675-36f9-wf6r.pkl": "ctypes.CDLL",
    "picklescan/data2/GHSA-49gj-c84q-6qm9.pkl": "cProfile.run",
    "picklescan/data2/GHSA-4r9r-ch6f-vxmx.pkl": "torch.utils.bottleneck.__main__.run_cprofile",
    "picklescan/data2/GHSA-4whj-rm5r-c2v8.pkl": "torch.utils.bottleneck.__main__.run_autograd_prof",
    "picklescan/data2/GHSA-5qwp-399c-mjwf.pkl": "trace.Trace.run",
    "picklescan/data2/GHSA-6vqj-c2q5-j97w.pkl": "profile.Profile.runctx",
    "picklescan/data2/GHSA-84r2-jw7c-4r5q.pkl": "operator.methodcaller",
    "picklescan/data2/GHSA-86cj-95qr-2p4f.pkl": "torch._dynamo.guards.GuardBuilder.get",
    "picklescan/data2/GHSA-8r4j-24qv-fmq9.pkl": "idlelib.calltip.Calltip.fetch_tip",
    "picklescan/data2/GHSA-g344-hcph-8vgg.pkl": "trace.Trace.runctx",
    "picklescan/data2/GHSA-g38g-8gr9-h9xp-aix-support.pkl": "_aix_support._read_cmd_output",
    "picklescan/data2/GHSA-g38g-8gr9-h9xp-imaplib.pkl": "imaplib.IMAP4_stream",
    "picklescan/data2/GHSA-g38g-8gr9-h9xp-pyrepl-pager.pkl": "_pyrepl.pager.pipe_pager",
    "picklescan/data2/GHSA-g38g-8gr9-h9xp-uuid.pkl": "uuid._get_command_stdout",
    "picklescan/data2/GHSA-m273-6v24-x4m4.pkl": "distutils.file_util.write_file",
    "picklescan/data2/GHSA-vr7h-p6mm-wpmh.pkl": "torch.jit.unsupported_tensor_ops.execWrapper",
    "picklescan/data2/GHSA-vv6j-3g6g-2pvj.pkl": (
        "torch.utils._config_module.ConfigModule.load_config"
    ),
    "picklescan/data2/GHSA-x696-vm39-cp64.pkl": "profile.Profile.run",
    "picklescan/data2/GHSA-xp4f-hrf8-rxw7.pkl": "ensurepip._run_pip",
    "picklescan/data2/cloudpickle_codeinjection.pkl": "cloudpickle.cloudpickle._make_function",
    "picklescan/data2/io_FileIO.pkl": "_io.FileIO",
    "picklescan/data2/keyerror-exploit.pkl": "os.system",
    "picklescan/data2/logging_FileHandler.pkl": "logging.FileHandler",
    "picklescan/data2/malicious1_crc.zip": "builtins.eval",
    "picklescan/data2/malicious21.pkl": "timeit.timeit",
    "picklescan/data2/malicious23.pkl": "os.system",
}

# Benign files that are not clean, and why they cannot be.
NOT_CLEAN = {
    # Its class is the author's own: loading it runs whatever the loading program calls so.
    "modelaudit/scenarios/license_scenarios/agpl_component/agpl_model.pkl": (
        "__main__.AGPLNeuralNetwork"
    ),
    "modelaudit/samples/pipeline.skops": "__main__.DivideColumns",
    # What is encrypted cannot be looked at.
    "modelscan/password_protected.zip": "encrypted-member",
    "picklescan/data/benign_password_protected.zip": "encrypted-member",
    # The first bytes of a picture, named like a checkpoint.
    "picklescan/data/bad_pytorch.pt": "unknown-format",
}

# Pickles within bytes or letters, which the walk behind the MANIFEST does not look into.
NESTED = {
    f"modelaudit/samples/pickles/{name}.pkl": {"builtins.print"}
    for name in (
        "malicious_model_realistic",
        "nested_pickle_base64",
        "nested_pickle_multistage",
        "nested_pickle_raw",
    )
}

FOLDERS = {"burn", "candle", "joblib", "modelaudit", "modelscan", "numpy", "picklescan", "tract"}
SUFFIXES = (
    ".7z", ".bin", ".bz2", ".gz", ".gzip", ".lz4", ".lzma", ".npy", ".npz", ".pickle", ".pkl",
    ".pt", ".pth", ".skops", ".xz", ".zip",
)  # fmt: skip


class Entry(TypedDict):
    """A file of the corpus, and what an independent reader says of it."""

    path: str
    facts: dict[str, object]


@pytest.fixture(scope="session")
def entries(corpus: Path) -> list[Entry]:
    files: list[Entry] = json.loads((corpus / "MANIFEST.json").read_text("utf-8"))["files"]
    return [
        entry
        for entry in files
        if entry["path"].split("/")[0] in FOLDERS and entry["path"].endswith(SUFFIXES)
    ]


@pytest.fixture(scope="session")
def scanned(corpus: Path, entries: list[Entry]) -> dict[str, "_scanner.Fingerprint"]:
    paths = [str(corpus / entry["path"]) for entry in entries]
    found = _scanner.scan(paths, root=str(corpus))
    assert all(isinstance(record, _scanner.Fingerprint) for record in found)
    return {entry["path"]: record for entry, record in zip(entries, found, strict=True)}


def reasons(record: "_scanner.Fingerprint") -> list[str]:
    """Return everything that is wrong with a file: unknown imports first."""
    unknown = [each.name for each in record.facts.imports if not each.is_known]
    anomalies = [anomaly.kind for anomaly in record.facts.anomalies]
    return unknown + anomalies + (["unknown-format"] if record.format is None else [])


def test_every_malicious_file_is_denied_and_every_benign_one_is_clean(
    scanned: dict[str, "_scanner.Fingerprint"],
) -> None:
    expected = MALICIOUS | NOT_CLEAN
    denied = {path: reasons(record) for path, record in scanned.items() if reasons(record)}

    assert set(denied) == set(expected)
    assert all(reason in denied[path] for path, reason in expected.items())
    assert (len(MALICIOUS), len(scanned) - len(denied), len(scanned)) == (58, 131, 194)


def test_no_malicious_file_is_denied_by_a_mere_warning(
    scanned: dict[str, "_scanner.Fingerprint"],
) -> None:
    for path in MALICIOUS:
        unknown = [each for each in scanned[path].facts.imports if not each.is_known]
        rules = {anomaly.rule for anomaly in scanned[path].facts.anomalies}

        assert unknown or rules - {"trailing-data"}, path


def test_imports_are_those_of_an_independent_walk(
    entries: list[Entry], scanned: dict[str, "_scanner.Fingerprint"]
) -> None:
    compared = 0
    for entry in entries:
        members = [entry["facts"], *(v for v in entry["facts"].values() if isinstance(v, dict))]
        walks = [walk for walk in members if "globals" in walk]
        if not walks:
            continue
        names = {str(name) for walk in walks for name in walk["globals"]}
        # A question mark stands for a name that the walk could not tell.
        seen = {name.removesuffix("(stack)") for name in names if not name.startswith("?")}
        found = {each.name for each in scanned[entry["path"]].facts.imports}
        if any(walk["error"] for walk in walks):
            assert seen <= found, entry["path"]
        else:
            assert found == seen | NESTED.get(entry["path"], set()), entry["path"]
        compared += 1
    assert compared == 105


def test_tensors_of_checkpoints_are_what_their_names_say(
    scanned: dict[str, "_scanner.Fingerprint"],
) -> None:
    data = "burn/crates/burn-store/src/pytorch/tests/reader/test_data"
    types = {
        path: [
            (row.name, row.tensors, row.parameters)
            for row in record.facts.quantization.tensor_types
        ]
        for path, record in scanned.items()
    }

    assert types[f"{data}/bfloat16.pt"] == [("BF16", 1, 3)]
    assert types[f"{data}/float16.pt"] == [("F16", 1, 3)]
    assert types[f"{data}/bool.pt"] == [("BOOL", 1, 5)]
    assert types[f"{data}/uint8.pt"] == [("U8", 1, 4)]
    assert types[f"{data}/scalar.pt"] == [("F32", 1, 1)]
    assert types[f"{data}/legacy_shared_storage.pt"] == [("F32", 3, 40)]
    assert types["candle/candle-core/tests/fortran_tensor_3d.pth"] == [("I64", 1, 24)]
    assert types["picklescan/data/new_pytorch_model.bin"] == [("F32", 1, 12)]


def test_arrays_of_joblib_are_counted_between_the_opcodes(
    scanned: dict[str, "_scanner.Fingerprint"],
) -> None:
    packed = {
        path: record.facts.parameters
        for path, record in scanned.items()
        if path.startswith(("joblib/joblib_0.10", "joblib/joblib_0.11", "joblib/joblib_0.12"))
    }

    assert len(packed) == 20
    assert set(packed.values()) == {13}
