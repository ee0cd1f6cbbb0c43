"""What tests of the bill of materials share: one model written out, and strategies for any."""

from typing import get_args

from hypothesis import strategies as st

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
    PropertyName,
    Quantization,
    Sbom,
    TensorType,
)

PROPERTIES = get_args(PropertyName)
TINY_SHA256 = "9f2c" * 16
CONFIG_SHA256 = "03ab" * 16
TEMPLATE_SHA256 = "5cde" * 16

TINY_FACTS = Facts(
    format="gguf",
    format_version="3",
    kind="adapter",
    architecture="llama",
    parameters=1_048_576,
    context_length=2048,
    license="apache-2.0",
    license_source="general.license",
    base_models=("https://huggingface.co/example-org/Tiny",),
    chat_template=TEMPLATE_SHA256,
    hyperparameters=(("hidden_size", 64), ("num_hidden_layers", 2)),
    quantization=Quantization(
        label="F32",
        claims=(Claim("Q4_K_M", "general.file_type", "contradicted"),),
        verdict="contradicted",
        tensor_types=(
            TensorType("F16", 1, 4096, 8192, 0, 0, "token_embd.weight"),
            TensorType(
                "F32", 3, 1_044_480, 4_177_920, 1_044_480, 3, "blk.0.ffn_up.weight", 262_144
            ),
        ),
        bits_per_weight=31.9375,
    ),
    loading="program",
    imports=(
        Import("collections.OrderedDict", is_known=True, offset=12),
        Import("os.system", is_known=False),
    ),
    operators=(("ADD", 2), ("custom:Sum", 1)),
    inputs=(Port("input", "serving", "F32", ("batch", "3", "?")),),
    outputs=(Port("output"),),
    properties=(("task", "text-generation"), ("producer", "pytorch 2.1.0"), ("metadata", "a=b=c")),
    destinations=(
        Destination("metadata", "https://example.org/x", "general.source.url", 96),
        Destination("literal", "https://cdn.example.net/logo.svg", "tokenizer.chat_template"),
    ),
    anomalies=(
        Anomaly("trailing-data", "trailing-bytes", "32 bytes follow the tensors", 4_186_112),
    ),
)
TINY = Model(
    name="tiny.gguf",
    files=(
        File("models/tiny.gguf", 4_186_144, (Digest("sha256", TINY_SHA256, "verified"),)),
        File(
            "models/config.json", 712, (Digest("sha256", CONFIG_SHA256, "verified"),), "companion"
        ),
    ),
    facts=TINY_FACTS,
    name_agrees=True,
)

