"""Zips written byte by byte, in which the directory and the local headers can disagree."""

import struct
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

STORED, DEFLATED = 0, 8


@dataclass(frozen=True)
class Member:
    """A member; what is None is the truth."""

    name: str
    content: bytes
    method: int = STORED
    local_name: str | None = None
    local_method: int | None = None
    flags: int = 0
    crc32: int | None = None
    size: int | None = None
    attributes: int = 0


def packed(member: Member) -> bytes:
    """Return the content as it stands in the archive."""
    if member.method != DEFLATED:
        return member.content
    deflate = zlib.compressobj(9, zlib.DEFLATED, -15)
    return deflate.compress(member.content) + deflate.flush()


def archive(
    members: Sequence[Member],
    *,
    before: bytes = b"",
    gap: bytes = b"",
    after: bytes = b"",
    count: int | None = None,
    is_shared: bool = False,
) -> bytes:
    """Return a zip; `is_shared`: every entry of the directory leads to the first member's bytes."""
    body, directory = before, b""
    data, truth = b"", 0
    for member in members:
        if not is_shared or not directory:
            data, truth = packed(member), zlib.crc32(member.content)
        crc32 = truth if member.crc32 is None else member.crc32
        size = len(member.content) if member.size is None else member.size
        numbers = struct.pack("<III", crc32, len(data), size)
        offset = len(before) if is_shared else len(body)
        name = member.name.encode()
        local_name = (member.name if member.local_name is None else member.local_name).encode()
        method = member.method if member.local_method is None else member.local_method
        if not is_shared or not directory:
            local = struct.pack("<4sHHHHH", b"PK\3\4", 20, member.flags, method, 0, 0)
            body += local + numbers + struct.pack("<HH", len(local_name), 0) + local_name + data
        entry = struct.pack("<4sHHHHHH", b"PK\1\2", 0x314, 20, member.flags, member.method, 0, 0)
        rest = struct.pack("<HHHHHII", len(name), 0, 0, 0, 0, member.attributes, offset)
        directory += entry + numbers + rest + name
    stated = min(len(members) if count is None else count, 0xFFFF)
    end = struct.pack(
        "<4sHHHHIIH", b"PK\5\6", 0, 0, stated, stated, len(directory), len(body + gap), 0
    )
    return body + gap + directory + end + after


def stored(members: Mapping[str, bytes]) -> bytes:
    """Return a plain zip of members that are stored."""
    return archive([Member(name, content) for name, content in members.items()])


def deflated(members: Mapping[str, bytes]) -> bytes:
    """Return a plain zip of members that are deflated."""
    return archive([Member(name, content, DEFLATED) for name, content in members.items()])
