import json
import os
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bills import TINY
from lbom_gate import locks
from lbom_gate.locks import reader
from lbom_gate.model import Pins, Sbom

ENTRY = {
    "path": "a.gguf",
    "size": 5,
    "sha256": "9f2c" * 16,
    "pinned_by": "first-use",
    "facts": {"quantization:verdict": "unclaimed"},
}
CLAIM = {
    "path": "b.gguf",
    "sha256": "4d7a" * 16,
    "pinned_by": "sha256sums",
    "evidence": "claimed",
}
COMPANION = {k: v for k, v in ENTRY.items() if k != "facts"} | {
    "path": "config.json",
    "model": "a.gguf",
}


def text(*entries):
    body = ",\n".join(each if isinstance(each, str) else json.dumps(each) for each in entries)
    return f'{{\n"version": 1,\n"files": [\n{body}\n]\n}}\n'


def load(directory, content):
    file = directory / "lbom.lock"
    file.write_bytes(content if isinstance(content, bytes) else content.encode())
    return locks.load(file, start=directory)


def refusal(directory, content):
    with pytest.raises(locks.LockError) as error:
        load(directory, content)
    return error.value.diagnostic


def without(entry, *names):
    return {name: value for name, value in entry.items() if name not in names}


def test_where_there_is_no_lock_there_are_no_pins(tmp_path):
    pins = locks.load(tmp_path / "lbom.lock", start=tmp_path)

    assert pins == Pins(path="lbom.lock", exists=False, by_path={})


def test_a_valid_lock_is_the_ground_these_tests_stand_on(tmp_path):
    assert set(load(tmp_path, text(ENTRY, COMPANION)).by_path) == {"a.gguf", "config.json"}


def test_line_ends_of_windows_are_read(tmp_path):
    pins = load(tmp_path, text(ENTRY, COMPANION).replace("\n", "\r\n"))

    assert pins.by_path["a.gguf"].span.text == json.dumps(ENTRY) + ","


