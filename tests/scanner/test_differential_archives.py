"""Random archives of Python's own writers: the scanner finds in them what Python's readers find."""

import bz2
import gzip
import io
import lzma
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Callable, Sequence
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import records
from lbom_gate import _scanner

# Each member is a model with an address of its own in its metadata: what is found of it, and where,
# tells that this member was read, under this name, from these bytes.
URL = "https://example.org/"

parts = st.text(
    st.characters(
        categories=["Ll", "Lu", "Nd", "Lo"], include_characters="._-", max_codepoint=0x2FFF
    ),
    min_size=1,
    max_size=12,
).filter(lambda part: part.strip(".") != "")
names = st.lists(parts, min_size=1, max_size=3).map("/".join)
contents = st.binary(max_size=300)
many = settings(max_examples=1000, deadline=None)
few = settings(max_examples=200, deadline=None)


def model(number: int, padding: bytes) -> bytes:
    """Return a safetensors file with an address of its own."""
    header = f'{{"__metadata__":{{"home":"{URL}{number}"}},"t":{{"dtype":"U8",'
    header += f'"shape":[{len(padding)}],"data_offsets":[0,{len(padding)}]}}}}'
    data = header.encode()
    return len(data).to_bytes(8, "little") + data + padding


class Unseekable(io.BytesIO):
    """A stream as a pipe is one: sizes follow the data."""

    def seekable(self) -> bool:
        return False

    def seek(self, _offset: int, _whence: int = 0) -> int:
        raise io.UnsupportedOperation

    def tell(self) -> int:
        raise io.UnsupportedOperation


@st.composite
def zips(draw: st.DrawFn) -> bytes:
    """Draw an archive that `zipfile` writes."""
    stream = Unseekable() if draw(st.booleans()) else io.BytesIO()
    with zipfile.ZipFile(stream, "w") as archive:
        for number, name in enumerate(draw(st.lists(names, max_size=5, unique=True))):
            info = zipfile.ZipInfo(name, (2026, 1, 1, 0, 0, 0))
            info.compress_type = draw(st.sampled_from([zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED]))
            info.comment = draw(st.binary(max_size=20))
            info.external_attr = draw(st.sampled_from([0, 0o100644 << 16, 0o600 << 16]))
            with archive.open(info, "w", force_zip64=draw(st.booleans())) as member:
                member.write(model(number, draw(contents)))
        archive.comment = draw(st.binary(max_size=60)).replace(b"PK", b"")
    return stream.getvalue()


tars = st.tuples(
    st.sampled_from([tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT]),
    st.lists(st.tuples(names, st.sampled_from([0, 90, 120]), contents), max_size=5),
)
"""A format of tars, and of each member its name, the length of its directory's, and its bytes."""


def tar(form: int, entries: Sequence[tuple[str, int, bytes]]) -> bytes:
    """Return an archive that `tarfile` writes."""
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w", format=form) as archive:
        for number, (name, depth, padding) in enumerate(entries):
            data = model(number, padding)
            directory = f"{'d' * depth}/" if depth else ""
            info = tarfile.TarInfo(f"{directory}{number}/{name}")
            info.size = len(data)
            info.mtime = 1.5 if form == tarfile.PAX_FORMAT else 1
            archive.addfile(info, io.BytesIO(data))
    return stream.getvalue()


def scanned(data: bytes, name: str = "model.bin") -> "_scanner.Fingerprint":
    """Return the record of a file of these bytes."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / name
        path.write_bytes(data)
        return records.fingerprint(path)


def members(record: "_scanner.Fingerprint") -> dict[str, tuple[str, int | None]]:
    """Return the address that was found of each member, and where."""
    return {
        found.source.rpartition(": ")[0]: (found.value, found.offset)
        for found in record.facts.destinations
    }


def kinds(record: "_scanner.Fingerprint") -> list[str]:
    return [anomaly.kind for anomaly in record.facts.anomalies]


@many
@given(zips())
def test_zips_hold_what_zipfile_says(data: bytes) -> None:
    record = scanned(data)
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        infos = archive.infolist()
        expected = {info.filename: archive.read(info) for info in infos}
        stored = {info.filename for info in infos if info.compress_type == zipfile.ZIP_STORED}

    assert record.format == "zip"
    assert kinds(record) == []
    assert set(members(record)) == set(expected)
    for name, (url, offset) in members(record).items():
        assert url.encode() in expected[name]
        assert (offset is not None) == (name in stored)
        assert offset is None or data[offset:].startswith(url.encode())


@few
@given(tars)
def test_tars_hold_what_tarfile_says(drawn: tuple[int, list[tuple[str, int, bytes]]]) -> None:
    form, entries = drawn
    data = tar(form, entries)
    record = scanned(data)
    found = members(record)
    with tarfile.open(fileobj=io.BytesIO(data)) as archive:
        expected = {shown(info.name): info.offset_data for info in archive}

    assert kinds(record) == []
    assert set(found) == set(expected)
    for name, (url, offset) in found.items():
        assert offset is not None
        start = expected[name]
        assert data.index(url.encode(), start) == offset


def shown(name: str) -> str:
    """Return a name as the scanner shows a long one."""
    return name if len(name) <= 80 else name[:80] + "..."


@pytest.mark.parametrize(
    "pack",
    [
        gzip.compress,
        zlib.compress,
        bz2.compress,
        lzma.compress,
        lambda data: lzma.compress(data, format=lzma.FORMAT_ALONE),
        lambda data: gzip.compress(data[:50]) + gzip.compress(data[50:]),
        lambda data: b"ZF" + hex(len(data)).ljust(19).encode() + zlib.compress(data),
    ],
    ids=["gzip", "zlib", "bzip2", "xz", "lzma", "two gzips", "joblib 0.9"],
)
@few
@given(contents=contents)
def test_what_python_compressed_is_read(pack: Callable[[bytes], bytes], contents: bytes) -> None:
    record = scanned(pack(model(7, contents)))

    assert kinds(record) == []
    assert [found.value for found in record.facts.destinations] == [f"{URL}7"]


@st.composite
def damaged(draw: st.DrawFn) -> bytes:
    """Draw an archive that `zipfile` wrote and of which a few bytes were changed."""
    data = bytearray(draw(zips()))
    for _ in range(draw(st.integers(1, 3))):
        data[draw(st.integers(0, len(data) - 1))] = draw(st.integers(0, 255))
    return bytes(data)


@many
@given(damaged())
def test_what_zipfile_refuses_or_reads_otherwise_is_told(data: bytes) -> None:
    record = scanned(data)
    names = read_by_python(data)

    if names is None:
        assert record.format is None or kinds(record)
    elif record.format is not None and not kinds(record):
        assert set(members(record)) == names


def read_by_python(data: bytes) -> set[str] | None:
    """Return the names of the members, or None where `zipfile` refuses the archive."""
    refusals = (zipfile.BadZipFile, RuntimeError, zlib.error, EOFError, ValueError, OSError)
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            names = {info.filename for info in archive.infolist() if not info.is_dir()}
            for name in names:
                archive.read(name)
    except refusals:  # of which NotImplementedError and UnicodeError are kinds
        return None
    return names
