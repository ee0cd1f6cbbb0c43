"""What holds of the rules whatever the model and the policy are."""

from hypothesis import given
from hypothesis import strategies as st
from rule_building import allow, check, model, settings

from lbom_gate.model import Claim, Quantization, TensorType

NAMES = st.sampled_from(["F16", "F32", "Q2_K", "Q4_K", "Q4_K_M", "Q8_0"])
LISTS = st.lists(NAMES, unique=True)
VERDICTS = st.sampled_from(["unclaimed", "no-evidence", "consistent", "mixed", "contradicted"])
COUNTS = st.integers(0, 3)
ROWS = st.builds(TensorType, NAMES, COUNTS, COUNTS, COUNTS, COUNTS, COUNTS, st.just("blk.0"))
QUANTIZATIONS = st.builds(
    Quantization,
    st.none() | NAMES,
    st.lists(st.builds(Claim, NAMES, st.just("file name"), VERDICTS)).map(tuple),
    VERDICTS,
    st.lists(ROWS, unique_by=lambda row: row.name).map(tuple),
    st.none() | st.floats(0, 32),
)


@given(QUANTIZATIONS, LISTS, NAMES)
def test_a_longer_list_of_quantizations_never_adds_a_finding(quantization, listed, more):
    subject = model(quantization=quantization)

    strict = check("unlisted-quantization", subject, settings(quantization_allow=allow(*listed)))
    loose = check(
        "unlisted-quantization", subject, settings(quantization_allow=allow(*listed, more))
    )

    assert len(loose) <= len(strict)


@given(QUANTIZATIONS)
def test_a_list_of_everything_refuses_no_quantization(quantization):
    policy = settings(quantization_allow=allow("*"))

    assert check("unlisted-quantization", model(quantization=quantization), policy) == []


@given(QUANTIZATIONS)
def test_an_empty_list_refuses_every_model_that_says_what_it_is(quantization):
    policy = settings(quantization_allow=allow())
    found = check("unlisted-quantization", model(quantization=quantization), policy)

    is_judged = quantization.verdict != "no-evidence" and quantization.label is not None
    assert found or not is_judged or quantization.verdict == "contradicted"


@given(QUANTIZATIONS)
def test_a_model_without_findings_has_no_contradicted_claim(quantization):
    found = check("contradicted-quantization", model(quantization=quantization))

    assert bool(found) == (quantization.verdict == "contradicted")
