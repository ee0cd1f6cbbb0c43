"""The rooms of the house see only the rooms that they may see."""

import ast
from pathlib import Path

import pytest

PACKAGE = Path(__file__).resolve().parent.parent / "policy" / "lbom_gate"

# What every room sees: how a class of plain data is made.
EVERYWHERE = {"dataclass"}
SEES = {
    "__init__": set(),
    "__main__": {"cli"},
    "dataclass": set(),
    "model": set(),
    "strict_json": set(),
    "documents": set(),
    "facts_v1": {"model", "strict_json"},
    "sbom": {"model", "facts_v1", "strict_json", "_scanner", "__init__"},
    "locks": {"model", "facts_v1", "strict_json", "documents"},
    "egress": {"model"},
    "user_cache": set(),
    "policies": {"model", "egress", "documents", "user_cache", "__init__"},
    "rules": {"model"},
    "reports": {"model", "__init__"},
    "sources": {"model", "_scanner"},
    "pipeline": {
        "model", "documents", "sbom", "locks", "policies", "rules", "sources", "_scanner",
    },
    "comparing": {
        "model", "documents", "locks", "pipeline", "policies", "rules", "sbom", "sources",
    },
    "proposing": {"model", "locks", "pipeline", "policies", "rules", "sources"},
    "trying": {"model", "pipeline", "policies"},
    "cli": {
        "model", "pipeline", "comparing", "proposing", "trying", "reports", "sbom", "locks",
        "policies", "rules", "sources", "_scanner", "__init__",
    },
}  # fmt: skip


def rooms_seen(file: Path) -> set[str]:
    seen = set()
    for node in ast.walk(ast.parse(file.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            modules = [alias.name for alias in node.names]
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{file}: relative import"
            modules = [f"{node.module}.{alias.name}" for alias in node.names]
        else:
            continue
        for module in modules:
            package, _, rest = module.partition(".")
            if package == "lbom_gate":
                room = rest.partition(".")[0] or "__init__"
                seen.add("__init__" if room.startswith("__") else room)
    return seen


@pytest.mark.parametrize(
    "file", sorted(PACKAGE.rglob("*.py")), ids=lambda f: str(f.relative_to(PACKAGE))
)
def test_a_room_sees_only_the_rooms_it_may(file: Path) -> None:
    room = file.relative_to(PACKAGE).parts[0].removesuffix(".py")

    assert rooms_seen(file) - {room} - EVERYWHERE <= SEES[room]


@pytest.mark.parametrize(
    "file", sorted((PACKAGE / "rules").glob("[!_]*.py")), ids=lambda file: file.name
)
def test_a_rule_knows_neither_disk_nor_network_nor_clock(file: Path) -> None:
    tree = ast.parse(file.read_text("utf-8"))
    imported = {
        name
        for node in ast.walk(tree)
        for name in (
            [alias.name for alias in node.names] if isinstance(node, ast.Import)
            else [node.module or ""] if isinstance(node, ast.ImportFrom) else []
        )
    }  # fmt: skip
    forbidden = {"os", "io", "socket", "urllib.request", "time", "pathlib", "subprocess"}
    reads_clock = "today(" in file.read_text("utf-8") or ".now(" in file.read_text("utf-8")

    assert imported.isdisjoint(forbidden)
    assert not reads_clock