@pytest.mark.parametrize(
    ("content", "line", "message"),
    [
        ("", 1, 'found ""; allowed: {'),
        ("{}", 1, 'found "{}"; allowed: {'),
        ("[\n", 1, 'found "["; allowed: {'),
        (
            '{"version": 1, "files": []}',
            1,
            'found "{\\"version\\": 1, \\"files\\": []}"; allowed: {',
        ),
        ('{\n"version": 2,\n"files": [\n]\n}\n', 2, 'version "2"; allowed: 1'),
        ('{\n  "version": "1",\n"files": [\n]\n}\n', 2, 'version "\\"1\\""; allowed: 1'),
        ('{\n"files": [\n]\n}\n', 2, 'found "\\"files\\": ["; allowed: "version": 1,'),
        ('{\n"version": 1,\n"version": 1,\n', 3, 'found "\\"version\\": 1,"; allowed: "files": ['),
        (
            '{\n"version": 1,\n"files": [\n',
            3,
            'at the end found "\\"files\\": ["; allowed: ] and }, each on a line of its own',
        ),
        (
            text(ENTRY).removesuffix("}\n"),
            5,
            'at the end found "]"; allowed: ] and }, each on a line of its own',
        ),
        (
            text(ENTRY) + "{}\n",
            7,
            'at the end found "{}"; allowed: ] and }, each on a line of its own',
        ),
        (
            text(ENTRY).replace("]\n", "<<<<<<< ours\n]\n"),
            5,
            "found the marker of a merge conflict",
        ),
        (text(ENTRY).replace("]\n", "=======\n]\n"), 5, "found the marker of a merge conflict"),
        (text(ENTRY).replace("]\n", ">>>>>>> x\n]\n"), 5, "found the marker of a merge conflict"),
        (b'{\n"version": 1,\n"\xff', 3, "byte 17 is no UTF-8; allowed: UTF-8"),
        (
            text(ENTRY, COMPANION).replace("},\n", "}\n"),
            4,
            "no comma at the end; allowed: one after every entry but the last",
        ),
        (text(ENTRY, ""), 5, "expecting value"),
        (text(json.dumps(ENTRY) + ","), 4, "extra data"),
        (text(json.dumps(ENTRY)[:-1]), 4, "expecting ',' delimiter"),
        (text("[]"), 4, "found []; allowed: an object"),
        (text('{"path": "a", "path": "b"}'), 4, 'the key "path" stands twice in one object'),
        (text("[" * 5000), 4, "nested too deep; allowed: 200 levels"),
        (text(ENTRY, ENTRY), 5, '"a.gguf" is pinned twice, first on line 4'),
        (text(without(ENTRY, "pinned_by", "path")), 4, "path, pinned_by is absent"),
        (text(without(ENTRY, "size", "sha256")), 4, "sha256, size is absent"),
        (
            text(ENTRY | {"colour": "red"}),
            4,
            (
                'found "colour"; allowed: evidence, facts, md5, model, path, pinned_by, revision,'
                " sha1, sha256, size, source"
            ),
        ),
        (text(ENTRY | {"path": 1}), 4, "path: found 1; allowed: a text"),
        *(
            (
                text(ENTRY | {"path": path}),
                4,
                f"path: found {json.dumps(path)}; allowed: a path below the directory of the lock",
            )
            for path in ("", "/etc/x", "../x", "a/../x", "a//b", "./a", "a/")
        ),
        (
            text(ENTRY | {"size": "5"}),
            4,
            'size: found "5"; allowed: a whole number from 0 to 18446744073709551615',
        ),
        (
            text(ENTRY | {"size": True}),
            4,
            "size: found true; allowed: a whole number from 0 to 18446744073709551615",
        ),
        (
            text(ENTRY | {"size": -1}),
            4,
            "size: found -1; allowed: a whole number from 0 to 18446744073709551615",
        ),
        (
            text(ENTRY | {"sha256": "9F2C"}),
            4,
            'sha256: found "9F2C"; allowed: 64 lower-case hexadecimal digits',
        ),
        (
            text(ENTRY | {"pinned_by": "hearsay"}),
            4,
            (
                'pinned_by: found "hearsay"; allowed: dvc, first-use, git-lfs, huggingface-cache,'
                " huggingface-local-dir, model-signing, oci, ollama, sha256sums"
            ),
        ),
        (
            text(ENTRY | {"md5": "0" * 32}),
            4,
            "an entry whose bytes were read has a sha256 and no other digest",
        ),
        (
            text(CLAIM | {"evidence": "hearsay"}),
            4,
            'evidence: found "hearsay"; allowed: claimed',
        ),
        (
            text(CLAIM | {"md5": "0" * 32}),
            4,
            "a claimed entry has one digest of: sha256, md5, sha1",
        ),
        (text(without(CLAIM, "sha256")), 4, "a claimed entry has one digest of: sha256, md5, sha1"),
        (
            text(without(CLAIM, "sha256") | {"md5": "0" * 31}),
            4,
            f'md5: found "{"0" * 31}"; allowed: 32 lower-case hexadecimal digits',
        ),
        (
            text(CLAIM | {"facts": {}}),
            4,
            "a claimed entry has neither `facts` nor `model`",
        ),
        (text(without(ENTRY, "facts")), 4, "an entry has either `facts` or `model`"),
        (text(ENTRY | {"model": "b"}), 4, "an entry has either `facts` or `model`"),
        (text(ENTRY | {"facts": "gguf"}), 4, 'facts: found "gguf"; allowed: an object'),
        (
            text(ENTRY, COMPANION | {"model": "b.gguf"}),
            5,
            'model: found "b.gguf"; allowed: the path of an entry with facts',
        ),
        (
            text(ENTRY, COMPANION, COMPANION | {"path": "x", "model": "config.json"}),
            6,
            'model: found "config.json"; allowed: the path of an entry with facts',
        ),
    ],
)
def test_anything_but_a_lock_is_refused_at_its_line(tmp_path, content, line, message):
    diagnostic = refusal(tmp_path, content)

    assert (diagnostic.span.path, diagnostic.span.line) == ("lbom.lock", line)
    assert diagnostic.message == message
    assert diagnostic.help


