import json
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import cyclonedx.schema
import jsonschema_rs
import pytest
from hypothesis import given, settings

from bills import CONFIG_SHA256, TEMPLATE_SHA256, TINY, TINY_SHA256, sboms
from lbom_gate import __version__
from lbom_gate.facts_v1 import KEYS as FACTS
from lbom_gate.model import Anomaly, Claim, Destination, Digest, Facts, File, Model, Origin, Sbom
from lbom_gate.sbom import write
from lbom_gate.sbom.layout import lay_out
from lbom_gate.sbom.properties import KEYS

SCHEMAS = Path(cyclonedx.schema.__file__).parent / "_res"


def load(name):
    return json.loads((SCHEMAS / f"{name}.SNAPSHOT.schema.json").read_text("utf-8"))


def validator(spec_version):
    # As the schemas name one another, which is not what they call themselves.
    registry = jsonschema_rs.Registry(
        [
            (f"http://cyclonedx.org/schema/{name}.SNAPSHOT.schema.json", load(name))
            for name in ("spdx", "jsf-0.82", "cryptography-defs")
        ]
    )
    return jsonschema_rs.Draft7Validator(
        load(f"bom-{spec_version}"), registry=registry, validate_formats=True
    )


VALIDATORS = {"1.6": validator("1.6"), "1.7": validator("1.7")}


def errors(document, spec_version):
    return [
        (list(error.instance_path), error.message)
        for error in VALIDATORS[spec_version].iter_errors(json.loads(document))
    ]


def written(*models, **options):
    return json.loads(write(Sbom(models), **options))


def properties(component):
    return [(each["name"], each["value"]) for each in component["properties"]]


def test_a_model_is_written_as_a_component():
    (component,) = written(TINY)["components"]
    del component["properties"]

    evidence = {
        "identity": [
            {
                "concludedValue": TINY_SHA256,
                "confidence": 1.0,
                "field": "hash",
                "methods": [
                    {
                        "confidence": 1.0,
                        "technique": "hash-comparison",
                        "value": "SHA-256 over every byte of the file",
                    }
                ],
                "tools": [f"pkg:pypi/lbom-gate@{__version__}"],
            }
        ],
        "occurrences": [{"location": "models/tiny.gguf"}],
    }
    ref = f"pkg:generic/tiny.gguf?checksum=sha256:{TINY_SHA256}#models/tiny.gguf"
    assert component == {
        "type": "machine-learning-model",
        "bom-ref": ref,
        "name": "tiny.gguf",
        "version": f"sha256:{TINY_SHA256}",
        "hashes": [{"alg": "SHA-256", "content": TINY_SHA256}],
        "licenses": [{"license": {"acknowledgement": "declared", "id": "Apache-2.0"}}],
        "purl": f"pkg:generic/tiny.gguf?checksum=sha256:{TINY_SHA256}",
        "pedigree": {
            "ancestors": [
                {
                    "type": "machine-learning-model",
                    "name": "https://huggingface.co/example-org/Tiny",
                }
            ]
        },
        "components": [
            {
                "type": "file",
                "bom-ref": f"{ref}::models/config.json",
                "name": "config.json",
                "version": f"sha256:{CONFIG_SHA256}",
                "hashes": [{"alg": "SHA-256", "content": CONFIG_SHA256}],
                "evidence": {"occurrences": [{"location": "models/config.json"}]},
                "properties": [
                    {"name": "lbom-gate:digest:evidence", "value": "sha256:verified"},
                    {"name": "lbom-gate:file-role", "value": "companion"},
                    {"name": "lbom-gate:file-size", "value": "712"},
                ],
            }
        ],
        "evidence": evidence,
        "modelCard": {
            "modelParameters": {
                "task": "text-generation",
                "modelArchitecture": "llama",
                "inputs": [{"format": "F32[batch,3,?]"}],
            },
            "properties": [
                {"name": "cdx:ai-ml:model:hyperparameter:context_length", "value": "2048"},
                {"name": "cdx:ai-ml:model:hyperparameter:hidden_size", "value": "64"},
                {"name": "cdx:ai-ml:model:hyperparameter:num_hidden_layers", "value": "2"},
                {"name": "cdx:ai-ml:model:hyperparameter:quantization", "value": "f32"},
                {"name": "cdx:ai-ml:model:parameter:count", "value": "1.05M"},
            ],
        },
    }


