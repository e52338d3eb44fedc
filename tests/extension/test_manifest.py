"""package.json of the extension says what the tables say: attributes, options, version."""

from __future__ import annotations

import copy
import json
import re
from typing import Any

import pytest

from dapshim.options.sources import check
from dapshim.options.table import TABLE, Source
from dapshim.plan import attributes
from tools.extension_attributes import ATTRIBUTES, BOTH, MODES
from tools.extension_manifest import MANIFEST, SNIPPETS, filled, text_of

VSCODE_GO_ONLY = {"debugAdapter", "apiVersion", "trace"}

WRITTEN: dict[str, Any] = json.loads(MANIFEST.read_text(encoding="utf-8"))
DEBUGGER: dict[str, Any] = WRITTEN["contributes"]["debuggers"][0]


def properties(request: str) -> dict[str, Any]:
    found: dict[str, Any] = DEBUGGER["configurationAttributes"][request]["properties"]
    return found


def test_package_json_is_what_the_generator_writes() -> None:
    assert MANIFEST.read_text(encoding="utf-8") == text_of(filled(WRITTEN)), "python -m tools.extension_manifest"


def test_a_change_of_the_tables_would_be_seen() -> None:
    changed = copy.deepcopy(WRITTEN)
    del changed["contributes"]["debuggers"][0]["configurationAttributes"]["launch"]["properties"]["dapshim"]["properties"][
        "heal"
    ]
    changed["version"] = "9.9.9"
    assert filled(changed) == WRITTEN


@pytest.mark.parametrize("request_name", BOTH)
def test_every_attribute_that_dapshim_reads_is_offered_where_it_counts(request_name: str) -> None:
    read = {each.name for each in attributes.ATTRIBUTES.values() if each.request in ("", request_name)}
    assert set(properties(request_name)) - VSCODE_GO_ONLY == read | {"mode", "dapshim"}


def test_modes_are_those_that_a_plan_knows() -> None:
    assert tuple(mode for mode, _ in MODES["launch"]) == attributes.LAUNCH_MODES
    assert tuple(mode for mode, _ in MODES["attach"]) == attributes.ATTACH_MODES


SAMPLES: tuple[Any, ...] = ("text", 7, True, ["a"], {"A": "1"}, [{"from": "a", "to": "b"}])
KINDS = {str: "string", int: "integer", bool: "boolean", list: "array", dict: "object"}


def accepts(schema: dict[str, Any], value: Any) -> bool:
    """Say whether a schema takes a value: as much of JSON Schema as the attributes use."""
    if "anyOf" in schema:
        return any(accepts(each, value) for each in schema["anyOf"])
    if "enum" in schema and value not in schema["enum"]:
        return False
    kinds = schema.get("type", [])
    if kinds and KINDS[type(value)] not in ([kinds] if isinstance(kinds, str) else kinds):
        return False
    if isinstance(value, list):
        return all(accepts(schema.get("items", {}), each) for each in value)
    return all(name in value for name in schema.get("required", [])) if isinstance(value, dict) else True


@pytest.mark.parametrize("name", sorted(set(ATTRIBUTES) - VSCODE_GO_ONLY))
def test_the_schema_takes_what_the_plan_takes(name: str) -> None:
    known = attributes.ATTRIBUTES[name]
    taken = [value for value in SAMPLES if known.check(value)]
    assert [value for value in SAMPLES if accepts(ATTRIBUTES[name].schema, value)] == taken


@pytest.mark.parametrize("name", sorted(ATTRIBUTES))
def test_a_default_is_taken(name: str) -> None:
    schema = ATTRIBUTES[name].schema
    assert "default" not in schema or accepts(schema, schema["default"])


def test_the_options_are_those_that_a_launch_configuration_may_set() -> None:
    offered = properties("launch")["dapshim"]
    assert offered == properties("attach")["dapshim"]
    assert set(offered["properties"]) == {option.name for option in TABLE if Source.LAUNCH in option.scope}
    for name, schema in offered["properties"].items():
        for value in [*schema.get("enum", []), *([schema["default"]] if "default" in schema else [])]:
            assert not isinstance(check(name, value, Source.LAUNCH), str) or isinstance(value, str), (name, value)


def test_every_attribute_is_told_in_words_of_our_own() -> None:
    for request in BOTH:
        for name, schema in properties(request).items():
            text = schema.get("markdownDescription", schema.get("description", ""))
            assert text.endswith("."), name


def test_snippets_have_tab_stops_and_make_configurations_of_their_type() -> None:
    modes = set()
    for snippet in SNIPPETS:
        body = snippet["body"]
        assert body["type"] == "dapshim"
        assert "${1:" in body["name"]
        modes.add((body["request"], body["mode"]))
        for name in set(body) - {"name", "type", "request", "mode"}:
            assert name in properties(body["request"])
        for text in re.findall(r'"[^"]*"', json.dumps(body).replace('\\"', "'")):
            # A variable of launch.json must not be taken for one of the snippet.
            assert not re.search(r"(?<!\\)\$\{[a-z]", text), text
    assert modes >= {
        ("launch", "debug"),
        ("launch", "test"),
        ("launch", "exec"),
        ("launch", "core"),
        ("attach", "local"),
        ("attach", "remote"),
    }


def test_what_vscode_needs_is_there() -> None:
    assert WRITTEN["extensionKind"] == ["workspace"]
    assert {"language": "go"} in WRITTEN["contributes"]["breakpoints"]
    assert {"onDebugResolve:go", "onDebugResolve:dapshim", "onDebugDynamicConfigurations:dapshim"} <= set(
        WRITTEN["activationEvents"]
    )
    assert WRITTEN["capabilities"]["untrustedWorkspaces"]["supported"] == "limited"
    assert WRITTEN["contributes"]["configuration"]["properties"]["dapshim.takeover"]["default"] == "off"
    assert "telemetry" not in MANIFEST.read_text(encoding="utf-8").lower()
    exact = {**WRITTEN["dependencies"], **WRITTEN["devDependencies"]}
    assert all(re.fullmatch(r"\d+\.\d+\.\d+", version) for version in exact.values())
