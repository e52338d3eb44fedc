/** That what src/core decides reaches the editor: every registration, seen through stand-ins of VS Code's API and of the server. */

import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, beforeEach, describe, it } from "node:test";
import type { ExtensionContext, LogOutputChannel } from "vscode";
import { activate, deactivate, type Api } from "../src/extension.ts";
import { goSettings, interpreters } from "../src/settings.ts";
import { editor, Uri, window, type Shown } from "./fakeEditor.ts";
import { fake } from "./fakeServer.ts";

const { Initial, Dynamic } = { Initial: 1, Dynamic: 2 };
const VERSION = "0.1.0";
const FINDING = { code: "no-dwarf", severity: "warning", message: "The debug info is gone.", remedies: [{ title: "Build it again", command: "go build ." }] };
const folder = { uri: Uri.file("/ws"), name: "ws", index: 0 };
const state = new Map<string, unknown>();

let place = "";
let api: Api;
let count = 0;

/** A session as VS Code hands it out, with its tracker. */
function session(name = "orders", more: Readonly<Record<string, unknown>> = {}) {
  count += 1;
  const made = {
    id: `id${count}`,
    name,
    type: "dapshim",
    workspaceFolder: folder,
    configuration: { name, type: "dapshim", request: "launch", program: "/ws", ...more },
    customRequest: (command: string) => (command === "dapshim/program" ? Promise.resolve({ executable: "/ws/bin/orders" }) : Promise.reject(new Error(command))),
  };
  return made;
}

interface Tracker {
  onWillReceiveMessage(message: object): void;
  onDidSendMessage(message: object): void;
  onExit(): void;
}

/** Start a session at a door of the server, as F5 does. */
async function started(name = "orders", more: Readonly<Record<string, unknown>> = {}) {
  const made = session(name, more);
  const factory = editor.factories.get("dapshim") as { createDebugAdapterDescriptor(session: object): Promise<object> };
  const descriptor = await factory.createDebugAdapterDescriptor(made);
  const tracker = (editor.trackers.get("dapshim") as { createDebugAdapterTracker(session: object): Tracker }).createDebugAdapterTracker(made);
  editor.started.fire(made);
  return { made, descriptor, tracker };
}

function over(made: object, tracker: Tracker): void {
  tracker.onExit();
  editor.terminated.fire(made);
}

