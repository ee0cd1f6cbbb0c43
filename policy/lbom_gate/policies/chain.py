"""A policy file and all that it extends, lowest first."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import field
from pathlib import Path

from lbom_gate import documents
from lbom_gate.dataclass import dataclass
from lbom_gate.documents import ReadFile
from lbom_gate.model import Diagnostic, Span
from lbom_gate.policies import packs, text
from lbom_gate.policies.document import Document, read
from lbom_gate.policies.errors import PolicyErrors, quoted
from lbom_gate.policies.names import Names
from lbom_gate.policies.places import relative
from lbom_gate.user_cache import UserCache

# A policy of a team, of a department, of a company, of a regulator, and room.
_MOST_DEEP = 8
# So that a few files that extend one another many times do not become thousands.
_MOST_FILES = 32


@dataclass(frozen=True, slots=True)
class Chain:
    """What applies: each document wins over those before it."""

    base: Document  # the built-in policy that has a level for every rule
    documents: tuple[Document, ...]  # the last is the policy itself


def read_chain(
    file: Path | None,
    *,
    start: Path,
    names: Names,
    cache: UserCache,
    read_file: ReadFile = documents.read,
) -> Chain:
    """Return a policy file, or the built-in policy that stands for none, with all it extends.

    Raises `PolicyErrors` with every mistake in every file of it.
    """
    reader = _Reader(start, names, cache, read_file)
    named = Span(packs.FALLBACK if file is None else relative(file, start), 1, 1, 2, "")
    if file is None:
        documents = tuple(reader.built_in(packs.FALLBACK, named))
    else:
        documents = tuple(reader.local(file, (), named))
    if reader.mistakes:
        raise PolicyErrors(reader.mistakes)
    return Chain(reader.pack(packs.BASE), documents)


@dataclass(slots=True)
class _Reader:
    start: Path
    names: Names
    cache: UserCache
    read_file: ReadFile
    mistakes: list[Diagnostic] = field(default_factory=list)
    read_packs: dict[str, Document] = field(default_factory=dict)
    files: int = 0

    def pack(self, name: str) -> Document:
        """Return a built-in policy by itself."""
        if name not in self.read_packs:
            self.read_packs[name] = read(packs.read(name), name, self.names, self.cache)
        return self.read_packs[name]

    def built_in(self, name: str, named: Span) -> Iterator[Document]:
        """Yield a built-in policy after what it extends; `named` is the place that names it."""
        if self._is_one_more(named):
            document = self.pack(name)
            for extended in document.extends:
                yield from self.built_in(extended.name, named)
            yield document

    def local(self, file: Path, above: tuple[Path, ...], named: Span) -> Iterator[Document]:
        """Yield a file after what it extends; `above` are the files that led to it."""
        path = relative(file, self.start)
        if file in above:
            self._refuse(named, f"{quoted(path)} extends itself", "leads back to a file above")
        elif len(above) >= _MOST_DEEP:
            self._refuse(named, "this extends too much", f"at most {_MOST_DEEP} files deep")
        elif self._is_one_more(named) and (data := self._data(file, path, named)) is not None:
            yield from self._extended(data, path, file, (*above, file))

    def _extended(
        self, data: bytes, path: str, file: Path, above: tuple[Path, ...]
    ) -> Iterator[Document]:
        try:
            document = read(data, path, self.names, self.cache)
        except PolicyErrors as errors:
            self.mistakes.extend(errors.diagnostics)
            return
        for extended in document.extends:
            if extended.name.startswith(packs.PREFIX):
                yield from self.built_in(extended.name, extended.span)
            else:
                below = Path(os.path.normpath(file.parent / extended.name))
                yield from self.local(below, above, extended.span)
        yield document

    def _data(self, file: Path, path: str, named: Span) -> bytes | None:
        """Return the bytes of a file, at most one more than are allowed."""
        try:
            return self.read_file(file, text.MAX_BYTES)
        except OSError as error:
            reason = (error.strerror or str(error)).lower()
        self._refuse(named, f"{quoted(path)} cannot be read", reason)
        return None

    def _is_one_more(self, named: Span) -> bool:
        """Count a document; note a mistake when there are too many."""
        self.files += 1
        if self.files == _MOST_FILES + 1:
            self._refuse(named, "this extends too much", f"at most {_MOST_FILES} files")
        return self.files <= _MOST_FILES

    def _refuse(self, span: Span, message: str, label: str) -> None:
        self.mistakes.append(Diagnostic(span, message, label))
