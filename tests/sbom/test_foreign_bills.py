import json

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from lbom_gate.model import (
    Anomaly,
    Claim,
    Destination,
    Digest,
    Facts,
    File,
    Model,
    Quantization,
    Sbom,
)
from lbom_gate.sbom import UnreadableSbom, read, reader

SHA256 = "9f2c" * 16


def document(*components, **members):
    return json.dumps(
        {
            "bomFormat": "CycloneDX",
            "specVersion": "1.6",
            "components": [*components],
            **members,
        }
    ).encode()


def model(**members):
    component = {"type": "machine-learning-model", "name": "m", **members}
    (read_back,) = read(document(component), "bom").models
    return read_back


def prop(name, value):
    return {"name": name, "value": value}


def quantized(*values):
    name = "cdx:ai-ml:model:hyperparameter:quantization"
    return model(properties=[prop(name, value) for value in values]).facts


def test_what_a_foreign_document_declares_is_taken_as_declared():
    declared = model(
        name="Example-8B-Q4_K_M.gguf",
        group="example-org",
        hashes=[{"alg": "SHA-256", "content": SHA256.upper()}],
        licenses=[{"license": {"id": "Apache-2.0"}}],
        pedigree={"ancestors": [{"type": "machine-learning-model", "name": "Example-8B"}]},
        externalReferences=[
            {"type": "distribution", "url": "https://hub.example/m.gguf"},
            {"type": "website", "url": "https://example.org"},
        ],
        modelCard={
            "modelParameters": {"modelArchitecture": "qwen3", "architectureFamily": "transformer"},
            "properties": [
                prop("cdx:ai-ml:model:parameter:count", "8.19B"),
                prop("cdx:ai-ml:model:hyperparameter:context_length", "40960"),
                prop("cdx:ai-ml:model:hyperparameter:hidden_size", "4096"),
                prop("cdx:ai-ml:model:hyperparameter:hidden_act", "silu"),
            ],
        },
        properties=[prop("cdx:ai-ml:model:hyperparameter:quantization", "q4_k_m")],
        components=[{"type": "file", "name": "config.json"}],
    )

    assert declared == Model(
        name="Example-8B-Q4_K_M.gguf",
        files=(
            File(
                "example-org/Example-8B-Q4_K_M.gguf",
                None,
                (Digest("sha256", SHA256, "claimed", "sbom"),),
            ),
            File("example-org/Example-8B-Q4_K_M.gguf/config.json", None, (), "companion"),
        ),
        facts=Facts(
            architecture="qwen3",
            parameters=8_190_000_000,
            context_length=40960,
            license="Apache-2.0",
            license_source="licenses",
            base_models=("Example-8B",),
            hyperparameters=(("hidden_size", 4096),),
            quantization=Quantization(
                label="q4_k_m",
                claims=(
                    Claim("q4_k_m", "cdx:ai-ml:model:hyperparameter:quantization", "consistent"),
                ),
                verdict="consistent",
            ),
            destinations=(
                Destination(
                    "fetch", "https://hub.example/m.gguf", "externalReferences: distribution"
                ),
                Destination("reference", "https://example.org", "externalReferences: website"),
            ),
        ),
        evidence="declared",
    )


@pytest.mark.parametrize(
    "name",
    [
        "cdx:ai-ml:model:hyperparameter:quantization",
        "syft:metadata:quantization",
        "bomlens:modelfile:quantization",
        "genai:aibom:modelcard:quantizationFileType",
        "ml:quantization",
    ],
)
def test_quantization_has_several_names(name):
    assert model(properties=[prop(name, "Q8_0")]).facts.quantization.label == "Q8_0"
    assert model(modelCard={"properties": {name: "Q8_0"}}).facts.quantization.label == "Q8_0"


def test_labels_that_differ_in_letter_case_are_one():
    assert quantized("Q4_K_M", "q4_k_m").quantization.label == "Q4_K_M"


def test_two_declared_labels_leave_the_quantization_unexamined():
    facts = quantized("Q4_K_M", "f16")

    assert facts.quantization.label is None
    assert facts.quantization.verdict == "no-evidence"
    assert facts.anomalies == (
        Anomaly(
            "not-examined",
            "conflicting-declarations",
            "the document declares Q4_K_M and f16 as quantization; allowed: one",
        ),
    )


def test_nothing_declared_is_nothing_known():
    assert model().facts == Facts()


def test_the_path_is_the_stated_location_else_the_name():
    located = model(group="g", evidence={"occurrences": [None, {"location": "models/m"}]})

    assert located.path == "models/m"
    assert model(group="g").path == "g/m"
    assert model().path == "m"
    assert model(name=None).path == "unnamed"


