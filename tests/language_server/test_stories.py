"""What a session tells of itself, with the real dlv: its executable, compiler errors, and findings with remedies by number."""

from __future__ import annotations

import json
import shutil
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest
import trio

from tests.delve.checkup_scene import MAIN, mod
from tests.language_server.lsp_client import LspClient, RequestFailed, lsp
from tests.language_server.test_sessions import PROGRAM, TRUSTED, connected, debugged, environment, told
from tests.real import Client, clean_environment, tool


@pytest.fixture
def ws(tmp_path: Path) -> Path:
    folder = tmp_path / "ws"
    folder.mkdir()
    (folder / "go.mod").write_text(mod("example.com/m"))
    (folder / "main.go").write_text(PROGRAM)
    return folder


@pytest.fixture
async def server(tmp_path: Path) -> AsyncIterator[LspClient]:
    home = tmp_path / "home"
    home.mkdir()
    env = {**environment(tmp_path), "XDG_CACHE_HOME": str(home), "XDG_DATA_HOME": str(home), "GOENV": str(home / "goenv")}
    async with lsp(env=env, cwd=tmp_path) as server:
        yield server


async def built(ws: Path, *flags: str) -> Path:
    binary = ws / "prog"
    command = [tool("go"), "build", *flags, "-o", str(binary), "."]
    await trio.run_process(command, cwd=ws, env=clean_environment(GOWORK="off"))
    return binary


async def launched(client: Client, **arguments: Any) -> dict[str, Any]:
    """Launch, up to the answer of the launch or to `initialized`."""
    await client.ask("initialize", {"clientID": "test", "adapterID": "go", "pathFormat": "path"})
    number = await client.send("launch", {"name": "it", "request": "launch", **arguments})
    return await client.until(
        lambda each: each.get("event") == "initialized" or (each.get("request_seq") == number and each["type"] == "response")
    )


async def story(server: LspClient, **wanted: Any) -> dict[str, Any]:
    """Wait for a notification with these values, and return what it says."""
    message = await server.until(
        lambda each: each.get("method") == "dapshim/sessionChanged" and wanted.items() <= each["params"].items()
    )
    found: dict[str, Any] = message["params"]
    return found


def numbers(finding: dict[str, Any]) -> list[int]:
    return [each["number"] for each in finding["remedies"] if "number" in each]


async def did(server: LspClient, number: int) -> str:
    answer = await server.ask("workspace/executeCommand", {"command": "dapshim.remedy", "arguments": [number]})
    output: str = answer["output"]
    return output


async def test_the_handshake(server, ws):
    result = await server.initialize(ws)
    assert result["serverInfo"]["name"] == "dapshim"
    assert result["serverInfo"]["version"]
    assert result["capabilities"]["experimental"] == {"dapshim": {"protocol": 1}}


async def test_programs_are_answered_for_what_is_open_and_for_what_is_asked(server, tmp_path, ws):
    (ws / "lib").mkdir()
    (ws / "lib" / "lib_test.go").write_text("package lib\n")
    await server.initialize(ws)
    found = await server.ask("dapshim/programs")
    assert found["programs"] == [
        {"kind": "main", "folder": str(ws), "importPath": "example.com/m", "module": str(ws)},
        {"kind": "test", "folder": str(ws / "lib"), "importPath": "example.com/m/lib", "module": str(ws)},
    ]
    (tmp_path / "empty").mkdir()
    assert (await server.ask("dapshim/programs", {"folder": str(tmp_path / "empty")}))["programs"] == []
    with pytest.raises(RequestFailed, match="absolute"):
        await server.ask("dapshim/programs", {"folder": "x"})


async def test_the_executable_is_told_for_a_build_and_for_one_that_is_there(server, ws):
    await server.initialize(ws, options=TRUSTED)
    client = await connected(server)
    await debugged(client, ws)
    told_of = (await story(server, session=1, what="ended"))["executable"]
    assert Path(told_of).name.startswith("__debug_bin")
    binary = await built(ws, "-gcflags=all=-N -l")
    client = await connected(server)
    assert (await launched(client, mode="exec", program=str(binary)))["event"] == "initialized"
    assert (await story(server, session=2, executable=str(binary)))["error"] == ""
    await client.ask("disconnect", {})


async def test_a_healed_copy_is_told_by_the_name_of_the_persons_own(server, ws):
    binary = await built(ws, "-gcflags=all=-N -l", "-ldflags=-s -w=0")
    await server.initialize(ws, options=TRUSTED)
    client = await connected(server)
    assert (await launched(client, mode="exec", program=str(binary)))["event"] == "initialized"
    copied = [each for each in client.log if "symbol table" in str(each.get("body", {}).get("output"))]
    assert copied
    assert (await story(server, executable=str(binary)))["program"] == str(binary)
    await client.ask("disconnect", {})


