import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, rmSync, utimesSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterEach, beforeEach, describe, it } from "node:test";
import { UnavailableError, type Lack } from "../src/core/errors.ts";
import { locate, type Manner, type Wishes } from "../src/core/locating.ts";
import { Machine, type Answer } from "./fakeRun.ts";

let place = "";
let said: string[] = [];

beforeEach(() => {
  place = mkdtempSync(join(tmpdir(), "dapshim-locating-"));
  said = [];
  writeFileSync(join(place, "dapshim.whl"), "a wheel");
});
afterEach(() => {
  rmSync(place, { recursive: true, force: true });
});

function wishes(more: Partial<Wishes> = {}): Wishes {
  return { version: "1.2.3", path: "", interpreters: [], wheel: join(place, "dapshim.whl"), storage: join(place, "storage"), searchPath: "", ...more };
}

const environment = () => readdirSync(join(place, "storage")).filter((name) => name.startsWith("dapshim-"));

/** A machine on which all goes well, but for what `other` says. */
function machine(other: (line: string) => Answer = () => "as ever"): Machine {
  return new Machine((line) => {
    const answer = other(line);
    if (answer !== "as ever") {
      return answer;
    }
    if (line.startsWith("python3.12 -I -c")) {
      return "3.12 True True\n";
    }
    if (line.includes("-m venv")) {
      mkdirSync(line.split(" ").at(-1) ?? "", { recursive: true });
      return "";
    }
    if (line.includes("-m pip")) {
      return "";
    }
    return line.endsWith("--version") && line.includes("-m dapshim") ? "dapshim 1.2.3\n" : undefined;
  });
}

const find = (on: Machine, more: Partial<Wishes> = {}, manner: Manner = {}) => locate(wishes(more), on.run, (text) => said.push(text), manner);

async function lack(on: Machine, more: Partial<Wishes>, expected: Lack, words: RegExp): Promise<void> {
  await assert.rejects(find(on, more), (error: unknown) => {
    assert.ok(error instanceof UnavailableError);
    assert.equal(error.lack, expected);
    assert.match(error.message, words);
    return true;
  });
}

describe("dapshim of one's own", () => {
  it("is installed from the wheel, with what the language server needs, and said so", async () => {
    const on = machine();
    const found = await find(on);
    assert.equal(found.how, "own");
    assert.deepEqual(found.args, ["-I", "-m", "dapshim"]);
    assert.ok(found.command.startsWith(join(place, "storage", "dapshim-1.2.3-")));
    assert.ok(on.ran.some((line) => line.endsWith(`${join(place, "dapshim.whl")}[lsp]`)));
    assert.match(said.join("\n"), /making an environment.*python3\.12[^]*installing dapshim[^]*is installed/);
    assert.ok(!environment().some((name) => name.endsWith(".lock")));
  });

  it("is taken the next time, and no Python looked for", async () => {
    await find(machine());
    const on = machine();
    await find(on);
    assert.equal(on.ran.length, 1);
  });

  it("is made anew when it is broken, when another wheel comes, and when somebody asks", async () => {
    await find(machine());
    let broken = true;
    const on = machine((line) => {
      broken &&= !line.includes("-m venv");
      return broken && line.endsWith("--version") ? { stderr: "No module named dapshim" } : "as ever";
    });
    await find(on);
    assert.match(said.join("\n"), /does not run any more: No module named dapshim/);
    assert.ok(on.ran.some((line) => line.includes("-m venv")));

    const asked = machine();
    await find(asked, {}, { anew: true });
    assert.ok(asked.ran.some((line) => line.includes("-m venv")));

    writeFileSync(join(place, "dapshim.whl"), "another wheel");
    const other = machine();
    await find(other);
    assert.ok(other.ran.some((line) => line.includes("-m venv")));
    assert.equal(environment().length, 2);
  });

  it("of another version goes when no window has used it for long", async () => {
    const old = join(place, "storage", "dapshim-1.0.0-0123abcd");
    const recent = join(place, "storage", "dapshim-1.1.0-0123abcd");
    const strange = join(place, "storage", "something-else");
    for (const each of [old, recent, strange]) {
      mkdirSync(each, { recursive: true });
      writeFileSync(join(each, "dapshim-installed"), "");
    }
    utimesSync(join(old, "dapshim-installed"), 1, 1);
    await find(machine());
    const left = readdirSync(join(place, "storage"));
    assert.ok(!left.includes("dapshim-1.0.0-0123abcd") && left.includes("dapshim-1.1.0-0123abcd") && left.includes("something-else"));
  });

  it("is made by one window, and the other waits", async () => {
    const one = machine();
    const other = machine();
    await Promise.all([find(one), find(other)]);
    assert.equal([...one.ran, ...other.ran].filter((line) => line.includes("-m venv")).length, 1);
    assert.match(said.join("\n"), /another window is installing/);
  });

  it("does not wait for a window that is gone", async () => {
    await find(machine());
    const lock = join(place, "storage", `${environment()[0] ?? ""}.lock`);
    writeFileSync(lock, "999999999");
    utimesSync(lock, 1, 1);
    await find(machine(), {}, { anew: true });
    assert.ok(!environment().some((name) => name.endsWith(".lock")));
  });

  it("prefers the Python that somebody chose, if it is new enough", async () => {
    const on = machine((line) => (line.startsWith("/chosen -I -c") ? "3.13 True True" : line.startsWith("/old -I -c") ? "3.9 True False" : "as ever"));
    await find(on, { interpreters: ["/old", "/chosen"] });
    assert.ok(on.ran.some((line) => line.startsWith("/chosen -I -m venv")));
    assert.match(said.join("\n"), /\/old: Python 3\.9, too old/);
  });
});

