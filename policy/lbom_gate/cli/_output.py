"""Writing results: to the standard output, or beside a file and then in its place."""

import os
import sys
import tempfile
from pathlib import Path

from lbom_gate.cli._exit import Refusal

STANDARD_OUTPUT = "-"


def write(target: str, data: bytes) -> None:
    """Write `data` to the file `target`, or to the standard output where that is ``-``.

    A file is written whole or not at all. Raises `Refusal` where it cannot be written.
    """
    if target == STANDARD_OUTPUT:
        _write_standard_output(data)
        return
    path = Path(target)
    try:
        _replace(path, data)
    except OSError as error:
        raise Refusal(f"error: {target!r} cannot be written: {error.strerror}") from error


def _replace(path: Path, data: bytes) -> None:
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
    try:
        sys.stdout.buffer.write(data)
        sys.stdout.flush()
    except BrokenPipeError:
        # The reader has seen enough. What is still buffered must not fail at exit, and the
        # verdict stays what it is.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    except OSError as error:
        raise Refusal(f"error: the output cannot be written: {error.strerror}") from error