def test_models_with_one_path_are_told_apart():
    component = {"type": "machine-learning-model", "name": "m"}
    named_alike = {"type": "machine-learning-model", "name": "m#2"}

    sbom = read(document(component, named_alike, component, component), "bom")

    assert [each.path for each in sbom.models] == ["m", "m#2", "m#3", "m#4"]
    assert [each.name for each in sbom.models] == ["m", "m#2", "m", "m"]


@pytest.mark.parametrize(
    ("licenses", "stated"),
    [
        ([{"license": {"name": "Llama 3.1"}}], "Llama 3.1"),
        ([{"expression": "MIT OR Apache-2.0"}], "MIT OR Apache-2.0"),
        ([{"license": {"id": "MIT"}}, {"license": {"id": "MIT"}}], "MIT"),
        (
            [{"license": {"id": "MIT"}}, {"expression": "A OR B"}, None],
            "MIT AND (A OR B)",
        ),
        ({"license": {"id": "MIT"}}, None),
        ([{"license": "MIT"}], None),
    ],
)
def test_licences_are_one_expression(licenses, stated):
    assert model(licenses=licenses).facts.license == stated


@pytest.mark.parametrize(
    ("stated", "parameters"),
    [
        ("7B", 7_000_000_000),
        ("560 M", 560_000_000),
        ("1.05M", 1_050_000),
        (1234, 1234),
        ("seven", None),
        ("1e99", None),
        ("99999999999T", None),
    ],
)
def test_a_count_of_parameters_is_as_exact_as_it_is_stated(stated, parameters):
    name = "cdx:ai-ml:model:parameter:count"

    assert model(properties=[prop(name, stated)]).facts.parameters == parameters


@pytest.mark.parametrize(
    "hashes",
    [
        [{"alg": "SHA-256", "content": "9f2c"}],
        [{"alg": "SHA-256", "content": "x" * 64}],
        [{"alg": "SHA-0", "content": SHA256}],
        [{"alg": ["SHA-256"], "content": SHA256}],
        [{"content": SHA256}],
        [None, "SHA-256"],
        {"SHA-256": SHA256},
    ],
)
def test_what_is_no_hash_pins_nothing(hashes):
    assert model(hashes=hashes).files[0].digests == ()


def test_models_are_found_wherever_they_stand():
    inner = {"type": "machine-learning-model", "name": "inner"}
    application = {"type": "application", "name": "app", "components": [None, inner]}
    outer = {"type": "machine-learning-model", "name": "outer", "components": [application]}

    sbom = read(document(outer, metadata={"component": application}), "bom")

    assert [each.path for each in sbom.models] == ["inner", "inner#2", "outer"]


def test_what_services_contact_is_a_destination_of_the_document():
    service = {
        "name": "chat",
        "endpoints": ["https://api.example.net/v1", 7, ""],
        "data": [
            {"flow": "outbound", "destination": ["https://logs.example.net"]},
            {"source": ["urn:cdx:3f36a5ec/1#m"]},
            "PII",
        ],
        "services": [{"endpoints": ["https://inner.example.net"]}],
    }

    sbom = read(
        document(
            services=[service],
            externalReferences=[{"type": "bom", "url": "https://example.org/bom.json"}],
        ),
        "bom",
    )

    assert sbom.destinations == (
        Destination("contact", "https://api.example.net/v1", "services: chat: endpoints"),
        Destination("contact", "https://logs.example.net", "services: chat: data.destination"),
        Destination("contact", "https://inner.example.net", "services: unnamed: endpoints"),
        Destination("reference", "https://example.org/bom.json", "externalReferences: bom"),
    )


@pytest.mark.parametrize("version", ["1.2", "1.3", "1.4", "1.5", "1.6", "1.7"])
def test_every_version_with_json_is_read(version):
    assert read(document(specVersion=version), "bom") == Sbom((), path="bom")


def test_a_byte_order_mark_is_passed_over():
    assert read(b"\xef\xbb\xbf" + document(), "bom") == Sbom((), path="bom")


NO_JSON = "allowed: a bill of materials in CycloneDX JSON, as `lbom-gate scan` writes"


