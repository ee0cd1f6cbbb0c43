"""Files that a hook is shown because of their suffix, and that are no models.

A build file of Java ends in ``.xml`` as a model of OpenVINO does, and a bundle of documents in
``.zip``. A search over a directory looks at the content before such a file comes up; a file that
is named always does. A hook names every file of a commit, and means a search.
"""

from functools import cache

from lbom_gate import _scanner

# A suffix of weights that other files have too, so that it is no format's.
BIN = "bin"
# Suffixes of models that nearly every other file has, and names of models that have one.
SHARED = frozenset({"json", "pb", "txt", "xml"})
_NAMES = frozenset({"saved_model.pb"})
_POINTER = "git-lfs-pointer"
_ARCHIVES = frozenset(
    {"7z", "bzip2", "gzip", "lz4", "lzma", "rar", "tar", "xz", "zip", "zlib", "zstd"}
)


def is_bystander(record: _scanner.Fingerprint | _scanner.NotExamined) -> bool:
    """Return whether neither name nor content are a model's; what cannot be read is none."""
    if isinstance(record, _scanner.NotExamined) or is_telling(record.path):
        return False
    if record.format == _POINTER:
        # Of a suffix that is no model's it says no, of one that says nothing it says nothing.
        return _scanner.name_agrees(record.path, "gguf") is False
    return record.format is None or (record.format in _ARCHIVES and _is_empty(record.facts))


def is_telling(path: str) -> bool:
    """Return whether the name says "model" by itself, whatever is in the file."""
    name = path.rpartition("/")[2].lower()
    return name in _NAMES or name.rpartition(".")[2] in _telling()


def _is_empty(facts: _scanner.Facts) -> bool:
    """Return whether an archive holds nothing of a model, and all in it could be looked at."""
    quantization = facts.quantization
    found = (
        *(facts.kind, facts.architecture, facts.parameters, facts.context_length, facts.license),
        *(facts.base_models, facts.chat_template, facts.hyperparameters, facts.imports),
        *(facts.operators, facts.inputs, facts.outputs, facts.properties, facts.destinations),
        *(facts.anomalies, quantization.label, quantization.claims, quantization.tensor_types),
    )
    return facts.loading == "data" and not any(found)


@cache
def _telling() -> frozenset[str]:
    """Return the suffixes that say "model" by themselves."""
    known = frozenset(suffix for each in _scanner.formats() for suffix in each.suffixes)
    return known - SHARED | {BIN}
