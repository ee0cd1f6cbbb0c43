"""Attacks by archives that two readers read in two ways, and by files that are two things."""

import io
import tarfile
from collections.abc import Callable
from pathlib import Path

import h5py
import numpy as np

import raw
from attack import Attack, Write, file
from pickles import CLEAN, RUN, npy
from zips import DEFLATED, Member, archive, deflated, stored

TRICK = "archive-trick"
DATA = Member("archive/data.pkl", CLEAN)
VERSION = Member("archive/version", b"3\n")
GGUF = bytes(raw.Gguf())
SAFETENSORS = raw.safetensors(raw.header({"w": raw.entry()}), bytes(8))
ZIP = stored({"archive/data.pkl": RUN})
ELF = b"\x7fELF" + bytes(60)


def overlong(content: bytes) -> bytes:
    """Return a zip whose directory gives its name one byte too many: some readers clip it."""
    at = content.index(b"PK\x01\x02") + 28
    return content[:at] + bytes([content[at] + 1]) + content[at + 1 :]


NPY = npy(b"").replace(b"'|O'", b"'|u1'").ljust(128) + b"\x01"


def trick(name: str, known: str, content: bytes, file_name: str = "a.pt") -> Attack:
    """Return an attack of one archive."""
    return Attack(name, known, file(file_name, content), TRICK, file_name)


def tarred(name: str, kind: bytes = tarfile.REGTYPE, target: str = "") -> bytes:
    """Return a tar of a model and of one more member."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as opened:
        model = tarfile.TarInfo("model.gguf")
        model.size = len(GGUF)
        opened.addfile(model, io.BytesIO(GGUF))
        member = tarfile.TarInfo(name)
        member.type, member.linkname = kind, target
        opened.addfile(member)
    return buffer.getvalue()


def arrays_and(content: bytes) -> bytes:
    """Return a tar of an HDF5 file, which stands where one may begin, and of a pickle."""
    arrays, buffer = io.BytesIO(), io.BytesIO()
    with h5py.File(arrays, "w") as file_of_arrays:
        file_of_arrays["w"] = np.zeros(4, np.float32)
    members = {"w.h5": arrays.getvalue(), "w.pkl": content}
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.USTAR_FORMAT) as opened:
        for name, data in members.items():
            member = tarfile.TarInfo(name)
            member.size = len(data)
            opened.addfile(member, io.BytesIO(data))
    return buffer.getvalue()


def behind(header: bytes, size: int = 512) -> bytes:
    """Return HDF5 behind a block that it passes over."""
    behind = io.BytesIO()
    with h5py.File(behind, "w", userblock_size=size) as opened:
        opened["w"] = np.zeros(4, np.float32)
    return header.ljust(size, b"\0") + behind.getvalue()[size:]


def behind_tar(kind: bytes) -> bytes:
    """Return HDF5 behind the header of a tar's member that is empty, or of this kind."""
    member = tarfile.TarInfo("a")
    member.type = kind
    return behind(member.tobuf(tarfile.USTAR_FORMAT))


def in_member() -> bytes:
    """Return a zip in a member of which HDF5 stands where it may begin in the zip."""
    member = Member("a.txt", behind(b"", 4096)[35:])
    return archive([member])


