import pytest

from lbom_gate.policies import PolicyErrors, find


@pytest.fixture
def tree(tmp_path):
    """Return a repository with a directory two levels down."""
    root = tmp_path / "repository"
    (root / "models" / "small").mkdir(parents=True)
    (root / ".github").mkdir()
    return root


def test_there_may_be_no_policy(tree):
    assert find(tree / "models", tree) is None


@pytest.mark.parametrize("name", ["lbom-gate.yaml", ".lbom-gate.yaml", ".github/lbom-gate.yaml"])
def test_a_policy_has_three_names(tree, name):
    (tree / name).touch()

    assert find(tree / "models" / "small", tree) == tree / name


def test_the_nearest_policy_wins(tree):
    (tree / "lbom-gate.yaml").touch()
    (tree / "models" / ".lbom-gate.yaml").touch()

    assert find(tree / "models" / "small", tree) == tree / "models" / ".lbom-gate.yaml"
    assert find(tree, tree) == tree / "lbom-gate.yaml"


def test_a_file_is_searched_for_from_its_directory(tree):
    (tree / "models" / "lbom-gate.yaml").touch()
    (tree / "models" / "a.gguf").touch()

    assert find(tree / "models" / "a.gguf", tree) == tree / "models" / "lbom-gate.yaml"
    assert find(tree / "models" / "missing.gguf", tree) == tree / "models" / "lbom-gate.yaml"


def test_no_policy_above_the_root_is_taken(tree):
    (tree.parent / "lbom-gate.yaml").touch()

    assert find(tree / "models", tree) is None


def test_a_path_outside_of_the_root_has_the_policy_of_the_root(tree):
    (tree / "lbom-gate.yaml").touch()
    outside = tree.parent / "elsewhere"
    outside.mkdir()
    (outside / "lbom-gate.yaml").touch()

    assert find(outside, tree) == tree / "lbom-gate.yaml"


def test_a_dangling_link_is_no_absence_of_a_policy(tree):
    (tree / "lbom-gate.yaml").symlink_to("gone.yaml")

    assert find(tree, tree) == tree / "lbom-gate.yaml"


def test_two_policies_for_one_directory_are_one_too_many(tree):
    (tree / "lbom-gate.yaml").touch()
    (tree / ".github" / "lbom-gate.yaml").touch()

    with pytest.raises(PolicyErrors) as caught:
        find(tree / "models", tree)
    (diagnostic,) = caught.value.diagnostics
    assert diagnostic.message == (
        "two policies for one directory: lbom-gate.yaml and .github/lbom-gate.yaml"
    )
    assert (diagnostic.span.path, diagnostic.help) == (
        ".github/lbom-gate.yaml",
        "remove one of them",
    )
