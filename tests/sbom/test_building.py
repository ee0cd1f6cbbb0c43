from types import SimpleNamespace

from lbom_gate.model import (
    Anomaly,
    Claim,
    Destination,
    Digest,
    Facts,
    File,
    Import,
    Model,
    Port,
    TensorType,
)
from lbom_gate.sbom import build

SHA256 = "9f2c" * 16
OID = "4d7a" * 16


def unchanged(path):
    return path


def quantization(**values):
    nothing = {
        "label": None,
        "claims": [],
        "verdict": "unclaimed",
        "tensor_types": [],
        "bits_per_weight": None,
    }
    return SimpleNamespace(**(nothing | values))


def facts(**values):
    nothing = dict.fromkeys(
        (
            "kind",
            "architecture",
            "parameters",
            "context_length",
            "license",
            "license_source",
            "chat_template",
            "loading",
        )
    )
    lists = {
        "base_models": [],
        "hyperparameters": [],
        "imports": [],
        "operators": [],
        "inputs": [],
        "outputs": [],
        "properties": [],
        "destinations": [],
        "anomalies": [],
    }
    return SimpleNamespace(**(nothing | lists | {"quantization": quantization()} | values))


def fingerprint(path, **values):
    measured = {
        "size": 4096,
        "sha256": SHA256,
        "format": "gguf",
        "format_version": "3",
        "name_agrees": True,
        "pointer": None,
        "companions": [],
        "part_of": None,
        "model": None,
        "facts": facts(),
    }
    return SimpleNamespace(path=path, **(measured | values))


def not_examined(path, kind):
    return SimpleNamespace(path=path, kind=kind, message="why")


def test_a_fingerprint_becomes_a_model_with_every_fact():
    record = fingerprint(
        "/r/models/a.gguf",
        companions=[SimpleNamespace(path="/r/models/config.json", size=7, sha256=OID)],
        facts=facts(
            architecture="llama",
            parameters=1024,
            context_length=2048,
            license="mit",
            license_source="general.license",
            base_models=["org/base"],
            chat_template=OID,
            hyperparameters=[("hidden_size", 64)],
            quantization=quantization(
                label="F32",
                claims=[
                    SimpleNamespace(value="F32", source="general.file_type", verdict="consistent")
                ],
                verdict="consistent",
                tensor_types=[
                    SimpleNamespace(
                        name="F32",
                        tensors=1,
                        parameters=1024,
                        bytes=4096,
                        quantizable_parameters=1000,
                        unexplained_tensors=2,
                        embedding_parameters=400,
                        example="t",
                    )
                ],
                bits_per_weight=32.0,
            ),
            loading="program",
            imports=[SimpleNamespace(name="os.system", is_known=False, offset=40)],
            operators=[("ADD", 2), ("custom:Sum", 1)],
            inputs=[
                SimpleNamespace(name="x", signature=None, element_type="F32", shape=["?", "3"])
            ],
            outputs=[SimpleNamespace(name="y", signature="s", element_type=None, shape=None)],
            properties=[("producer", "pytorch 2.1.0")],
            destinations=[
                SimpleNamespace(cls="literal", value="https://a.example", source="k", offset=9)
            ],
            anomalies=[
                SimpleNamespace(
                    rule="trailing-data",
                    kind="trailing-bytes",
                    message="m",
                    offset=8,
                    within=["data"],
                )
            ],
        ),
    )

    (model,) = build([record], lambda path: path.removeprefix("/r/")).models

    assert model.name == "a.gguf"
    assert model.evidence == "measured"
    assert model.name_agrees is True
    assert model.files == (
        File("models/a.gguf", 4096, (Digest("sha256", SHA256, "verified"),)),
        File("models/config.json", 7, (Digest("sha256", OID, "verified"),), "companion"),
    )
    assert model.facts.format == "gguf"
    assert model.facts.format_version == "3"
    assert model.facts.architecture == "llama"
    assert model.facts.parameters == 1024
    assert model.facts.context_length == 2048
    assert (model.facts.license, model.facts.license_source) == ("mit", "general.license")
    assert model.facts.base_models == ("org/base",)
    assert model.facts.chat_template == OID
    assert model.facts.hyperparameters == (("hidden_size", 64),)
    assert model.facts.quantization.label == "F32"
    assert model.facts.quantization.claims == (Claim("F32", "general.file_type", "consistent"),)
    assert model.facts.quantization.verdict == "consistent"
    assert model.facts.quantization.tensor_types == (
        TensorType("F32", 1, 1024, 4096, 1000, 2, "t", 400),
    )
    assert model.facts.quantization.bits_per_weight == 32.0
    assert model.facts.loading == "program"
    assert model.facts.imports == (Import("os.system", is_known=False, offset=40),)
    assert model.facts.operators == (("ADD", 2), ("custom:Sum", 1))
    assert model.facts.inputs == (Port("x", None, "F32", ("?", "3")),)
    assert model.facts.outputs == (Port("y", "s", None, None),)
    assert model.facts.properties == (("producer", "pytorch 2.1.0"),)
    assert model.facts.destinations == (Destination("literal", "https://a.example", "k", 9),)
    assert model.facts.anomalies == (Anomaly("trailing-data", "trailing-bytes", "m", 8, ("data",)),)


