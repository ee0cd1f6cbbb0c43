"""Attacks by pickles: programs that import what weights do not need, however they hide it."""

import base64
import gzip
import io
import struct
import tarfile
import zlib

from attack import Attack, file
from zips import deflated, stored

RUN = b"cos\nsystem\n(S'true'\ntR."
"""GLOBAL os.system, a text in a tuple, REDUCE, STOP: what nobody here loads."""

CLEAN = b"\x80\x04}\x94."
NPY_OF_OBJECTS = b"{'descr': '|O', 'fortran_order': False, 'shape': (1,), }"


def calls(module: str, name: str) -> bytes:
    """Return a pickle that imports a name and calls it with a text."""
    return f"c{module}\n{name}\n(S'true'\ntR.".encode()


def text(value: str) -> bytes:
    """Return the opcode that pushes a text."""
    return b"\x8c" + bytes([len(value)]) + value.encode()


def npy(program: bytes) -> bytes:
    """Return an array of objects, behind whose header a pickle follows."""
    return (
        b"\x93NUMPY\x01\x00" + struct.pack("<H", 118) + NPY_OF_OBJECTS.ljust(117) + b"\n" + program
    )


def oldest_tar(name: str, content: bytes) -> bytes:
    """Return a tar of one file as tar wrote it before POSIX: without a magic."""
    member = tarfile.TarInfo(name)
    member.size = len(content)
    header = bytearray(member.tobuf(tarfile.USTAR_FORMAT))
    header[257:265] = bytes(8)
    header[148:156] = b" " * 8
    header[148:156] = b"%06o\0 " % sum(header)
    return bytes(header) + content.ljust(512, b"\0") + bytes(1024)


def array_beside(state: bytes) -> bytes:
    """Return a pickle of joblib 0.9 that has its array in a file, by the opcodes of its state."""
    wrapper = b"cjoblib.numpy_pickle\nNDArrayWrapper\n"
    return b"\x80\x02" + wrapper + b")\x81" + state + b"b."


def long_text(value: str) -> bytes:
    """Return the opcode that pushes a text of any length."""
    return b"X" + struct.pack("<I", len(value)) + value.encode()


EVIL_FILE = text("filename") + long_text("/srv/evil.npy")


def tar(members: dict[str, bytes]) -> bytes:
    """Return a tar of these members."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as archive:
        for name, content in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return buffer.getvalue()


def legacy(program: bytes) -> bytes:
    """Return torch's stream of five pickles, the fourth of which is the program."""
    head = b"\x80\x02\x8a\x0al\xfc\x9cF\xf9 j\xa8P\x19." + b"\x80\x02M\xe9\x03." + b"\x80\x02}."
    return head + program + b"\x80\x02]."


def torch(members: dict[str, bytes]) -> bytes:
    """Return a checkpoint as torch lays it out."""
    return stored({"archive/version": b"3\n", **members})


BIG = b"archive/data.pkl"
UNSAFE = "unsafe-import"
SETITEM = (
    b"\x80\x02ctorch._utils\n_rebuild_tensor_v2\n((X\x07\x00\x00\x00storagectorch\nFloatStorage\n"
    b"X\x01\x00\x00\x000X\x03\x00\x00\x00cpuK\x01tQK\x00K\x01\x85K\x01\x85\x89}tRK\x00K\x00s."
)
TENSOR = SETITEM.replace(b"RK\x00K\x00s.", b"R.")


def pickle_attack(name: str, known: str, content: bytes, file_name: str = "a.pkl") -> Attack:
    """Return an attack of one file, found by what it imports."""
    return Attack(name, known, file(file_name, content), UNSAFE, file_name)


