"""The interface described for programs, drawn from the route table so that it cannot say anything else."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

import msgspec

from contract.answers import Refused
from escrow.routes import Route

REF = "#/components/schemas/{name}"
REFUSALS = {
    "400": "No Idempotency-Key.",
    "401": "No valid token.",
    "404": "Unknown, not yours, or not for your role.",
    "409": "A rule refuses.",
    "413": "Too large.",
    "422": "Malformed, or a key that was used for something else.",
    "503": "The database is away.",
}


def document(routes: Sequence[Route]) -> dict[str, Any]:
    bodies = [each.body for each in routes if each.body]
    types = [Refused, *(each.query for each in routes), *(each.gives for each in routes), *bodies]
    schemas, components = msgspec.json.schema_components(types, ref_template=REF)
    by_type = dict(zip(map(str, types), schemas, strict=True))
    paths: dict[str, Any] = {}
    for route in routes:
        shown = _operation(route, by_type, components)
        paths.setdefault(route.path, {})[route.method.lower()] = shown
    return {
        "openapi": "3.1.0",
        "info": {"title": "Assure escrow", "version": "1"},
        "paths": paths,
        "components": {
            "schemas": components,
            "securitySchemes": {"bearer": {"type": "http", "scheme": "bearer"}},
        },
    }


def _operation(route: Route, by_type: dict[str, Any], components: dict[str, Any]) -> dict[str, Any]:
    told: dict[str, Any] = {
        "operationId": re.sub(r"\W+", "_", f"{route.method}{route.path}").strip("_").lower(),
        "summary": route.about,
        "parameters": _parameters(route, components[route.query.__name__]),
        "responses": _responses(by_type[str(route.gives)]),
        "security": [{"bearer": []}] if route.roles is not None else [{}, {"bearer": []}],
    }
    if route.roles is not None:
        told["x-roles"] = sorted(route.roles)
    if route.body is not None:
        schema = by_type[str(route.body)]
        told["requestBody"] = {"required": True, "content": {"application/json": {"schema": schema}}}
    return told


def _parameters(route: Route, query: dict[str, Any]) -> list[dict[str, Any]]:
    text = {"type": "string"}
    found = [
        {"name": name, "in": "path", "required": True, "schema": text}
        for name in re.findall(r"{(\w+)}", route.path)
    ]
    found += [
        {"name": name, "in": "query", "required": False, "schema": schema}
        for name, schema in query.get("properties", {}).items()
    ]
    if route.key:
        key = {"type": "string", "minLength": 1, "maxLength": 200, "pattern": "^[\\x21-\\x7e]+$"}
        found.append({"name": "Idempotency-Key", "in": "header", "required": True, "schema": key})
    return found


def _responses(gives: dict[str, Any]) -> dict[str, Any]:
    """Every route has its own answer; every refusal has the same shape."""
    refused = {"application/json": {"schema": {"$ref": REF.format(name="Refused")}}}
    told = {"application/json": {"schema": gives}}
    responses = {status: {"description": why, "content": refused} for status, why in REFUSALS.items()}
    return {"200": {"description": "Done, or looked up.", "content": told}} | responses