def test_a_path_that_could_not_be_looked_at_is_a_model_without_a_digest():
    (model,) = build([not_examined("x.gguf", "unreadable")], unchanged).models

    assert model == Model(
        name="x.gguf",
        files=(File("x.gguf", None, ()),),
        facts=Facts(anomalies=(Anomaly("not-examined", "unreadable", "why"),)),
    )


def test_a_link_that_leads_out_has_a_rule_of_its_own():
    (model,) = build([not_examined("x.gguf", "symlink-escape")], unchanged).models

    assert model.facts.anomalies == (Anomaly("symlink-escape", "symlink-escape", "why"),)


def test_a_pointer_has_the_digest_and_size_of_what_it_stands_for():
    pointer = SimpleNamespace(oid=OID, size=5_000_000_000, is_followed=False)

    (model,) = build([fingerprint("x.gguf", size=134, pointer=pointer)], unchanged).models

    digest = Digest("sha256", OID, "claimed", "git-lfs")
    assert model.files == (File("x.gguf", 5_000_000_000, (digest,), "pointer"),)
    assert not model.is_examined
    (anomaly,) = model.facts.anomalies
    assert (anomaly.rule, anomaly.kind) == ("not-examined", "pointer-without-content")
    assert anomaly.message == (
        "a git-LFS pointer: its content is not here, and the lock does not know it"
    )


def test_models_are_sorted_by_path():
    sbom = build([fingerprint("b"), not_examined("a", "vanished"), fingerprint("B")], unchanged)

    assert [model.path for model in sbom.models] == ["B", "a", "b"]


def test_a_path_given_twice_is_one_model():
    sbom = build([fingerprint("./a"), fingerprint("a")], lambda path: path.removeprefix("./"))

    assert [model.path for model in sbom.models] == ["a"]


def shard(path, **values):
    measured = {"size": 4096, "sha256": SHA256, "pointer": None, "not_examined": None}
    return SimpleNamespace(path=path, **(measured | values))


def sharded(*shards, **values):
    measured = {
        "companions": [SimpleNamespace(path="/r/m.safetensors.index.json", size=7, sha256=OID)],
        "format": "gguf",
        "format_version": "3",
        "name_agrees": True,
        "facts": facts(parameters=1024),
    }
    return SimpleNamespace(shards=list(shards), **(measured | values))


def test_the_records_of_parts_make_one_model():
    model = sharded(shard("/r/1.gguf"), shard("/r/2.gguf", sha256=OID))
    records = [
        fingerprint("/r/2.gguf", part_of="/r/1.gguf", model=model),
        fingerprint("/r/1.gguf", part_of="/r/1.gguf"),
        fingerprint("/r/other.gguf"),
    ]

    bill = build(records, unchanged)

    assert [model.path for model in bill.models] == ["/r/1.gguf", "/r/other.gguf"]
    assert bill.models[0] == Model(
        name="1.gguf",
        files=(
            File("/r/1.gguf", 4096, (Digest("sha256", SHA256, "verified"),)),
            File("/r/2.gguf", 4096, (Digest("sha256", OID, "verified"),)),
            File(
                "/r/m.safetensors.index.json",
                7,
                (Digest("sha256", OID, "verified"),),
                "companion",
            ),
        ),
        facts=Facts(format="gguf", format_version="3", parameters=1024),
        name_agrees=True,
    )


def test_a_part_that_could_not_be_looked_at_is_said_of_the_model():
    model = sharded(
        shard("/r/1.gguf"),
        shard("/r/2.gguf", sha256=None, not_examined=not_examined("/r/2.gguf", "symlink-escape")),
    )
    records = [
        fingerprint("/r/1.gguf", part_of="/r/1.gguf", model=model),
        not_examined("/r/2.gguf", "symlink-escape"),
    ]

    (built,) = build(records, unchanged).models

    assert built.files[1] == File("/r/2.gguf", None, ())
    assert built.facts.anomalies == (
        Anomaly("symlink-escape", "symlink-escape", "why", within=("2.gguf",)),
    )


def test_a_pointer_whose_content_is_stored_is_that_content():
    pointer = SimpleNamespace(oid=OID, size=4096, is_followed=True)
    (model,) = build([fingerprint("x.gguf", pointer=pointer)], unchanged).models
    (whole,) = build([fingerprint("x.gguf")], unchanged).models

    assert model.files == (File("x.gguf", 4096, whole.files[0].digests, "stored"),)
    assert model.facts == whole.facts


def test_a_model_of_which_a_part_is_a_pointer_is_not_examined():
    pointer = SimpleNamespace(oid=OID, size=9, is_followed=False)
    model = sharded(shard("/r/1.gguf"), shard("/r/2.gguf", pointer=pointer))

    (built,) = build([fingerprint("/r/1.gguf", part_of="/r/1.gguf", model=model)], unchanged).models

    assert built.files[1] == File(
        "/r/2.gguf", 9, (Digest("sha256", OID, "claimed", "git-lfs"),), "pointer"
    )
    assert [anomaly.kind for anomaly in built.facts.anomalies] == ["pointer-without-content"]
