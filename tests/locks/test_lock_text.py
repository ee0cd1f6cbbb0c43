import json
import os
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings

from bills import CONFIG_SHA256, TINY, TINY_FACTS, TINY_SHA256, sboms
from lbom_gate import facts_v1, locks
from lbom_gate.model import Anomaly, Digest, Facts, File, Pin, Pins, Sbom

OTHER_SHA256 = "11" * 32
NO_LOCK = Pins(path="lbom.lock", exists=False, by_path={})
HERE = Path("/repository")


def render(*models, pins=NO_LOCK, keep_others=False, lock_directory=HERE, start=HERE):
    return locks.render(
        Sbom(tuple(sorted(models, key=lambda model: model.path))),
        pins,
        keep_others=keep_others,
        lock_directory=lock_directory,
        start=start,
    )


def lines(rendered):
    return rendered.data.decode("ascii").splitlines()


def load(directory, rendered):
    (directory / "lbom.lock").write_bytes(rendered.data)
    return locks.load(directory / "lbom.lock", start=directory)


def weights(path, sha256=TINY_SHA256, facts=TINY_FACTS):
    file = File(path, 5, (Digest("sha256", sha256, "verified"),))
    return replace(TINY, files=(file,), facts=facts)


def with_config(model, path="config.json"):
    digest = Digest("sha256", CONFIG_SHA256, "verified")
    return replace(model, files=(*model.files, File(path, 712, (digest,), "companion")))


def test_one_entry_stands_on_one_line():
    rendered = render(TINY)

    first, second = rendered.data.decode("ascii").splitlines()[3:5]
    assert lines(rendered)[:3] == ["{", '"version": 1,', '"files": [']
    assert lines(rendered)[5:] == ["]", "}"]
    assert rendered.data.endswith(b"}\n")
    assert first == (
        f'{{"path": "models/config.json", "size": 712, "sha256": "{CONFIG_SHA256}",'
        ' "pinned_by": "first-use", "model": "models/tiny.gguf"},'
    )
    assert second.startswith(
        f'{{"path": "models/tiny.gguf", "size": 4186144, "sha256": "{TINY_SHA256}",'
        ' "pinned_by": "first-use", "facts": {"format": "gguf", "format:version": "3",'
    )
    assert json.loads(second)["facts"] == facts_v1.encode(facts_v1.judged(TINY_FACTS))
    assert "operator:nodes" not in second
    assert rendered.entries == 2


def test_a_lock_of_nothing_is_a_lock():
    rendered = render()

    assert rendered.data == b'{\n"version": 1,\n"files": [\n]\n}\n'
    assert (rendered.entries, rendered.changes, rendered.unpinned) == (0, (), ())


def test_what_was_pinned_is_what_is_loaded(tmp_path):
    pins = load(tmp_path, render(TINY))

    first, second = (tmp_path / "lbom.lock").read_text("ascii").splitlines()[3:5]
    model = pins.by_path["models/tiny.gguf"]
    assert (pins.path, pins.exists, len(pins.by_path)) == ("lbom.lock", True, 2)
    assert (model.span.path, model.span.line, model.span.text) == ("lbom.lock", 5, second)
    assert (model.span.column, model.span.end_column) == (1, len(second) + 1)
    assert model == Pin(
        path="models/tiny.gguf",
        size=4_186_144,
        sha256=TINY_SHA256,
        span=model.span,
        facts=facts_v1.judged(TINY_FACTS),
        companions=("models/config.json",),
    )
    assert pins.by_path["models/config.json"] == Pin(
        path="models/config.json",
        size=712,
        sha256=CONFIG_SHA256,
        span=replace(model.span, line=4, text=first, end_column=len(first) + 1),
        model="models/tiny.gguf",
    )


@settings(deadline=None, max_examples=60)
@given(sbom=sboms())
def test_any_lock_reads_back(tmp_path_factory, sbom):
    directory = tmp_path_factory.mktemp("any")
    models = tuple(
        replace(
            model,
            evidence="measured",
            files=tuple(
                replace(file, size=number, digests=(Digest("sha256", TINY_SHA256, "verified"),))
                for number, file in enumerate(model.files)
            ),
        )
        for model in sbom.models
        if os.path.normpath(model.path) == model.path
    )
    rendered = locks.render(
        Sbom(models), NO_LOCK, keep_others=False, lock_directory=directory, start=directory
    )
    left_out = dict(rendered.unpinned)

    pins = load(directory, rendered)

    for model in models:
        if model.path not in left_out:
            assert pins.by_path[model.path].facts == facts_v1.judged(model.facts)
    again = locks.render(
        Sbom(models), pins, keep_others=False, lock_directory=directory, start=directory
    )
    assert (again.data, again.changes) == (rendered.data, ())


def test_text_from_a_file_is_escaped_in_the_lock():
    rendered = render(weights("a\u202e\x1b.gguf", facts=Facts(license="\u202e\x9b")))

    assert all(byte == 0x0A or 0x20 <= byte <= 0x7E for byte in rendered.data)


