from rule_building import allow, check, model, only, settings, span

from lbom_gate import _scanner
from lbom_gate.model import Anomaly

RULE = "unlisted-format"
POLICY = settings(formats_allow=allow("gguf", "safetensors"))


def test_a_listed_format_passes():
    assert check(RULE, model(format="safetensors"), POLICY) == []


def test_an_unlisted_format_is_found():
    finding = only(check(RULE, model(format="pickle"), POLICY))

    assert finding.message == "pickle is not an allowed format"
    assert finding.help == "convert the model to gguf or safetensors"
    assert finding.policy == span(18)
    assert finding.label == "none of these matches pickle"


def test_a_model_in_an_archive_is_to_be_unpacked_first():
    finding = only(check(RULE, model(format="zip"), POLICY))

    assert finding.help == "unpack it, and convert the model in it to gguf or safetensors"


def test_every_format_that_holds_others_is_to_be_unpacked_and_no_other():
    unpacked = {
        each.name
        for each in _scanner.formats()
        if (each.name not in ("gguf", "safetensors"))
        and only(check(RULE, model(format=each.name), POLICY)).help.startswith("unpack it")
    }

    assert unpacked == {each.name for each in _scanner.formats() if each.holds_others}


def test_content_of_no_known_format_is_found():
    finding = only(check(RULE, model(format=None), POLICY))

    assert finding.message == "a format the gate does not know is not an allowed format"
    assert finding.help == (
        "find out what the file is; where it is no model, leave it out (paths.exclude)"
    )


def test_content_that_nobody_read_is_left_to_not_examined_and_passes():
    unread = Anomaly("not-examined", "unreadable", "permission denied")

    assert check(RULE, model(format=None, anomalies=(unread,)), POLICY) == []


def test_any_format_under_a_policy_without_a_list_passes():
    assert check(RULE, model(format="pickle")) == []


def test_any_format_under_an_empty_list_is_found():
    finding = only(check(RULE, model(), settings(formats_allow=allow())))

    assert finding.label == "the list is empty"
