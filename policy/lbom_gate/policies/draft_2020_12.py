"""The JSON Schema of the policy file, made from the models that load it.

Its dialect is draft 2020-12.
"""

from __future__ import annotations

from collections.abc import Sequence

from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from lbom_gate.model import RuleInfo
from lbom_gate.policies.schema import LEVEL_SCHEMA, TOLERANT_SCHEMA, PolicyFile

DIALECT = "https://json-schema.org/draft/2020-12/schema"


class _Generator(GenerateJsonSchema):
    """A key is absent or has a value: nothing in a policy is null, and null is no default."""

    def nullable_schema(self, schema: core_schema.NullableSchema) -> JsonSchemaValue:
        """Return the schema of the value."""
        return self.generate_inner(schema["schema"])

    def default_schema(self, schema: core_schema.WithDefaultSchema) -> JsonSchemaValue:
        """Return the schema of the value."""
        return self.generate_inner(schema["schema"])

    def field_title_should_be_set(self, schema: object) -> bool:
        """Return False: a key is its own title."""
        del schema
        return False


def schema(rules: Sequence[RuleInfo]) -> JsonSchemaValue:
    """Return the schema; see `lbom_gate.policies.json_schema`."""
    generated = PolicyFile.model_json_schema(schema_generator=_Generator)
    if rules:
        definitions = generated["$defs"]
        for part in (generated, definitions["Override"]):
            part["properties"]["rules"] |= _levels(rules)
        definitions["Waiver"]["properties"]["rule"] |= {"enum": sorted(r.name for r in rules)}
        definitions["Waiver"] |= _bound(rules)
    return {"$schema": DIALECT, **generated, "title": "lbom-gate policy"}


def _levels(rules: Sequence[RuleInfo]) -> JsonSchemaValue:
    names = sorted({rule.name for rule in rules} | {rule.family for rule in rules})
    unknown = {**TOLERANT_SCHEMA["properties"], "if-known": {"const": True}}
    return {
        "additionalProperties": {
            **TOLERANT_SCHEMA,
            "properties": unknown,
            "required": ["level", "if-known"],
        },
        "properties": {name: {"anyOf": [LEVEL_SCHEMA, TOLERANT_SCHEMA]} for name in names},
    }


def _bound(rules: Sequence[RuleInfo]) -> JsonSchemaValue:
    """Return that a waiver of a grave rule names the bytes."""
    grave = sorted(rule.name for rule in rules if rule.is_grave)
    return {
        "if": {"properties": {"rule": {"enum": grave}}},
        "then": {"required": ["sha256"]},
    }
