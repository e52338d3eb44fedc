import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { describe, it } from "node:test";
import { askedPlace, UI_COMMANDS } from "../src/core/uiCommands.ts";

interface Manifest {
  readonly contributes: {
    readonly commands: readonly { readonly command: string; readonly title: string }[];
    readonly menus: Readonly<Record<string, readonly { readonly command: string; readonly when?: string }[]>>;
    readonly debuggers: readonly { readonly variables: Readonly<Record<string, string>> }[];
    readonly views: Readonly<Record<string, readonly { readonly id: string; readonly when?: string }[]>>;
  };
}

// Tests run in the folder of the extension.
const { contributes } = JSON.parse(readFileSync("package.json", "utf8")) as Manifest;
const declared = contributes.commands.map((each) => each.command);

/** The commands that extension.ts and its neighbours handle: names before a colon in a table of handlers. */
function handledElsewhere(): string[] {
  return [...readFileSync("src/extension.ts", "utf8").matchAll(/^ *"(dapshim\.\w+)":/gm)].map((each) => each[1] ?? "");
}

describe("the commands of the extension", () => {
  it("have a handler each, and every handler is declared, but for those that only launch.json asks", () => {
    const handled = [...UI_COMMANDS, ...handledElsewhere()];
    assert.deepEqual(declared.filter((each) => !handled.includes(each)), []);
    assert.deepEqual(UI_COMMANDS.filter((each) => !declared.includes(each)), []);
    assert.equal(new Set(declared).size, declared.length);
  });

  it("answer every variable that launch.json may ask", () => {
    const asked = contributes.debuggers.flatMap((each) => Object.values(each.variables));
    assert.ok(asked.length > 0);
    assert.deepEqual(asked.filter((each) => !handledElsewhere().includes(each)), []);
  });

  it("are handled where the table of src/ui/index.ts says so", () => {
    const source = readFileSync("src/ui/index.ts", "utf8");
    for (const each of UI_COMMANDS) {
      assert.ok(source.includes(`"${each}": `), each);
    }
  });

  it("stand in menus under their names", () => {
    for (const [menu, entries] of Object.entries(contributes.menus)) {
      for (const each of entries) {
        assert.ok(declared.includes(each.command), `${menu}: ${each.command}`);
      }
    }
    assert.equal(contributes.menus["editor/lineNumber/context"]?.find((each) => each.command === "dapshim.why")?.when, "editorLangId == go");
  });

  it("are not in the palette where they need a row of the tree", () => {
    const hidden = (contributes.menus["commandPalette"] ?? []).filter((each) => each.when === "false").map((each) => each.command);
    assert.deepEqual(hidden.sort(), ["dapshim.fix", "dapshim.refreshSessions", "dapshim.showFinding", "dapshim.showWhere"]);
  });

  it("show their tree in the Debug view, once there was a session", () => {
    assert.deepEqual(contributes.views["debug"]?.map((each) => [each.id, each.when]), [["dapshim.sessions", "dapshim.hadSession"]]);
    const sources = ["src/ui/tree.ts", "src/ui/statusItem.ts"].map((each) => readFileSync(each, "utf8")).join("");
    assert.ok(sources.includes('"dapshim.hadSession"') && sources.includes('"dapshim.sessions"') && sources.includes('"dapshim.sessions.focus"'));
  });
});

describe("the place that is asked about", () => {
  const fileOf = (uri: unknown): string => (uri instanceof URL ? uri.pathname : "");
  const cursor = { file: "/x/c.go", line: 3 };

  it("is the row's, the gutter's, or the cursor's", () => {
    assert.deepEqual(askedPlace({ kind: "breakpoint", pending: { file: "/x/a.go", line: 7, message: "" } }, fileOf, cursor), { file: "/x/a.go", line: 7 });
    assert.deepEqual(askedPlace({ lineNumber: 9, uri: new URL("file:///x/b.go") }, fileOf, cursor), { file: "/x/b.go", line: 9 });
    for (const given of [undefined, null, 3, {}, { lineNumber: 0, uri: new URL("file:///x") }, { lineNumber: 1 }, { uri: new URL("file:///x") }]) {
      assert.deepEqual(askedPlace(given, fileOf, cursor), cursor);
      assert.equal(askedPlace(given, fileOf, undefined), undefined);
    }
  });
});
