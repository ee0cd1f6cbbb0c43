"""Who wins where several places of a policy speak."""

from dataclasses import fields
from pathlib import Path

import pytest

from lbom_gate.model import RuleInfo
from lbom_gate.policies import load

V = "version: 1\n"

# The example of the documentation, but for what the egress room does not read yet: a hub's
# organisation, `hf:our-org/*`.
EXAMPLE = """\
# yaml-language-server: $schema=https://example.org/policy.schema.json
version: 1                                   # schema version; unknown keys are errors
extends: [builtin:recommended]               # minimal | recommended | strict, or ./file.yaml
require-version: ">=0.1,<1"                  # refuse to run under an older gate

paths:
  include: ["models/**", "assets/*.onnx"]    # where models live
  exclude: ["models/scratch/**"]

formats:
  allow: [gguf, safetensors, onnx]           # by content, not by extension

quantization:
  allow: [F16, BF16, Q8_0, "Q6_K*", "Q5_K*", "Q4_K*", awq-4bit]
  deny: ["IQ1_*"]                            # wins over allow
  min-bits-per-weight: 4.0                   # computed from tensor types, not from a label
  max-bits-per-weight: 16
  lesser-share: 5%                           # of the parameters, in types that are not listed
  exempt: [embeddings]
  claim-must-match: [general.file_type, "config.json*"]

architecture:
  allow: [llama, qwen2, qwen3, mistral, bert]
  min-parameters: 100M
  max-parameters: 70B
  max-context-length: 131072

pins:
  require: true                              # a model without a pin fails (unpinned-model)
  lockfile: lbom.lock
  revision: commit                           # hub references must be commits

egress:                                      # without this section destinations are not judged
  allow:
    - "*.corp.example"
    - https://models.corp.example
  deny: ["*.ngrok-free.app"]                 # wins over allow

licenses:
  allow: [Apache-2.0, MIT, llama3.1]
  deny: ["AGPL-*"]
  non-commercial: deny

base-models:
  allow: ["meta-llama/*", "Qwen/*"]
  deny: ["*/*-abliterated"]
  require: false

code:
  executable-formats: weights-only
  imports: {allow: ["sklearn.*"]}

rules:                                       # rule or family name: error | warning | off
  egress: error
  template-code: error
  unused-waiver: error
  missing-license: off
  unsigned-model: {level: off, if-known: true}   # of a later gate

overrides:                                   # last match wins, per path
  - paths: ["models/embedding/**"]
    quantization: {allow: [F32, F16]}
    architecture: {max-parameters: 1B}
    code: {executable-formats: [keras]}

waivers:                                     # every waiver: what, where, why, who, until when
  - rule: unlisted-quantization
    path: models/legacy/tinyllama-q2.gguf
    sha256: 9f2c1e77a0b1c2d3e4f5061728394a5b6c7d8e9f00112233445566778899aabb
    reason: "Vendor ships only Q2_K until their 2.0 release (SEC-1234)"
    owner: ml-platform
    expires: 2026-12-31

settings:
  waiver-max-days: 90
  expiring-days: 7
"""


def texts(setting):
    return [pattern.text for pattern in setting.value]


def test_the_example_of_the_documentation_loads_with_every_place(load_text, tmp_path):
    policy = load_text(EXAMPLE)
    settings = policy.settings_for("models/a.gguf")
    lines = EXAMPLE.splitlines()

    assert policy.path == "lbom-gate.yaml"
    assert policy.extends == ("builtin:recommended",)
    assert policy.is_fallback is False
    assert policy.lockfile == tmp_path / "lbom.lock"
    assert policy.waiver_max_days == 90
    assert texts(settings.quantization_allow)[-2:] == ["Q4_K*", "awq-4bit"]
    assert settings.quantization_allow.value[5].span.column == 46
    assert settings.egress_allow.value.check("https://models.corp.example/x").is_allowed
    assert texts(settings.claim_must_match) == ["general.file_type", "config.json*"]
    assert texts(settings.licenses_allow) == ["Apache-2.0", "MIT", "llama3.1"]
    assert texts(settings.licenses_deny) == ["AGPL-*"]
    assert texts(settings.base_models_allow) == ["meta-llama/*", "Qwen/*"]
    assert texts(settings.base_models_deny) == ["*/*-abliterated"]
    assert texts(settings.imports_allow) == ["sklearn.*"]
    (waiver,) = policy.waivers
    assert (waiver.owner, lines[waiver.span.line - 1].strip()[:3]) == ("ml-platform", "- r")


