from dataclasses import replace

from rule_building import check, context, file, model, only, pin, pins, setting, settings, span

RULE = "unpinned-model"
POLICY = settings(pins_require=setting(value=True))


def test_a_pinned_model_passes():
    assert check(RULE, model(), POLICY, context(pins(pin()))) == []


def test_an_unpinned_model_is_found():
    finding = only(check(RULE, model(), POLICY, context(pins(pin("other.gguf")))))

    assert finding.message == "not pinned in lbom.lock"
    assert finding.help == "review the model, then pin it: lbom-gate lock"
    assert finding.policy == span(18)


def test_a_model_where_there_is_no_lock_is_found():
    finding = only(check(RULE, model(), POLICY, context(pins(exists=False))))

    assert finding.message == "not pinned: there is no lbom.lock"


def test_an_unpinned_companion_is_found():
    both = model(file(), replace(file("models/config.json"), role="companion"))

    finding = only(check(RULE, both, POLICY, context(pins(pin()))))

    assert finding.message == "models/config.json, read with this model, is not pinned in lbom.lock"


def test_only_some_parts_pinned_is_found():
    parts = model(file(), file("models/2.gguf"), file("models/3.gguf"))

    finding = only(check(RULE, parts, POLICY, context(pins(pin()))))

    assert finding.message == (
        "2 of 3 parts not pinned in lbom.lock: models/2.gguf and models/3.gguf"
    )


def test_a_model_of_which_no_part_is_pinned_is_found():
    parts = model(file(), file("models/2.gguf"))

    finding = only(check(RULE, parts, POLICY, context(pins(pin("other.gguf")))))

    assert finding.message == "not pinned in lbom.lock"


def test_an_unpinned_model_where_no_pin_is_required_passes():
    assert check(RULE, model()) == []
    assert check(RULE, model(), settings(pins_require=setting(value=False))) == []
