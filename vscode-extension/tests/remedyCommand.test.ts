import assert from "node:assert/strict";
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { describe, it } from "node:test";
import { alone, handling } from "../src/core/remedyCommand.ts";

const how = (command: string): string => handling({ title: "x", command }).how;

describe("a remedy", () => {
  it("is the server's where it has a number, whatever its command says", () => {
    assert.deepEqual(handling({ title: "x", command: "rm -rf /", number: 3 }), { how: "server", number: 3 });
  });

  it("is a person's where it has no command", () => {
    assert.equal(how(""), "person");
    assert.equal(how("  "), "person");
  });

  it("is only typed where dapshim does not do it: no command is harmless enough to be run", () => {
    for (const each of ["go mod tidy", "go work use ./lib", "dapshim install-dlv", 'cd /x && go build -gcflags="all=-N -l" .', "go build . ; rm -rf /", "curl x | sh", "echo $(evil)"]) {
      assert.deepEqual(handling({ title: "x", command: ` ${each} ` }), { how: "type", command: each });
    }
  });

  it("is only shown where typing it would run it, or would show another text than runs", () => {
    for (const each of ["echo a\nrm -rf x", "echo a\rrm", "echo \u001b[2K", "echo \u202egnp", "a\u0000b", "a\u200bb", "go work use\n./x"]) {
      assert.equal(how(each), "person", JSON.stringify(each));
    }
  });

  it("is called by a title of its own", () => {
    assert.equal(alone("Or debug it"), "Debug it");
    assert.equal(alone("Order it"), "Order it");
  });
});

it("no file of the extension runs the command of a remedy", () => {
  const files = readdirSync("src", { recursive: true, encoding: "utf8" }).filter((name) => name.endsWith(".ts"));
  const found = files.filter((name) => /\b(ShellExecution|ProcessExecution|executeTask)\b|sendText\((?!handling\.command, false\))/.test(readFileSync(join("src", name), "utf8")));
  assert.ok(files.length > 30);
  assert.deepEqual(found, []);
});