@pytest.mark.parametrize(
    ("data", "problem"),
    [
        (b"", f"bom:1:1: expecting value; {NO_JSON}"),
        (b"{", f"bom:1:2: expecting property name enclosed in double quotes; {NO_JSON}"),
        (b"{} {}", f"bom:1:4: extra data; {NO_JSON}"),
        (b"\xff", f"bom: byte 0 is no UTF-8; {NO_JSON}"),
        (document().decode().encode("utf-16"), f"bom: byte 0 is no UTF-8; {NO_JSON}"),
        (b"<?xml version='1.0'?>", "bom: document: found XML; allowed: CycloneDX JSON"),
        (b"[]", "bom: document: found []; allowed: an object"),
        (b'{"spdxVersion": "SPDX-2.3"}', "bom: document: found SPDX; allowed: CycloneDX JSON"),
        (b'{"@context": "x"}', "bom: document: found SPDX; allowed: CycloneDX JSON"),
        (b"{}", "bom: bomFormat: found null; allowed: CycloneDX"),
        (
            document(specVersion="1.8"),
            'bom: specVersion: found "1.8"; allowed: 1.2, 1.3, 1.4, 1.5, 1.6, 1.7',
        ),
        (
            document(specVersion=1.6),
            "bom: specVersion: found 1.6; allowed: 1.2, 1.3, 1.4, 1.5, 1.6, 1.7",
        ),
        (
            b'{"bomFormat": "CycloneDX", "specVersion": "1.6", "specVersion": "1.6"}',
            'bom: the key "specVersion" stands twice in one object',
        ),
        (b"[" * 100_000, "bom: nested too deep; allowed: 200 levels"),
        (
            document(components={"a": 1}),
            'bom: components: found {"a": 1}; allowed: a list of objects',
        ),
        (document("m"), 'bom: components: found "m"; allowed: an object'),
        (document(metadata=[]), "bom: metadata: found []; allowed: an object"),
        (
            document(metadata={"component": "m"}),
            'bom: component: found "m"; allowed: an object',
        ),
        (document(services={}), "bom: services: found {}; allowed: a list of objects"),
        (
            document(services=[{"services": 1}]),
            "bom: services: found 1; allowed: a list of objects",
        ),
        (
            document(metadata={"properties": [prop("lbom-gate:facts-version", "9")]}),
            'bom: lbom-gate:facts-version: found ["9"]; allowed: 1',
        ),
        (
            document(metadata={"properties": [prop("lbom-gate:destination", "{}")]}),
            "bom: destination: class, source, value is absent",
        ),
    ],
)
def test_what_cannot_be_read_is_refused_with_its_place(data, problem):
    with pytest.raises(UnreadableSbom) as refusal:
        read(data, "bom")

    assert str(refusal.value) == problem


def test_a_document_over_the_limit_is_not_parsed(monkeypatch):
    monkeypatch.setattr(reader, "MAX_BYTES", 10)

    with pytest.raises(UnreadableSbom, match=r"bom: 11 bytes; allowed: 10"):
        read(b"[" * 11, "bom")


def test_a_message_quotes_nothing_that_acts_on_a_terminal():
    component = {"type": "machine-learning-model", "name": "\x1b[31m", "components": 1}

    with pytest.raises(UnreadableSbom) as refusal:
        read(document(component), "bom")

    assert str(refusal.value) == (
        'bom: component "\\u001b[31m": components: found 1; allowed: a list of objects'
    )


# Keys that the reader looks at, over values of any type: whatever meets whatever.
keys = st.sampled_from(
    [
        *("alg", "ancestors", "architectureFamily", "bom-ref", "component", "components"),
        *("content", "data", "destination", "endpoints", "evidence", "expression"),
        *("externalReferences", "group", "hashes", "id", "license", "licenses", "location"),
        *("metadata", "modelArchitecture", "modelCard", "modelParameters", "name"),
        *("occurrences", "pedigree", "properties", "services", "source", "type", "url", "value"),
    ]
)
words = st.sampled_from(
    [
        "machine-learning-model",
        "file",
        "SHA-256",
        SHA256,
        "https://a.example",
        "vcs",
        "cdx:ai-ml:model:parameter:count",
        "cdx:ai-ml:model:hyperparameter:quantization",
        "lbom-gate:facts-version",
        "lbom-gate:destination",
        "1",
        "",
    ]
)
trees = st.recursive(
    words | st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=4),
    max_leaves=30,
)


@settings(deadline=None, max_examples=300)
@given(st.lists(trees, max_size=2), st.dictionaries(keys, trees, max_size=3))
def test_any_types_anywhere_are_read_or_refused(components, members):
    members = {
        "components": components,
        **members,
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
    }
    try:
        sbom = read(json.dumps(members).encode(), "bom")
    except UnreadableSbom:
        return
    assert [each.path for each in sbom.models] == sorted({each.path for each in sbom.models})


@settings(deadline=None)
@given(st.binary(max_size=60))
def test_any_bytes_are_refused(data):
    with pytest.raises(UnreadableSbom):
        read(data, "bom")