def test_the_lock_does_not_depend_on_where_the_run_started(tmp_path):
    start = tmp_path / "models"
    in_models = replace(
        TINY,
        files=tuple(replace(f, path=f.path.removeprefix("models/")) for f in TINY.files),
    )

    rendered = render(in_models, lock_directory=tmp_path, start=start)

    assert rendered.data == render(TINY, lock_directory=tmp_path, start=tmp_path).data
    (tmp_path / "lbom.lock").write_bytes(rendered.data)
    pins = locks.load(tmp_path / "lbom.lock", start=start)
    assert pins.path == "../lbom.lock"
    assert set(pins.by_path) == {"tiny.gguf", "config.json"}
    assert pins.by_path["config.json"].model == "tiny.gguf"
    beside = locks.load(tmp_path / "lbom.lock", start=tmp_path / "other")
    assert set(beside.by_path) == {"../models/tiny.gguf", "../models/config.json"}


def test_a_directory_whose_name_is_no_utf8_is_spelled_like_paths_are(tmp_path):
    directory = Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\\b\xff"))
    try:
        directory.mkdir()
    except OSError:  # a file system that takes Unicode only has no such names
        return
    rendered = render(weights("a.gguf"), lock_directory=tmp_path, start=directory)

    assert json.loads(lines(rendered)[3])["path"] == "a\\\\b\\xff/a.gguf"


def test_a_file_that_two_models_need_is_pinned_for_the_first(tmp_path):
    a, b = with_config(weights("a.st")), with_config(weights("b.st"))

    pins = load(tmp_path, render(b, a))

    assert set(pins.by_path) == {"a.st", "b.st", "config.json"}
    assert pins.by_path["config.json"].model == "a.st"


def test_a_model_that_is_another_ones_companion_keeps_its_facts(tmp_path):
    pins = load(tmp_path, render(with_config(weights("a.st"), "b.st"), weights("b.st")))

    assert pins.by_path["b.st"].facts == facts_v1.judged(TINY_FACTS)


def test_changes_are_told_against_the_previous_lock(tmp_path):
    pins = load(tmp_path, render(weights("a", OTHER_SHA256), weights("b"), weights("c")))

    rendered = render(
        weights("b"), weights("c", sha256=CONFIG_SHA256), weights("d", "77" * 32), pins=pins
    )

    assert [str(each) for each in rendered.changes] == ["missing a", "changed c", "new d"]
    assert render(weights("a", OTHER_SHA256), weights("b"), weights("c"), pins=pins).changes == ()


def test_a_lock_that_was_reordered_by_hand_would_change(tmp_path):
    a, b = lines(render(weights("a"), weights("b")))[3:5]
    reordered = ["{", '"version": 1,', '"files": [', f"{b},", a.removesuffix(","), "]", "}", ""]
    (tmp_path / "lbom.lock").write_text("\n".join(reordered))

    pins = locks.load(tmp_path / "lbom.lock", start=tmp_path)

    assert [str(each) for each in render(weights("a"), weights("b"), pins=pins).changes] == [
        "sorted by path"
    ]


def test_a_run_over_some_paths_keeps_the_entries_of_others(tmp_path):
    everything = render(with_config(weights("a.st")), weights("b"), weights("c"))
    pins = load(tmp_path, everything)

    rendered = render(weights("b", sha256=CONFIG_SHA256), pins=pins, keep_others=True)

    assert [str(each) for each in rendered.changes] == ["changed b"]
    assert rendered.entries == 4
    assert [line for line in lines(rendered) if '"b"' not in line] == [
        line for line in lines(everything) if '"b"' not in line
    ]


def test_a_shared_file_stays_pinned_for_the_first_model_in_a_run_over_the_second(tmp_path):
    a, b = with_config(weights("a.st")), with_config(weights("b.st"))
    everything = render(a, b)

    rendered = render(b, pins=load(tmp_path, everything), keep_others=True)

    assert rendered.data == everything.data


def test_what_only_a_model_that_is_gone_needed_goes_with_it(tmp_path):
    pins = load(tmp_path, render(with_config(weights("a.st"))))
    unread = Anomaly("not-examined", "unreadable", "permission denied")
    broken = weights("a.st", facts=Facts(anomalies=(unread,)))

    rendered = render(broken, pins=pins, keep_others=True)

    assert rendered.entries == 0
    assert [str(each) for each in rendered.changes] == ["missing a.st", "missing config.json"]
    assert rendered.unpinned == (("a.st", "permission denied"),)


@pytest.mark.parametrize(
    ("model", "reason"),
    [
        (
            weights("x", facts=Facts(anomalies=(Anomaly("not-examined", "k", "over a limit"),))),
            "over a limit",
        ),
        (
            replace(
                TINY,
                files=(File("x", None, ()),),
                facts=Facts(anomalies=(Anomaly("symlink-escape", "k", "leads to /etc"),)),
            ),
            "leads to /etc",
        ),
        (
            replace(TINY, files=(File("x", None, ()),), evidence="declared"),
            "not every digest and size of it is known",
        ),
        (
            replace(
                TINY, files=(File("x", 1, (Digest("sha256", TINY_SHA256, "claimed", "sbom"),)),)
            ),
            "a digest of it is claimed, not computed from the bytes",
        ),
        (weights("../x"), "../x lies outside the directory of the lock"),
        (
            with_config(weights("x"), "../config.json"),
            "../config.json lies outside the directory of the lock",
        ),
    ],
)
def test_what_cannot_be_pinned_is_told_with_its_reason(model, reason):
    rendered = render(model)

    assert rendered.unpinned == ((model.path, reason),)
    assert rendered.entries == 0
