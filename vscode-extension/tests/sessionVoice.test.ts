import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Finding, SessionStory } from "../src/core/controlPlane.ts";
import { ToldOnce, blamed, brief, findingsOf, fixOf, fromFolder, numbered, sentenceOf } from "../src/core/findings.ts";
import { SessionVoice } from "../src/core/sessionVoice.ts";

const NO_DWARF: Finding = { code: "no-dwarf", severity: "warning", message: "The debug info is gone.", evidence: [], remedies: [{ title: "Build it again", command: "cd /x && go build ." }] };
const TRUNCATED: Finding = { code: "truncated", severity: "error", message: "shop ends too early.", evidence: [], remedies: [] };

const output = (text: string, category = "important") => ({ type: "event", event: "output", body: { category, output: text } });
const findings = (...listed: readonly unknown[]) => ({ type: "event", event: "dapshim/findings", body: { file: "/x/shop", findings: listed } });
const refused = (format: string, more: object = {}) => ({ type: "response", command: "launch", success: false, body: { error: { id: 1, format, showUser: true, ...more } } });

describe("what a session says", () => {
  it("makes dapshim's loud lines quiet, and no other", () => {
    const voice = new SessionVoice();
    const ours = output("dapshim: The debug info is gone. Build it again: go build .\n");
    const theirs = output("Delve says something\n");
    const plain = output("dapshim: a line\n", "console");
    [ours, theirs, plain].forEach((each) => voice.hear(each));
    assert.equal(ours.body.category, "console");
    assert.equal(ours.body.output, "dapshim: The debug info is gone. Build it again: go build .\n");
    assert.equal(theirs.body.category, "important");
    assert.equal(plain.body.category, "console");
  });

  it("gives each finding, and the lines that none belongs to", () => {
    const voice = new SessionVoice();
    voice.hear(output("dapshim: The debug info is gone. Build it again: x\n"));
    voice.hear(output("dapshim: main.go was changed since.\n"));
    assert.ok(voice.waits);
    assert.deepEqual(voice.hear(findings(NO_DWARF)), [{ what: "findings", findings: [NO_DWARF] }]);
    assert.deepEqual(voice.unclaimed(), ["main.go was changed since."]);
    assert.deepEqual(voice.unclaimed(), []);
  });

  it("takes the dialog of a failed start away, and tells it", () => {
    const answers = [
      [refused("Failed to launch: shop ends too early. Copy it again."), "shop ends too early. Copy it again."],
      [refused('"program": there is no /x/shop'), '"program": there is no /x/shop'],
    ] as const;
    for (const [answer, text] of answers) {
      assert.deepEqual(new SessionVoice().hear(answer), [{ what: "failed", again: false, text }]);
      assert.equal(answer.body.error.showUser, false);
    }
  });

  it("tells why there was no restart once, from the answer by which VS Code keeps the session", () => {
    for (const text of ["/x/main.go:5:2: undefined: x", "there is no /x/shop"]) {
      const voice = new SessionVoice();
      const line = output(`dapshim: Failed to restart: ${text}\n`);
      voice.hear(line);
      assert.equal(line.body.category, "console");
      const answer = { type: "response", command: "restart", success: true, body: { dapshim: { notRestarted: `Failed to restart: ${text}` } } };
      assert.deepEqual(voice.hear(answer), [{ what: "failed", again: true, text }]);
      assert.deepEqual(voice.unclaimed(), []);
    }
    assert.deepEqual(new SessionVoice().hear({ type: "response", command: "restart", success: true }), []);
  });

  it("tells a restart that has cost the program as a start that failed, without a dialog", () => {
    const lost = { ...refused("Failed to restart: the program is gone"), command: "restart" };
    assert.deepEqual(new SessionVoice().hear(lost), [{ what: "failed", again: false, text: "the program is gone" }]);
    assert.equal(lost.success, false);
    assert.equal(lost.body.error.showUser, false);
  });

  it("leaves a dialog that has a button, an error that is not to be shown, and other requests", () => {
    const voice = new SessionVoice();
    const withButton = refused("Failed to launch: x", { url: "command:x" });
    assert.deepEqual(voice.hear(withButton), []);
    assert.equal(withButton.body.error.showUser, true);
    assert.deepEqual(voice.hear(refused("the build was cancelled", { showUser: false })), []);
    assert.deepEqual(voice.hear({ type: "response", command: "launch", success: false }), []);
    assert.deepEqual(voice.hear({ type: "response", command: "evaluate", success: false, body: { error: { format: "x" } } }), []);
  });

  it("survives whatever comes", () => {
    const voice = new SessionVoice();
    for (const body of [null, 1, "x", [], {}, { findings: 1 }, { findings: [null, 1, {}, { code: "a" }, { code: "a", severity: "bad", message: "m" }] }]) {
      assert.deepEqual(voice.hear({ type: "event", event: "dapshim/findings", body }), []);
      assert.deepEqual(voice.hear({ type: "event", event: "output", body }), []);
      assert.deepEqual(voice.hear({ type: "response", command: "launch", success: false, body }), []);
    }
    // What a session says is no order to the server: an adapter may be another machine's.
    assert.deepEqual(findingsOf({ findings: [{ ...NO_DWARF, remedies: [{ title: "x", command: "y", number: 7 }] }] })[0]?.remedies, [{ title: "x", command: "y" }]);
    assert.equal(findingsOf({ findings: Array(5000).fill(NO_DWARF) }).length, 100);
  });
});

