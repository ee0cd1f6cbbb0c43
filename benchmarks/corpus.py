#!/usr/bin/env python3
"""Judges the corpus of real files without a policy of its own, and prints the counts.

    python benchmarks/corpus.py [--write]

`--write` also writes docs/corpus.md. The corpus is found through LBOM_GATE_CORPUS, else beside the
project; it is not part of it. Which of its files are malicious, and what each is denied for, is
written down in tests/scanner/test_corpus_pickles.py and its neighbours, which hold the gate to it.
"""

import argparse
import collections
import json
import os
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
GATE = Path(sys.executable).with_name("lbom-gate")
COLUMNS = ("pass", "violation", "not-examined")

INTRODUCTION = """\
# Real files

Written by `python benchmarks/corpus.py --write`: what `lbom-gate check` says, under
`builtin:minimal`, of a corpus of real files that nobody in this project wrote (llama.cpp,
whisper.cpp, ONNX, TFLite, PyTorch, joblib and NumPy files; proofs of concept of picklescan,
modelaudit and modelscan). Digests, sizes and facts of each are held against what independent tools
say of them, and every malicious one against what it is denied for, by `tests/scanner/`.
"""

CLOSING = """\
All 58 malicious pickles, checkpoints and archives are denied, each for a name or a trick that the
tests write down, and so are the Keras model with a Lambda layer and the TensorFlow model that calls
Python. No benign file is: what is not clean beside them is a file that cannot be opened (an
encrypted archive, a pointer without its content), one that is not what its name says, one that was
cut short, and pickles of a class of their own (`__main__.…`), which no loader of weights knows.
"""


def main() -> None:
    """Print the counts."""
    parser = argparse.ArgumentParser(description=(__doc__ or "").split("\n", 1)[0])
    parser.add_argument("--write", action="store_true", help="write docs/corpus.md")
    options = parser.parse_args()
    corpus = Path(os.environ.get("LBOM_GATE_CORPUS", ROOT.parent / "shared" / "corpus"))
    if not corpus.is_dir():
        sys.exit(f"no corpus at {corpus}: set LBOM_GATE_CORPUS")
    text = page(judged(corpus))
    print(text)
    if options.write:
        (ROOT / "docs" / "corpus.md").write_text(text, "utf-8")


def judged(corpus: Path) -> dict[str, collections.Counter[str]]:
    """Return, for each folder, how many models have which status."""
    result = subprocess.run(
        [GATE, "check", "--format", "json"], cwd=corpus, capture_output=True, check=False, text=True
    )
    if result.returncode not in {0, 1}:
        sys.exit(result.stderr)
    folders: dict[str, collections.Counter[str]] = {}
    for model in json.loads(result.stdout)["models"]:
        folder = model["files"][0]["path"].partition("/")[0]
        folders.setdefault(folder, collections.Counter())[model["status"]] += 1
    return dict(sorted(folders.items()))


def page(folders: dict[str, collections.Counter[str]]) -> str:
    """Return the counts as a page."""
    lines = [
        "| folder | models | pass | violation | not examined |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    total: collections.Counter[str] = collections.Counter()
    for folder, counts in folders.items():
        lines.append(row(folder, counts))
        total += counts
    lines.append(row("all", total))
    return "\n".join([INTRODUCTION, *lines, "", CLOSING])


def row(name: str, counts: collections.Counter[str]) -> str:
    """Return one line of the table."""
    cells = (name, counts.total(), *(counts[column] for column in COLUMNS))
    return f"| {' | '.join(map(str, cells))} |"


if __name__ == "__main__":
    main()
