"""Fills `contributes.debuggers` of vscode-extension/package.json: attributes, snippets, and the options of `"dapshim": {…}`.

    python -m tools.extension_manifest            write it
    python -m tools.extension_manifest --check    exit 1 when it is not what would be written

The options come from dapshim/options/table.py, the attributes from tools/extension_attributes.py.
"""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any, Final

from dapshim import __version__
from dapshim.options.table import TABLE, Option, Source
from tools.extension_attributes import ATTRIBUTES, BOTH, LAUNCH, MODES, Schema

MANIFEST: Final = Path(__file__).resolve().parent.parent / "vscode-extension" / "package.json"
TYPE: Final = "dapshim"


def option_schema(option: Option) -> Schema:
    """Return the schema of one option of the `"dapshim"` object."""
    schema: Schema
    if option.choices:
        schema = {"type": "string", "enum": list(option.choices)}
    elif option.type is bool:
        schema = {"type": "boolean"}
    elif option.type is int:
        schema = {"type": "integer"}
    else:
        schema = {"type": "string"}
        if option.words:
            schema["examples"] = list(option.words)
    if option.default is not None:
        schema["default"] = option.default
    return {**schema, "description": option.help}


def options_schema() -> Schema:
    """Return the schema of the `"dapshim"` object: the options that a launch configuration may set."""
    return {
        "type": "object",
        "description": "Options of dapshim itself, for this configuration. docs/options.md tells of each.",
        "properties": {option.name: option_schema(option) for option in TABLE if Source.LAUNCH in option.scope},
        "additionalProperties": False,
        "default": {},
    }


def attributes_schema(request: str) -> Schema:
    """Return `configurationAttributes` of one request."""
    modes = MODES[request]
    properties: dict[str, Schema] = {
        "mode": {
            "type": "string",
            "enum": [mode for mode, _ in modes],
            "markdownEnumDescriptions": [text for _, text in modes],
            "default": modes[0][0],
            "markdownDescription": "What is debugged." if request == LAUNCH else "Where the process is.",
        }
    }
    for name, attribute in ATTRIBUTES.items():
        if request in attribute.requests:
            properties[name] = {**attribute.schema, "markdownDescription": attribute.text}
    properties["dapshim"] = options_schema()
    return {"required": [], "properties": properties}


def _snippet(label: str, description: str, **body: Any) -> dict[str, Any]:
    name = body.pop("name")
    return {"label": f"dapshim: {label}", "description": description, "body": {"name": name, "type": TYPE, **body}}


SNIPPETS: Final = (
    _snippet(
        "Debug a package",
        "Build a main package and debug it",
        name="${1:debug}",
        request="launch",
        mode="debug",
        program='^"\\${workspaceFolder}/${2:cmd/service}"',
        args=[],
    ),
    _snippet(
        "Debug the open file's package",
        "Its tests, when the file is one",
        name="${1:debug the open file}",
        request="launch",
        mode="auto",
        program='^"\\${fileDirname}"',
    ),
    _snippet(
        "Debug a test",
        "Build a package's tests and debug the ones that are named",
        name="${1:debug a test}",
        request="launch",
        mode="test",
        program='^"\\${workspaceFolder}/${2:package}"',
        args=["-test.run", "^${3:TestName}\\$"],
    ),
    _snippet(
        "Attach to a process",
        "Choose a process that runs on this machine",
        name="${1:attach}",
        request="attach",
        mode="local",
        processId='^"\\${command:pickProcess}"',
    ),
    _snippet(
        "Attach to another machine",
        "Connect to `dlv --headless`, in a container or elsewhere",
        name="${1:attach to another machine}",
        request="attach",
        mode="remote",
        host="${2:127.0.0.1}",
        port="^${3:2345}",
    ),
    _snippet(
        "Debug an executable",
        "One that is built already, stripped or not",
        name="${1:debug an executable}",
        request="launch",
        mode="exec",
        program='^"\\${workspaceFolder}/${2:bin/service}"',
        args=[],
    ),
    _snippet(
        "Look at a core file",
        "What a program left behind when it crashed",
        name="${1:core file}",
        request="launch",
        mode="core",
        program='^"\\${workspaceFolder}/${2:bin/service}"',
        coreFilePath='^"\\${workspaceFolder}/${3:core}"',
    ),
)
"""The snippets of launch.json. `^"…"` is text that VS Code puts in as it stands; `\\$` keeps a variable for F5."""

INITIAL: Final = (
    {
        "name": "debug or test the open file's package",
        "type": TYPE,
        "request": "launch",
        "mode": "auto",
        "program": "${fileDirname}",
    },
)


def filled(manifest: dict[str, Any]) -> dict[str, Any]:
    """Return the manifest with all that is made from tables; the rest stays as it is written."""
    made: dict[str, Any] = json.loads(json.dumps(manifest))
    made["version"] = __version__
    (debugger,) = made["contributes"]["debuggers"]
    debugger["initialConfigurations"] = list(INITIAL)
    debugger["configurationSnippets"] = list(SNIPPETS)
    debugger["configurationAttributes"] = {request: attributes_schema(request) for request in BOTH}
    return made


def text_of(manifest: dict[str, Any]) -> str:
    """Return the file's text."""
    return json.dumps(manifest, indent=2, ensure_ascii=False) + "\n"


def main() -> int:
    """Write the file, or compare it."""
    written = MANIFEST.read_text(encoding="utf-8")
    wanted = text_of(filled(json.loads(written)))
    if "--check" not in sys.argv[1:]:
        MANIFEST.write_text(wanted, encoding="utf-8")
        return 0
    if wanted != written:
        print(f"{MANIFEST} is out of date: python -m tools.extension_manifest")
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
