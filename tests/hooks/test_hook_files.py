"""The hook is shown every file that is a model by its name."""

import re

import pytest
import yaml

from lbom_gate import _scanner
from running import ROOT

# What a name alone does not tell, and nearly every commit has: boosted trees share a suffix with
# any JSON or text. `lbom-gate-all` looks at their content.
SHARED = {"json", "txt"}
SUFFIXES = sorted({suffix for each in _scanner.formats() for suffix in each.suffixes} - SHARED)


@pytest.fixture(scope="module")
def files() -> re.Pattern[str]:
    """Return the pattern of the hook for changed files."""
    hooks = yaml.safe_load((ROOT / ".pre-commit-hooks.yaml").read_text("utf-8"))
    (hook,) = (each for each in hooks if each["id"] == "lbom-gate")
    return re.compile(hook["files"])


@pytest.mark.parametrize("suffix", [*SUFFIXES, "GGUF", "bin"])
def test_a_file_with_a_suffix_of_models_is_shown(files: re.Pattern[str], suffix: str) -> None:
    assert files.search(f"models/a.{suffix}")


@pytest.mark.parametrize(
    "name",
    [
        *["m/saved_model.pb", "config.json", "m/tokenizer_config.json"],
        *["lbom.lock", "lbom-gate.yaml", *_scanner.origin_names()],
        *(set(_scanner.companions()) - {"README.md"}),
    ],
)
def test_a_file_that_belongs_to_a_model_is_shown(files: re.Pattern[str], name: str) -> None:
    assert files.search(name)


# A log or a table in `.gz` may be of any size, and a large one could not be examined.
@pytest.mark.parametrize(
    "name",
    ["README.md", "src/main.py", "a.json", "x.jar", "gguf", "a.gguf.txt", "a.log.gz", "a.csv.zst"],
)
def test_any_other_file_is_not_shown(files: re.Pattern[str], name: str) -> None:
    assert not files.search(name)


@pytest.mark.parametrize(
    "name",
    [
        *["x.pb", "m/frozen.PB", "openvino.xml", "a.zip", "a.tar", "a.tar.gz", "a.tgz", "a.7z"],
        *["a.rar", "a.tbz2", "a.txz", "a.pkl.gz", "a.joblib.lz4", "a.gguf.zst", "a.npy.xz"],
    ],
)
def test_a_file_that_may_be_a_model_or_hold_one_is_shown(files: re.Pattern[str], name: str) -> None:
    assert files.search(name)
