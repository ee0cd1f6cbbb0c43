"""What the gate remembers of a policy is what it would find out again, and never more."""

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
from bad_policies import BAD
from hypothesis import given
from hypothesis import strategies as st
from test_policy_mutations import MUTATIONS, mutated
from test_policy_precedence import EXAMPLE

from lbom_gate.model import RuleInfo
from lbom_gate.policies import (
    PACKS,
    Policy,
    PolicyErrors,
    compiled,
    document,
    pack_text,
    validation,
)
from lbom_gate.policies.names import Names

LoadText = Callable[[str | bytes], Policy]
GATES = """
version: 1
code:
  executable-formats: [pickle, keras]
quantization: {exempt: [embeddings], claim-must-match: false, lesser-share: 5%}
egress:
  classes: {literal: "off"}
"""


@pytest.fixture
def home(tmp_path_factory: pytest.TempPathFactory, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Let the gate remember; return where."""
    home = tmp_path_factory.mktemp("home")
    for name in ("LBOM_GATE_NO_CACHE", "CI"):
        monkeypatch.delenv(name, raising=False)
    for name in ("XDG_CACHE_HOME", "LOCALAPPDATA"):
        monkeypatch.setenv(name, str(home))
    monkeypatch.setattr(sys, "platform", "win32" if sys.platform == "win32" else "linux")
    return home


def entries(home: Path) -> list[Path]:
    return sorted(home.glob("lbom-gate/*"))


def assert_remembered(data: bytes, names: Names) -> None:
    found = validation.read(data, "a/policy.yaml", names)
    text = compiled.write(found)

    assert compiled.read(text, "a/policy.yaml", data) == found
    assert compiled.write(found) == text
    json.loads(text)


@pytest.mark.parametrize(
    "text",
    [EXAMPLE, GATES, "\ufeff" + EXAMPLE, EXAMPLE.replace("\n", "\r\n"), *map(pack_text, PACKS)],
    ids=range(4 + len(PACKS)),
)
def test_a_policy_is_remembered_word_for_word(text: str, rules: tuple[RuleInfo, ...]) -> None:
    assert_remembered(text.encode(), Names.of(rules))


@given(MUTATIONS)
def test_whatever_is_accepted_is_remembered_word_for_word(rules, mutations) -> None:
    data = json.dumps(mutated(mutations)).encode()
    try:
        validation.read(data, "a/policy.yaml", Names.of(rules))
    except PolicyErrors:
        return
    assert_remembered(data, Names.of(rules))


@pytest.mark.usefixtures("home")
def test_the_second_time_nothing_is_validated(
    load_text: LoadText, monkeypatch: pytest.MonkeyPatch
) -> None:
    first = load_text(EXAMPLE)
    monkeypatch.setattr(validation, "read", None)
    again = load_text(EXAMPLE)

    assert again == first
    assert [again.settings_for(path) for path in ("", "models/a.gguf", "models/x/y.bin")] == [
        first.settings_for(path) for path in ("", "models/a.gguf", "models/x/y.bin")
    ]
    assert again.trees == first.trees


def test_a_change_of_one_byte_is_seen(home: Path, load_text: LoadText) -> None:
    text = "version: 1\nquantization: {min-bits-per-weight: 4}\n"
    load_text(text)
    changed = load_text(text.replace("4", "5"))

    assert changed.asks.min_bits_per_weight.value == 5.0
    assert len(entries(home)) == 3  # with builtin:recommended


@pytest.mark.usefixtures("home")
def test_a_change_of_what_is_extended_is_seen(tmp_path: Path, load_text: LoadText) -> None:
    text = "version: 1\nextends: [./base.yaml]\n"
    base = tmp_path / "base.yaml"
    base.write_text("version: 1\nrules: {not-examined: error}\n")
    load_text(text)
    base.write_text("version: 1\nrules: {not-examined: warning}\n")

    assert load_text(text).settings_for("a").level("not-examined") == "warning"

    base.unlink()
    with pytest.raises(PolicyErrors, match=r"`base.yaml` cannot be read"):
        load_text(text)


@pytest.mark.usefixtures("home")
@pytest.mark.parametrize("text", list(BAD)[:40], ids=range(40))
def test_a_mistake_is_told_every_time(text: str | bytes, load_text: LoadText) -> None:
    told = []
    for _ in range(2):
        with pytest.raises(PolicyErrors) as caught:
            load_text(text)
        told.append(caught.value.diagnostics)

    assert told[0] == told[1]


def test_a_policy_with_a_mistake_is_not_remembered(home: Path, load_text: LoadText) -> None:
    with pytest.raises(PolicyErrors):
        load_text("version: 1\nrules: {not-examined: of}\n")

    assert entries(home) == []


def test_a_lax_entry_under_the_key_of_a_strict_policy_is_not_taken(
    home: Path, load_text: LoadText
) -> None:
    strict, lax = "version: 1\nrules: {file: error}\n", "version: 1\nrules: {file: off}\n"
    load_text(lax)
    lax_entries = entries(home)
    load_text(strict)
    for entry in set(entries(home)) - set(lax_entries):
        for foreign in lax_entries:
            entry.write_bytes(foreign.read_bytes())
            assert load_text(strict).settings_for("a").level("not-examined") == "error"


def test_a_damaged_entry_is_written_anew(home: Path, load_text: LoadText) -> None:
    first = load_text(EXAMPLE)
    whole = [entry.read_bytes() for entry in entries(home)]
    for entry in entries(home):
        entry.write_bytes(entry.read_bytes()[:-9] + b"{}")

    assert load_text(EXAMPLE) == first
    assert [entry.read_bytes() for entry in entries(home)] == whole


def test_another_gate_does_not_take_what_this_one_remembers(
    rules: tuple[RuleInfo, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    names = Names.of(rules)
    keys = {document._key(b"version: 1\n", names)}  # noqa: SLF001
    keys.add(document._key(b"version: 1 \n", names))  # noqa: SLF001
    keys.add(document._key(b"version: 1\n", Names.of(rules[1:])))  # noqa: SLF001
    for name, value in (("__version__", "9.9.9"), ("_ROOMS", (".",)), ("_LIBRARIES", ("json",))):
        document._installed.cache_clear()  # noqa: SLF001
        with monkeypatch.context() as changed:
            changed.setattr(document, name, value)
            keys.add(document._key(b"version: 1\n", names))  # noqa: SLF001
    document._installed.cache_clear()  # noqa: SLF001

    assert len(keys) == 6


def test_a_module_of_the_gate_that_changes_makes_another_gate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    room = tmp_path / "policies"
    room.mkdir()
    (room / "document.py").write_text("")
    monkeypatch.setattr(document, "__file__", str(room / "document.py"))
    monkeypatch.setattr(document, "_ROOMS", ("policies",))
    told = []
    for when in (1, 2):
        os.utime(room / "document.py", (when, when))
        document._installed.cache_clear()  # noqa: SLF001
        told.append(document._installed())  # noqa: SLF001
    document._installed.cache_clear()  # noqa: SLF001

    assert told[0] != told[1]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text() | st.floats(),
        lambda each: (
            st.lists(each)
            | st.dictionaries(
                st.sampled_from(
                    ["extends", "asks", "overrides", "waivers", "at", "value", "levels"]
                ),
                each,
            )
        ),
        max_leaves=12,
    )
)
def test_what_is_no_document_is_taken_for_none(value: object) -> None:
    assert compiled.read(json.dumps(value).encode(), "a", b"version: 1\n") is None


@given(st.binary(max_size=40))
def test_bytes_are_taken_for_no_document(data: bytes) -> None:
    assert compiled.read(data, "a", b"version: 1\n") is None
