"""Writing results: to the standard output, or beside a file and then in its place."""

import os
import sys
from pathlib import Path

from lbom_gate.cli._exit import Refusal
from lbom_gate.reports import terminal

STANDARD_OUTPUT = "-"


def write(target: str, data: bytes) -> None:
    """Write `data` to the file `target`, or to the standard output where that is ``-``.

    A file is written whole or not at all. Raises `Refusal` where it cannot be written.
    """
    if target == STANDARD_OUTPUT:
        _write_standard_output(data)
        return
    try:
        # A link is followed, so that what is replaced is the file it leads to.
        path = Path(target).resolve()
        if path.exists() and not path.is_file():
            path.write_bytes(data)  # a pipe or a device: no file may take its place
        else:
            _replace(path, data)
    except OSError as error:
        text = f"error: {target} cannot be written: {error.strerror}"
        raise Refusal(terminal(text)) from error


def _replace(path: Path, data: bytes) -> None:
    import tempfile

    handle, beside = tempfile.mkstemp(dir=path.parent, prefix=f".{path.name}.")
    try:
        with os.fdopen(handle, "wb") as file:
            file.write(data)
            file.flush()
            os.fsync(file.fileno())
        # mkstemp makes files private; a result is as readable as the user's other files.
        mask = os.umask(0)
        os.umask(mask)
        Path(beside).chmod(0o666 & ~mask)
        Path(beside).replace(path)
    except BaseException:
        Path(beside).unlink(missing_ok=True)
        raise


def _write_standard_output(data: bytes) -> None:
    if sys.stdout is None:
        raise Refusal("error: the output cannot be written: it is closed")
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough; the verdict stays what it is.
        _drop_what_is_left()
    except OSError as error:
        _drop_what_is_left()
        raise Refusal(f"error: the output cannot be written: {error.strerror}") from error


def _drop_what_is_left() -> None:
    """Let what is still buffered go nowhere: Python would fail on it at its end."""
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