def test_what_is_known_stands_in_properties_sorted_by_name():
    (component,) = written(TINY)["components"]

    assert properties(component) == [
        ("cdx:ai-ml:model:hyperparameter:context_length", "2048"),
        ("cdx:ai-ml:model:hyperparameter:hidden_size", "64"),
        ("cdx:ai-ml:model:hyperparameter:num_hidden_layers", "2"),
        ("cdx:ai-ml:model:hyperparameter:quantization", "f32"),
        ("cdx:ai-ml:model:parameter:count", "1.05M"),
        ("lbom-gate:about:metadata", "a=b=c"),
        ("lbom-gate:about:producer", "pytorch 2.1.0"),
        ("lbom-gate:about:task", "text-generation"),
        (
            "lbom-gate:anomaly",
            (
                '{"kind":"trailing-bytes","message":"32 bytes follow the tensors",'
                '"offset":4186112,"rule":"trailing-data"}'
            ),
        ),
        ("lbom-gate:architecture", "llama"),
        ("lbom-gate:base-model", "https://huggingface.co/example-org/Tiny"),
        ("lbom-gate:bits-per-weight", "31.9375"),
        ("lbom-gate:chat-template-sha256", TEMPLATE_SHA256),
        ("lbom-gate:context-length", "2048"),
        (
            "lbom-gate:destination",
            (
                '{"class":"metadata","offset":96,"source":"general.source.url",'
                '"value":"https://example.org/x"}'
            ),
        ),
        (
            "lbom-gate:destination",
            (
                '{"class":"literal","source":"tokenizer.chat_template",'
                '"value":"https://cdn.example.net/logo.svg"}'
            ),
        ),
        ("lbom-gate:digest:evidence", "sha256:verified"),
        ("lbom-gate:facts-evidence", "measured"),
        ("lbom-gate:facts-version", "1"),
        ("lbom-gate:file-role", "weights"),
        ("lbom-gate:file-size", "4186144"),
        ("lbom-gate:format", "gguf"),
        ("lbom-gate:format:name-agrees", "true"),
        ("lbom-gate:format:version", "3"),
        ("lbom-gate:hyperparameter", "hidden_size=64"),
        ("lbom-gate:hyperparameter", "num_hidden_layers=2"),
        ("lbom-gate:import", '{"known":true,"name":"collections.OrderedDict","offset":12}'),
        ("lbom-gate:import", '{"known":false,"name":"os.system"}'),
        (
            "lbom-gate:input",
            '{"name":"input","shape":["batch","3","?"],"signature":"serving","type":"F32"}',
        ),
        ("lbom-gate:kind", "adapter"),
        ("lbom-gate:license", "apache-2.0"),
        ("lbom-gate:license:claimed-by", "general.license"),
        ("lbom-gate:loading", "program"),
        ("lbom-gate:operator", "ADD"),
        ("lbom-gate:operator", "custom:Sum"),
        ("lbom-gate:operator:nodes", "ADD=2,custom:Sum=1"),
        ("lbom-gate:output", '{"name":"output"}'),
        ("lbom-gate:parameters", "1048576"),
        (
            "lbom-gate:quantization:claim",
            '{"source":"general.file_type","value":"Q4_K_M","verdict":"contradicted"}',
        ),
        ("lbom-gate:quantization:label", "F32"),
        ("lbom-gate:quantization:verdict", "contradicted"),
        ("lbom-gate:tensor-types:bytes", "F16=8192,F32=4177920"),
        ("lbom-gate:tensor-types:embedding", "F16=0,F32=262144"),
        (
            "lbom-gate:tensor-types:example",
            '{"F16":"token_embd.weight","F32":"blk.0.ffn_up.weight"}',
        ),
        ("lbom-gate:tensor-types:parameters", "F16=4096,F32=1044480"),
        ("lbom-gate:tensor-types:quantizable", "F16=0,F32=1044480"),
        ("lbom-gate:tensor-types:tensors", "F16=1,F32=3"),
        ("lbom-gate:tensor-types:unexplained", "F16=0,F32=3"),
    ]


def test_the_document_around_the_components():
    document = written(TINY)
    (component,) = document.pop("components")
    (companion,) = component["components"]

    assert document.pop("serialNumber").startswith("urn:uuid:")
    assert document == {
        "$schema": "http://cyclonedx.org/schema/bom-1.6.schema.json",
        "bomFormat": "CycloneDX",
        "specVersion": "1.6",
        "version": 1,
        "metadata": {
            "lifecycles": [{"phase": "pre-build"}],
            "tools": {
                "components": [
                    {
                        "type": "application",
                        "bom-ref": f"pkg:pypi/lbom-gate@{__version__}",
                        "name": "lbom-gate",
                        "version": __version__,
                        "purl": f"pkg:pypi/lbom-gate@{__version__}",
                    }
                ]
            },
            "properties": [{"name": "lbom-gate:facts-version", "value": "1"}],
        },
        "dependencies": [{"ref": component["bom-ref"]}, {"ref": companion["bom-ref"]}],
        "compositions": [{"aggregate": "complete", "assemblies": [component["bom-ref"]]}],
    }


