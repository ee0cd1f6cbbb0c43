import json
from typing import get_args

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from bills import TINY_FACTS, facts, texts
from lbom_gate.facts_v1 import KEYS, REPEATED, FactsError, decode, encode, judged
from lbom_gate.model import Facts, PropertyName, Quantization, TensorType

names = st.sampled_from([key.name for key in KEYS])

TINY_SPELLED = {
    "format": "gguf",
    "format:version": "3",
    "kind": "adapter",
    "architecture": "llama",
    "parameters": "1048576",
    "context-length": "2048",
    "license": "apache-2.0",
    "license:claimed-by": "general.license",
    "base-model": ["https://huggingface.co/example-org/Tiny"],
    "chat-template-sha256": "5cde" * 16,
    "hyperparameter": ["hidden_size=64", "num_hidden_layers=2"],
    "quantization:label": "F32",
    "quantization:verdict": "contradicted",
    "quantization:claim": [
        '{"source":"general.file_type","value":"Q4_K_M","verdict":"contradicted"}'
    ],
    "bits-per-weight": "31.9375",
    "tensor-types:tensors": "F16=1,F32=3",
    "tensor-types:parameters": "F16=4096,F32=1044480",
    "tensor-types:bytes": "F16=8192,F32=4177920",
    "tensor-types:quantizable": "F16=0,F32=1044480",
    "tensor-types:unexplained": "F16=0,F32=3",
    "tensor-types:embedding": "F16=0,F32=262144",
    "tensor-types:example": '{"F16":"token_embd.weight","F32":"blk.0.ffn_up.weight"}',
    "loading": "program",
    "import": [
        '{"known":true,"name":"collections.OrderedDict","offset":12}',
        '{"known":false,"name":"os.system"}',
    ],
    "operator": ["ADD", "custom:Sum"],
    "operator:nodes": "ADD=2,custom:Sum=1",
    "input": ['{"name":"input","shape":["batch","3","?"],"signature":"serving","type":"F32"}'],
    "output": ['{"name":"output"}'],
    "about:task": ["text-generation"],
    "about:producer": ["pytorch 2.1.0"],
    "about:metadata": ["a=b=c"],
    "destination": [
        '{"class":"metadata","offset":96,"source":"general.source.url","value":"https://example.org/x"}',
        '{"class":"literal","source":"tokenizer.chat_template","value":"https://cdn.example.net/logo.svg"}',
    ],
    "anomaly": [
        (
            '{"kind":"trailing-bytes","message":"32 bytes follow the tensors","offset":4186112,'
            '"rule":"trailing-data"}'
        )
    ],
}


def test_every_fact_has_its_published_spelling():
    assert encode(TINY_FACTS) == TINY_SPELLED
    assert decode(TINY_SPELLED) == TINY_FACTS


def test_the_table_lists_exactly_the_names_that_are_written():
    said = [f"about:{name}" for name in get_args(PropertyName)]
    others = [name for name in TINY_SPELLED if not name.startswith("about:")]
    first = others.index("destination")

    assert [key.name for key in KEYS] == [*others[:first], *said, *others[first:]]
    lists = {name for name, value in TINY_SPELLED.items() if isinstance(value, list)}
    assert lists | set(said) == REPEATED


def test_operators_that_nobody_counted_are_read():
    spelled = {name: TINY_SPELLED[name] for name in ("quantization:verdict", "operator")}

    assert decode(spelled).operators == (("ADD", 0), ("custom:Sum", 0))
    with pytest.raises(FactsError, match="operator:nodes"):
        decode(spelled | {"operator:nodes": "ADD=2"})


def test_what_is_only_told_to_people_is_not_judged():
    kept = encode(judged(TINY_FACTS))

    assert set(TINY_SPELLED) - set(kept) == {
        "operator:nodes",
        "input",
        "output",
        "about:task",
        "about:producer",
        "about:metadata",
    }


def test_of_nothing_only_the_verdict_is_spelled():
    assert encode(Facts()) == {"quantization:verdict": "unclaimed"}


@settings(deadline=None)
@given(facts)
def test_spelling_loses_nothing(some):
    assert decode(encode(some)) == some


@settings(deadline=None)
@given(facts)
def test_spelling_survives_json(some):
    assert decode(json.loads(json.dumps(encode(some)))) == some


def test_bits_per_weight_is_the_same_number_to_the_last_bit():
    third = Facts(quantization=Quantization(bits_per_weight=8 * 5021827072 / 8190735360))

    assert encode(third)["bits-per-weight"] == "4.904885191651461"
    assert decode(encode(third)) == third


def test_a_type_that_holds_a_separator_is_escaped():
    row = TensorType("a,b=c%", 1, 2, 3, 4, 5, "x")

    spelled = encode(Facts(quantization=Quantization(tensor_types=(row,))))

    assert spelled["tensor-types:tensors"] == "a%2Cb%3Dc%25=1"
    assert decode(spelled).quantization.tensor_types == (row,)


