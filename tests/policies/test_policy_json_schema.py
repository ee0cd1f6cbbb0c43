"""The schema that editors read, held against the loader."""

import json

import jsonschema_rs
import pytest
import yaml

from lbom_gate.policies import PolicyErrors, json_schema

V = "version: 1\n"
WAIVER = "waivers: [{{rule: {rule}, path: a, reason: r, owner: o, expires: '2026-12-31'{more}}}]\n"
DIGEST = ", sha256: 9f2c1e77a0b1c2d3e4f5061728394a5b6c7d8e9f00112233445566778899aabb"

GOOD = [
    V,
    V + "extends: [builtin:strict]\n",
    V + "paths: {include: ['**'], exclude: ['x/*']}\n",
    V + "formats: {allow: []}\n",
    V + "quantization: {allow: [F16], min-bits-per-weight: 4}\n",
    V + "quantization: {min-bits-per-weight: 64.0}\n",
    V + "architecture: {max-parameters: 7}\n",
    V + "architecture: {max-parameters: 1.5B}\n",
    V + "pins: {require: true, lockfile: a/lbom.lock}\n",
    V + "egress: {}\n",
    V + "egress: {allow: ['*.example.org'], deny: [], classes: {code: 'off'}}\n",
    V + "licenses: {allow: [MIT]}\n",
    V + "rules: {egress: 'off', unlisted-format: warning}\n",
    V + "overrides: [{paths: [a], pins: {require: false}, rules: {pin: 'off'}}]\n",
    V + "settings: {waiver-max-days: 3650}\n",
    V + "require-version: '>=0.1'\n",
    V + "require-version: '>=0.1, !=0.0.9,<99 '\n",
    V + "quantization: {deny: [Q2_K], max-bits-per-weight: 16, lesser-share: 5%}\n",
    V + "quantization: {lesser-share: 0.05, exempt: [embeddings], claim-must-match: true}\n",
    V + "quantization: {claim-must-match: [general.file_type, 'config.json*']}\n",
    V + "architecture: {min-parameters: 500M, max-context-length: 131072}\n",
    V + "pins: {revision: commit}\n",
    V + "licenses: {deny: ['GPL-*', AGPL-3.0-only WITH x], non-commercial: deny}\n",
    V + "base-models: {allow: ['Qwen/*'], deny: [a], require: true}\n",
    V + "code: {executable-formats: weights-only, imports: {allow: ['sklearn.*']}}\n",
    V + "code: {executable-formats: [keras]}\n",
    V + "rules: {rule-of-tomorrow: {level: error, if-known: true}}\n",
    V + "rules: {egress: {level: warning}, pin: {level: error, if-known: false}}\n",
    V + "overrides: [{paths: [a], code: {executable-formats: allow}, base-models: {allow: []}}]\n",
    V + "settings: {expiring-days: 14}\n",
    V + WAIVER.format(rule="unlisted-license", more=""),
    V + WAIVER.format(rule="digest-mismatch", more=DIGEST),
]
# What is wrong with these is a matter of shape.
BAD_IN_SHAPE = [
    "{}",
    "[]",
    "version: 2\n",
    "version: true\n",
    "version: '1'\n",
    V + "formts: {}\n",
    V + "formats: {alow: []}\n",
    V + "formats: [gguf]\n",
    V + "formats: ~\n",
    V + "formats: {allow: ~}\n",
    V + "formats: {allow: ['']}\n",
    V + "formats: {allow: gguf}\n",
    V + "formats: {allow: [1]}\n",
    V + "paths: {include: []}\n",
    V + "extends: builtin:strict\n",
    V + "extends: [builtin:lax]\n",
    V + "extends: [strict]\n",
    V + "extends: ['https://example.org/x.yaml']\n",
    V + "quantization: {min-bits-per-weight: 0}\n",
    V + "quantization: {min-bits-per-weight: 65}\n",
    V + "quantization: {min-bits-per-weight: '4'}\n",
    V + "architecture: {max-parameters: 0}\n",
    V + "architecture: {max-parameters: 70 B}\n",
    V + "architecture: {max-parameters: true}\n",
    V + "pins: {require: 'yes'}\n",
    V + "pins: {revision: tag}\n",
    V + "egress: {classes: {contact: deny}}\n",
    V + "egress: {classes: {contacts: error}}\n",
    V + "rules: {egres: error}\n",
    V + "rules: {egress: deny}\n",
    V + "rules: {egress: false}\n",
    V + "overrides: [{rules: {}}]\n",
    V + "overrides: [{paths: []}]\n",
    V + "overrides: [{paths: [a], pins: {lockfile: x}}]\n",
    V + "overrides: [{paths: [a], rules: {egres: error}}]\n",
    V + "settings: {waiver-max-days: 0}\n",
    V + "require-version: '0.1'\n",
    V + "require-version: '>=0.1,'\n",
    V + "quantization: {deny: Q2_K}\n",
    V + "quantization: {lesser-share: 101%}\n",
    V + "quantization: {lesser-share: 1.5}\n",
    V + "quantization: {exempt: [norms]}\n",
    V + "quantization: {claim-must-match: maybe}\n",
    V + "architecture: {max-context-length: 0}\n",
    V + "architecture: {max-context-length: 128K}\n",
    V + "licenses: {non-commercial: true}\n",
    V + "base-models: [Qwen]\n",
    V + "code: {executable-formats: weights}\n",
    V + "code: {executable-formats: true}\n",
    V + "code: {imports: ['sklearn.*']}\n",
    V + "rules: {rule-of-tomorrow: {level: error}}\n",
    V + "rules: {rule-of-tomorrow: {level: error, if-known: false}}\n",
    V + "rules: {rule-of-tomorrow: {level: eror, if-known: true}}\n",
    V + "rules: {egress: {if-known: true}}\n",
    V + "rules: {egress: {level: error, reason: x}}\n",
    V + "formats: {allow: [" + "a" * 257 + "]}\n",
    V + "formats: {allow: [" + "a, " * 10_001 + "]}\n",
    V + WAIVER.format(rule="unlisted-licence", more=""),
    V + WAIVER.format(rule="license", more=""),
    V + WAIVER.format(rule="digest-mismatch", more=""),
    V + WAIVER.format(rule="unlisted-license", more=", sha256: abc"),
    V + "waivers: [{rule: unlisted-license}]\n",
]
# What is wrong with these only the gate knows.
BAD_IN_MEANING = [
    V + "paths: {include: [models/]}\n",
    V + "egress: {allow: ['*']}\n",
    V + "pins: {lockfile: /lbom.lock}\n",
    V + "require-version: '>=99'\n",
    V + "quantization: {min-bits-per-weight: 8, max-bits-per-weight: 4}\n",
    V + "architecture: {min-parameters: 8B, max-parameters: 1B}\n",
    V + "licenses: {allow: [MIT OR Apache-2.0]}\n",
    V + "quantization: {allow: ['Q4_[']}\n",
    V + "architecture: {max-parameters: 0.0001K}\n",
]


