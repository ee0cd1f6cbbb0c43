import pytest
from rule_building import allow, check, model, only, rows, settings

from lbom_gate.model import Anomaly, Quantization

RULE = "missing-architecture"
WEIGHTS = Quantization(tensor_types=rows("F16"))


def test_a_stated_architecture_passes():
    assert check(RULE, model(quantization=WEIGHTS)) == []


@pytest.mark.parametrize("name", ["gguf", "safetensors"])
def test_weights_without_an_architecture_is_found(name):
    finding = only(check(RULE, model(format=name, architecture=None, quantization=WEIGHTS)))

    assert finding.message == "no architecture is stated"


def test_a_file_without_tensors_passes():
    assert check(RULE, model(architecture=None)) == []


def test_a_model_that_was_not_read_passes():
    unread = Anomaly("not-examined", "over-limit", "too many tensors")

    subject = model(architecture=None, quantization=WEIGHTS, anomalies=(unread,))

    assert check(RULE, subject) == []


def test_a_missing_architecture_that_a_list_asks_for_is_left_to_not_examined_and_passes():
    policy = settings(architecture_allow=allow("llama"))

    assert check(RULE, model(architecture=None, quantization=WEIGHTS), policy) == []