async def test_compiler_errors_come_as_data_and_are_told_in_their_file_alone(server, ws):
    configuration = {"name": "it", "type": "go", "request": "launch", "program": "${workspaceFolder}"}
    (ws / ".vscode").mkdir()
    launch = ws / ".vscode" / "launch.json"
    launch.write_text(json.dumps({"configurations": [configuration]}))
    await server.initialize(ws, options=TRUSTED)
    await server.open(launch)
    await server.ask("textDocument/codeLens", {"textDocument": {"uri": launch.as_uri()}})
    (ws / "main.go").write_text('package main\n\nfunc main() {\n\tx := 1\n\tprintln("a" + 1)\n}\n')
    client = await connected(server)
    answer = await launched(client, mode="debug", program=str(ws))
    assert answer["success"] is False
    failed = await story(server, state="failed")
    main = str(ws / "main.go")
    assert failed["buildErrors"] == [
        {"file": main, "line": 4, "column": 2, "message": "declared and not used: x"},
        {"file": main, "line": 5, "column": 10, "message": failed["buildErrors"][1]["message"]},
    ]
    assert "declared and not used" in failed["error"]
    await client.ask("disconnect", {})
    await story(server, what="ended")
    await server.ask("textDocument/codeLens", {"textDocument": {"uri": launch.as_uri()}})
    assert server.diagnostics.get(launch.as_uri(), []) == []


async def test_an_optimised_program_is_built_again_by_the_number_of_its_remedy(server, ws):
    binary = await built(ws)
    before = binary.stat().st_ino
    await server.initialize(ws, options=TRUSTED)
    client = await connected(server)
    await launched(client, mode="exec", program=str(binary))
    found = await story(server, what="findings")
    (optimised,) = [each for each in found["findings"] if each["code"] == "optimized"]
    rebuild, twin = numbers(optimised)
    await client.ask("disconnect", {})
    assert "built for debugging" in await did(server, rebuild)
    assert binary.stat().st_ino != before
    client = await connected(server)
    await launched(client, mode="exec", program=str(binary))
    await client.ask("disconnect", {})
    later = await story(server, session=2, what="ended")
    assert [each for each in later["findings"] if each["code"] == "optimized"] == []
    assert twin != rebuild


async def test_the_twin_is_debugged_and_the_file_stays(server, ws):
    binary = await built(ws)
    data = binary.read_bytes()
    await server.initialize(ws, options=TRUSTED)
    client = await connected(server)
    await launched(client, mode="exec", program=str(binary))
    found = await story(server, what="findings")
    (optimised,) = [each for each in found["findings"] if each["code"] == "optimized"]
    await client.ask("disconnect", {})
    said = await did(server, numbers(optimised)[1])
    assert "without optimisation" in said
    assert binary.read_bytes() == data
    client = await connected(server)
    assert (await launched(client, mode="exec", program=str(binary)))["event"] == "initialized"
    running = await story(server, session=2, what="state", program=str(binary), state="starting")
    later = [each["params"] for each in server.log if each.get("method") == "dapshim/sessionChanged"]
    assert running["executable"] != str(binary)
    assert any("healed" in each["executable"] for each in later if each["session"] == 2)
    assert not [each for each in later[-1]["findings"] if each["code"] == "optimized"]
    await client.ask("disconnect", {})
    # Built anew, it is itself again.
    binary = await built(ws, "-gcflags=all=-N -l")
    client = await connected(server)
    await launched(client, mode="exec", program=str(binary))
    await story(server, session=3, executable=str(binary))
    await client.ask("disconnect", {})


async def test_nothing_is_run_without_trust_and_nothing_that_was_not_offered(server, ws):
    binary = await built(ws)
    await server.initialize(ws, options=TRUSTED)
    client = await connected(server)
    await launched(client, mode="exec", program=str(binary))
    found = await story(server, what="findings")
    await client.ask("disconnect", {})
    (number, *_) = numbers(found["findings"][0])
    await server.notify("dapshim/setTrust", {"trusted": False})
    with pytest.raises(RequestFailed, match="trusted"):
        await did(server, number)
    for stranger in (10_000, 0, -1, True, "1", None, {"arguments": ["rm"]}):
        with pytest.raises(RequestFailed):
            await server.ask("workspace/executeCommand", {"command": "dapshim.remedy", "arguments": [stranger]})


async def test_a_module_that_go_work_lacks_is_added_by_the_number_that_the_failed_launch_has(server, ws):
    (ws / "go.work").write_text("go 1.21\n")
    await server.initialize(ws, options=TRUSTED)
    (ws / "other").mkdir()
    (ws / "other" / "go.mod").write_text(mod("example.com/other"))
    (ws / "other" / "main.go").write_text(MAIN)
    (ws / "go.work").write_text("go 1.21\n\nuse .\n")
    client = await connected(server)
    answer = await launched(client, mode="debug", program=str(ws / "other"))
    assert answer["success"] is False
    failed = await story(server, state="failed")
    (finding,) = failed["findings"]
    assert finding["code"] == "work-unused"
    await did(server, numbers(finding)[0])
    assert "./other" in (ws / "go.work").read_text()