describe("notifications", () => {
  it("come once each, the worst first, and never for what is only worth knowing", () => {
    const told = new ToldOnce();
    const info: Finding = { ...NO_DWARF, code: "trimpath", severity: "info" };
    assert.deepEqual(told.fresh([NO_DWARF, info, TRUNCATED, NO_DWARF]), [TRUNCATED, NO_DWARF]);
    assert.deepEqual(told.fresh([NO_DWARF, TRUNCATED]), []);
    assert.deepEqual(told.fresh([{ ...NO_DWARF, message: "Another." }]).length, 1);
  });

  it("have the button of the best remedy that can be pressed", () => {
    assert.equal(fixOf(TRUNCATED), undefined);
    const person = { title: "Call add", command: "" };
    assert.equal(fixOf({ ...NO_DWARF, remedies: [person] }), undefined);
    const server = fixOf({ ...NO_DWARF, remedies: [person, { title: "Build it again for debugging", command: "go build .", number: 7 }] });
    assert.equal(server?.label, "Build it again for debugging");
    assert.equal(server.shown, "");
    const shell = fixOf(NO_DWARF);
    assert.equal(shell?.label, "Type into terminal");
    assert.deepEqual(shell.handling, { how: "type", command: "cd /x && go build ." });
    assert.match(sentenceOf(NO_DWARF), /Build it again: cd \/x && go build \./);
  });

  it("tell what a person must do where no button can", () => {
    assert.equal(sentenceOf({ ...TRUNCATED, remedies: [{ title: "Copy it again", command: "" }] }), "shop ends too early. Copy it again.");
    assert.equal(sentenceOf(TRUNCATED), "shop ends too early.");
  });

  it("are about the finding that is to blame", () => {
    const other: Finding = { ...TRUNCATED, code: "dlv-missing", message: '"shop": there is no dlv.' };
    assert.equal(blamed("shop ends too early. Copy it.", [TRUNCATED, other, NO_DWARF], false), TRUNCATED);
    assert.equal(blamed("dlv, the Go debugger, was not found.", [TRUNCATED, other, NO_DWARF], false), other);
    assert.equal(blamed("main.go:5:2: undefined: x", [TRUNCATED], true), undefined);
    assert.equal(blamed("x", [NO_DWARF], false), undefined);
  });

  it("are short: whole sentences, at least one", () => {
    const long = `dlv was not found. Looked in: ${"/a/b; ".repeat(60)}. Install it.`;
    assert.equal(brief(long), "dlv was not found.");
    assert.equal(brief("One. Two. Three."), "One. Two. Three.");
    assert.equal(brief("x.go is older. see go1.26. x"), "x.go is older. see go1.26. x");
    assert.equal(brief("y".repeat(900)).length, 400);
    assert.equal(brief(""), "");
  });

  it("call what is in the workspace from there", () => {
    assert.equal(fromFolder("/home/ann/shop/main.go:1: x, /home/ann/shop2/y", "/home/ann/shop"), "main.go:1: x, /home/ann/shop2/y");
    assert.equal(fromFolder("/a/b", "/"), "/a/b");
    assert.equal(fromFolder("/a/b", undefined), "/a/b");
  });

  it("have a title that stands alone", () => {
    const or = fixOf({ ...NO_DWARF, remedies: [{ title: "Or debug a twin", command: "", number: 1 }] });
    assert.equal(or?.title, "Debug a twin");
    assert.equal(or.label, "Debug a twin");
    assert.equal(fixOf({ ...NO_DWARF, remedies: [{ title: "Order it", command: "", number: 1 }] })?.label, "Order it");
  });

  it("take the numbers of remedies from the language server's story", () => {
    const story = { findings: [{ ...NO_DWARF, evidence: undefined, remedies: [{ title: "Build it again", command: "", number: 9 }] }] } as unknown as SessionStory;
    assert.equal(numbered(NO_DWARF, story).remedies[0]?.number, 9);
    assert.equal(numbered(TRUNCATED, story), TRUNCATED);
    assert.equal(numbered(TRUNCATED, undefined), TRUNCATED);
  });
});