def test_a_syntax_error_has_its_column(tmp_path):
    diagnostic = refusal(tmp_path, text('{"path": nothing}'))

    assert (diagnostic.span.line, diagnostic.span.column) == (4, 10)
    assert diagnostic.span.text == '{"path": nothing}'


def test_malformed_facts_are_refused_when_they_are_asked_for(tmp_path):
    pins = load(tmp_path, text(ENTRY | {"facts": {"format": "gguf"}}))

    with pytest.raises(locks.LockError) as error:
        pins.by_path["a.gguf"]

    assert error.value.diagnostic.span.line == 4
    assert error.value.diagnostic.message == (
        "facts: quantization:verdict: absent;"
        " allowed: unclaimed, no-evidence, consistent, mixed, contradicted"
    )


def test_facts_of_other_models_are_not_read(tmp_path):
    broken = ENTRY | {"path": "b.gguf", "facts": {}}
    pins = load(tmp_path, text(ENTRY, broken))

    selected = locks.select(pins, lambda path: path == "a.gguf")

    assert [pin.path for pin in selected.by_path.values()] == ["a.gguf"]
    assert "b.gguf" in pins.by_path
    assert "b.gguf" not in selected.by_path


def test_pins_that_are_no_lock_can_be_selected_from(tmp_path):
    pins = load(tmp_path, text(ENTRY, COMPANION))
    plain = Pins(path="x", exists=True, by_path=dict(pins.by_path))

    assert set(locks.select(plain, lambda path: path == "a.gguf").by_path) == {"a.gguf"}


def test_a_lock_that_is_no_regular_file_is_refused(tmp_path):
    (tmp_path / "directory").mkdir()
    os.mkfifo(tmp_path / "fifo")

    for name in ("directory", "fifo"):
        with pytest.raises(locks.LockError, match=f"{name}:1: cannot be read: not a regular file"):
            locks.load(tmp_path / name, start=tmp_path)


def test_a_lock_that_cannot_be_opened_is_refused(tmp_path):
    def refuse(_file, _most):
        raise PermissionError(13, "Permission denied")

    with pytest.raises(locks.LockError, match=r"lbom\.lock:1: cannot be read: Permission denied"):
        locks.load(tmp_path / "lbom.lock", start=tmp_path, read_file=refuse)


def test_a_lock_over_the_limit_is_not_read(tmp_path, monkeypatch):
    monkeypatch.setattr(reader, "MAX_BYTES", 10)

    assert refusal(tmp_path, "x" * 11).message == "the lock has more than 10 bytes"


RENDERED = locks.render(
    Sbom((TINY,)),
    Pins(path="lbom.lock", exists=False, by_path={}),
    keep_others=False,
    lock_directory=Path("/r"),
    start=Path("/r"),
).data


@settings(deadline=None, max_examples=200)
@given(st.integers(0, len(RENDERED) - 2))
def test_a_lock_that_was_cut_off_is_refused(tmp_path_factory, length):
    directory = tmp_path_factory.mktemp("cut")

    refusal(directory, RENDERED[:length])


@settings(deadline=None, max_examples=300)
@given(st.integers(0, len(RENDERED) - 1), st.binary(min_size=1, max_size=3))
def test_a_lock_that_was_overwritten_is_read_or_refused(tmp_path_factory, offset, noise):
    directory = tmp_path_factory.mktemp("noise")

    pins = load_or_none(directory, RENDERED[:offset] + noise + RENDERED[offset + len(noise) :])

    assert pins is None or set(pins) == {pin.path for pin in pins.values()}


def load_or_none(directory, content):
    try:
        return dict(load(directory, content).by_path)
    except locks.LockError:
        return None
