"""Changed bytes never make a malicious file clean, unless they make it harmless.

Each malicious pickle, array and zip of the table is cut, or has one byte changed. What the scanner
then calls clean, other readers must call harmless: a walk over the opcodes by `pickletools` finds no
name that weights do not need, and `zipfile` finds no such pickle in any member.
"""

import io
import pickle
import pickletools
import struct
import tempfile
import zipfile
import zlib
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import archives
import pickles
from lbom_gate import _scanner

# Rules that refuse a file; what only warns does not.
WARNINGS = {"trailing-data", "deceptive-name", "stale-index", "content-gated-template"}

MALICIOUS = {
    attack.name: attack
    for attack in [*pickles.ATTACKS, *archives.ATTACKS]
    if attack.rule == "unsafe-import" and "items set" not in attack.name
}
"""Those that import something, so that harmless can be told by another reader."""


def content_of(name: str) -> tuple[str, bytes]:
    """Return the name of an attack's file and its bytes."""
    with tempfile.TemporaryDirectory() as directory:
        MALICIOUS[name].write(Path(directory))
        (path,) = [path for path in Path(directory).rglob("*") if path.is_file()]
        return path.name, path.read_bytes()


FILES = {name: content_of(name) for name in MALICIOUS}


def is_refused(name: str, data: bytes) -> bool:
    """Return whether a run over the directory of a file refuses it, whatever formats are allowed."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory) / name
        path.write_bytes(data)
        found = _scanner.discover([directory], root=directory)
        if not found:
            return False  # taken for no model
        (record,) = _scanner.scan([item.path for item in found], root=directory, jobs=1)
        if not isinstance(record, _scanner.Fingerprint) or record.format is None:
            return True  # not examined; or named like a model, and of no format that can be allowed
        facts = record.facts
        rules = {anomaly.rule for anomaly in facts.anomalies} - WARNINGS
        is_unsafe = any(not each.is_known for each in facts.imports)
        return bool(rules) or is_unsafe or facts.loading == "code" or record.name_agrees is False


def names(data: bytes) -> Iterator[str]:
    """Yield what a pickle may import, up to where `pickletools` cannot go on."""
    texts: list[str] = []
    try:
        for opcode, argument, _ in pickletools.genops(data):
            if opcode.name in {"GLOBAL", "INST"}:
                yield str(argument)
            elif opcode.name in {"STACK_GLOBAL", "EXT1", "EXT2", "EXT4"}:
                # Which texts it takes, only an unpickler knows: any of them may be.
                yield from texts or ["?"]
            elif isinstance(argument, str):
                texts.append(argument)
    except (ValueError, IndexError, KeyError, OverflowError, AttributeError):
        return


# What `zipfile` says of a zip that it cannot read.
UNREADABLE = (
    zipfile.BadZipFile, zlib.error, struct.error, NotImplementedError, RuntimeError, OSError,
    ValueError, EOFError,
)  # fmt: skip

# Files of the table whose names are not a model's.
TEXTS = {"README.md", "config.json", "notes.dat"}

HARM = ("system", "os", "pip", "Popen", "rpc_sync", "run", "FileHandler", "resolve_name", "?")


def imports_harm(data: bytes) -> bool:
    """Return whether a pickle reaches an import of a malicious name before it breaks.

    An import of what can be no name ends every unpickler.
    """
    for name in names(data):
        words = name.replace(".", " ").split(" ")
        if " " in name and not all(word.isidentifier() for word in words):
            return False
        if any(word in words for word in HARM):
            return True
    return False


def calls(data: bytes) -> bool:
    """Return whether a pickle calls something, or comes to its end, before it breaks.

    It is loaded with nothing behind any name but a class that notes that it is called.
    """
    called = []

    class Name:
        def __new__(cls, *_arguments: object, **_more: object) -> object:
            called.append(cls)
            return super().__new__(cls)

        def __init__(self, *arguments: object, **more: object) -> None:
            """Take in whatever it is called with."""

    # The one in Python: no pickle can have it take memory for nothing.
    class Unpickler(pickle._Unpickler):  # noqa: SLF001
        def find_class(self, _module: str, _name: str) -> type:
            return Name

    try:
        Unpickler(io.BytesIO(data)).load()
    except Exception:  # noqa: BLE001  whatever broken opcodes end in
        return bool(called)
    return True


def is_harmful(name: str, data: bytes) -> bool:
    """Return whether `pickle.load`, or a reader of zips that unpickles members, meets harm.

    Two lines of a text may be an import; under the name of a text it is one where something follows
    from it.
    """
    if imports_harm(data) and (name not in TEXTS or calls(data)):
        return True
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as opened:
            return any(imports_harm(opened.read(name)) for name in opened.namelist())
    except UNREADABLE:
        return False


# What pickletools says of texts that were changed.
@pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
@pytest.mark.parametrize("name", FILES)
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_a_changed_malicious_file_is_clean_only_where_it_is_harmless(
    name: str, data: st.DataObject
) -> None:
    file_name, content = FILES[name]
    place = data.draw(st.integers(0, len(content) - 1))
    if data.draw(st.booleans()):
        changed = content[:place]
    else:
        bit = data.draw(st.integers(0, 7))
        changed = content[:place] + bytes([content[place] ^ 1 << bit]) + content[place + 1 :]

    assert is_refused(file_name, changed) or not is_harmful(file_name, changed)


@pytest.mark.filterwarnings("ignore:invalid escape sequence:DeprecationWarning")
def test_the_other_readers_tell_harm() -> None:
    told = {name for name, file in FILES.items() if is_harmful(*file)}

    assert len(told) >= 36
    assert all(is_refused(*FILES[name]) for name in FILES)
