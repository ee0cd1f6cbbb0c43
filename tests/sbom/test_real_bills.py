"""Bills of materials that nobody here wrote, kept beside the corpus of models."""

import json

import pytest

from lbom_gate.sbom import UnreadableSbom, read, write
from running import corpus_directory


@pytest.fixture(scope="session")
def bills():
    """Return the folder of real documents; the test is skipped, aloud, where it is absent."""
    directory = corpus_directory("corpus-sbom")
    if not (directory / "MANIFEST.json").exists():
        pytest.skip(f"no real bills of materials at {directory} (LBOM_GATE_CORPUS says where)")
    return directory


def entries(bills, kind):
    manifest = json.loads((bills / "MANIFEST.json").read_text("utf-8"))
    return [entry for entry in manifest["files"] if entry["kind"].startswith(kind)]


def read_file(bills, entry):
    return read((bills / entry["path"]).read_bytes(), entry["path"])


def test_the_models_of_every_real_bill_are_found(bills):
    counted = [entry for entry in entries(bills, "cyclonedx-json") if "counts" in entry]

    found = [(len(sbom.models), hashed(sbom)) for sbom in (read_file(bills, e) for e in counted)]

    stated = [entry["counts"] for entry in counted]
    assert found == [(counts["ml"], counts["ml_hashed"]) for counts in stated]
    assert (len(found), sum(models for models, _ in found)) == (53, 55)


def hashed(sbom):
    return sum(bool(model.files[0].digests) for model in sbom.models)


def test_a_bill_that_its_publisher_calls_valid_is_read(bills):
    valid = [
        entry for entry in entries(bills, "cyclonedx-json") if entry["expect"]["schema"] == "valid"
    ]

    assert len([read_file(bills, entry) for entry in valid]) == len(valid) > 100


def test_a_bill_is_read_or_refused_and_what_is_read_survives_writing(bills):
    refused = []
    for entry in entries(bills, "cyclonedx-json"):
        sbom = read_or_none(bills, entry)
        if sbom is None:
            refused.append(entry["expect"]["schema"])
        else:
            assert read(write(sbom), entry["path"]) == sbom

    assert set(refused) <= {"invalid"}


def read_or_none(bills, entry):
    try:
        return read_file(bills, entry)
    except UnreadableSbom:
        return None


@pytest.mark.parametrize(("kind", "name"), [("cyclonedx-xml", "XML"), ("spdx3-json", "SPDX")])
def test_other_formats_are_told_apart(bills, kind, name):
    for entry in entries(bills, kind):
        with pytest.raises(UnreadableSbom, match=f"found {name}; allowed: CycloneDX JSON"):
            read_file(bills, entry)