async function until<T>(what: string, look: () => T | undefined): Promise<T> {
  for (let tries = 0; tries < 400; tries += 1) {
    const seen = look();
    if (seen !== undefined) {
      return seen;
    }
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  throw new Error(`waited 4 s for ${what}; shown ${JSON.stringify(editor.shown)}`);
}

const told = (about: RegExp): Promise<Shown> => until(`a message about ${about.source}`, () => editor.shown.find((each) => about.test(each.text)));
const asked = (method: string): unknown[] => fake.asked.filter((each) => each.method === method).map((each) => each.params);
const story = (number: number, more: object): void => {
  fake.started.at(-1)?.heard["dapshim/sessionChanged"]?.({ session: number, state: "running", name: "orders", folder: "/ws", findings: [], what: "state", ...more });
};

before(async () => {
  place = realpathSync(mkdtempSync(join(tmpdir(), "dapshim-wiring-")));
  const command = join(place, "dapshim");
  writeFileSync(command, `#!/bin/sh\ncase "$*" in *--version*) echo "dapshim, version ${VERSION}";; *"trace --redact --json"*) echo "as redacted";; *paths*) echo '{"binary": "by command", "files": [], "rules": []}';; esac\n`);
  chmodSync(command, 0o755);
  editor.settings.set("dapshim.path", command);
  let door = 0;
  fake.answers.set("dapshim/startSession", () => {
    door += 1;
    return { session: door, transport: "unix", address: "unix:/x", path: `/door/${door}` };
  });
  const context = {
    subscriptions: [],
    extension: { packageJSON: { version: VERSION } },
    globalStorageUri: Uri.file(place),
    asAbsolutePath: (path: string) => path,
    globalState: { get: (name: string, otherwise: unknown) => state.get(name) ?? otherwise, update: (name: string, value: unknown) => Promise.resolve(state.set(name, value)) },
    environmentVariableCollection: { clear: () => undefined, append: () => undefined },
  } as unknown as ExtensionContext;
  api = activate(context);
  await api.ready();
});
after(async () => {
  const { stopped } = fake;
  await deactivate();
  assert.equal(fake.stopped, stopped + 1, "the server ends with the window");
  rmSync(place, { recursive: true, force: true });
});
beforeEach(() => {
  editor.shown.length = 0;
  fake.asked.length = 0;
  fake.notified.length = 0;
  editor.press = () => undefined;
});

describe("the extension", () => {
  it("has every command that package.json declares", () => {
    const { contributes } = JSON.parse(readFileSync("package.json", "utf8")) as { contributes: { commands: { command: string }[] } };
    assert.deepEqual(contributes.commands.map((each) => each.command).filter((each) => !editor.commands.has(each)), []);
  });

  it("tells the server what it may do, and that the workspace is trusted now", async () => {
    assert.deepEqual(fake.started[0]?.initialization, { workspaceTrust: true, readyDlv: true, warmBuilds: true });
    editor.granted.fire(undefined);
    await until("the news", () => fake.notified[0]);
    assert.deepEqual(fake.notified, [{ method: "dapshim/setTrust", params: { trusted: true } }]);
  });

  it("starts nothing in a workspace that is not trusted", async () => {
    editor.trusted = false;
    await assert.rejects(started(), /not trusted/);
    editor.trusted = true;
    assert.deepEqual(fake.asked, []);
  });

  it("runs nothing of a workspace that is not trusted: no remedy, no Python of its own, and the server hears of it", async () => {
    editor.settings.set("dapshim.python", "/mine/python");
    editor.settings.set("python.defaultInterpreterPath", "/ws/python");
    const log = window.createOutputChannel() as unknown as LogOutputChannel;
    assert.deepEqual(await interpreters(log), ["/mine/python", "/ws/python"]);
    const { made, tracker } = await started();
    editor.trusted = false;
    assert.deepEqual(await interpreters(log), ["/mine/python"]);
    editor.press = ({ buttons }) => buttons[0];
    tracker.onDidSendMessage({ type: "event", event: "dapshim/findings", body: { findings: [FINDING] } });
    story(api.sessionNumber(made as never) ?? 0, { findings: [{ ...FINDING, remedies: [{ title: "Build it again", command: "go build .", number: 7 }] }] });
    await told(/^Build it again: This workspace is not trusted/);
    assert.deepEqual(asked("workspace/executeCommand"), []);
    over(made, tracker);
    await editor.commands.get("dapshim.restartServer")?.();
    assert.deepEqual(fake.started.at(-1)?.initialization, { workspaceTrust: false, readyDlv: true, warmBuilds: true });
    editor.trusted = true;
    editor.settings.delete("dapshim.python");
    editor.settings.delete("python.defaultInterpreterPath");
  });

  it("gives a session the server's door", async () => {
    const { made, descriptor, tracker } = await started();
    assert.match((descriptor as { path: string }).path, /^\/door\/\d$/);
    assert.deepEqual(asked("dapshim/startSession"), [{ workspaceFolder: "/ws" }]);
    over(made, tracker);
  });
});

describe("configurations", () => {
  it("lose what the Go extension has put in for its own adapter", async () => {
    const given = { type: "dapshim", name: "n", request: "launch", program: "/ws", debugAdapter: "dlv-dap", packagePathToGoModPathMap: {} };
    const made = await editor.provider("dapshim")["resolveDebugConfigurationWithSubstitutedVariables"]?.(folder, given);
    assert.deepEqual(made, { type: "dapshim", name: "n", request: "launch", program: "/ws" });
  });

  it("have the Go extension's settings", async () => {
    editor.settings.set("go.toolsEnvVars", { GOFLAGS: "-tags=x" });
    const made = editor.provider("dapshim")["resolveDebugConfigurationWithSubstitutedVariables"]?.(folder, { type: "dapshim", name: "n", request: "launch", program: "/ws" });
    editor.settings.delete("go.toolsEnvVars");
    assert.deepEqual(await made, { type: "dapshim", name: "n", request: "launch", program: "/ws", env: { GOFLAGS: "-tags=x" } });
  });

  it("are asked of every setting of the Go extension that somebody has set, and of no other", () => {
    assert.deepEqual(goSettings(undefined), {});
    const set = { goroot: "/go", gopath: "/p", toolsEnvVars: { A: "1" }, buildFlags: ["-x"], buildTags: "t", alternateTools: { dlv: "/d" }, testFlags: ["-v"], testTags: "u", testEnvVars: { B: "2" }, testEnvFile: "/e", delveConfig: { showLog: true } };
    Object.entries(set).forEach(([name, value]) => editor.settings.set(`go.${name}`, value));
    editor.settings.set("http.proxy", "http://proxy");
    assert.deepEqual(goSettings(undefined), { ...set, proxy: "http://proxy" });
    Object.keys(set).forEach((name) => editor.settings.delete(`go.${name}`));
    editor.settings.delete("http.proxy");
  });

  it("are none for F5 in a Go file, which debugs its package, nor anywhere else, which says so", async () => {
    const resolve = (): unknown => editor.provider("dapshim")["resolveDebugConfiguration"]?.(folder, {});
    window.activeTextEditor = { document: { uri: Uri.file("/ws/cmd/shop/main.go"), languageId: "go" } };
    const made = (await resolve()) as { program: string; mode: string };
    assert.deepEqual([made.mode, made.program], ["debug", "/ws/cmd/shop"]);
    window.activeTextEditor = undefined;
    assert.equal(await resolve(), undefined);
    await told(/Open a Go file/);
  });

  it("are every program of the workspace, in the list and in a new launch.json", async () => {
    fake.answers.set("dapshim/programs", () => ({ programs: [{ kind: "main", folder: "/ws/cmd/shop", importPath: "example.com/shop", module: "/ws" }] }));
    for (const trigger of [Initial, Dynamic]) {
      const made = (await editor.provider("dapshim", trigger)["provideDebugConfigurations"]?.(folder)) as { program: string }[];
      assert.ok(made.some((each) => each.program.endsWith("cmd/shop")), JSON.stringify(made));
    }
  });

  it("of type go change their type where takeover is on, and there alone", () => {
    const given = { type: "go", name: "n", request: "launch", program: "/ws" };
    const resolve = (): unknown => editor.provider("go")["resolveDebugConfiguration"]?.(folder, given);
    assert.deepEqual(resolve(), given);
    editor.settings.set("dapshim.takeover", "on");
    assert.deepEqual(resolve(), { ...given, type: "dapshim" });
    editor.trusted = false;
    assert.deepEqual(resolve(), given);
    editor.trusted = true;
    editor.settings.delete("dapshim.takeover");
  });

  it("of type go are offered takeover once, when Delve fails for a reason that dapshim mends", async () => {
    const offer = editor.trackers.get("go") as { createDebugAdapterTracker(session: object): { onDidSendMessage(message: object): void } | undefined };
    const tracker = offer.createDebugAdapterTracker({ ...session(), type: "go" });
    const failed = { type: "response", command: "setBreakpoints", success: true, body: { breakpoints: [{ verified: false, message: "could not find file /ws/x.go" }] } };
    editor.press = ({ buttons }) => buttons.find((each) => each === "Everywhere");
    tracker?.onDidSendMessage({ type: "response", command: "launch", success: true });
    assert.deepEqual(editor.shown, []);
    tracker?.onDidSendMessage(failed);
    tracker?.onDidSendMessage(failed);
    const { buttons } = await told(/Run Go debug sessions through dapshim\?/);
    assert.deepEqual(buttons, ["In This Workspace", "Everywhere", "No"]);
    await until("the setting", () => editor.settings.get("dapshim.takeover"));
    assert.equal(editor.settings.get("dapshim.takeover"), "on");
    assert.equal(editor.shown.filter((each: Shown) => each.text.includes("Run Go debug")).length, 1);
    editor.settings.delete("dapshim.takeover");
    assert.equal(offer.createDebugAdapterTracker({ ...session(), type: "go" }), undefined);
  });
});

describe("a session", () => {
  it("has its finding told with the button that has the server mend it", async () => {
    const { made, tracker } = await started();
    editor.press = ({ text, buttons }) => (text.includes('debug info is gone') ? buttons[0] : undefined);
    fake.answers.set("workspace/executeCommand", () => ({ output: "built" }));
    tracker.onDidSendMessage({ type: "event", event: "dapshim/findings", body: { findings: [FINDING] } });
    story(api.sessionNumber(made as never) ?? 0, { findings: [{ ...FINDING, remedies: [{ title: "Build it again", command: "go build .", number: 77 }] }] });
    assert.deepEqual((await told(/debug info is gone/)).buttons, ["Build it again", "More"]);
    await told(/Build it again: done/);
    assert.deepEqual(asked("workspace/executeCommand"), [{ command: "dapshim.remedy", arguments: [77] }]);
    assert.deepEqual(editor.typed, []);
    over(made, tracker);
  });

  it("has a command that dapshim does not do typed, and never run", async () => {
    const { made, tracker } = await started();
    editor.press = ({ text, buttons }) => (text.includes('debug info is gone') ? buttons[0] : undefined);
    tracker.onDidSendMessage({ type: "event", event: "dapshim/findings", body: { findings: [{ ...FINDING, remedies: [{ title: "x", command: "rm -rf /", number: 1 }] }] } });
    assert.deepEqual((await told(/debug info is gone/)).buttons, ["Type into terminal", "More"]);
    await until("the terminal", () => editor.typed[0]);
    assert.deepEqual(editor.typed.splice(0), [{ text: "rm -rf /", run: false }]);
    assert.deepEqual(asked("workspace/executeCommand"), []);
    over(made, tracker);
  });

  it("has the errors of its build in Problems, until it is built again", async () => {
    const { made, tracker } = await started("broken");
    const error = { file: "/ws/main.go", line: 9, column: 2, message: "undefined: x" };
    tracker.onDidSendMessage({ type: "event", event: "dapshim/buildErrors", body: { errors: [error] } });
    tracker.onDidSendMessage({ type: "response", command: "launch", success: false, body: { error: { format: "Failed to launch: /ws/main.go:9:2: undefined: x" } } });
    assert.deepEqual((await told(/"broken" does not build/)).buttons, ["Open main.go:9", "Show All Errors"]);
    const [problem] = editor.problems.get("/ws/main.go") ?? [];
    assert.deepEqual([problem?.message, problem?.range.start.line, problem?.source], ["undefined: x", 8, "go build"]);
    tracker.onWillReceiveMessage({ type: "request", command: "restart", seq: 3 });
    assert.equal(editor.problems.size, 0);
    over(made, tracker);
  });

  it("has its source map in the tree and in the status bar", async () => {
    fake.answers.set("dapshim/paths", () => ({ binary: "/ws/bin/orders", rules: [], files: [{ recorded: "/build/main.go", local: "/ws/main.go", reason: "exact", stale: false }] }));
    const { made, tracker } = await started();
    tracker.onDidSendMessage({ type: "event", event: "initialized" });
    tracker.onDidSendMessage({ type: "response", command: "launch", success: true });
    await until("the status item", () => (editor.status.visible ? true : undefined));
    assert.match(editor.status.text, /Go: 1 file mapped/);
    assert.deepEqual(asked("dapshim/paths"), [{ binary: "/ws/bin/orders", folder: "/ws" }]);
    const { tree } = editor;
    assert.ok(tree !== undefined);
    const labels = async (row?: unknown): Promise<string[]> => (await tree.getChildren(row)).map((each) => tree.getTreeItem(each).label);
    assert.equal((await labels())[0], "orders");
    const top = await tree.getChildren();
    assert.deepEqual(await labels(top[0]), ["Findings", "Breakpoints that are not set", "Source map", "Program"]);
    const parts = await tree.getChildren(top[0]);
    assert.equal((await labels(parts[2])).length, 1);
    over(made, tracker);
    assert.equal(editor.status.visible, false);
  });

  it("has its breakpoints that are not set in the tree, as they change", async () => {
    const { tree } = editor;
    assert.ok(tree !== undefined);
    const { made, tracker } = await started();
    await new Promise((resolve) => setTimeout(resolve, 150));
    let drawn = 0;
    const listening = tree.onDidChangeTreeData(() => {
      drawn += 1;
    });
    tracker.onWillReceiveMessage({ type: "request", seq: 5, command: "setBreakpoints", arguments: { source: { path: "/ws/main.go" }, breakpoints: [{ line: 3 }] } });
    tracker.onDidSendMessage({ type: "response", request_seq: 5, command: "setBreakpoints", success: true, body: { breakpoints: [{ id: 1, verified: false, message: "main.go:3 is a comment." }] } });
    await until("the tree to be drawn anew", () => (drawn > 0 ? true : undefined));
    const [top] = await tree.getChildren();
    const parts = await tree.getChildren(top);
    assert.deepEqual((await tree.getChildren(parts[1])).map((each) => tree.getTreeItem(each).label), ["main.go:3"]);
    listening.dispose();
    over(made, tracker);
  });

  it("is not restarted in words, and goes on", async () => {
    const { made, tracker } = await started();
    tracker.onDidSendMessage({ type: "response", command: "restart", success: true, body: { dapshim: { notRestarted: "Failed to restart: /ws/main.go:9:2: undefined: x" } } });
    assert.deepEqual((await told(/^Not restarted, "orders" goes on as it was\. main\.go:9:2/)).buttons, ["Open main.go:9"]);
    over(made, tracker);
  });

  it("may be asked why a breakpoint is hollow, and the answer is a page", async () => {
    fake.answers.set("dapshim/why", () => ({ file: "/ws/main.go", line: 3, function: null, settable: false, cause: "no-code", message: "main.go:3 is a comment.", nearest: [4], evidence: [], remedies: [] }));
    window.activeTextEditor = { document: { uri: Uri.file("/ws/main.go") }, selection: { active: { line: 2 } } };
    await editor.commands.get("dapshim.why")?.();
    assert.deepEqual(asked("dapshim/why"), [{ file: "/ws/main.go", line: 3 }]);
    assert.match(editor.pages.at(-1)?.html ?? "", /main\.go:3 is a comment\./);
  });

  it("is reported without the values of its variables", async () => {
    const { made, tracker } = await started("secretive", { env: { TOKEN: "s3cret" } });
    await editor.commands.get("dapshim.reportIssue")?.();
    assert.match(editor.documents.at(-1) ?? "", /"TOKEN": "\(left out\)"/);
    assert.doesNotMatch(editor.documents.at(-1) ?? "", /s3cret/);
    over(made, tracker);
  });

  it("is recorded when that was asked for, once, and reported redacted", async () => {
    await editor.commands.get("dapshim.recordNext")?.();
    const first = await started();
    const second = await started();
    const traces = asked("dapshim/startSession").map((each) => (each as { trace?: string }).trace);
    assert.match(traces[0] ?? "", /traces\/.*\.jsonl$/);
    assert.equal(traces[1], undefined);
    mkdirSync(join(place, "traces"), { recursive: true });
    writeFileSync(traces[0] ?? "", "secret\n");
    await editor.commands.get("dapshim.reportIssue")?.();
    assert.match(editor.documents.at(-1) ?? "", /as redacted/);
    assert.doesNotMatch(editor.documents.at(-1) ?? "", /secret/);
    over(first.made, first.tracker);
    over(second.made, second.tracker);
  });
});

describe("the server", () => {
  it("is started again when it dies, and who debugs is told", async () => {
    const { made, tracker } = await started();
    const before = fake.started.length;
    fake.die("exit code 1");
    await told(/ended unexpectedly, and your debug session with it/);
    await until("another server", () => (fake.started.length > before ? true : undefined));
    over(made, tracker);
  });

  it("is started anew by a setting that counts for it, but not under a session's feet", async () => {
    const { made, tracker } = await started();
    const before = fake.started.length;
    editor.configured.fire({ affectsConfiguration: (name) => name === "editor.fontSize" });
    editor.settings.set("dapshim.warmBuilds", false);
    editor.configured.fire({ affectsConfiguration: (name) => name === "dapshim.warmBuilds" });
    await new Promise((resolve) => setTimeout(resolve, 50));
    assert.equal(fake.started.length, before);
    over(made, tracker);
    await until("another server", () => (fake.started.length > before ? true : undefined));
    assert.equal(fake.started.length, before + 1);
    assert.deepEqual(fake.started.at(-1)?.initialization, { workspaceTrust: true, readyDlv: true, warmBuilds: false });
  });

  it("is started anew by the command, and not under a session's feet unless the person says so", async () => {
    const { made, tracker } = await started();
    const before = fake.started.length;
    await editor.commands.get("dapshim.restartServer")?.();
    assert.equal(fake.started.length, before);
    editor.press = ({ buttons }) => buttons.find((each) => each === "Go On");
    await editor.commands.get("dapshim.restartServer")?.();
    assert.equal(fake.started.length, before + 1);
    over(made, tracker);
  });

  it("is not taken where it speaks another protocol; its program answers what it can, and sessions have their own process", async () => {
    const good = fake.greeting;
    const stopped = fake.stopped;
    fake.greeting = { serverInfo: { name: "dapshim", version: "9.0.0" }, capabilities: { experimental: { dapshim: { protocol: 9 } } } };
    await editor.commands.get("dapshim.restartServer")?.();
    assert.deepEqual((await told(/do not go together/)).buttons, ["Try Again", "Show Log", "Open Setting"]);
    // The one of before, and the one that was refused.
    assert.equal(fake.stopped, stopped + 2);
    assert.equal(((await api.plane.paths("/ws/bin/orders", place)) as { binary: string }).binary, "by command");
    assert.deepEqual(asked("dapshim/paths"), []);
    const { made, descriptor, tracker } = await started();
    assert.equal((descriptor as { command: string }).command, editor.settings.get("dapshim.path"));
    over(made, tracker);
    fake.greeting = good;
  });

  it("is told of once where there is no dapshim at all: the start is called off without a dialog", async () => {
    const path = editor.settings.get("dapshim.path");
    editor.settings.set("dapshim.path", join(place, "nowhere"));
    await assert.rejects(started(), { name: "Canceled" });
    assert.equal(editor.shown.filter((each) => each.text.includes('"dapshim.path" names')).length, 1);
    editor.settings.set("dapshim.path", path);
    await editor.commands.get("dapshim.restartServer")?.();
    await api.ready();
  });
});