@pytest.mark.parametrize(
    ("name", "value", "text"),
    [
        ("quantization_allow", None, "allow: [F16, BF16, "),
        ("quantization_deny", None, 'deny: ["IQ1_*"]'),
        ("min_bits_per_weight", 4.0, "min-bits-per-weight: 4.0"),
        ("max_bits_per_weight", 16.0, "max-bits-per-weight: 16"),
        ("lesser_share", 0.05, "lesser-share: 5%"),
        ("quantization_exempt", ("embeddings",), "exempt: [embeddings]"),
        ("claim_must_match", None, "claim-must-match: ["),
        ("min_parameters", 100_000_000, "min-parameters: 100M"),
        ("max_parameters", 70_000_000_000, "max-parameters: 70B"),
        ("max_context_length", 131072, "max-context-length: 131072"),
        ("pins_require", True, "require: true "),
        ("pins_revision", "commit", "revision: commit"),
        ("egress_allow", None, '- "*.corp.example"'),
        ("licenses_allow", None, "allow: [Apache-2.0"),
        ("licenses_deny", None, 'deny: ["AGPL-*"]'),
        ("non_commercial", "deny", "non-commercial: deny"),
        ("base_models_allow", None, 'allow: ["meta-llama/*"'),
        ("base_models_deny", None, 'deny: ["*/*'),
        ("base_models_require", False, "require: false"),
        ("executable_formats", "weights-only", "executable-formats: weights-only"),
        ("imports_allow", None, "imports: {"),
        ("waiver_max_days", 90, "waiver-max-days: 90"),
        ("expiring_days", 7, "expiring-days: 7"),
    ],
)
def test_every_value_of_the_example_has_its_line(load_text, name, value, text):
    asked = getattr(load_text(EXAMPLE).settings_for("models/a.gguf"), name)

    assert value is None or asked.value == value
    assert asked.span.text.strip().startswith(text)


def test_every_setting_that_a_rule_may_ask_for_stands_in_the_example(load_text):
    settings = load_text(EXAMPLE).settings_for("models/a.gguf")

    assert [each.name for each in fields(settings) if getattr(settings, each.name) is None] == []


def test_an_override_of_the_example_changes_what_it_names_and_nothing_else(load_text):
    policy = load_text(EXAMPLE)
    settings = policy.settings_for("models/embedding/a.gguf")

    assert texts(settings.quantization_allow) == ["F32", "F16"]
    assert settings.max_parameters.value == 10**9
    assert texts(settings.executable_formats) == ["keras"]
    assert settings.quantization_deny == policy.settings_for("models/a.gguf").quantization_deny
    assert settings.min_parameters.value == 100_000_000


def test_a_rule_of_a_later_gate_may_be_named_where_it_is_marked(load_text):
    policy = load_text(V + "rules: {egress: {level: warning, if-known: true}}\n")

    assert policy.settings_for("a").level("unlisted-destination") == "warning"
    span = policy.settings_for("a").levels["unlisted-destination"].span
    assert (span.line, span.column) == (2, 25)


def test_json_is_a_policy_too(load_text):
    policy = load_text('{"version": 1,\n\t"formats": {"allow": ["gguf"]}}\n')

    assert texts(policy.settings_for("a").formats_allow) == ["gguf"]


def test_a_policy_without_extends_has_the_recommended_levels_and_nothing_else(load_text):
    settings = load_text(V).settings_for("a.gguf")

    assert settings.level("extension-mismatch") == "error"
    assert settings.level("trailing-data") == "warning"
    assert settings.levels["trailing-data"].span.path == "builtin:recommended"
    assert settings.formats_allow is None
    assert settings.egress_allow is None
    assert settings.pins_require is None


def test_a_rule_beats_its_family_wherever_it_stands(load_text):
    for text in (
        "rules: {trailing-data: off, file: error}\n",
        "rules: {file: error, trailing-data: off}\n",
    ):
        settings = load_text(V + text).settings_for("a")

        assert settings.level("trailing-data") == "off"
        assert settings.level("unknown-format") == "error"