@pytest.fixture(scope="module")
def validator(rules):
    return jsonschema_rs.Draft202012Validator(json_schema(rules))


def test_the_schema_is_a_json_schema(rules):
    assert jsonschema_rs.meta.is_valid(json_schema(rules))
    assert json_schema(rules)["$schema"] == "https://json-schema.org/draft/2020-12/schema"


@pytest.mark.parametrize("text", GOOD)
def test_schema_and_loader_take_a_good_policy(text, validator, load_text):
    validator.validate(yaml.safe_load(text))

    assert load_text(text).path == "lbom-gate.yaml"


@pytest.mark.parametrize("text", BAD_IN_SHAPE)
def test_schema_and_loader_refuse_a_bad_policy(text, validator, load_text):
    assert not validator.is_valid(yaml.safe_load(text))
    with pytest.raises(PolicyErrors):
        load_text(text)


@pytest.mark.parametrize("text", BAD_IN_MEANING)
def test_the_schema_takes_what_only_the_gate_can_refuse(text, validator, load_text):
    validator.validate(yaml.safe_load(text))

    with pytest.raises(PolicyErrors):
        load_text(text)


def test_the_schema_is_the_same_every_time_and_names_every_rule(rules):
    written = json.dumps(json_schema(rules))

    assert written == json.dumps(json_schema(tuple(reversed(rules))))
    assert all(f'"{rule.name}"' in written for rule in rules)


def test_a_schema_without_rules_leaves_their_names_open(rules, load_text):
    validator = jsonschema_rs.Draft202012Validator(json_schema())

    assert validator.is_valid({"version": 1, "rules": {"rule-of-tomorrow": "off"}})
    assert not validator.is_valid({"version": 1, "rules": {"rule-of-tomorrow": "of"}})
    assert json_schema() != json_schema(rules)
    with pytest.raises(PolicyErrors):
        load_text("{version: 1, rules: {rule-of-tomorrow: off}}")


def test_every_key_says_what_it_is_for(rules):
    found = json_schema(rules)
    parts = [found, *found["$defs"].values()]
    nameless = [
        (part["title"], key)
        for part in parts
        for key, value in part.get("properties", {}).items()
        if "description" not in (found["$defs"][value["$ref"][8:]] if "$ref" in value else value)
    ]

    assert nameless == []
