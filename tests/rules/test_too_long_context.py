from rule_building import check, model, only, setting, settings, span

RULE = "too-long-context"
MOST = settings(max_context_length=setting(32_768))


def test_a_context_up_to_the_limit_passes():
    assert check(RULE, model(context_length=32_768), MOST) == []


def test_a_longer_context_is_found():
    finding = only(check(RULE, model(context_length=1_048_576), MOST))

    assert finding.message == "a context of 1,048,576 tokens is longer than 32,768"
    assert (finding.policy, finding.label) == (span(18), "the most allowed")
    assert finding.location.key == "llama.context_length"


def test_an_unknown_length_is_not_examined():
    assert check(RULE, model(), MOST) == []
    finding = only(check("not-examined", model(), MOST))
    assert finding.message == (
        "the context length is unknown, and architecture.max-context-length asks for it"
    )
    assert finding.policy == span(18)


def test_any_length_passes_where_nothing_is_asked():
    assert check(RULE, model(context_length=10**9)) == []
