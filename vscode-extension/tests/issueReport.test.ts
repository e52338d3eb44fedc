import assert from "node:assert/strict";
import { describe, it } from "node:test";
import { reportText, withoutSecrets } from "../src/core/issueReport.ts";

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