def test_a_family_of_the_extending_file_beats_a_rule_of_the_extended(load_text):
    settings = load_text(V + "extends: [builtin:recommended]\nrules: {file: warning}\n")

    level = settings.settings_for("a").levels["malformed-header"]
    assert (level.value, level.span.path, level.span.line) == ("warning", "lbom-gate.yaml", 3)


def test_an_override_beats_all_and_the_last_one_wins_value_by_value(load_text):
    policy = load_text(
        V + "quantization: {allow: [Q8_0], min-bits-per-weight: 4}\n"
        "rules: {trailing-data: error}\n"
        "overrides:\n"
        "  - paths: ['models/**']\n"
        "    quantization: {allow: [F16], min-bits-per-weight: 5}\n"
        "    rules: {file: off}\n"
        "  - paths: ['**/*.bin', 'models/x/*']\n"
        "    quantization: {allow: [F32]}\n"
    )

    both = policy.settings_for("models/x/a")
    assert texts(both.quantization_allow) == ["F32"]
    assert both.min_bits_per_weight.value == 5
    assert both.level("trailing-data") == "off"
    assert both.quantization_allow.span.line == 9
    assert texts(policy.settings_for("models/a").quantization_allow) == ["F16"]
    assert texts(policy.settings_for("a.bin").quantization_allow) == ["F32"]
    assert policy.settings_for("a.bin").level("trailing-data") == "error"
    assert texts(policy.settings_for("a").quantization_allow) == ["Q8_0"]


def test_settings_are_made_once_for_the_same_overrides(load_text):
    policy = load_text(V + "overrides:\n  - paths: ['x/**']\n    rules: {policy: off}\n")

    assert policy.settings_for("a") is policy.settings_for("b")
    assert policy.settings_for("x/a") is policy.settings_for("x/b")
    assert policy.settings_for("x/a") is not policy.settings_for("a")


def test_overrides_and_waivers_replace_those_of_the_extended_file(load_text, tmp_path):
    base = V + "overrides:\n  - paths: ['**']\n    formats: {allow: [x]}\nwaivers: []\n"
    (tmp_path / "base.yaml").write_text(base)

    inherited = load_text(V + "extends: [./base.yaml]\n")
    replaced = load_text(V + "extends: [./base.yaml]\noverrides: []\n")

    assert texts(inherited.settings_for("a").formats_allow) == ["x"]
    assert replaced.settings_for("a").formats_allow is None


@pytest.mark.parametrize(
    ("text", "count"),
    [
        ("70B", 70_000_000_000),
        ("1.5B", 1_500_000_000),
        ("0.1T", 100_000_000_000),
        ("7M", 7_000_000),
        ("12.345678K", None),
        ("0.5K", 500),
        ("7000000", 7_000_000),
        ("'70B'", 70_000_000_000),
    ],
)
def test_a_number_of_parameters_is_read_exactly(load_text, text, count):
    if count is None:
        with pytest.raises(Exception, match="expected a number of parameters"):
            load_text(V + f"architecture: {{max-parameters: {text}}}\n")
        return
    policy = load_text(V + f"architecture: {{max-parameters: {text}}}\n")

    assert policy.settings_for("a").max_parameters.value == count


@pytest.mark.parametrize("required", [">=0", ">=0.1", ">= 0.1.0", ">=0.0.9.9"])
def test_a_gate_that_is_new_enough_is_accepted(load_text, required):
    assert load_text(V + f"require-version: '{required}'\n").path == "lbom-gate.yaml"


@pytest.mark.parametrize("required", [">=0.1.1", ">=0.2", ">=1", ">=0.1.0.1", ">=0.10"])
def test_a_gate_that_is_too_old_is_refused(load_text, required):
    with pytest.raises(Exception, match="this policy needs lbom-gate"):
        load_text(V + f"require-version: '{required}'\n")


# --- egress ------------------------------------------------------------------------------------


def test_an_egress_section_without_allow_allows_nothing(load_text):
    settings = load_text(V + "egress: {deny: [a.example]}\n").settings_for("a")

    assert settings.egress_allow.value.check("https://b.example/").reason == "not-in-allowlist"
    assert (settings.egress_allow.span.line, settings.egress_allow.span.column) == (2, 1)


def test_classes_have_levels_of_their_own(load_text):
    settings = load_text(V + "egress: {classes: {literal: off}}\n").settings_for("a")

    assert settings.egress_classes == {
        "contact": "error",
        "fetch": "error",
        "code": "error",
        "metadata": "error",
        "literal": "off",
        "reference": "off",
    }