@pytest.mark.parametrize("scope", ["repository", "paths"])
def test_the_document_says_what_was_looked_at(scope):
    document = json.loads(write(Sbom((TINY,), scope=scope)))

    assert ("lbom-gate:scope", scope) in properties(document["metadata"])


def test_a_file_that_says_where_models_come_from_is_a_property_and_a_service():
    said = (
        Destination("fetch", "https://a.example/x", "lfs.url", 6),
        Destination("contact", "https://b.example/x", "lfs.pushurl"),
    )
    origins = (Origin(".lfsconfig", said), Origin("other", unread="it is a directory"))
    document = json.loads(write(Sbom((), origins=origins)))

    assert [each["endpoints"] for each in document["services"]] == [["https://b.example/x"]]
    assert [
        json.loads(value)
        for name, value in properties(document["metadata"])
        if name == "lbom-gate:origin"
    ] == [
        {
            "path": ".lfsconfig",
            "destinations": [
                {"class": "fetch", "offset": 6, "source": "lfs.url", "value": said[0].value},
                {"class": "contact", "source": "lfs.pushurl", "value": said[1].value},
            ],
        },
        {"path": "other", "unread": "it is a directory"},
    ]


def test_the_tables_list_exactly_our_properties():
    document = json.loads(write(Sbom((TINY,), scope="paths", origins=(Origin("x"),))))
    (component,) = document["components"]
    every = properties(component) + properties(document["metadata"])

    ours = {name for name, _ in every if name.startswith("lbom-gate:")}

    tables = {f"lbom-gate:{key.name}" for key in (*FACTS, *KEYS)}
    said = {name for name in tables if name.startswith("lbom-gate:about:")}
    assert ours >= tables - said
    assert ours <= tables


def test_two_files_of_equal_bytes_and_name_are_two_components():
    twin = replace(TINY, files=(replace(TINY.files[0], path="copy/tiny.gguf"),))

    first, second = written(TINY, twin)["components"]

    assert first["purl"] == second["purl"]
    assert first["bom-ref"].endswith("#copy/tiny.gguf")
    assert second["bom-ref"].endswith("#models/tiny.gguf")


def test_a_path_that_could_not_be_looked_at_is_a_file_of_an_incomplete_composition():
    anomaly = Anomaly("not-examined", "unreadable", "permission denied")
    model = Model("x y.gguf", (File("x y.gguf", None, ()),), Facts(anomalies=(anomaly,)))

    document = written(model, TINY)

    (component, tiny) = sorted(document["components"], key=lambda each: each["name"], reverse=True)
    assert (component["type"], component["bom-ref"]) == ("file", "file:x%20y.gguf")
    assert "hashes" not in component
    assert "purl" not in component
    assert document["compositions"] == [
        {"aggregate": "complete", "assemblies": [tiny["bom-ref"]]},
        {"aggregate": "incomplete", "assemblies": ["file:x%20y.gguf"]},
    ]


def test_a_claimed_digest_is_no_proof_of_identity():
    digest = Digest("sha256", TINY_SHA256, "claimed", "git-lfs")
    anomaly = Anomaly("not-examined", "pointer-without-content", "")
    pointer = replace(
        TINY,
        files=(File("tiny.gguf", 9, (digest,), "pointer"),),
        facts=Facts(anomalies=(anomaly,)),
    )

    document = written(pointer)

    (component,) = document["components"]
    (identity,) = component["evidence"]["identity"]
    assert component["type"] == "machine-learning-model"
    assert ("lbom-gate:digest:evidence", "sha256:claimed:git-lfs") in properties(component)
    assert identity["confidence"] == 0.8
    assert identity["methods"][0]["technique"] == "manifest-analysis"
    assert document["compositions"][0]["aggregate"] == "incomplete"


def test_a_licence_that_spdx_does_not_know_keeps_its_name():
    model = replace(TINY, facts=Facts(license="llama3.1"))

    (component,) = written(model)["components"]

    assert component["licenses"] == [
        {"license": {"acknowledgement": "declared", "name": "llama3.1"}}
    ]


def test_a_label_without_evidence_is_not_stated_as_the_quantization():
    quantization = replace(
        TINY.facts.quantization,
        label="Q4_K_M",
        claims=(Claim("Q4_K_M", "file name", "no-evidence"),),
        verdict="no-evidence",
    )
    model = replace(TINY, facts=Facts(quantization=quantization))

    (component,) = written(model)["components"]

    names = [name for name, _ in properties(component)]
    assert "cdx:ai-ml:model:hyperparameter:quantization" not in names
    assert "modelCard" not in component


