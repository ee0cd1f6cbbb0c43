import dataclasses

import pytest
from rule_building import (
    SHA_A,
    allow,
    broken,
    check,
    context,
    file,
    model,
    only,
    pin,
    pins,
    quantized,
    rows,
    setting,
    settings,
    span,
)

from lbom_gate.model import Anomaly, Claim, Quantization

RULE = "not-examined"
EVERYTHING = {
    "formats_allow": allow("gguf"),
    "architecture_allow": allow("llama"),
    "max_parameters": setting(10_000),
    "quantization_allow": allow("Q8_0"),
    "min_bits_per_weight": setting(4.0),
}


def test_a_model_with_every_fact_that_is_asked_for_passes():
    known = model(quantization=Quantization("Q8_0", (), "unclaimed", rows("Q8_0"), 8.5))

    assert check(RULE, known, settings(**EVERYTHING), context(pins(pin()))) == []


def test_a_file_that_could_not_be_read_is_found():
    finding = only(check(RULE, broken(RULE, "permission denied")))

    assert finding.message == "permission denied"
    assert finding.level == "error"
    assert finding.path == "models/tiny.gguf"
    assert finding.policy == span(3)
    assert finding.sha256 == SHA_A


@pytest.mark.parametrize(
    ("kind", "advice"),
    [
        ("directory", "give the directory a name that is no model's, or"),
        ("not-a-regular-file", "remove it, or"),
        ("limit-links", "check what the link leads to by itself"),
        ("opaque-archive", "unpack it, so"),
        ("of-tomorrow", "make the file readable to the gate, or"),
    ],
)
def test_what_stood_in_the_way_says_what_to_do(kind, advice):
    unread = model(format=None, anomalies=(Anomaly(RULE, kind, "not read"),))

    assert only(check(RULE, unread)).help.startswith(advice)


def test_a_file_that_could_not_be_read_is_not_asked_for_facts():
    unread = broken(RULE, "permission denied")
    unread = dataclasses.replace(
        unread, facts=dataclasses.replace(unread.facts, architecture=None, parameters=None)
    )

    only(check(RULE, unread, settings(**EVERYTHING)))


def test_an_architecture_that_is_asked_for_and_unknown_is_found():
    finding = only(
        check(RULE, model(architecture=None), settings(architecture_allow=allow("llama")))
    )

    assert finding.message == "no architecture could be read, and architecture.allow asks for one"
    assert finding.policy == span(18)


@pytest.mark.parametrize(
    ("format_", "evidence", "advice"),
    [
        ("gguf", "measured", "set general.architecture in the file"),
        ("safetensors", "measured", "put the model's config.json beside it"),
        ("safetensors", "declared", "supply the fact"),
    ],
)
def test_who_asks_for_an_architecture_says_how_a_file_comes_to_have_one(format_, evidence, advice):
    stateless = model(architecture=None, format=format_, evidence=evidence)

    finding = only(check(RULE, stateless, settings(architecture_allow=allow("llama"))))

    assert finding.help == (f"{advice}, or set not-examined to warning for this path in overrides")


def test_an_architecture_that_nobody_asks_for_passes():
    assert check(RULE, model(architecture=None)) == []


def test_a_declared_architecture_passes():
    declared = model(evidence="declared")

    assert check(RULE, declared, settings(architecture_allow=allow("llama"))) == []


def test_a_number_of_parameters_that_is_asked_for_and_unknown_is_found():
    finding = only(check(RULE, model(parameters=None), settings(max_parameters=setting(10))))

    assert finding.message == (
        "the number of parameters is unknown, and architecture.max-parameters asks for it"
    )


def test_unknown_bits_of_quantizable_tensors_is_found():
    packed = quantized(tensor_types=rows("I32"))

    finding = only(check(RULE, packed, settings(min_bits_per_weight=setting(4.0))))

    assert (
        finding.message == "the bits per weight are unknown, and min-bits-per-weight asks for them"
    )


def test_unknown_bits_where_no_tensor_is_quantizable_passes():
    assert check(RULE, model(), settings(min_bits_per_weight=setting(4.0))) == []


def test_a_declared_model_without_any_fact_is_found_once_for_each():
    bare = model(evidence="declared", format=None, architecture=None, parameters=None)

    messages = [finding.message for finding in check(RULE, bare, settings(**EVERYTHING))]

    assert messages == [
        "no format is declared, and formats.allow asks for one",
        "no architecture could be read, and architecture.allow asks for one",
        "the number of parameters is unknown, and architecture.max-parameters asks for it",
        "no quantization is declared, and quantization.allow asks for one",
        "the bits per weight are unknown, and min-bits-per-weight asks for them",
    ]


def test_a_declared_claim_is_a_declared_quantization_and_passes():
    claim = Claim("Q8_0", "sbom", "no-evidence")
    declared = model(evidence="declared", quantization=Quantization(claims=(claim,)))

    assert check(RULE, declared, settings(quantization_allow=allow("Q8_0"))) == []


def test_an_unread_link_whose_own_rule_is_off_is_found():
    link = broken("symlink-escape", "the link leads to /etc/passwd")

    finding = only(check(RULE, link, settings({"symlink-escape": "off"})))

    assert finding.message == "the link leads to /etc/passwd"


def test_an_unread_link_whose_own_rule_speaks_passes():
    assert check(RULE, broken("symlink-escape", "the link leads to /etc/passwd")) == []


def test_a_pinned_file_without_a_digest_is_found():
    finding = only(check(RULE, model(file(sha256=None)), around=context(pins(pin()))))

    assert finding.message == "no SHA-256 of models/tiny.gguf is known, and the lock pins one"
    assert finding.policy is not None
    assert finding.policy.path == "lbom.lock"