describe("what is missing is named, with the way out", () => {
  it("no Python", async () => {
    await lack(new Machine(() => undefined), {}, "python", /Python 3\.11 or newer \(none was found\).*dapshim\.python/);
  });

  it("an old Python", async () => {
    await lack(machine((line) => (line.startsWith("python3 -I") ? "3.8 True False" : line.startsWith("python3.12") ? undefined : "as ever")), {}, "python", /python3: Python 3\.8, too old/);
  });

  it("the module venv, as on Debian", async () => {
    const bare = machine((line) => (line.startsWith("python3.12 -I -c") ? "3.12 False True" : "as ever"));
    await lack(bare, {}, "venv", /sudo apt install python3\.12-venv/);
    const late = machine((line) => (line.includes("-m venv") ? { stdout: "The virtual environment was not created successfully because ensurepip is not available." } : "as ever"));
    await lack(late, {}, "venv", /sudo apt install python3\.12-venv/);
  });

  it("the network, a certificate, or what pip says", async () => {
    const pip = (stderr: string) => machine((line) => (line.includes("-m pip") ? { stderr } : "as ever"));
    await lack(pip("NewConnectionError: [Errno -3] Temporary failure in name resolution"), {}, "network", /go online.*Install Again/);
    await lack(pip("SSLError(SSLCertVerificationError(1, '[SSL: CERTIFICATE_VERIFY_FAILED]'))"), {}, "network", /global\.cert/);
    await lack(pip("ERROR: No matching distribution found for trio>=0.30"), {}, "pip", /No matching distribution found for trio/);
    assert.deepEqual(environment(), []);
  });

  it("a dapshim that does not run once it is installed", async () => {
    await lack(machine((line) => (line.endsWith("--version") ? { stderr: "ImportError: msgspec" } : "as ever")), {}, "pip", /does not run: ImportError: msgspec/);
  });

  it("the wheel itself", async () => {
    await lack(machine(), { wheel: join(place, "nothing.whl") }, "wheel", /nothing\.whl.*dapshim\.path/);
  });
});

describe("the setting dapshim.path", () => {
  it("is obeyed, and another version is said", async () => {
    const on = new Machine((line) => (line === "/opt/dapshim --version" ? "dapshim 2.0.0\n" : undefined));
    const found = await find(on, { path: "/opt/dapshim" });
    assert.deepEqual(found, { command: "/opt/dapshim", args: [], version: "2.0.0", how: "setting", folder: "" });
    assert.match(said.join("\n"), /not of the extension's version, 1\.2\.3/);
  });

  it("that names nothing is an error, not a reason for another one", async () => {
    const on = machine();
    await lack(on, { path: "/opt/dapshim" }, "path", /dapshim\.path.*\/opt\/dapshim.*it is not there/);
    assert.equal(on.ran.length, 1);
    await lack(new Machine(() => "Hello"), { path: "/bin/echo" }, "path", /does not say its version/);
  });
});

describe("a dapshim on the PATH", () => {
  const onPath = (version: string, lsp: Answer = "") =>
    machine((line) => (line === "/usr/bin/dapshim --version" ? `dapshim ${version}\n` : line === "/usr/bin/dapshim lsp" ? lsp : "as ever"));

  it("is used if it is the extension's version", async () => {
    const found = await find(onPath("1.2.3", { stderr: "" }), { searchPath: "relative:/nothing:/usr/bin" });
    assert.equal(found.command, "/usr/bin/dapshim");
    assert.equal(found.how, "path");
  });

  it("is passed over, aloud, if it is not, or has no language server", async () => {
    assert.equal((await find(onPath("1.2.4"), { searchPath: "/usr/bin" })).how, "own");
    assert.match(said.join("\n"), /dapshim 1\.2\.4; the extension goes with 1\.2\.3/);
    rmSync(join(place, "storage"), { recursive: true });
    assert.equal((await find(onPath("1.2.3", { stderr: "the language server needs pygls" }), { searchPath: "/usr/bin" })).how, "own");
    assert.match(said.join("\n"), /pip install 'dapshim\[lsp\]'/);
  });
});
