"""The built-in policies, held against the table of the design."""

from importlib import resources

import pytest

from lbom_gate.policies import PACKS, load, pack_text, packs

# "The rules" of the design, as far as the rules are built.
RECOMMENDED = {
    "not-examined": "error",
    "malformed-header": "error",
    "truncated-file": "error",
    "trailing-data": "warning",
    "extension-mismatch": "error",
    "unknown-format": "warning",
    "unlisted-format": "error",
    "symlink-escape": "error",
    "incomplete-shards": "error",
    "stale-index": "warning",
    "archive-trick": "error",
    "deceptive-name": "warning",
    "unsafe-import": "error",
    "executable-layer": "error",
    "remote-code": "error",
    "template-code": "error",
    "content-gated-template": "warning",
    "external-data-escape": "error",
    "unpinned-model": "error",
    "digest-mismatch": "error",
    "missing-model": "error",
    "unlisted-quantization": "error",
    "too-few-bits-per-weight": "error",
    "contradicted-quantization": "error",
    "undeclared-quantization": "warning",
    "unlisted-architecture": "error",
    "too-many-parameters": "error",
    "missing-architecture": "warning",
    "unlisted-destination": "error",
    "unlisted-license": "error",
    "missing-license": "warning",
    "expired-waiver": "error",
    "unused-waiver": "warning",
    "broad-waiver": "error",
    "executable-format": "error",
    "mutable-revision": "error",
    "weak-digest": "warning",
    "unlisted-base-model": "error",
    "missing-base-model": "error",
    "unknown-license": "warning",
    "non-commercial-license": "error",
    "too-many-bits-per-weight": "error",
    "too-few-parameters": "error",
    "too-long-context": "error",
    "disagreeing-claims": "warning",
    "overlong-waiver": "error",
    "expiring-waiver": "warning",
    "no-models": "warning",
    "policy-changed": "warning",
}
OFF_IN_MINIMAL = {"pin", "quantization", "architecture", "base-model", "egress", "license"}
ERRORS_IN_STRICT = {
    "trailing-data",
    "unknown-format",
    "undeclared-quantization",
    "missing-architecture",
    "missing-license",
    "unknown-license",
    "disagreeing-claims",
    "weak-digest",
    "content-gated-template",
}


def levels(settings):
    return {name: setting.value for name, setting in settings.levels.items()}


@pytest.fixture
def extending(load_text):
    """Return what gives the settings of a policy that only extends a pack."""

    def settings(pack):
        return load_text(f"version: 1\nextends: [builtin:{pack}]\n").settings_for("a")

    return settings


def test_every_pack_is_listed_and_every_listed_one_is_there():
    folder = resources.files("lbom_gate").joinpath("packs")

    assert sorted(file.name for file in folder.iterdir()) == sorted(
        f"{name}.yaml" for name in packs.PACKS
    )


def test_recommended_has_the_levels_of_the_design(extending, rules):
    assert levels(extending("recommended")) == RECOMMENDED
    assert RECOMMENDED.keys() == {rule.name for rule in rules}


def test_minimal_asks_only_what_holds_everywhere(extending, rules):
    off = {rule.name for rule in rules if rule.family in OFF_IN_MINIMAL}

    # A lock that pins a file speaks, whatever the policy.
    off.discard("digest-mismatch")
    # No list of formats stands behind the unknown ones.
    unknown = {"unknown-format": "error"}
    assert levels(extending("minimal")) == RECOMMENDED | dict.fromkeys(off, "off") | unknown


def test_strict_raises_the_warnings_about_models(extending):
    assert levels(extending("strict")) == RECOMMENDED | dict.fromkeys(ERRORS_IN_STRICT, "error")


def test_recommended_allows_the_formats_whose_loading_runs_no_code(extending):
    settings = extending("recommended")

    allowed = [pattern.text for pattern in settings.formats_allow.value]
    assert allowed == ["gguf", "safetensors", "onnx", "tflite"]
    assert settings.pins_require is None
    assert settings.egress_allow is None


def test_strict_requires_pins_and_allows_no_destination(extending):
    settings = extending("strict")

    assert settings.pins_require.value is True
    assert settings.egress_allow.value.check("https://example.org/").is_allowed is False
    assert settings.egress_allow.span.path == "builtin:strict"
    assert settings.formats_allow.span.path == "builtin:recommended"


def test_minimal_stands_for_no_policy(tmp_path, rules):
    policy = load(None, start=tmp_path / "sub", root=tmp_path, rules=rules)

    assert (policy.path, policy.extends, policy.is_fallback) == ("builtin:minimal", (), True)
    assert policy.settings_for("a").level("not-examined") == "error"
    assert policy.settings_for("a").level("missing-license") == "off"
    assert policy.lockfile == tmp_path / "lbom.lock"
    assert policy.waiver_max_days == 180
    assert policy.settings_for("a").waiver_max_days.span.path == "builtin:recommended"
    assert policy.waivers == ()
    assert policy.selects("anything")


def test_the_text_of_a_pack_is_what_is_read():
    assert pack_text("minimal").startswith("# builtin:minimal: ")
    assert PACKS == ("minimal", "recommended", "strict")


@pytest.mark.parametrize("name", packs.PACKS)
def test_every_line_of_a_pack_has_its_reason(name):
    """A rule, a list or a switch stands below a comment, or below a line that shares its one."""
    lines = packs.read(name).decode().splitlines()
    body = lines[lines.index("rules:") + 1 :]

    assert lines[0].startswith(f"# builtin:{name}: ")
    explained = False
    for line in body:
        explained = line.strip().startswith("#") or (explained and line.strip() != "")
        assert explained or not line.strip(), line