def test_an_override_completes_the_egress_section(load_text):
    policy = load_text(
        V + "egress: {allow: ['*.corp.example'], deny: [bad.corp.example]}\n"
        "overrides:\n  - paths: [x]\n    egress: {deny: []}\n"
        "  - paths: [y]\n    egress: {allow: [hub.example]}\n"
    )

    def check(path, host):
        return policy.settings_for(path).egress_allow.value.check(f"https://{host}/").reason

    assert check("a", "bad.corp.example") == "denylist-match"
    assert check("x", "bad.corp.example") == "listed"
    assert check("y", "bad.corp.example") == "denylist-match"
    assert check("y", "good.corp.example") == "not-in-allowlist"


# --- places ------------------------------------------------------------------------------------


@pytest.fixture
def load_at(tmp_path, rules):
    """Return what loads a policy that stands at a path of a repository, for a run in `start`."""

    def load_it(path: str, start: str, text: str):
        file = tmp_path / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        (tmp_path / start).mkdir(parents=True, exist_ok=True)
        return load(file, start=tmp_path / start, root=tmp_path, rules=rules)

    return load_it


ONLY_MODELS = V + "paths: {include: ['models/**']}\n"


def test_patterns_are_relative_to_the_policy_and_paths_to_the_run(load_at):
    policy = load_at("lbom-gate.yaml", "models/small", ONLY_MODELS)

    assert policy.path == "../../lbom-gate.yaml"
    assert policy.selects("a.gguf")
    assert policy.selects("../a.gguf")
    assert policy.selects("./a/../b.gguf")
    assert not policy.selects("../../a.gguf")
    assert not policy.selects("../../../models/a.gguf")
    assert not policy.selects("/models/a.gguf")


def test_a_policy_in_github_speaks_for_the_directory_above(load_at, tmp_path):
    policy = load_at(".github/lbom-gate.yaml", ".", ONLY_MODELS)

    assert policy.selects("models/a.gguf")
    assert policy.lockfile == tmp_path / "lbom.lock"


def test_a_run_above_the_policy_names_its_directory(load_at):
    policy = load_at("sub/lbom-gate.yaml", ".", ONLY_MODELS)

    assert policy.path == "sub/lbom-gate.yaml"
    assert policy.selects("sub/models/a.gguf")
    assert not policy.selects("models/a.gguf")


@pytest.mark.parametrize("start", [".", "models"])
def test_no_override_speaks_for_the_run_as_a_whole(load_at, start):
    text = V + "overrides:\n  - paths: ['**']\n    rules: {policy: off}\n"
    policy = load_at("lbom-gate.yaml", start, text)

    assert policy.settings_for("").level("no-models") == "warning"
    assert policy.settings_for(".").level("no-models") == "warning"
    assert policy.settings_for("a").level("no-models") == "off"


def test_what_is_outside_of_the_policys_directory_is_judged_unless_some_is_included(load_at):
    policy = load_at("sub/lbom-gate.yaml", ".", V + "paths: {exclude: ['**']}\n")

    assert policy.selects("models/a.gguf")
    assert not policy.selects("sub/models/a.gguf")


def test_a_directory_whose_name_is_no_text_is_spelled_as_records_spell_it(load_at, tmp_path):
    policy = load_at("lbom-gate.yaml", "mod\udcff\\els", V + "paths: {include: ['mod*/a']}\n")

    assert policy.selects("a")
    assert policy.place.start_text == f"{tmp_path}/mod\\xff\\\\els"
    assert policy.selects(f"{tmp_path}/mod\\xff/a")


def test_a_path_may_be_given_relative_to_the_start(tmp_path, rules):
    (tmp_path / "p.yaml").write_text(V)

    policy = load(Path("p.yaml"), start=tmp_path, root=tmp_path, rules=rules)

    assert policy.path == "p.yaml"


def test_a_rule_that_no_pack_has_a_level_for_is_a_defect(tmp_path, rules):
    unheard = RuleInfo(name="unheard-of", family="file", is_grave=False)

    with pytest.raises(LookupError, match=r"^builtin:recommended has no level for unheard-of$"):
        load(None, start=tmp_path, root=tmp_path, rules=[*rules, unheard])
