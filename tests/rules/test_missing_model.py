from rule_building import context, file, findings, model, only, pin, pins, settings

from lbom_gate.model import Sbom

RULE = "missing-model"
LOCK = pins(pin("models/config.json"), pin("models/gone.gguf"))
FOUND = Sbom((model(file(), file("models/config.json")),))


def test_a_pinned_file_that_is_there_passes():
    lock = pins(pin(), pin("models/config.json"))

    assert findings(RULE, FOUND, settings(), context(lock, is_whole=True)) == []


def test_a_pinned_file_that_is_gone_is_found():
    finding = only(findings(RULE, FOUND, settings(), context(LOCK, is_whole=True)))

    assert finding.path == "models/gone.gguf"
    assert finding.message == "pinned in lbom.lock, and not found"
    assert finding.pin is not None


def test_a_pinned_file_that_a_run_over_some_paths_did_not_see_passes():
    assert findings(RULE, FOUND, settings(), context(LOCK, is_whole=False)) == []
