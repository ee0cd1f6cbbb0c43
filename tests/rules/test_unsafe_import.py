from rule_building import allow, broken, check, model, only, settings, span

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

    assert finding.message == ("2 imports that weights do not need: os.system and builtins.eval")
    assert finding.location is not None
    assert finding.location.offset == 40
    assert finding.notes == ("imports os.system at byte 40", "imports builtins.eval at byte 80")


def test_a_single_import_is_named():
    finding = only(check(RULE, model(imports=(Import("os.system", is_known=False, offset=40),))))

    assert finding.message == "imports os.system"


SKLEARN = (
    Import("sklearn.tree._tree.Tree", is_known=False, offset=40),
    Import("sklearn.linear_model._base.LinearRegression", is_known=False, offset=80),
)


def test_imports_that_the_policy_lists_pass():
    assert check(RULE, model(imports=SKLEARN), settings(imports_allow=allow("sklearn.*"))) == []


def test_an_import_off_the_list_is_found_at_the_line_of_the_list():
    policy = settings(imports_allow=allow("sklearn.tree.*"))
    finding = only(check(RULE, model(imports=SKLEARN), policy))

    assert finding.message == "imports sklearn.linear_model._base.LinearRegression"
    assert finding.policy == span(18)
    assert finding.label == "does not match sklearn.linear_model._base.LinearRegression"


def test_a_list_of_imports_excuses_no_anomaly():
    policy = settings(imports_allow=allow("*"))

    assert len(check(RULE, broken(RULE, "a computed name"), policy)) == 1