def overridden() -> bytes:
    """Return a tar in which an extended header gives a plain name another path."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=tarfile.PAX_FORMAT) as opened:
        member = tarfile.TarInfo("model.gguf")
        member.size = len(GGUF)
        member.pax_headers = {"path": "../../model.gguf"}
        opened.addfile(member, io.BytesIO(GGUF))
    return buffer.getvalue()


def tarring(name: str, known: str, content: bytes) -> Attack:
    """Return an attack of one tar."""
    return Attack(name, known, file("a.tar", content), TRICK, "a.tar")


def hdf5_behind(program: bytes) -> Write:
    """Return a writer of HDF5 in whose user block a program stands."""

    def write(directory: Path) -> None:
        path = directory / "a.h5"
        with h5py.File(path, "w", userblock_size=512) as opened:
            opened["w"] = np.zeros(4, np.float32)
        path.write_bytes(program.ljust(512, b"\0") + path.read_bytes()[512:])

    return write


def slack(name: str, content: bytes, file_name: str) -> Attack:
    """Return a model behind whose end something else stands."""
    return Attack(name, "polyglot", file(file_name, content), "trailing-data", file_name)


def ends_in_zip(name: str, content: bytes, file_name: str) -> Attack:
    """Return a model that readers of zips take for another one, found by what that imports."""
    return Attack(name, "polyglot", file(file_name, content + ZIP), TRICK, file_name)


def also_pickle(program: bytes) -> bytes:
    """Return valid safetensors that unpicklers take for a program.

    The low byte of the header's length is BINUNICODE, whose own length is the bytes behind it. Where
    that text ends, in a name of the metadata, SHORT_BINSTRINGs pass over the rest of the header, and
    the program stands where the data of a tensor do.
    """
    length = 0x58 + (22 << 8)
    begin = '{"__metadata__":{"a'
    size = len(program)
    end = f'":""}},"w":{{"dtype":"U8","shape":[{size}],"data_offsets":[0,{size}]}}}}'
    rest = length - len(begin)
    hops = -(-rest // 128)
    sizes = [rest // hops + (number < rest % hops) for number in range(hops)]
    texts = ["U" + chr(size - 2) + " " * (size - 2) for size in sizes]
    header = begin + "".join(texts)[: -len(end)] + end
    return raw.safetensors(header, program)


FLAGS: list[tuple[int, str]] = [
    (0x1, "that the member is encrypted"), (0x20, "that it is patched data"),
    (0x40, "strong encryption"),
]  # fmt: skip


def flagged(bit: int, what: str) -> Attack:
    """Return a checkpoint one member of which claims what makes some readers give up."""
    content = archive([VERSION, Member("archive/data.pkl", RUN, flags=bit)])
    return trick(f"a flag that says {what}", "CVE-2025-1945", content)


def of_zip(make: Callable[..., bytes] = archive) -> list[Attack]:
    """Return what can be wrong between the parts of a zip."""
    both = [VERSION, DATA]
    return [
        trick("a name that the directory states otherwise", "CVE-2025-1944", make([VERSION, Member("archive/data.pkl", RUN, local_name="archive/data.txt")])),
        trick("a method that the directory states otherwise", "", make([VERSION, Member("archive/data.pkl", CLEAN, local_method=DEFLATED)])),
        trick("a wrong checksum, at which some readers stop", "CVE-2025-10156", make([VERSION, Member("archive/data.pkl", RUN, crc32=1)])),
        trick("two members of one name", "", make([VERSION, DATA, Member("archive/data.pkl", RUN)])),
        trick("two end records", "", make(both, after=make([Member("archive/data.pkl", RUN)])[-22:])),
        trick("a program before the archive", "", make(both, before=ELF)),
        trick("bytes behind the archive", "", make(both, after=RUN)),
        trick("a member that the directory does not list", "", make(both, gap=make([Member("archive/evil.pkl", RUN)])[:60])),
        trick("members that share their bytes", "", make([DATA, Member("archive/more.pkl", CLEAN)], is_shared=True)),
        trick("another number of members than there are", "", make(both, count=1)),
        trick("a name that leads out", "CVE-2024-5187", make([VERSION, DATA, Member("../../evil.py", b"")])),
        trick("a name from the root", "", make([VERSION, DATA, Member("/etc/cron.d/evil", b"")])),
        trick("a name with a drive", "", make([VERSION, DATA, Member("C:\\evil", b"")])),
        trick("a member that is a link", "", make([VERSION, DATA, Member("archive/link", b"/etc/passwd", attributes=0o120777 << 16)])),
        trick("a member that grows a thousandfold", "", make([VERSION, DATA, Member("archive/x", b"", DEFLATED, size=1 << 31)])),
        trick("a size in zip64 that lies", "", make([VERSION, DATA, Member("archive/x", b"1234", size=8)])),
        Attack(
            "a method that is not read", "",
            file("a.pt", make([VERSION, Member("archive/data.pkl", RUN, method=12)])), "not-examined", "a.pt",
        ),
    ]  # fmt: skip


ATTACKS = [
    *of_zip(),
    *(flagged(bit, what) for bit, what in FLAGS),
    Attack("a 7z archive", "nullifAI, ReversingLabs 2025", file("a.bin", b"7z\xbc\xaf\x27\x1c\x00\x04" + bytes(64)), "not-examined", "a.bin"),
    Attack("a rar archive", "", file("a.bin", b"Rar!\x1a\x07\x01\x00" + bytes(64)), "not-examined", "a.bin"),
    tarring("a link out of a tar", "CVE-2024-5187", tarred("evil", tarfile.SYMTYPE, "/etc/passwd")),
    tarring("a hard link out of a tar", "", tarred("evil", tarfile.LNKTYPE, "../../etc/passwd")),
    Attack("a program behind a start of HDF5 in a zip", "", file("a.bin", stored({"a": bytes(512 - 31) + b"\x89HDF\r\n\x1a\n" + bytes(5000), "b.pkl": RUN})), "unsafe-import", "a.bin"),
    Attack("a program behind arrays in a tar", "", file("a.tar", arrays_and(RUN)), "unsafe-import", "a.tar"),
    tarring("HDF5 behind an empty member of a tar", "polyglot", behind_tar(tarfile.REGTYPE)),
    tarring("HDF5 in a long name of a tar", "polyglot", behind_tar(tarfile.GNUTYPE_LONGNAME)),
    tarring("HDF5 behind the label of a tar", "polyglot", behind_tar(b"V")),
    tarring("HDF5 behind a directory of a tar", "polyglot", behind_tar(tarfile.DIRTYPE)),
    trick("HDF5 in a member of a zip, and in the zip", "polyglot", in_member(), "a.zip"),
    trick("HDF5 in a tar in a zip", "polyglot", deflated({"a.txt": behind_tar(tarfile.REGTYPE)}), "a.zip"),
    tarring("a device in a tar", "", tarred("evil", tarfile.CHRTYPE)),
    tarring("a name that leads out of a tar", "CVE-2024-5187", tarred("../../evil")),
    tarring("a name that an extended header overrides", "", overridden()),
    ends_in_zip("a zip behind a GGUF", GGUF, "a.gguf"),
    ends_in_zip("a zip behind safetensors", SAFETENSORS, "a.safetensors"),
    ends_in_zip("a zip behind an array", NPY, "a.npy"),
    ends_in_zip("a zip behind a pickle", CLEAN, "a.pkl"),
    ends_in_zip("a zip behind an image named like a checkpoint", b"\x89PNG\r\n\x1a\n" + bytes(32), "a.pt"),
    Attack("a pickle in a zip behind a GGUF", "polyglot", file("a.gguf", GGUF + ZIP), "unsafe-import", "a.gguf"),
    Attack("a zip behind a GGUF that only some readers read", "polyglot", file("a.gguf", GGUF + overlong(ZIP)), TRICK, "a.gguf"),
    Attack("a zip behind an ONNX model", "polyglot", file("a.onnx", bytes.fromhex("0808120161") + b"\x3a\x03\x12\x01g" + b"\x42\x02\x10\x11" + ZIP), TRICK, "a.onnx"),
    Attack("safetensors that are a pickle, too", "polyglot", file("pytorch_model.bin", also_pickle(RUN)), "unsafe-import", "pytorch_model.bin"),
    Attack("safetensors that are a pickle of harmless names", "polyglot", file("pytorch_model.bin", also_pickle(b"ccollections\nOrderedDict\n)R.")), TRICK, "pytorch_model.bin"),
    slack("a program behind a GGUF", GGUF + ELF, "a.gguf"),
    slack("a program behind safetensors", SAFETENSORS + ELF, "a.safetensors"),
    slack("a pickle behind an array", NPY + CLEAN, "a.npy"),
    Attack("a pickle behind a checkpoint", "polyglot", file("a.pt", archive([VERSION, DATA], after=RUN)), TRICK, "a.pt"),
    Attack("a script named like a model", "", file("a.gguf", b"#!/bin/sh\ntrue\n"), "malformed-header", "a.gguf"),
    Attack("a program named like a model", "", file("a.safetensors", ELF), "malformed-header", "a.safetensors"),
    Attack("a llamafile, which is a program", "", file("a.llamafile", b"MZqFpD='\n" + bytes(64) + stored({"a.gguf": GGUF})), "executable-format", "a.llamafile"),
    Attack("a program before HDF5", "polyglot", hdf5_behind(ELF), "trailing-data", "a.h5"),
]  # fmt: skip
