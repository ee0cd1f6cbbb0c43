from dataclasses import replace

from rule_building import context, findings, only, settings, span

from lbom_gate.model import Change, Changes, Sbom

RULE = "policy-changed"
CHANGES = Changes(
    "main (1a2b3c)",
    "lbom-gate.yaml",
    (
        Change("tightens", "rule remote-code: warning -> error", span(3), span(9)),
        Change("loosens", "drops the pin of a.gguf", old=span(4, path="lbom.lock")),
        Change("loosens", "quantization: allows Q2_K", span(4), span(7)),
        Change("changes", "require-version: >=0.1 -> >=0.2", span(5), span(5)),
    ),
)


def check(changes: Changes | None):
    return findings(RULE, Sbom(()), settings(), replace(context(), changes=changes))


def test_a_run_under_its_own_policy_passes():
    assert check(None) == []


def test_a_change_that_leaves_the_policy_alone_passes():
    assert check(Changes("main (1a2b3c)", "lbom-gate.yaml", ())) == []


def test_a_change_of_the_policy_is_found():
    finding = only(check(CHANGES))

    assert finding.path == "lbom-gate.yaml"
    assert finding.message == (
        "the policy is not that of main (1a2b3c): 2 looser, 1 different, 1 stricter"
    )
    assert finding.notes == (
        "loosens: drops the pin of a.gguf",
        "loosens: quantization: allows Q2_K",
        "changes: require-version: >=0.1 -> >=0.2",
        "tightens: rule remote-code: warning -> error",
    )
    assert finding.policy == span(7)


def test_of_very_many_changes_the_rest_is_counted():
    many = tuple(Change("loosens", f"drops the pin of {i}") for i in range(60))
    finding = only(check(replace(CHANGES, each=many)))

    assert len(finding.notes) == 51
    assert finding.notes[-1] == "and 10 more"
