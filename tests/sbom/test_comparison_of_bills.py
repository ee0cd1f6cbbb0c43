"""In what models differ is told in the words of the field, whatever the facts are."""

from dataclasses import fields, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bills import CONFIG_SHA256, TINY, TINY_FACTS, facts, sboms
from lbom_gate.model import Digest, FactChange, Facts, File, Model, Quantization, Sbom
from lbom_gate.sbom import compare, differences

OTHER = (File("models/tiny.gguf", 9, (Digest("sha256", "cd" * 32, "verified"),)), TINY.files[1])


def with_facts(**changed) -> Model:
    return replace(TINY, facts=replace(TINY_FACTS, **changed))


def changes(old: Model, new: Model) -> list[tuple[str, object, object]]:
    difference = compare(old, new)
    return [] if difference is None else [(f.name, f.old, f.new) for f in difference.facts]


def test_another_quantization_is_told_with_its_bits():
    quantization = replace(TINY_FACTS.quantization, label="Q4_K_M", bits_per_weight=4.8412)

    assert changes(TINY, with_facts(quantization=quantization)) == [
        ("quantization", "F32", "Q4_K_M"),
        ("bits per weight", "31.94", "4.84"),
    ]


def test_a_fact_that_is_no_longer_known_is_told():
    assert changes(TINY, with_facts(chat_template=None, license="mit")) == [
        ("license", "apache-2.0", "mit"),
        ("chat template", TINY_FACTS.chat_template, None),
    ]


def test_an_import_that_only_stands_elsewhere_in_the_file_is_no_difference():
    moved = tuple(replace(each, offset=99) for each in TINY_FACTS.imports)

    assert compare(TINY, with_facts(imports=moved)) is None


def test_other_bytes_and_other_files_beside_them_are_told():
    beside = replace(TINY.files[1], digests=(Digest("sha256", "ef" * 32, "verified"),))

    assert changes(TINY, replace(TINY, files=(OTHER[0], beside))) == [
        ("config.json", CONFIG_SHA256, "ef" * 32),
        ("sha256", TINY.sha256, "cd" * 32),
        ("size", 4_186_144, 9),
    ]


def test_the_same_bytes_elsewhere_have_moved():
    (moved,) = differences(Sbom((TINY,)), Sbom((at(TINY, "b/other.gguf"),)))

    assert (moved.kind, moved.old_path, moved.path) == (
        "moved", "models/tiny.gguf", "b/other.gguf"
    )  # fmt: skip
    assert moved.facts == ()


def test_other_bytes_elsewhere_are_one_model_more_and_one_less():
    new = at(replace(TINY, files=OTHER), "a/other.gguf")
    found = differences(Sbom((TINY,)), Sbom((new,)))

    assert [(each.kind, each.path) for each in found] == [
        ("added", "a/other.gguf"),
        ("removed", "models/tiny.gguf"),
    ]


def test_of_two_copies_one_that_goes_is_removed_and_has_not_moved():
    copy = at(TINY, "copy.gguf")
    (gone,) = differences(Sbom((copy, TINY)), Sbom((TINY,)))

    assert (gone.kind, gone.path) == ("removed", "copy.gguf")


def at(model: Model, path: str) -> Model:
    return replace(model, files=(replace(model.files[0], path=path), *model.files[1:]))


@pytest.mark.parametrize("name", [f.name for f in fields(Facts) if f.name != "quantization"])
def test_every_fact_is_compared(name):
    known = getattr(TINY_FACTS, name)
    nothing = () if isinstance(known, tuple) else None

    assert known not in (None, ())
    assert [change[0] for change in changes(TINY, with_facts(**{name: nothing}))] == [
        name.replace("_", " ")
    ]


@given(sboms())
def test_a_bill_does_not_differ_from_itself(sbom):
    assert differences(sbom, sbom) == ()


trees = st.dictionaries(st.sampled_from("abcde"), st.sampled_from("123"), max_size=4).map(
    lambda files: Sbom(
        tuple(
            Model(path, (File(path, 1, (Digest("sha256", byte * 64, "verified"),)),), Facts())
            for path, byte in sorted(files.items())
        )
    )
)


@given(trees, trees)
def test_what_is_added_one_way_is_removed_the_other_way(old, new):
    there, back = differences(old, new), differences(new, old)

    assert kinds(there, "added") == kinds(back, "removed")
    assert kinds(there, "changed") == kinds(back, "changed")
    assert {(d.old_path, d.path) for d in there if d.kind == "moved"} == {
        (d.path, d.old_path) for d in back if d.kind == "moved"
    }


def kinds(found, kind: str) -> set[str]:
    return {difference.path for difference in found if difference.kind == kind}


@given(facts)
def test_the_facts_of_any_model_can_be_compared(any_facts):
    nothing = replace(TINY, facts=Facts(quantization=Quantization()))
    difference = compare(replace(TINY, facts=any_facts), nothing)

    assert difference is None or all(isinstance(f, FactChange) for f in difference.facts)
