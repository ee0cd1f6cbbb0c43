import pytest

from lbom_gate.reports._words import counted, parameters, size


@pytest.mark.parametrize(
    ("count", "text"),
    [
        (0, "0 B"),
        (1023, "1023 B"),
        (1024, "1 KiB"),
        (1_572_864, "1.5 MiB"),
        (461_373_440, "440 MiB"),
        (4_920_734_112, "4.58 GiB"),
        (2**40, "1024 GiB"),
    ],
)
def test_a_size_is_in_binary_units(count, text):
    assert size(count) == text


@pytest.mark.parametrize(
    ("count", "text"),
    [(999, "999"), (1_048_576, "1.05M"), (8_030_261_248, "8.03B"), (70_553_706_496, "70.55B")],
)
def test_a_number_of_parameters_is_as_the_field_writes_it(count, text):
    assert parameters(count) == text


@pytest.mark.parametrize(("count", "text"), [(0, "0 errors"), (1, "1 error"), (2, "2 errors")])
def test_a_count_agrees_with_its_noun(count, text):
    assert counted(count, "error") == text
