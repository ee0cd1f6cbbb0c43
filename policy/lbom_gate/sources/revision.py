"""Files of a revision, read out of git's objects: nothing is checked out and no hook runs."""

import errno
import os
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from lbom_gate.dataclass import dataclass
from lbom_gate.model import path_text

if TYPE_CHECKING:
    import subprocess

# What would let the surroundings say which repository is meant.
_ELSEWHERE = frozenset(
    {"GIT_DIR", "GIT_WORK_TREE", "GIT_COMMON_DIR", "GIT_INDEX_FILE", "GIT_PREFIX", "GIT_NAMESPACE"}
)
# git(1): an object that is absent in a partial clone is not fetched, by any protocol; no object
# stands for another; nobody is asked for anything; the words are those we look for.
_CLOSED = {
    "GIT_NO_LAZY_FETCH": "1",
    "GIT_ALLOW_PROTOCOL": "none",
    "GIT_NO_REPLACE_OBJECTS": "1",
    "GIT_OPTIONAL_LOCKS": "0",
    "GIT_TERMINAL_PROMPT": "0",
    "LC_ALL": "C",
}
# What `cat-file --follow-symlinks` says of a path that leads nowhere (git-cat-file(1), "Output").
_NOWHERE = {
    "symlink": "a link that leads out of the repository",
    "dangling": "a link that leads nowhere",
    "loop": "a link that leads to itself",
    "notdir": "a part of the path is no directory",
}


class UnknownRevision(Exception):
    """A revision that cannot be read, and why."""


@dataclass(frozen=True, slots=True)
class Revision:
    """A commit of a repository."""

    name: str  # as it was asked for
    root: Path  # of the repository
    commit: str  # its hash

    @classmethod
    def find(cls, name: str, root: Path) -> "Revision":
        """Return the revision of that name; raises `UnknownRevision`."""
        if not name or name.startswith("-") or not name.isprintable():
            raise UnknownRevision(f"{path_text(name)!r} is no name of a revision")
        words = ("rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
        result = _git(root, *words)
        commit = result.stdout.decode("ascii", "replace").strip()
        if result.returncode != 0 or not commit:
            said = result.stderr.decode("utf-8", "replace").partition("\n")[0]
            reason = said or "no commit of that name"
            raise UnknownRevision(f"the revision {name} cannot be read: {reason}")
        return cls(name, root, commit)

    def read(self, file: Path, most: int) -> bytes:
        """Return the bytes of a file, at most one more than `most`; raises `OSError`."""
        import subprocess

        digest = self._blob(file)
        command = [_program(), "-C", os.fspath(self.root), "cat-file", "blob", digest]
        with subprocess.Popen(  # noqa: S603  no shell; the words are ours and a hash
            command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, env=_environment()
        ) as process:
            data = process.stdout.read(most + 1) if process.stdout is not None else b""
            process.kill()  # what is too long is not read to its end
        return data

    def exists(self, file: Path) -> bool:
        """Whether there is anything of that name: a link that leads nowhere is no absence."""
        try:
            self._blob(file)
        except FileNotFoundError:
            return False
        except OSError:
            return True
        return True

    def _blob(self, file: Path) -> str:
        """Return the hash of a file's content; links are followed inside of the repository."""
        normal = Path(os.path.normpath(file))
        if not normal.is_relative_to(self.root) or "\n" in os.fspath(file):
            raise FileNotFoundError(errno.ENOENT, "not in the repository of the revision")
        path = os.fsencode(normal.relative_to(self.root).as_posix())
        asked = self.commit.encode() + b":" + path + b"\n"
        said = _git(self.root, "cat-file", "--batch-check", "--follow-symlinks", input_=asked)
        words = said.stdout.partition(b"\n")[0].decode("utf-8", "replace").split(" ")
        if words[0] in _NOWHERE:
            raise OSError(errno.EINVAL, _NOWHERE[words[0]])
        if said.returncode != 0 or words[-1] == "missing":
            raise FileNotFoundError(errno.ENOENT, "no such file in the revision")
        if words[1:2] != ["blob"]:
            raise OSError(errno.EINVAL, "not a regular file")
        return words[0]


def _git(root: Path, *words: str, input_: bytes = b"") -> "subprocess.CompletedProcess[bytes]":
    # It takes longer to import than all of this room, and few runs ask git.
    import subprocess

    command = [_program(), "-C", os.fspath(root), *words]
    return subprocess.run(  # noqa: S603  no shell, and a name that starts with a dash is refused
        command, input=input_, capture_output=True, check=False, env=_environment()
    )


def _program() -> str:
    import shutil

    git = shutil.which("git")
    if git is None:
        raise UnknownRevision("there is no git on the PATH to read a revision with")
    return git


def _environment() -> Mapping[str, str]:
    kept = {name: value for name, value in os.environ.items() if name not in _ELSEWHERE}
    return kept | _CLOSED