async def test_an_edit_is_made_by_the_editor_for_the_text_that_it_was_made_for(server, ws):
    (ws / "go.work").write_text("go 1.21\n\nuse .\nuse ./gone\n")
    edits: list[dict[str, Any]] = []

    def answer(message: dict[str, Any]) -> Any:
        edits.append(message["params"])
        return {"applied": True}

    server.answer = answer
    await server.initialize(ws, options={"workspaceTrust": True}, capabilities={"workspace": {"applyEdit": True}})
    client = await connected(server)
    await launched(client, mode="debug", program=str(ws))
    (finding,) = (await story(server, state="failed"))["findings"]
    (number,) = numbers(finding)
    await did(server, number)
    (change,) = edits[-1]["edit"]["documentChanges"]
    assert change["textDocument"]["uri"] == (ws / "go.work").as_uri()
    assert change["edits"] == [
        {"newText": "", "range": {"start": {"line": 3, "character": 0}, "end": {"line": 4, "character": 0}}}
    ]
    (ws / "go.work").write_text("go 1.21\n\nuse ./gone\n")
    with pytest.raises(RequestFailed, match="changed meanwhile"):
        await did(server, number)


async def test_a_session_without_a_dlv_offers_to_install_one(tmp_path, ws):
    bare = tmp_path / "bin"
    bare.mkdir()
    (bare / "go").symlink_to(tool("go"))
    env = {**environment(tmp_path), "PATH": str(bare), "HOME": str(tmp_path), "GOBIN": "", "GOPATH": str(tmp_path / "gopath")}
    async with lsp(env=env) as server:
        await server.initialize(ws, options=TRUSTED)
        client = await connected(server)
        answer = await launched(client, mode="debug", program=str(ws))
        assert answer["success"] is False
        (finding,) = (await story(server, state="failed"))["findings"]
        assert finding["code"] == "dlv-missing"
        assert numbers(finding)


async def test_why_takes_the_program_that_runs_and_else_the_package(server, ws):
    (ws / "main.go").write_text("package main\n\nfunc main() {\n\tprintln(1)\n\n\tprintln(2)\n}\n")
    binary = await built(ws)
    await server.initialize(ws, options=TRUSTED)
    asked = {"file": str(ws / "main.go"), "line": 5}
    alone = await server.ask("dapshim/why", asked)
    assert (alone["target"], alone["settable"]) == (str(ws), False)
    client = await connected(server)
    await launched(client, mode="exec", program=str(binary))
    await story(server, executable=str(binary))
    running = await server.ask("dapshim/why", asked)
    assert running["target"] == str(binary)
    other = ws / "other" / "other.go"
    other.parent.mkdir()
    other.write_text("package other\n\nvar x = 1\n")
    assert (await server.ask("dapshim/why", {"file": str(other), "line": 1}))["target"] == str(other.parent)
    await client.ask("disconnect", {})
    await told(server, "ended", "ended")
    assert (await server.ask("dapshim/why", asked))["target"] == str(ws)
    named = await server.ask("dapshim/why", {**asked, "target": str(binary)})
    assert named["target"] == str(binary)


@pytest.mark.parametrize("slides", [True, False, None])
async def test_why_counts_what_the_session_says_of_sliding(server, ws, slides):
    (ws / "main.go").write_text("package main\n\nfunc main() {\n\tprintln(1)\n\n\tprintln(2)\n}\n")
    binary = await built(ws, "-gcflags=all=-N -l")
    await server.initialize(ws, options=TRUSTED)
    asked = {"file": str(ws / "main.go"), "line": 5}
    client = await connected(server)
    given = {"dapshim": {"slideBreakpoints": slides, "lateBreakpoints": True}} if slides is not None else {}
    await launched(client, mode="exec", program=str(binary), **given)
    await story(server, executable=str(binary))
    for target in ({}, {"target": str(binary)}):
        why = await server.ask("dapshim/why", asked | target)
        assert ("In a session it moves to line 6" in why["message"]) is (slides is not False)


async def test_a_hollow_breakpoint_is_settled_by_the_number_of_its_remedy(server, ws):
    """Two clones of one module may be what was built; the one that is asked about is, a person says."""
    for name in ("one", "two", "built"):
        (ws / name).mkdir()
        for file in ("go.mod", "main.go"):
            shutil.copyfile(ws / file, ws / name / file)
    binary = await built(ws / "built", "-gcflags=all=-N -l", "-trimpath")
    binary = binary.rename(ws / "prog")
    shutil.rmtree(ws / "built")
    for file in ("go.mod", "main.go"):
        (ws / file).unlink()
    (ws / "go.work").write_text("go 1.21\n\nuse ./one\nuse ./two\n")
    await server.initialize(ws, options=TRUSTED)
    asked = {"file": str(ws / "two" / "main.go"), "line": 4, "target": str(binary)}
    why = await server.ask("dapshim/why", asked)
    assert why["cause"] == "ambiguous-path"
    (number,) = numbers(why)
    await server.notify("dapshim/setTrust", {"trusted": False})  # nothing is run for it
    assert ".dapshim.toml" in await did(server, number)
    assert (ws / ".dapshim.toml").read_text() == 'substitutePath = [{ from = "two", to = "example.com/m" }]\n'
    assert (await server.ask("dapshim/why", asked))["settable"]
