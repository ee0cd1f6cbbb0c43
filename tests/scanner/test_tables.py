"""The tables of numbers that headers hold, against those of another project."""

from gguf import GGML_QUANT_SIZES, GGMLQuantizationType, LlamaFileType

from lbom_gate import _scanner

# Newer than gguf 0.19.0, the latest release on PyPI. Once it has them, this test says so.
NEW_TYPES = {(42, "Q2_0", 64, 18)}
NEW_FILE_TYPES = {(41, "Q2_0")}
# ggml.h makes a block of two halves and 32 bytes; the package counts the halves as floats.
DIFFERENT_HERE, DIFFERENT_THERE = {(9, "Q8_1", 32, 36)}, {(9, "Q8_1", 32, 40)}
# A flag that is only ever set in memory, so that no file may hold it.
NOT_IN_FILES = {(1024, "GUESSED")}


def test_tensor_types_have_the_numbers_and_blocks_of_the_reference() -> None:
    theirs = {(kind.value, kind.name, *GGML_QUANT_SIZES[kind]) for kind in GGMLQuantizationType}
    ours = _scanner.ggml_types()

    assert len(ours) == 35
    assert set(ours) - theirs == NEW_TYPES | DIFFERENT_HERE
    assert theirs - set(ours) == DIFFERENT_THERE


def test_recipes_have_the_numbers_and_names_of_the_reference() -> None:
    theirs = {
        (kind.value, kind.name.removeprefix("MOSTLY_").removeprefix("ALL_"))
        for kind in LlamaFileType
    }
    ours = [(value, name) for value, name, _ in _scanner.file_types()]

    assert len(ours) == 36
    assert set(ours) - theirs == NEW_FILE_TYPES
    assert theirs - set(ours) == NOT_IN_FILES


def test_every_recipe_is_named_for_a_tensor_type() -> None:
    tensor_types = {name for _, name, _, _ in _scanner.ggml_types()}

    assert {default for _, _, default in _scanner.file_types()} <= tensor_types


def test_tables_are_sorted_by_number_and_hold_each_once() -> None:
    for table in (_scanner.ggml_types(), _scanner.file_types()):
        numbers = [row[0] for row in table]

        assert numbers == sorted(set(numbers))
