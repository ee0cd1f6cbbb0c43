"""Writers of model files byte by byte, in which every field can be wrong.

The reference writers refuse to write what these are for. Nothing is checked here: a count, a
length, a type or an offset is written as it is given.
"""

import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

U8, I8, U16, I16, U32, I32, F32, BOOL, STRING, ARRAY, U64, I64, F64 = range(13)
"""Numbers of the types of a GGUF value."""

_CODES = {U8: "B", I8: "b", U16: "H", I16: "h", U32: "I", I32: "i", F32: "f", BOOL: "B",
          U64: "Q", I64: "q", F64: "d"}  # fmt: skip


@dataclass(frozen=True)
class Array:
    """A value of many items of one type; `length` is what is stated, by default the truth."""

    item_type: int
    items: Sequence["Value"]
    length: int | None = None


@dataclass(frozen=True)
class Text:
    """A text that states another length than it has."""

    text: str | bytes
    length: int


Value = int | float | str | bytes | Text | Array


@dataclass(frozen=True)
class Key:
    """A key/value pair; `type` may be any number, `value` is written as `written_as` says."""

    name: str | bytes | Text
    value: Value
    type: int = STRING
    written_as: int | None = None


@dataclass(frozen=True)
class Tensor:
    """A tensor's description; dimensions as GGUF orders them, the row first."""

    name: str | bytes = "a"
    dims: Sequence[int] = (32,)
    type: int = 0
    offset: int = 0
    n_dims: int | None = None


LLAMA = Key("general.architecture", "llama")


@dataclass(frozen=True)
class Gguf:
    """A GGUF file. By default a valid one of version 3: one key, one F32 tensor of 32 zeros."""

    keys: Sequence[Key] = (LLAMA,)
    tensors: Sequence[Tensor] = (Tensor(),)
    data: bytes = bytes(128)
    magic: bytes = b"GGUF"
    version: int = 3
    n_keys: int | None = None
    n_tensors: int | None = None
    alignment: int = 32  # of the data's start; what the header states is a key like any other
    order: str = "<"  # of the bytes of every number; ">" is big-endian
    width: str = "Q"  # of counts and lengths; "I" as in version 1

    def __bytes__(self) -> bytes:
        """Return the file."""
        n_tensors = len(self.tensors) if self.n_tensors is None else self.n_tensors
        n_keys = len(self.keys) if self.n_keys is None else self.n_keys
        header = b"".join(
            [
                self.magic,
                self._pack("I", self.version),
                self._pack(self.width, n_tensors),
                self._pack(self.width, n_keys),
                *map(self._key, self.keys),
                *map(self._tensor, self.tensors),
            ]
        )
        padding = bytes(-len(header) % self.alignment) if self.tensors else b""
        return header + padding + self.data

    def _pack(self, code: str, *numbers: float) -> bytes:
        return struct.pack(f"{self.order}{len(numbers)}{code}", *numbers)

    def _text(self, value: Value) -> bytes:
        text = value.text if isinstance(value, Text) else value
        raw = text.encode() if isinstance(text, str) else text
        assert isinstance(raw, bytes)
        length = value.length if isinstance(value, Text) else len(raw)
        return self._pack(self.width, length) + raw

    def _value(self, kind: int, value: Value) -> bytes:
        if isinstance(value, Array):
            length = len(value.items) if value.length is None else value.length
            items = b"".join(self._value(value.item_type, item) for item in value.items)
            return self._pack("I", value.item_type) + self._pack(self.width, length) + items
        if kind == STRING:
            return self._text(value)
        assert isinstance(value, int | float)
        return self._pack(_CODES[kind], value)

    def _key(self, key: Key) -> bytes:
        kind = key.type if key.written_as is None else key.written_as
        return self._text(key.name) + self._pack("I", key.type) + self._value(kind, key.value)

    def _tensor(self, tensor: Tensor) -> bytes:
        n_dims = len(tensor.dims) if tensor.n_dims is None else tensor.n_dims
        return b"".join(
            [
                self._text(tensor.name),
                self._pack("I", n_dims),
                *(self._pack(self.width, length) for length in tensor.dims),
                self._pack("I", tensor.type),
                self._pack("Q", tensor.offset),
            ]
        )


def safetensors(header: str | bytes, data: bytes = b"", *, length: int | None = None) -> bytes:
    """Return a safetensors file of any header text; `length` is what is stated of it."""
    raw = header.encode() if isinstance(header, str) else header
    return struct.pack("<Q", len(raw) if length is None else length) + raw + data


def entry(dtype: str = "F32", shape: object = (2,), start: int = 0, end: int = 8) -> str:
    """Return the description of a tensor in a safetensors header."""
    text = str(list(shape)) if isinstance(shape, tuple) else str(shape)
    return f'{{"dtype":"{dtype}","shape":{text},"data_offsets":[{start},{end}]}}'


def header(tensors: Mapping[str, str], *more: str) -> str:
    """Return a safetensors header: names (as they stand in JSON) to descriptions, then `more`."""
    parts = [f'"{name}":{described}' for name, described in tensors.items()]
    return "{" + ",".join([*more, *parts]) + "}"