ATTACKS = [
    pickle_attack("os.system behind GLOBAL", "", RUN),
    pickle_attack(
        "an installer that no list of bad names had", "CVE-2025-1716", calls("pip", "main")
    ),
    pickle_attack(
        "a module inside a listed one",
        "CVE-2025-10157",
        calls("asyncio.unix_events", "_UnixSubprocessTransport._start"),
    ),
    pickle_attack(
        "a name resolved from a text", "picklescan GHSA-vvpj", calls("pkgutil", "resolve_name")
    ),
    pickle_attack("a handler that opens a file", "picklescan advisories", calls("logging", "FileHandler")),
    pickle_attack("a profiler that runs a text", "picklescan advisories", calls("cProfile", "run")),
    pickle_attack("a test tool that opens a shell", "picklescan advisories", calls("torch.utils.bottleneck.__main__", "run_prof")),
    pickle_attack("remote calls of torch", "CVE-2024-5480, CVE-2024-48063", calls("torch.distributed.rpc", "rpc_sync")),
    pickle_attack("eval in a type comment of TorchScript", "CVE-2022-45907", calls("torch.jit.annotations", "parse_type_line")),
    pickle_attack("hidden behind a suffix of no model", "CVE-2025-1889", RUN, "notes.dat"),
    pickle_attack("named like a text", "CVE-2025-1889", RUN, "README.md"),
    pickle_attack("protocol 0 named like a configuration", "", RUN, "config.json"),
    pickle_attack("an import that cannot be behind one that can", "", RUN[:-1] + b"0c \n \n.", "notes.dat"),
    pickle_attack("an import that cannot be, in the data of a storage", "", torch({"archive/data.pkl": CLEAN, "archive/data/0": RUN[:-1] + b"0c \n \n."}), "a.pt"),
    pickle_attack("named like a checkpoint", "CVE-2025-10155", RUN, "a.pt"),
    pickle_attack("named like weights", "CVE-2025-10155", RUN, "pytorch_model.bin"),
    pickle_attack("broken behind the call", "nullifAI, ReversingLabs 2025", RUN[:-1] + b"\xff\xff"),
    pickle_attack("cut behind the call", "arXiv 2508.19774", b"\x80\x04" + RUN[:-1]),
    pickle_attack("an opcode that no unpickler has", "arXiv 2508.19774", RUN[:-1] + b"\xfe0N."),
    pickle_attack("the result taken off the stack", "fickling", RUN[:-1] + b"0N."),
    pickle_attack(
        "names put together from the memo",
        "modelscan",
        b"\x80\x04" + text("system") + b"\x940" + text("os") + b"h\x00\x93" + text("true") + b"\x85R.",
    ),
    pickle_attack(
        "a name that is computed",
        "picklescan keyerror-exploit",
        b"\x80\x04cbuiltins\nstr\n" + text("os") + b"\x85R" + text("system") + b"\x93.",
    ),
    pickle_attack("a name that is no text", "", b"\x80\x04K\x01K\x02\x93."),
    pickle_attack("an import by a registered number", "", b"\x80\x04\x82\x01."),
    pickle_attack("an import by a registered number of two bytes", "", b"\x80\x04\x83\x01\x01."),
    pickle_attack("an import by a registered number of four bytes", "", b"\x80\x04\x84\x01\x01\x01\x01."),
    pickle_attack("a class called by INST", "", b"(S'true'\nios\nsystem\n."),
    pickle_attack("a class called by OBJ", "", b"(cos\nsystem\nS'true'\no."),
    pickle_attack("a class made by NEWOBJ", "", b"\x80\x02cos\nsystem\n(S'true'\nt\x81."),
    pickle_attack("a class made by NEWOBJ_EX", "", b"\x80\x04cos\nsystem\n)}\x92."),
    pickle_attack("state set on what was imported", "", b"\x80\x02csubprocess\nPopen\n}b."),
    Attack(
        "a reference that only a loader of its own resolves",
        "",
        file("a.pkl", b"\x80\x04" + text("x") + b"Q."),
        "not-examined",
        "a.pkl",
    ),
    pickle_attack("a second pickle behind a clean one", "", CLEAN + RUN),
    pickle_attack("a pickle in the bytes of a pickle", "", b"\x80\x04B" + struct.pack("<I", len(RUN)) + RUN + b"."),
    pickle_attack("a pickle in base64 in a pickle", "", b"\x80\x04" + text(base64.b64encode(b"\x80\x04" + RUN).decode()) + b"."),
    pickle_attack("a function marshalled into the pickle", "cloudpickle", calls("cloudpickle.cloudpickle", "_make_function")),
    pickle_attack("dill's loader of code", "dill", calls("dill._dill", "_create_code")),
    Attack("an array of joblib in a file elsewhere", "", file("a.joblib", array_beside(b"}" + EVIL_FILE + b"s")), "external-data-escape", "a.joblib"),
    Attack("that file in the state of slots", "", file("a.joblib", array_beside(b"N}" + EVIL_FILE + b"s\x86")), "unsafe-import", "a.joblib"),
    Attack("that file behind many other keys", "", file("a.joblib", array_beside(b"}(" + b"".join(text(f"k{n}") + b"N" for n in range(40)) + EVIL_FILE + b"u")), "unsafe-import", "a.joblib"),
    Attack("that file under a long path", "", file("a.joblib", array_beside(b"}" + text("filename") + long_text("/srv" + "/." * 200 + "/evil.npy") + b"s")), "unsafe-import", "a.joblib"),
    Attack("in a tar without a magic", "", file("a.tar", oldest_tar("a.pkl", RUN)), "unsafe-import", "a.tar"),
    pickle_attack("in a joblib file", "CVE-2020-13092, CVE-2024-34997", zlib.compress(RUN), "a.joblib"),
    pickle_attack("in an array of objects", "CVE-2019-6446", npy(RUN), "a.npy"),
    pickle_attack("in an array of objects in a zip", "CVE-2019-6446", stored({"a.npy": npy(RUN)}), "a.npz"),
    pickle_attack("in a compressed array of objects", "CVE-2019-6446", deflated({"a.npy": npy(RUN)}), "a.npz"),
    pickle_attack("in the pickle of a checkpoint", "", torch({"archive/data.pkl": RUN}), "a.pt"),
    pickle_attack("in a checkpoint named like an image", "", torch({"archive/data.pkl": RUN}), "a.png"),
    pickle_attack("in the data of a storage", "", torch({"archive/data.pkl": CLEAN, "archive/data/0": RUN}), "a.pt"),
    pickle_attack("in a member without a suffix", "CVE-2025-1889", torch({"archive/data.pkl": CLEAN, "archive/extra": RUN}), "a.pt"),
    pickle_attack("in a pickle in a zip in a tar in gzip", "", gzip.compress(tar({"inner.zip": stored({"weights": RUN})})), "backup.tgz"),
    pickle_attack("in the checkpoint of a NeMo archive", "", tar({"model_config.yaml": b"a: 1\n", "model_weights.ckpt": torch({"archive/data.pkl": RUN})}), "a.nemo"),
    pickle_attack("in the legacy stream of torch", "", legacy(b"\x80\x02" + RUN), "a.pt"),
    Attack(
        "the tar that weights_only let through",
        "CVE-2025-32434",
        file("a.pt", tar({"sys_info": CLEAN, "pickle": b"\x80\x02" + RUN, "storages": b"\x80\x02K\x00.", "tensors": b"\x80\x02K\x00."})),
        "executable-format",
        "a.pt",
    ),
    Attack(
        "TorchScript, whose code loading runs",
        "CVE-2025-32434",
        file("a.pt", torch({"archive/data.pkl": CLEAN, "archive/code/__torch__/m.py": b"def f(self):\n  return 1\n"})),
        "executable-format",
        "a.pt",
    ),
    Attack(
        "an exported program with machine code",
        "",
        file("a.pt2", torch({"archive/archive_format": b"pt2", "archive/data/aotinductor/m.so": b"\x7fELF"})),
        "executable-format",
        "a.pt2",
    ),
    Attack(
        "items set on a tensor",
        "CVE-2026-24747",
        file("a.pt", torch({"archive/data.pkl": SETITEM, "archive/data/0": bytes(4)})),
        UNSAFE,
        "a.pt",
    ),
    Attack(
        "a storage of another length than its member",
        "CVE-2026-24747",
        file("a.pt", torch({"archive/data.pkl": TENSOR, "archive/data/0": bytes(2)})),
        "malformed-header",
        "a.pt",
    ),
]  # fmt: skip
