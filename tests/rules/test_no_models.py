from rule_building import findings, model, only, settings

from lbom_gate.model import Sbom

RULE = "no-models"


def test_a_run_that_found_a_model_passes():
    assert findings(RULE, Sbom((model(),)), settings()) == []


def test_a_run_that_found_no_model_is_found():
    finding = only(findings(RULE, Sbom(()), settings()))

    assert finding.path == "."
    assert finding.message == "no model was found"


def test_a_document_without_models_is_found_like_files_without_models():
    assert only(findings(RULE, Sbom((), (), "bom.cdx.json"), settings())).path == "."