@pytest.mark.parametrize(
    ("parameters", "stated"),
    [
        (8_190_735_360, ["8.19B"]),
        (10**12, ["1T"]),
        (999_999_999, ["1000M"]),
        (40_000, ["0.04M"]),
        (17, []),
        (0, []),
    ],
)
def test_parameters_are_counted_as_the_taxonomy_counts_them(parameters, stated):
    (component,) = written(replace(TINY, facts=Facts(parameters=parameters)))["components"]

    counts = [
        value for name, value in properties(component) if name == "cdx:ai-ml:model:parameter:count"
    ]

    assert counts == stated


def test_destinations_stand_where_other_tools_look_for_them():
    destinations = (
        Destination("contact", "https://api.example.net/v1", "a"),
        Destination("code", "https://b.example", "b"),
        Destination("fetch", "https://c.example/model.gguf", "c"),
        Destination("reference", "https://d.example", "d"),
        Destination("literal", "https://e.example", "e"),
    )

    document = written(replace(TINY, facts=Facts(destinations=destinations)))

    assert document["services"] == [
        {
            "bom-ref": "egress:https://api.example.net/v1",
            "name": "api.example.net",
            "endpoints": ["https://api.example.net/v1"],
            "x-trust-boundary": True,
        },
        {
            "bom-ref": "egress:https://b.example",
            "name": "b.example",
            "endpoints": ["https://b.example"],
            "x-trust-boundary": True,
        },
    ]
    assert document["components"][0]["externalReferences"] == [
        {"type": "distribution", "url": "https://c.example/model.gguf"},
        {"type": "other", "url": "https://d.example"},
    ]


@pytest.mark.parametrize(
    "url", ["https://user:secret@a.example/", "https://[::1", "not a url", "https://a.example/ %"]
)
def test_a_url_that_is_secret_or_no_url_stays_in_the_properties(url):
    destinations = (Destination("contact", url, "a"), Destination("fetch", url, "b"))

    document = written(replace(TINY, facts=Facts(destinations=destinations)))

    assert "services" not in document
    assert "externalReferences" not in document["components"][0]


def test_the_same_models_are_the_same_bytes():
    twin = replace(TINY, files=(replace(TINY.files[0], path="b"),))

    assert write(Sbom((TINY, twin))) == write(Sbom((twin, TINY)))
    assert write(Sbom((TINY,))) != write(Sbom((twin,)))


def test_the_serial_number_follows_the_content():
    serials = {
        written(TINY)["serialNumber"],
        written(TINY, spec_version="1.7")["serialNumber"],
        written(TINY, timestamp="2026-01-02T03:04:05Z")["serialNumber"],
        written()["serialNumber"],
    }

    assert len(serials) == 4


def test_a_time_stands_in_the_document_only_where_it_is_given():
    assert "timestamp" not in written(TINY)["metadata"]
    assert written(TINY, timestamp="2026-01-02T03:04:05Z")["metadata"]["timestamp"] == (
        "2026-01-02T03:04:05Z"
    )


def test_text_from_a_file_reaches_no_terminal_as_it_is():
    hostile = replace(TINY, name="\x1b[31m\x9b\x7f\u202e.gguf", facts=Facts(license="\u202e\0"))

    document = write(Sbom((hostile,)))

    assert all(byte == 0x0A or 0x20 <= byte <= 0x7E for byte in document)
    assert json.loads(document)["components"][0]["name"] == "\x1b[31m\x9b\x7f\u202e.gguf"


def test_the_document_is_laid_out_as_the_standard_library_does():
    document = write(Sbom((TINY,)))

    assert document.decode() == json.dumps(json.loads(document), indent=2) + "\n"
    assert lay_out({"a": [], "b": {}, "c": [{}, [None, True, 1.5]]}) == json.dumps(
        {"a": [], "b": {}, "c": [{}, [None, True, 1.5]]}, indent=2
    )


@pytest.mark.parametrize("spec_version", ["1.6", "1.7"])
def test_the_document_is_valid(spec_version):
    assert errors(write(Sbom((TINY,)), spec_version=spec_version), spec_version) == []
    assert errors(write(Sbom(()), spec_version=spec_version), spec_version) == []


def test_the_validator_sees_what_is_invalid():
    document = write(Sbom((TINY,))).replace(b'"hash-comparison"', b'"guess"')

    assert errors(document, "1.6") != []


@pytest.mark.parametrize("spec_version", ["1.6", "1.7"])
@settings(deadline=None, max_examples=60)
@given(sbom=sboms())
def test_any_document_is_valid(spec_version, sbom):
    assert errors(write(sbom, spec_version=spec_version), spec_version) == []


def test_judging_imports_no_cyclonedx_library():
    code = (
        "import sys; from lbom_gate.sbom import build, read;"
        ' read(b\'{"bomFormat": "CycloneDX", "specVersion": "1.6"}\', \'x\');'
        " print([name for name in sys.modules if name.startswith('cyclonedx')])"
    )

    result = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )

    assert result.stdout == "[]\n"
