"""Reading a document that was named on the command line, whatever stands under its name."""

import errno
import os
import stat
from pathlib import Path


def read_document(file: Path, most: int) -> bytes:
    """Return the bytes of a regular file, at most one more than `most`; raises `OSError`."""
    # A FIFO that nobody writes to is opened without waiting, and then refused.
    descriptor = os.open(file, os.O_RDONLY | getattr(os, "O_NONBLOCK", 0))
    with os.fdopen(descriptor, "rb") as document:
        if not stat.S_ISREG(os.fstat(descriptor).st_mode):
            raise OSError(errno.EINVAL, "not a regular file")
        return document.read(most + 1)
