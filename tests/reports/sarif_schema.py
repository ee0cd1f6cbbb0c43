"""The schema of SARIF 2.1.0, ready to validate with."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema_rs

FILE = Path(__file__).parent / "schemas" / "sarif-schema-2.1.0.json"


def schema() -> jsonschema_rs.Draft7Validator:
    document = json.loads(FILE.read_text(encoding="utf-8"))
    # The pattern of `language`, which the gate does not write, is no regular expression.
    for definition in ("run", "toolComponent"):
        del document["definitions"][definition]["properties"]["language"]["pattern"]
    return jsonschema_rs.Draft7Validator(document, validate_formats=True)


SCHEMA = schema()
