from rule_building import broken, check, model, only, span

from lbom_gate.model import Import

RULE = "unsafe-import"


def test_a_file_without_one_passes():
    assert check(RULE, model()) == []


def test_a_file_with_one_is_found():
    finding = only(check(RULE, broken(RULE, "what was found", offset=4096)))

    assert finding.message == "what was found"
    assert finding.location is not None
    assert finding.location.offset == 4096
    assert finding.policy == span(3)


def test_several_of_a_kind_make_one_finding():
    finding = only(check(RULE, broken(RULE, "what was found", "another", "a third")))

    assert finding.message == "what was found; and 2 more"


def test_an_anomaly_of_another_rule_passes():
    assert check(RULE, broken("another-rule", "what was found")) == []


def test_imports_that_weights_need_pass():
    known = model(imports=(Import("torch._utils._rebuild_tensor_v2", is_known=True, offset=9),))

    assert check(RULE, known) == []


def test_an_import_that_weights_do_not_need_is_found():
    imports = (
        Import("collections.OrderedDict", is_known=True, offset=2),
        Import("os.system", is_known=False, offset=40),
        Import("builtins.eval", is_known=False, offset=80),
    )
    finding = only(check(RULE, model(imports=imports)))

    assert finding.message == "imports os.system; and 1 more"
    assert finding.location is not None
    assert finding.location.offset == 40
    assert finding.notes == ("imports os.system", "imports builtins.eval")
