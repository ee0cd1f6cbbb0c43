"""Every format is fuzzed, and every fuzz target has what it starts from."""

import re
from pathlib import Path

import pytest

from lbom_gate import _scanner

FUZZ = Path(__file__).resolve().parent.parent / "scanner" / "fuzz"
TARGETS = sorted(path.stem for path in (FUZZ / "fuzz_targets").glob("*.rs"))

# Formats whose target has not their name. `files` reads whatever it recognises.
FUZZED_AS = {
    "git-lfs-pointer": "lfs_pointer",
    "ollama-manifest": "ollama",
    "llamafile": "files",
    "pytorch-tar": "pytorch_legacy",
    "torchserve": "skops",
    "keras-metadata": "tensorflow",
    "tf-saved-model": "tensorflow",
    "tf-meta-graph": "tensorflow",
    "tf-graph": "tensorflow",
    "7z": "files",
    "rar": "files",
    "gzip": "compressed",
    "zlib": "compressed",
    "bzip2": "compressed",
    "xz": "compressed",
    "lzma": "compressed",
    "zstd": "compressed",
    "lz4": "compressed",
    "tensorrt": "files",
}


@pytest.mark.parametrize("name", [each.name for each in _scanner.formats() if each.is_read])
def test_every_format_that_is_read_is_fuzzed(name):
    assert FUZZED_AS.get(name, name.replace("-", "_")) in TARGETS


def test_formats_that_are_fuzzed_under_another_name_are_there():
    assert set(FUZZED_AS) <= {each.name for each in _scanner.formats() if each.is_read}


@pytest.mark.parametrize("target", TARGETS)
def test_every_target_is_built_and_has_words_and_seeds(target):
    built = re.findall(r'^path = "fuzz_targets/(.+)\.rs"', _text("Cargo.toml"), re.MULTILINE)
    seeded = re.findall(r'^    write\("(.+?)", ', _text("seeds.rs"), re.MULTILINE)

    assert target in built
    assert target in seeded
    assert re.search(r'".+"', _text(f"dictionaries/{target}.dict"))


def _text(name):
    return (FUZZ / name).read_text("utf-8")
