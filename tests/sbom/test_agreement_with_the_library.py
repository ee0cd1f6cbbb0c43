"""What cyclonedx-python-lib has types for is written as the library writes it."""

import json
from decimal import Decimal

import pytest
from cyclonedx.model import HashAlgorithm, HashType
from cyclonedx.model.bom_ref import BomRef
from cyclonedx.model.component import Component, ComponentType
from cyclonedx.model.component_evidence import (
    AnalysisTechnique,
    ComponentEvidence,
    Identity,
    IdentityField,
    Method,
    Occurrence,
)
from cyclonedx.model.license import DisjunctiveLicense, LicenseAcknowledgement
from cyclonedx.schema.schema import SchemaVersion1Dot6, SchemaVersion1Dot7
from cyclonedx.spdx import fixup_id
from hypothesis import given, settings

from bills import TINY, sboms
from lbom_gate import __version__
from lbom_gate.model import Anomaly, Digest, Facts, File, Model, Sbom
from lbom_gate.sbom import write
from lbom_gate.sbom.component import reference

SCHEMAS = {"1.6": SchemaVersion1Dot6, "1.7": SchemaVersion1Dot7}
NAMES = {
    "md5": HashAlgorithm.MD5,
    "sha1": HashAlgorithm.SHA_1,
    "sha256": HashAlgorithm.SHA_256,
    "sha384": HashAlgorithm.SHA_384,
    "sha512": HashAlgorithm.SHA_512,
    "sha3-256": HashAlgorithm.SHA3_256,
    "sha3-384": HashAlgorithm.SHA3_384,
    "sha3-512": HashAlgorithm.SHA3_512,
    "blake2b-256": HashAlgorithm.BLAKE2B_256,
    "blake2b-384": HashAlgorithm.BLAKE2B_384,
    "blake2b-512": HashAlgorithm.BLAKE2B_512,
    "blake3": HashAlgorithm.BLAKE3,
}


def by_the_library(model, spec_version):
    file, license_ = model.files[0], model.facts.license
    is_known = bool(file.digests) or not model.facts.anomalies
    component = Component(
        type=ComponentType.MACHINE_LEARNING_MODEL if is_known else ComponentType.FILE,
        name=model.name,
        version=None if file.sha256 is None else f"sha256:{file.sha256}",
        bom_ref=BomRef(reference(model)),
        hashes=[HashType(alg=NAMES[d.algorithm], content=d.value) for d in file.digests],
        licenses=[licence(license_)] if license_ else (),
        evidence=ComponentEvidence(
            identity=[identity(d) for d in file.digests if d.algorithm == "sha256"],
            occurrences=[Occurrence(location=file.path)],
        ),
    )
    return json.loads(component.as_json(view_=SCHEMAS[spec_version]))


def licence(stated):
    known, declared = fixup_id(stated), LicenseAcknowledgement.DECLARED
    if known is None:
        return DisjunctiveLicense(name=stated, acknowledgement=declared)
    return DisjunctiveLicense(id=known, acknowledgement=declared)


def identity(digest):
    technique, confidence = AnalysisTechnique.MANIFEST_ANALYSIS, Decimal("0.8")
    value = f"SHA-256 as claimed by {digest.source}"
    if digest.evidence == "verified":
        technique, confidence = AnalysisTechnique.HASH_COMPARISON, Decimal(1)
        value = "SHA-256 over every byte of the file"
    return Identity(
        field=IdentityField.HASH,
        confidence=confidence,
        concluded_value=digest.value,
        methods=[Method(technique=technique, confidence=confidence, value=value)],
        tools=[BomRef(f"pkg:pypi/lbom-gate@{__version__}")],
    )


def assert_agreement(sbom, spec_version):
    written = json.loads(write(sbom, spec_version=spec_version))["components"]
    models = {reference(model): model for model in sbom.models}
    for component in written:
        expected = by_the_library(models[component["bom-ref"]], spec_version)
        said = {key: value for key, value in component.items() if key in expected}
        # As text, because the order of keys is part of it.
        assert json.dumps(said["evidence"]) == json.dumps(expected["evidence"])
        assert said == expected
        assert "hashes" in expected or "hashes" not in component
        assert "licenses" in expected or "licenses" not in component


@pytest.mark.parametrize("spec_version", ["1.6", "1.7"])
@settings(deadline=None, max_examples=100)
@given(sbom=sboms())
def test_any_model_is_described_as_the_library_describes_it(spec_version, sbom):
    assert_agreement(sbom, spec_version)


@pytest.mark.parametrize("spec_version", ["1.6", "1.7"])
def test_every_algorithm_and_every_kind_of_licence_is_written_as_by_the_library(spec_version):
    digests = tuple(
        Digest(name, "0a" * 32, "claimed", None if name == "md5" else "sbom") for name in NAMES
    )
    licences = ("mit", "Apache-2.0", "llama3.1", "MIT OR Apache-2.0", "a\nb", " ", "gpl-3.0+")
    models = [
        Model(f"{number}.gguf", (File(f"m/{number}.gguf", 1, digests),), Facts(license=each))
        for number, each in enumerate(licences)
    ]
    unread = Facts(anomalies=(Anomaly("not-examined", "unreadable", "no"),))
    models.append(Model("x", (File("m/x", None, ()),), unread))
    models.append(Model("y", (File("m/y", None, ()),), Facts()))

    assert_agreement(Sbom((TINY, *models)), spec_version)
