"""One policy file, read and validated by itself."""

from __future__ import annotations

from dataclasses import dataclass

from pydantic import ValidationError

from lbom_gate.policies import mistakes, yaml_tree
from lbom_gate.policies.errors import PolicyErrors
from lbom_gate.policies.schema import PolicyFile
from lbom_gate.policies.values import Names


@dataclass(frozen=True, slots=True)
class Document:
    """A policy file: what it says, and where."""

    content: PolicyFile
    tree: yaml_tree.Tree


def read(data: bytes, path: str, names: Names) -> Document:
    """Return the document in a file that is shown to people as `path`.

    Raises `PolicyErrors` with every mistake in it.
    """
    tree = yaml_tree.parse(data, path)
    found = list(tree.mistakes)
    try:
        content = PolicyFile.model_validate(tree.data, context=names)
    except ValidationError as error:
        raise PolicyErrors([*found, *mistakes.diagnostics(error, tree)]) from None
    if found:
        raise PolicyErrors(found)
    return Document(content, tree)