def test_two_rows_of_one_type_are_refused_rather_than_merged():
    row = TensorType("F32", 1, 2, 3, 4)

    with pytest.raises(FactsError, match="tensor-types: a type has two rows; allowed: one"):
        encode(Facts(quantization=Quantization(tensor_types=(row, row))))


@pytest.mark.parametrize(
    ("change", "problem"),
    [
        ({"formt": "gguf"}, '"formt": no fact of version 1 has this name'),
        ({"format": 3}, "format: found 3; allowed: one text"),
        ({"format": ["gguf", "gguf"]}, 'format: found ["gguf", "gguf"]; allowed: one text'),
        ({"base-model": "x"}, 'base-model: found "x"; allowed: a list of texts'),
        ({"base-model": [1]}, "base-model: found [1]; allowed: a list of texts"),
        ({"parameters": "-1"}, 'parameters: found "-1"; allowed: a whole number from 0'),
        ({"parameters": "01"}, 'parameters: found "01"; allowed: a whole number from 0'),
        ({"parameters": "٣"}, 'parameters: found "\\u0663"; allowed: a whole number from 0'),
        ({"parameters": str(2**64)}, 'parameters: found "18446744073709551616"; allowed:'),
        ({"hyperparameter": ["x"]}, 'hyperparameter: found "x"; allowed: name=number'),
        ({"hyperparameter": ["x="]}, 'hyperparameter: found ""; allowed: a whole number'),
        ({"quantization:verdict": None}, "quantization:verdict: absent; allowed: unclaimed,"),
        ({"quantization:verdict": "fine"}, 'quantization:verdict: found "fine"; allowed:'),
        ({"quantization:claim": ["{}"]}, "quantization:claim: source, value, verdict is absent"),
        ({"quantization:claim": ["Q4_K"]}, "quantization:claim: expecting value"),
        ({"bits-per-weight": "nan"}, 'bits-per-weight: found "nan"; allowed: a decimal number'),
        ({"bits-per-weight": "1e999"}, 'bits-per-weight: found "1e999"; allowed: a decimal'),
        ({"tensor-types:tensors": "F32"}, 'tensor-types:tensors: found "F32"; allowed:'),
        ({"tensor-types:tensors": "F32=1,F32=2"}, "tensor-types:tensors: names a type twice"),
        ({"tensor-types:bytes": "F32=1"}, 'tensor-types:bytes: found ["F32"]; allowed: those of'),
        ({"tensor-types:bytes": None}, "tensor-types:bytes: found []; allowed: those of"),
        ({"tensor-types:example": "[]"}, 'tensor-types:example: found "[]"; allowed: an object'),
        ({"tensor-types:example": '{"F32":1}'}, "tensor-types:example: found"),
        ({"tensor-types:example": '{"F32":""}'}, "tensor-types:example: found"),
        ({"destination": ['{"class":"x","source":"","value":""}']}, 'destination: found "x"'),
        ({"destination": ['{"class":"literal","source":"","value":1}']}, "destination: value:"),
        (
            {"destination": ['{"class":"literal","source":"","value":"","value":""}']},
            'destination: the key "value" stands twice in one object',
        ),
        (
            {"destination": ['{"class":"literal","offset":1.5,"source":"","value":""}']},
            "destination: offset: found 1.5; allowed: a whole number",
        ),
        (
            {"destination": ['{"class":"literal","offset":true,"source":"","value":""}']},
            "destination: offset: found true; allowed: a whole number",
        ),
        (
            {"destination": ['{"class":"literal","host":"","source":"","value":""}']},
            'destination: found "host"; allowed: class, offset, source, value',
        ),
        (
            {"anomaly": ['{"kind":"","message":"","rule":"","within":"x"}']},
            'anomaly: within: found "x"; allowed: a list of texts',
        ),
        ({"anomaly": ["[" * 5000]}, "anomaly: nested too deep; allowed: 200 levels"),
    ],
)
def test_malformed_values_are_refused_by_name(change, problem):
    spelled = {k: v for k, v in (TINY_SPELLED | change).items() if v is not None}

    with pytest.raises(FactsError) as refusal:
        decode(spelled)

    assert str(refusal.value).startswith(problem)


def test_unknown_names_are_ignored_only_on_demand():
    assert decode(TINY_SPELLED | {"colour": "red"}, unknown="ignore") == TINY_FACTS


@settings(deadline=None)
@given(st.dictionaries(names, texts | st.lists(texts)))
def test_any_text_is_facts_or_refused(values):
    try:
        decoded = decode(values)
    except FactsError:
        return
    assert decode(encode(decoded)) == decoded
