import assert from "node:assert/strict";
import { chmodSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { homedir, tmpdir } from "node:os";
import { join } from "node:path";
import { after, before, describe, it } from "node:test";
import { expand, unwritten, withGoSettings, type GoSettings } from "../src/core/goSettings.ts";

let place = "";
const around = () => ({ folder: join(place, "work"), environ: { HOME: "/home/me", TOKEN: "t0", PATH: `relative:${join(place, "bin")}`, GOPATH: join(place, "gopath") } });
const launch = { type: "dapshim", name: "x", request: "launch", program: "/p" };
const made = (given: Readonly<Record<string, unknown>>, settings: GoSettings) => withGoSettings({ ...launch, ...given }, settings, around()).made;

function program(...way: string[]): string {
  const path = join(place, ...way);
  mkdirSync(join(path, ".."), { recursive: true });
  writeFileSync(path, "");
  chmodSync(path, 0o755);
  return path;
}

before(() => {
  place = mkdtempSync(join(tmpdir(), "dapshim-settings-"));
});
after(() => {
  rmSync(place, { recursive: true });
});

describe("go settings", () => {
  it("change nothing where there are none", () => {
    assert.deepEqual(made({ env: { A: "1" } }, {}), { ...launch, env: { A: "1" } });
  });

  it("go.delveConfig fills what the configuration leaves out, and nothing that is for other adapters", () => {
    const delveConfig = { showLog: true, hideSystemGoroutines: true, substitutePath: [{ from: "a", to: "b" }], apiVersion: 1, dlvLoadConfig: {}, debugAdapter: "legacy" };
    assert.deepEqual(made({ showLog: false }, { delveConfig }), { ...launch, showLog: false, hideSystemGoroutines: true, substitutePath: [{ from: "a", to: "b" }] });
  });

  it("the environment is env, then envFile, then go.toolsEnvVars", () => {
    const envFile = join(place, ".env");
    writeFileSync(envFile, "\uFEFFexport FROM_FILE=file\n# NOT=this\nBOTH = file\n");
    const toolsEnvVars = { FROM_FILE: "tools", BOTH: "tools", TOOLS: "${env:TOKEN}", WHERE: "${workspaceFolder}/x", ENV: "tools" };
    const found = made({ env: { ENV: "env", GONE: null }, envFile }, { toolsEnvVars });
    assert.deepEqual(found["env"], { TOOLS: "t0", WHERE: join(place, "work", "x"), ENV: "env", GONE: null });
    assert.equal(found["envFile"], envFile);
  });

  it("a file that is relative to no folder is nobody's: what the editor happens to run in does not count", () => {
    const here = process.cwd();
    writeFileSync(join(place, "strays.env"), "A=stray\n");
    try {
      process.chdir(place);
      const none = { ...around(), folder: "" };
      assert.deepEqual(withGoSettings({ ...launch, envFile: "strays.env" }, { toolsEnvVars: { A: "tools" } }, none).made["env"], { A: "tools" });
      assert.equal(withGoSettings({ ...launch, envFile: join(place, "strays.env") }, { toolsEnvVars: { A: "tools" } }, none).made["env"], undefined);
    } finally {
      process.chdir(here);
    }
  });

  it("a file may be named as the workspace folder sees it", () => {
    mkdirSync(join(place, "work"), { recursive: true });
    writeFileSync(join(place, "work", "local.env"), "A=file\n");
    assert.deepEqual(made({ envFile: ["local.env", 7] }, { toolsEnvVars: { A: "tools", B: 1, C: false, D: null } })["env"], { B: "1", C: "false", D: null });
  });

  it("of them only go.delveConfig counts for a dlv on another machine", () => {
    const remote = { request: "attach", mode: "remote" };
    const settings = { goroot: place, toolsEnvVars: { A: "1" }, alternateTools: { dlv: program("bin", "dlv-nightly") }, delveConfig: { showRegisters: true } };
    assert.deepEqual(made(remote, settings), { ...launch, ...remote, showRegisters: true });
    assert.deepEqual(made({ request: "attach", mode: "local" }, settings)["env"], { A: "1", GOROOT: place });
  });

  it("a file that cannot be read is left to dapshim, which says so", () => {
    assert.deepEqual(made({ envFile: join(place, "nowhere") }, { toolsEnvVars: { A: "1" } })["env"], { A: "1" });
  });

  it("go.gopath and http.proxy belong to the tools' environment", () => {
    assert.deepEqual(made({}, { gopath: "~/go", proxy: "http://p:1" })["env"], {
      GOPATH: join(homedir(), "go"),
      http_proxy: "http://p:1",
      HTTP_PROXY: "http://p:1",
      https_proxy: "http://p:1",
      HTTPS_PROXY: "http://p:1",
    });
  });

  it("-json is taken out of GOFLAGS", () => {
    assert.deepEqual(made({}, { toolsEnvVars: { GOFLAGS: "-mod=mod -json" } })["env"], { GOFLAGS: "-mod=mod" });
  });

  it("go.goroot says which Go, and GOROOT", () => {
    const go = program("root", "bin", "go");
    const found = made({}, { goroot: join(place, "root") });
    assert.deepEqual(found["env"], { GOROOT: join(place, "root") });
    assert.deepEqual(found["dapshim"], { go });
  });

  it("go.goroot that is no folder is passed over, aloud", () => {
    const { made: found, notes } = withGoSettings(launch, { goroot: join(place, "nowhere") }, around());
    assert.deepEqual(found, launch);
    assert.match(notes.join(), /go\.goroot.*nowhere/);
  });

  it("go.alternateTools comes before go.goroot, and the configuration's own word before both", () => {
    program("root", "bin", "go");
    const other = program("other", "go1.30");
    const settings = { goroot: join(place, "root"), alternateTools: { go: other } };
    assert.deepEqual(made({ dapshim: { heal: "off" } }, settings)["dapshim"], { heal: "off", go: other });
    assert.deepEqual(made({ dapshim: { go: "/mine" } }, settings)["dapshim"], { go: "/mine" });
  });

  it("go.alternateTools may name a tool by another name", () => {
    const onPath = program("bin", "dlv-nightly");
    assert.equal(made({}, { alternateTools: { dlv: "dlv-nightly" } })["dlvToolPath"], onPath);
    const inGopath = program("gopath", "bin", "dlv-nightly");
    assert.equal(made({}, { alternateTools: { dlv: "dlv-nightly" } })["dlvToolPath"], inGopath);
    assert.equal(made({ dlvToolPath: "/mine" }, { alternateTools: { dlv: "dlv-nightly" } })["dlvToolPath"], "/mine");
  });

  it("a tool that is not there is passed over, aloud", () => {
    for (const dlv of [join(place, "nowhere", "dlv"), "dlv-nowhere"]) {
      const { made: found, notes } = withGoSettings(launch, { alternateTools: { dlv } }, around());
      assert.equal(found["dlvToolPath"], undefined);
      assert.match(notes.join(), new RegExp(dlv));
    }
  });

  it("flags and tags are for configurations that nobody has written down", () => {
    const settings: GoSettings = { buildFlags: ["-race"], buildTags: "integration" };
    assert.deepEqual(made({}, settings), launch);
    assert.deepEqual(unwritten("debug", settings, around()), { buildFlags: ["-tags", "integration", "-race"] });
  });

  it("a test has settings of its own", () => {
    const settings: GoSettings = {
      buildFlags: ["-race"],
      buildTags: "all",
      testTags: "unit",
      testFlags: ["-count=1", "-args", "-test.v"],
      testEnvVars: { A: "${workspaceFolder}" },
      testEnvFile: "~/.env",
    };
    assert.deepEqual(unwritten("test", settings, around()), {
      buildFlags: ["-tags", "unit", "-count=1"],
      args: ["-test.v"],
      env: { A: join(place, "work") },
      envFile: join(homedir(), ".env"),
    });
    assert.deepEqual(unwritten("test", { buildTags: "all", testTags: null, testFlags: null, buildFlags: ["-race"] }, around()), { buildFlags: ["-tags", "all", "-race"] });
    assert.deepEqual(unwritten("test", { buildTags: "all", testTags: "" }, around()), {});
  });

  it("a text with a dollar sign is put in as it is", () => {
    assert.equal(expand("${workspaceFolder}/a", { folder: "/a$&b", environ: {} }), "/a$&b/a");
  });
});
