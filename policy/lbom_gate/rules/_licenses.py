"""What a model states about its licence, taken apart: names, and how they are joined.

An SPDX expression (SPDX 2.3, annex D) joins licences: of `A OR B` the user chooses one, of
`A AND B` all hold, and `A WITH B` is one licence, A with an exception. Names are those of SPDX's
list or of the Hugging Face Hub; letter case does not count. The library that knows SPDX's grammar
and list is asked only where a name is none of the Hub's: it takes longer to import than most runs
take.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Literal

from lbom_gate.dataclass import dataclass
from lbom_gate.rules._license_names import HUGGING_FACE, forbids_commerce

if TYPE_CHECKING:
    from license_expression import LicenseSymbol, Licensing

# Longer than any expression that a person wrote; beyond it, a text is no name of a licence.
MAX_LENGTH = 1024
# Models repeat few licences; a run over thousands parses each once.
_KEPT = 1024


@dataclass(frozen=True, slots=True)
class License:
    """One licence of an expression."""

    name: str  # as stated, or as SPDX spells it
    spellings: tuple[str, ...]  # all names of it that a policy may list
    is_known: bool
    without_exception: str = ""  # of `A WITH B`, A

    @property
    def is_non_commercial(self) -> bool:
        """Whether it is known to forbid commercial use."""
        return any(map(forbids_commerce, self.spellings))


@dataclass(frozen=True, slots=True)
class Expression:
    """Licences of which one may be chosen (`OR`), or that all hold (`AND`)."""

    joined: Literal["AND", "OR"]
    parts: tuple[License | Expression, ...]

    def holds(self, is_allowed: Callable[[License], bool]) -> bool:
        """Whether the model may be used, where only such licences are."""
        if len(self.parts) == 1 and isinstance(self.parts[0], License):
            return is_allowed(self.parts[0])
        verdicts = (
            is_allowed(part) if isinstance(part, License) else part.holds(is_allowed)
            for part in self.parts
        )
        return all(verdicts) if self.joined == "AND" else any(verdicts)

    def licenses(self) -> Iterator[License]:
        """Yield every licence in it."""
        for part in self.parts:
            if isinstance(part, License):
                yield part
            else:
                yield from part.licenses()


@lru_cache(_KEPT)
def read(text: str) -> Expression:
    """Return the expression that a stated licence is; of a text that is none, one unknown name."""
    text = text.strip()
    name = text.casefold()
    if name in HUGGING_FACE:
        return Expression("AND", (_of_the_hub(text, HUGGING_FACE[name]),))
    if name in {"unknown", "other", "none", "noassertion"} or len(text) > MAX_LENGTH:
        return Expression("AND", (License(text, (text,), is_known=False),))
    return _parsed(text)


def _of_the_hub(text: str, spdx: str | None) -> License:
    spellings = (text,) if spdx is None else (text, spdx)
    return License(spdx or text, spellings, is_known=True)


def _parsed(text: str) -> Expression:
    licensing = _licensing()
    try:
        parsed = licensing.parse(text, strict=True)
    except Exception:  # noqa: BLE001 (some texts, such as `()`, make the parser itself fail)
        parsed = None
    if parsed is None:
        return Expression("AND", (License(text, (text,), is_known=False),))
    read = _read(parsed, licensing)
    return read if isinstance(read, Expression) else Expression("AND", (read,))


@lru_cache(1)
def _licensing() -> Licensing:
    from license_expression import get_spdx_licensing

    return get_spdx_licensing()


def _read(node: Any, licensing: Licensing) -> License | Expression:  # noqa: ANN401  untyped library
    from license_expression import LicenseSymbol, LicenseWithExceptionSymbol

    if isinstance(node, LicenseWithExceptionSymbol):
        plain = _symbol(node.license_symbol, licensing)
        exception = _symbol(node.exception_symbol, licensing)
        name = f"{plain.name} WITH {exception.name}"
        spellings = tuple(f"{spelling} WITH {exception.name}" for spelling in plain.spellings)
        is_known = plain.is_known and exception.is_known
        return License(name, spellings, is_known, without_exception=plain.name)
    if isinstance(node, LicenseSymbol):
        return _symbol(node, licensing)
    joined: Literal["AND", "OR"] = "OR" if node.operator.strip() == "OR" else "AND"
    return Expression(joined, tuple(_read(part, licensing) for part in node.args))


def _symbol(symbol: LicenseSymbol, licensing: Licensing) -> License:
    key: str = symbol.key
    hub = HUGGING_FACE.get(key.casefold())
    if key in licensing.known_symbols:
        # The library counts texts of other licences among the names of this one.
        others = (alias for alias in symbol.aliases if not alias.startswith("LicenseRef-"))
        return License(key, (key, *others), is_known=True)
    if key.casefold() in HUGGING_FACE:
        return _of_the_hub(key, hub)
    # "This version or any later one": annex D writes it with a plus.
    if key.endswith("+") and (older := licensing.known_symbols.get(key[:-1])) is not None:
        return License(key, (key, older.key), is_known=True)
    return License(key, (key,), is_known=False)
