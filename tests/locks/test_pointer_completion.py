from dataclasses import replace
from pathlib import Path

import pytest

from bills import CONFIG_SHA256, TINY, TINY_FACTS, TINY_SHA256
from lbom_gate import locks
from lbom_gate.facts_v1 import judged
from lbom_gate.model import Anomaly, Digest, Facts, File, Model, Pins, Sbom

UNKNOWN = Facts(anomalies=(Anomaly("not-examined", "pointer-without-content", "no content"),))


def pointer(path="models/tiny.gguf", oid=TINY_SHA256, size=4_186_144):
    digest = Digest("sha256", oid, "claimed", "git-lfs")
    return Model("tiny.gguf", (File(path, size, (digest,), "pointer"),), UNKNOWN)


def complete(model, pins):
    return locks.complete(model, pins, name_agrees=lambda path, name: path.endswith(f".{name}"))


def render(directory, *models, pins=None):
    pins = pins or Pins(path="lbom.lock", exists=False, by_path={})
    return locks.render(
        Sbom(models), pins, keep_others=False, lock_directory=directory, start=directory
    )


@pytest.fixture
def pins(tmp_path):
    (tmp_path / "lbom.lock").write_bytes(render(tmp_path, TINY).data)
    return locks.load(tmp_path / "lbom.lock", start=tmp_path)


def test_a_pointer_to_pinned_content_takes_the_facts_of_the_pin(pins):
    model = complete(pointer(), pins)

    config = Digest("sha256", CONFIG_SHA256, "claimed", "lbom.lock")
    assert model == Model(
        name="tiny.gguf",
        files=(pointer().files[0], File("models/config.json", 712, (config,), "companion")),
        facts=judged(TINY_FACTS),
        evidence="locked",
        name_agrees=True,
    )
    assert model.is_examined


def test_a_companion_that_was_read_is_not_replaced_by_its_pin(pins):
    found = File("models/config.json", 713, (Digest("sha256", "00" * 32, "verified"),), "companion")
    beside = replace(pointer(), files=(*pointer().files, found))

    assert complete(beside, pins).files == beside.files


def test_a_pointer_of_another_size_keeps_the_size_it_states(pins):
    model = complete(pointer(size=1), pins)

    assert (model.evidence, model.files[0].size) == ("locked", 1)


@pytest.mark.parametrize(
    "model",
    [
        pointer(oid="00" * 32),
        pointer(path="copy/tiny.gguf"),
        pointer(path="models/config.json", oid=CONFIG_SHA256),
        TINY,
        replace(TINY, facts=UNKNOWN),
    ],
    ids=["other content", "other path", "a companion's path", "content", "unread content"],
)
def test_anything_else_comes_back_as_it_is(pins, model):
    assert complete(model, pins) is model


def test_whether_the_name_agrees_is_asked_of_the_pinned_format(tmp_path):
    named = replace(TINY, files=(replace(TINY.files[0], path="tiny.bin"),))
    unknown = replace(named, facts=Facts(), files=(replace(TINY.files[0], path="x.gguf"),))
    (tmp_path / "lbom.lock").write_bytes(render(tmp_path, named, unknown).data)
    pins = locks.load(tmp_path / "lbom.lock", start=tmp_path)

    assert complete(pointer("tiny.bin"), pins).name_agrees is False
    assert complete(pointer("x.gguf"), pins).name_agrees is None


def test_a_lock_does_not_depend_on_whether_the_content_is_there(tmp_path, pins):
    content = render(tmp_path, TINY)
    rendered = render(tmp_path, complete(pointer(), pins), pins=pins)

    assert (rendered.data, rendered.changes, rendered.unpinned) == (content.data, (), ())


def test_a_pointer_that_the_lock_does_not_know_cannot_be_pinned():
    rendered = render(Path("/r"), pointer())

    assert rendered.unpinned == (("models/tiny.gguf", "no content"),)