# Any text a file may hold: controls, reading directions, characters beyond the first plane. Half a
# surrogate pair is no text.
texts = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
counts = st.integers(0, 2**64 - 1)
offsets = st.none() | counts
verdicts = st.sampled_from(["unclaimed", "no-evidence", "consistent", "mixed", "contradicted"])
urls = texts | st.builds("https://{}/{}".format, st.sampled_from(["a.example", "b.example"]), texts)
destinations = st.builds(
    Destination,
    cls=st.sampled_from(["contact", "fetch", "code", "metadata", "literal", "reference"]),
    value=urls,
    source=texts,
    offset=offsets,
)
anomalies = st.builds(
    Anomaly,
    rule=st.sampled_from(["not-examined", "malformed-header", "symlink-escape"]) | texts,
    kind=texts,
    message=texts,
    offset=offsets,
    within=st.lists(texts, max_size=3).map(tuple),
)
tensor_types = st.builds(
    TensorType,
    name=st.sampled_from(["F32", "Q4_K", "%", "%2C", "a,b", "a=b", ""]) | texts,
    tensors=counts,
    parameters=counts,
    bytes=counts,
    quantizable_parameters=counts,
    unexplained_tensors=counts,
    example=texts,
    embedding_parameters=counts,
)
quantizations = st.builds(
    Quantization,
    label=st.none() | texts,
    claims=st.lists(st.builds(Claim, texts, texts, verdicts), max_size=3).map(tuple),
    verdict=verdicts,
    tensor_types=st.lists(tensor_types, max_size=4, unique_by=lambda row: row.name).map(
        lambda rows: tuple(sorted(rows, key=lambda row: row.name))
    ),
    bits_per_weight=st.none() | st.floats(allow_nan=False, allow_infinity=False),
)
# What is told to people comes from a few that were written out: one of each kind of oddity.
ports = st.sampled_from(
    [
        (),
        (Port("x", "serving", "F32", ("batch", "?", "3")), Port("", None, None, ())),
        (Port('\x1b\u202e"', "a=b", "sequence(F32)", None),),
    ]
)
said = st.sampled_from(
    [
        (),
        (("name", "a=b"), ("opset", "ai.onnx 17"), ("opset", "x 1"), ("metadata", "k=\n\x1b")),
        tuple((name, f"{name} é") for name in PROPERTIES),
    ]
)
facts = st.builds(
    Facts,
    format=st.none() | texts,
    format_version=st.none() | texts,
    kind=st.none() | st.sampled_from(["adapter", "projector", "importance-matrix", "vocabulary"]),
    architecture=st.none() | texts,
    parameters=offsets,
    context_length=offsets,
    license=st.none() | texts | st.sampled_from(["apache-2.0", "MIT", "llama3.1"]),
    license_source=st.none() | texts,
    base_models=st.lists(texts, max_size=3).map(tuple),
    chat_template=st.none() | texts,
    hyperparameters=st.lists(st.tuples(texts, counts), max_size=3).map(tuple),
    quantization=quantizations,
    loading=st.none() | st.sampled_from(["data", "program", "code"]),
    imports=st.lists(st.builds(Import, texts, st.booleans(), offsets), max_size=3).map(tuple),
    operators=st.dictionaries(texts, counts, max_size=3).map(lambda used: tuple(used.items())),
    inputs=ports,
    outputs=ports,
    properties=said,
    destinations=st.lists(destinations, max_size=3).map(tuple),
    anomalies=st.lists(anomalies, max_size=2).map(tuple),
)

_DIGITS = {"sha256": 64, "sha512": 128, "md5": 32, "blake3": 64}


@st.composite
def digests(draw):
    algorithm = draw(st.sampled_from(sorted(_DIGITS)))
    value = draw(
        st.text("0123456789abcdef", min_size=_DIGITS[algorithm], max_size=_DIGITS[algorithm])
    )
    if draw(st.booleans()):
        return Digest(algorithm, value, "verified")
    return Digest(algorithm, value, "claimed", draw(st.none() | texts))


def files(paths, role):
    return st.builds(
        File,
        path=paths,
        size=offsets,
        digests=st.lists(digests(), max_size=3, unique_by=lambda each: each.algorithm).map(tuple),
        role=role,
    )


_paths = (
    st.lists(st.sampled_from(["a", "..", "b\\xff", "c.gguf"]) | texts, min_size=1, max_size=3)
    .map("/".join)
    .filter(bool)
)


@st.composite
def models(draw, path):
    first = draw(files(st.just(path), st.sampled_from(["weights", "pointer"])))
    rest = draw(
        st.lists(
            files(_paths, st.sampled_from(["weights", "pointer", "companion"])),
            max_size=2,
            unique_by=lambda each: each.path,
        )
    )
    return Model(
        name=draw(texts),
        files=(first, *rest),
        facts=draw(facts),
        evidence=draw(st.sampled_from(["measured", "locked", "declared"])),
        name_agrees=draw(st.none() | st.booleans()),
    )


@st.composite
def sboms(draw):
    paths = sorted(draw(st.lists(_paths, max_size=3, unique=True)))
    return Sbom(
        models=tuple(draw(models(path)) for path in paths),
        destinations=tuple(draw(st.lists(destinations, max_size=2))),
        scope=draw(st.sampled_from(["repository", "paths", None])),
    )
