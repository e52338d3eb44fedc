import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reportText, withoutSecrets } from "../src/core/issueReport.ts";
import { ruleIn, ruleOf, withRule } from "../src/core/mappingRule.ts";

const VERSIONS = { editor: "1.91.0", extension: "0.1.0", dapshim: "dapshim 0.1.0", go: "go1.26", dlv: "1.27.1 | x\ny", system: "linux" };

describe("a report", () => {
  const configuration = { name: "shop", env: { API: "s3cret", HOME: "/home/ann" }, envFile: ["/home/ann/.env"], dapshim: { trace: "x" }, __sessionId: "1", nested: [{ authToken: "s3cret" }], program: "/x" };

  it("has no value of a variable, and no secret", () => {
    const text = reportText({ versions: VERSIONS, configuration, trace: "" });
    assert.doesNotMatch(text, /s3cret|\.env"|__sessionId|\/home\/ann/);
    assert.match(text, /"API": "\(left out\)"/);
    assert.match(text, /"program": "\/x"/);
    assert.match(text, /None was recorded/);
  });

  it("leaves the configuration itself alone", () => {
    withoutSecrets(configuration);
    assert.equal(configuration.env.API, "s3cret");
    assert.equal(withoutSecrets("x"), "x");
    assert.equal(withoutSecrets(null), null);
  });

  it("keeps a trace in its fence, whatever stands in it, and cuts a long one", () => {
    const text = reportText({ versions: VERSIONS, configuration: undefined, trace: 'a\n```\n# not a heading\n````\n' });
    assert.match(text, /\n`````json\na\n```\n# not a heading\n````\n`````/);
    const long = reportText({ versions: VERSIONS, configuration: undefined, trace: `${"x".repeat(99)}\n`.repeat(5000) });
    assert.ok(long.length < 210_000);
    assert.match(long, /The trace was cut after 200000 of 500000 characters/);
  });

  it("keeps its table a table", () => {
    assert.match(reportText({ versions: VERSIONS, configuration: undefined, trace: "" }), /\| dlv \| 1\.27\.1 \\\| x y \|/);
  });
});

describe("a rule of one's own", () => {
  it("is as wide as both paths agree, and stays inside the project", () => {
    assert.deepEqual(ruleOf("/build/src/lib/a/x.go", "/home/ann/shop/lib/a/x.go", "/home/ann/shop"), { from: ".", to: "/build/src" });
    assert.deepEqual(ruleOf("/build/src/lib/x.go", "/home/ann/shop/vendored/lib/x.go", "/home/ann/shop/"), { from: "vendored", to: "/build/src" });
    assert.deepEqual(ruleOf("example.com/shop/main.go", "/home/ann/shop/main.go", "/home/ann/shop"), { from: ".", to: "example.com/shop" });
    assert.deepEqual(ruleOf("example.com/x/main.go", "/elsewhere/x/main.go", "/home/ann/shop"), { from: "/elsewhere/x", to: "example.com/x" });
    assert.deepEqual(ruleOf("C:\\build\\lib\\x.go", "/home/ann/shop/lib/x.go", "/home/ann/shop"), { from: ".", to: "C:\\build" });
  });

  it("is none where the files have other names", () => {
    assert.throws(() => ruleOf("/build/x.go", "/home/y.go", "/home"), /another name/);
  });

  it("is written in front of those that are there, and nothing else changes", () => {
    const rule = { from: "lib", to: "/build/lib" };
    assert.equal(withRule("", rule), 'substitutePath = [{ from = "lib", to = "/build/lib" }]\n');
    assert.equal(withRule('goWork = "off" # why', rule), 'goWork = "off" # why\nsubstitutePath = [{ from = "lib", to = "/build/lib" }]\n');
    assert.equal(withRule('substitutePath = [{ from = "a", to = "b" }] # c\n', rule), 'substitutePath = [{ from = "lib", to = "/build/lib" }, { from = "a", to = "b" }] # c\n');
    assert.equal(withRule("substitutePath = [ ]\n", rule), 'substitutePath = [{ from = "lib", to = "/build/lib" }]\n');
    assert.equal(withRule("a = 1\n[x]\nb = 2\n", rule), 'a = 1\nsubstitutePath = [{ from = "lib", to = "/build/lib" }]\n\n[x]\nb = 2\n');
    assert.equal(withRule('[[substitutePath]]\nfrom = "a"\nto = "b"', rule), '[[substitutePath]]\nfrom = "a"\nto = "b"\n\n[[substitutePath]]\nfrom = "lib"\nto = "/build/lib"\n');
  });

  it("is read from a message that gives one", () => {
    assert.deepEqual(ruleIn('AMBIGUOUS x. Settle it in .dapshim.toml: substitutePath = [{ from = "/home/a\\"b/é", to = "shop" }]'), { from: '/home/a"b/é', to: "shop" });
    assert.deepEqual(ruleIn("substitutePath = [{ from = 'C:\\a', to = \"b\" }]"), { from: "C:\\a", to: "b" });
    assert.equal(ruleIn("add a rule to substitutePath"), undefined);
    assert.equal(ruleIn('substitutePath = [{ from = "\\q", to = "b" }]'), undefined);
  });

  it("is a text of TOML, whatever is in it", () => {
    assert.equal(withRule("", { from: 'a"\\\n', to: "é" }), 'substitutePath = [{ from = "a\\"\\\\\\u000a", to = "é" }]\n');
  });
});
