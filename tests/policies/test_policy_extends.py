"""Which files a policy is read from."""

import os

import pytest

from lbom_gate.policies import PolicyErrors, load

V = "version: 1\n"


@pytest.fixture
def load_files(tmp_path, rules):
    """Return what writes files and loads `lbom-gate.yaml` among them."""

    def load_it(**texts):
        for name, text in texts.items():
            file = tmp_path / f"{name.replace('__', '/')}.yaml"
            file.parent.mkdir(parents=True, exist_ok=True)
            file.write_text(text)
        (tmp_path / "policy.yaml").rename(tmp_path / "lbom-gate.yaml")
        return load(tmp_path / "lbom-gate.yaml", start=tmp_path, root=tmp_path, rules=rules)

    return load_it


def told(errors):
    return [
        f"{d.span.path}:{d.span.line}:{d.span.column} {d.message} | {d.label}"
        for d in errors.diagnostics
    ]


def formats(policy):
    return [pattern.text for pattern in policy.settings_for("a").formats_allow.value]


def test_the_extending_file_wins_and_a_later_one_wins_over_an_earlier(load_files):
    policy = load_files(
        policy=V + "extends: [./one.yaml, ./two.yaml]\nlicenses: {allow: [top]}\n",
        one=V + "formats: {allow: [one]}\nlicenses: {allow: [one]}\npins: {require: true}\n",
        two=V + "formats: {allow: [two]}\nlicenses: {allow: [two]}\n",
    )

    settings = policy.settings_for("a.gguf")
    assert formats(policy) == ["two"]
    assert [pattern.text for pattern in settings.licenses_allow.value] == ["top"]
    assert settings.pins_require.value is True
    assert settings.pins_require.span.path == "one.yaml"
    assert settings.formats_allow.span.path == "two.yaml"
    assert policy.extends == ("./one.yaml", "./two.yaml")


def test_a_file_is_named_relative_to_the_one_that_extends_it(load_files):
    policy = load_files(
        policy=V + "extends: [./shared/base.yaml]\n",
        shared__base=V + "extends: [../root.yaml, ./deep/more.yaml]\n",
        shared__deep__more=V + "formats: {allow: [more]}\n",
        root=V + "formats: {allow: [root]}\n",
    )

    assert formats(policy) == ["more"]
    assert policy.settings_for("a").formats_allow.span.path == "shared/deep/more.yaml"


def test_patterns_of_an_extended_file_are_relative_to_the_policy(load_files):
    policy = load_files(
        policy=V + "extends: [./shared/base.yaml]\n",
        shared__base=V + "overrides:\n  - paths: [models/*]\n    formats: {allow: [x]}\n"
        "pins: {lockfile: locks/lbom.lock}\n",
    )

    assert policy.settings_for("models/a").formats_allow is not None
    assert policy.settings_for("shared/models/a").formats_allow is None
    assert policy.lockfile == policy.place.base / "locks" / "lbom.lock"


def test_a_file_extended_twice_is_no_circle(load_files):
    policy = load_files(
        policy=V + "extends: [./one.yaml, ./two.yaml]\n",
        one=V + "extends: [./base.yaml]\n",
        two=V + "extends: [./base.yaml]\n",
        base=V + "formats: {allow: [base]}\n",
    )

    assert formats(policy) == ["base"]


def test_a_circle_is_refused_where_it_closes(load_files):
    with pytest.raises(PolicyErrors) as caught:
        load_files(
            policy=V + "extends: [./one.yaml]\n",
            one=V + "extends:\n  - ./two.yaml\n",
            two=V + "extends: [./one.yaml]\n",
        )

    assert told(caught.value) == [
        "two.yaml:2:11 `one.yaml` extends itself | leads back to a file above"
    ]


def test_a_missing_file_is_told_where_it_is_named(load_files):
    with pytest.raises(PolicyErrors) as caught:
        load_files(policy=V + "extends: [./gone.yaml, './a b/../c.yaml']\n")

    assert told(caught.value) == [
        "lbom-gate.yaml:2:11 `gone.yaml` cannot be read | no such file or directory",
        "lbom-gate.yaml:2:24 `c.yaml` cannot be read | no such file or directory",
    ]


def test_a_name_that_no_file_can_have_is_told_where_it_stands(load_files):
    with pytest.raises(PolicyErrors) as caught:
        load_files(policy=V + f"extends: [./{'x' * 300}]\n")

    assert told(caught.value) == [
        f"lbom-gate.yaml:2:11 `{'x' * 60}…` cannot be read | file name too long"
    ]


def test_mistakes_of_every_file_are_told_in_one_run(load_files):
    with pytest.raises(PolicyErrors) as caught:
        load_files(
            policy=V + "extends: [./one.yaml, ./two.yaml, ./gone.yaml]\n",
            one=V + "formts: {}\n",
            two="",
        )

    assert told(caught.value) == [
        "lbom-gate.yaml:2:35 `gone.yaml` cannot be read | no such file or directory",
        "one.yaml:2:1 unknown key `formts` | did you mean `formats`?",
        "two.yaml:1:1 the file is empty | a policy starts `version: 1`",
    ]


def test_a_tower_of_files_has_eight_storeys(load_files):
    tower = {f"f{n}": V + f"extends: [./f{n + 1}.yaml]\n" for n in range(9)}

    with pytest.raises(PolicyErrors) as caught:
        load_files(policy=V + "extends: [./f0.yaml]\n", **tower)
    assert told(caught.value) == ["f6.yaml:2:11 this extends too much | at most 8 files deep"]


def test_a_few_files_do_not_become_thousands(load_files):
    tower = {f"f{n}": V + f"extends: [{', '.join([f'./f{n + 1}.yaml'] * 9)}]\n" for n in range(6)}

    with pytest.raises(PolicyErrors) as caught:
        load_files(policy=V + "extends: [./f0.yaml]\n", f6=V, **tower)
    assert [line.partition(" ")[2] for line in told(caught.value)] == [
        "this extends too much | at most 32 files"
    ]


@pytest.mark.parametrize(
    ("make", "reason"),
    [
        (lambda path: path.mkdir(), "not a regular file"),
        (os.mkfifo, "not a regular file"),
        (lambda path: path.symlink_to("gone"), "no such file or directory"),
        (lambda path: path.symlink_to(path), "too many levels of symbolic links"),
    ],
    ids=["directory", "fifo", "dangling link", "link to itself"],
)
def test_a_policy_that_is_no_file_is_refused_without_waiting(tmp_path, rules, make, reason):
    file = tmp_path / "lbom-gate.yaml"
    make(file)

    with pytest.raises(PolicyErrors) as caught:
        load(file, start=tmp_path, root=tmp_path, rules=rules)
    assert told(caught.value) == [f"lbom-gate.yaml:1:1 `lbom-gate.yaml` cannot be read | {reason}"]
