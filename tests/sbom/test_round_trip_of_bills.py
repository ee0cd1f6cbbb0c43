import json
from dataclasses import replace

import pytest
from hypothesis import given, settings

from bills import TINY, TINY_SHA256, sboms
from lbom_gate.model import Anomaly, Destination, Digest, Facts, File, Model, Origin, Sbom
from lbom_gate.sbom import UnreadableSbom, read, write


def read_again(sbom, **options):
    return replace(read(write(sbom, **options), "bom.cdx.json"), path=sbom.path)


def edited(change):
    document = json.loads(write(Sbom((TINY,))))
    change(document["components"][0])
    return json.dumps(document).encode()


def set_property(name, value):
    def change(component):
        kept = [each for each in component["properties"] if each["name"] != name]
        added = [] if value is None else [{"name": name, "value": value}]
        component["properties"] = kept + added

    return change


@settings(deadline=None, max_examples=150)
@given(sboms())
def test_what_was_written_is_what_is_read(sbom):
    assert read_again(sbom) == sbom


@settings(deadline=None, max_examples=30)
@given(sboms())
def test_what_was_read_is_written_to_the_same_bytes(sbom):
    document = write(sbom, spec_version="1.7", timestamp="2026-01-02T03:04:05Z")

    again = write(read(document, "x"), spec_version="1.7", timestamp="2026-01-02T03:04:05Z")

    assert again == document


def test_every_kind_of_model_comes_back():
    claimed = Digest("sha256", "4d7a" * 16, "claimed", "git-lfs")
    unread = Anomaly("not-examined", "unreadable", "permission denied")
    pointer = replace(TINY, files=(File("b.gguf", 9, (claimed,), "pointer"),), evidence="locked")
    sbom = Sbom(
        models=(
            Model("a", (File("a", None, ()),), Facts(anomalies=(unread,))),
            pointer,
            TINY,
            replace(TINY, files=(replace(TINY.files[0], path="n/tiny.gguf"),)),
        ),
        destinations=(
            Destination("contact", "https://a.example", "services: x: endpoints"),
            Destination("contact", "https://a.example", "services: y: endpoints"),
            Destination("reference", "https://b.example", "externalReferences: website"),
        ),
        origins=(
            Origin(".lfsconfig", (Destination("contact", "https://c.example", "lfs.pushurl", 6),)),
            Origin("other", unread="it is a directory"),
            Origin("empty"),
        ),
    )

    assert read_again(sbom) == sbom


def test_the_path_of_the_document_is_told_not_written():
    assert read(write(Sbom((TINY,), path="old")), "new").path == "new"


def test_a_destination_that_someone_added_is_not_hidden_by_ours():
    document = json.loads(write(Sbom((TINY,))))
    document["services"] = [{"name": "x", "endpoints": ["https://added.example/v1"]}]
    document["components"][0]["externalReferences"] = [
        {"type": "vcs", "url": "https://added.example/git"}
    ]

    sbom = read(json.dumps(document).encode(), "bom")

    added = Destination("contact", "https://added.example/v1", "services: x: endpoints")
    assert sbom.destinations == (added,)
    assert sbom.models[0].facts.destinations[2:] == (
        Destination("fetch", "https://added.example/git", "externalReferences: vcs"),
    )


def test_a_hash_that_someone_added_is_the_word_of_the_document():
    def add(component):
        component["hashes"].append({"alg": "MD5", "content": "AB" * 16})

    (model,) = read(edited(add), "bom").models

    assert model.files[0].digests == (
        Digest("sha256", TINY_SHA256, "verified"),
        Digest("md5", "ab" * 16, "claimed", "sbom"),
    )


def test_properties_that_nobody_knows_are_passed_over():
    (model,) = read(edited(set_property("lbom-gate:colour", "red")), "bom").models

    assert model == TINY


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        (
            set_property("lbom-gate:facts-version", "2"),
            'lbom-gate:facts-version: found ["2"]; allowed: 1',
        ),
        (
            set_property("lbom-gate:facts-evidence", None),
            "lbom-gate:facts-evidence: found []; allowed: one value",
        ),
        (
            set_property("lbom-gate:facts-evidence", "sworn"),
            'lbom-gate:facts-evidence: found "sworn"; allowed: measured, locked, declared',
        ),
        (
            set_property("lbom-gate:quantization:verdict", None),
            (
                "quantization:verdict: absent; allowed: unclaimed, no-evidence, consistent, mixed,"
                " contradicted"
            ),
        ),
        (
            set_property("lbom-gate:format", 3),
            "lbom-gate:format: found 3; allowed: a text",
        ),
        (
            set_property("lbom-gate:file-size", "-1"),
            'lbom-gate:file-size: found "-1"; allowed: a size in bytes',
        ),
        (
            set_property("lbom-gate:file-role", "tensor"),
            'lbom-gate:file-role: found "tensor"; allowed: weights, companion, pointer, stored',
        ),
        (
            set_property("lbom-gate:format:name-agrees", "maybe"),
            'lbom-gate:format:name-agrees: found "maybe"; allowed: true, false',
        ),
        (
            set_property("lbom-gate:digest:evidence", "sha512:verified"),
            'hashes: found "sha512:verified"; allowed: evidence of sha256',
        ),
        (
            set_property("lbom-gate:digest:evidence", "sha256:sworn"),
            'hashes: found "sha256:sworn"; allowed: sha256:verified, sha256:claimed:WHO',
        ),
        (
            lambda component: component.pop("evidence"),
            "evidence: no occurrence; allowed: one with the path of the file",
        ),
        (
            lambda component: component["hashes"].clear(),
            'hashes: found "sha256:verified"; allowed: evidence of ',
        ),
    ],
)
def test_a_component_of_ours_that_was_edited_is_not_guessed_at(change, problem):
    with pytest.raises(UnreadableSbom) as refusal:
        read(edited(change), "bom.cdx.json")

    assert str(refusal.value) == f'bom.cdx.json: component "tiny.gguf": {problem}'


def test_a_component_of_ours_without_a_name_is_refused():
    with pytest.raises(UnreadableSbom, match="name: found null; allowed: a text"):
        read(edited(lambda component: component.pop("name")), "bom.cdx.json")
