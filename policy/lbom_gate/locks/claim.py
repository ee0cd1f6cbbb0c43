"""What somebody says of a file whose bytes nobody has read here."""

from __future__ import annotations

from lbom_gate.dataclass import dataclass
from lbom_gate.model import Digest, Pin


@dataclass(frozen=True, slots=True)
class Claimed:
    """The digest that a pointer, a list, a store or a signature gives a file."""

    path: str  # relative to where the run started
    digest: Digest  # sha256; md5 or sha1 where that is all there is
    pinned_by: str  # who claims it: a word of `layout.PINNED_BY`
    size: int | None = None  # bytes
    source: str | None = None  # where the file came from: "huggingface.co/org/name", a URL
    revision: str | None = None  # the source's: a commit, a tag

    @property
    def sha256(self) -> str | None:
        """The digest where it is a SHA-256."""
        return self.digest.value if self.digest.algorithm == "sha256" else None

    @classmethod
    def of_pin(cls, pin: Pin) -> Claimed:
        """What a pin claims."""
        digest = Digest("sha256", pin.sha256, "claimed") if pin.sha256 is not None else pin.weak
        assert digest is not None  # the reader lets no entry pass without one  # noqa: S101
        return cls(pin.path, digest, pin.pinned_by, pin.size, pin.source, pin.revision)

    def origin(self) -> dict[str, object]:
        """Where the file came from, as members of an entry."""
        members = {"source": self.source, "revision": self.revision}
        return {name: value for name, value in members.items() if value is not None}
