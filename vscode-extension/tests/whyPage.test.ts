import assert from "node:assert/strict";
import { describe, it } from "node:test";
import type { Finding, Why } from "../src/core/controlPlane.ts";
import { explained, findingPage, prose } from "../src/core/findingPage.ts";
import { escaped, html } from "../src/core/html.ts";
import { asked, page } from "../src/core/page.ts";
import { whyPage } from "../src/core/whyPage.ts";

const NONCE = "abcdefABCDEF0123456789";
const HOSTILE = [
  "<script>alert(1)</script>",
  '"><img src=x onerror=alert(1)>',
  "' onmouseover='alert(1)",
  "`${alert(1)}`",
  "</code></pre></main></body><script src=https://example.invalid/x.js></script>",
  "&lt;b&gt; &amp;",
  "<!-- -->",
  "</style><style>*{display:none}",
  "javascript:alert(1)",
];
const WHY: Why = {
  file: "/home/ann/shop/main.go",
  line: 12,
  function: "serve",
  settable: false,
  cause: "no-code",
  message: "main.go:12 is a comment.",
  nearest: [13, 9],
  evidence: ["module example.com/shop", "line 12 is a comment"],
  remedies: [
    { title: "Set it at line 13", command: "" },
    { title: "Build it for debugging", command: 'cd /home/ann/shop && go build -gcflags="all=-N -l" -o /tmp/shop .' },
    { title: "Debug the twin", command: "", number: 4 },
    { title: "Write it", command: "rm -rf x" },
  ],
};

/** The page without what is a constant of ours. */
function bodyOf(document: string): string {
  return document.slice(document.indexOf("<main>"), document.indexOf("</main>"));
}

function tags(text: string): string[] {
  return [...text.matchAll(/<\/?([a-z0-9]+)/gi)].map((each) => (each[1] ?? "").toLowerCase());
}

describe("html", () => {
  it("escapes what is put in, and only that", () => {
    assert.equal(html`<b title="${'a"b'}">${"<i>"}${html`<u>${"&"}</u>`}${[html`<s>`, "'"]}${null}${undefined}${false}${0}</b>`.text, '<b title="a&quot;b">&lt;i&gt;<u>&amp;</u><s>&#39;0</b>');
  });

  it("leaves no character with which markup begins or an attribute ends", () => {
    for (const each of HOSTILE) {
      assert.doesNotMatch(escaped(each), /[<>"'`]/);
    }
  });
});

describe("the page of a breakpoint", () => {
  const document = whyPage(WHY, NONCE);

  it("has the sentence, the lines near it, what to do, and how it is known", () => {
    const body = bodyOf(document);
    assert.match(body, /<h1>main\.go:12 is a comment\.<\/h1>/);
    assert.match(body, /data-do="move" data-at="0">To line 13<.*data-do="move" data-at="1">To line 9</s);
    assert.match(body, /<li>line 12 is a comment<\/li>/);
    assert.match(body, /no-code/);
    assert.match(body, /in <code>serve<\/code>/);
  });

  it("gives a button to each remedy that can be carried out, and says which kind", () => {
    const body = bodyOf(document);
    assert.doesNotMatch(body, /data-do="remedy" data-at="0"/);
    assert.doesNotMatch(body, /Set it at line 13/, "the button that moves it says so");
    assert.match(body, /data-do="remedy" data-at="1">Type into terminal/);
    assert.match(body, /data-do="remedy" data-at="2">Do it/);
    assert.match(body, /data-do="remedy" data-at="3">Type into terminal/);
  });

  it("offers first the line below, to which a breakpoint slides", () => {
    const moved = bodyOf(whyPage({ ...WHY, nearest: [9, 13] }, NONCE));
    assert.match(moved, /class="secondary" data-do="move" data-at="0">To line 9<.*class="primary" data-do="move" data-at="1">To line 13</s);
    assert.match(bodyOf(whyPage({ ...WHY, nearest: [9] }, NONCE)), /class="primary" data-do="move" data-at="0">To line 9</);
  });

  it("runs and loads nothing but its own", () => {
    assert.match(document, new RegExp(`content="default-src &#39;none&#39;; style-src &#39;nonce-${NONCE}&#39;; script-src &#39;nonce-${NONCE}&#39;"`));
    assert.equal(document.match(/<script/g)?.length, 1);
    assert.doesNotMatch(document, /https?:|\bon\w+=|style="/);
  });

  it("has only buttons to press, which every keyboard reaches", () => {
    assert.doesNotMatch(bodyOf(document), /<a |tabindex|onclick/);
    assert.equal(tags(bodyOf(document)).filter((each) => each === "button").length, 2 * 7);
  });

  it("shows hostile texts as texts, wherever they stand", () => {
    const plain = tags(bodyOf(whyPage({ ...WHY, remedies: [{ title: "x", command: "x" }], evidence: ["x"] }, NONCE)));
    for (const text of HOSTILE) {
      const hostile: Why = { ...WHY, file: `/tmp/${text}`, function: text, cause: text, message: text, evidence: [text], remedies: [{ title: text, command: text }] };
      const made = whyPage(hostile, NONCE);
      assert.deepEqual(tags(bodyOf(made)), plain, text);
      assert.ok(made.includes(escaped(text)));
      assert.equal(made.match(/<script/g)?.length, 1);
    }
  });

  it("says so when nothing is in the way", () => {
    const settable = bodyOf(whyPage({ ...WHY, settable: true, cause: null, function: null, nearest: [], remedies: [], evidence: [] }, NONCE));
    assert.match(settable, /Nothing keeps it from being set/);
    assert.doesNotMatch(settable, /Cause|What to do|How this is known|Move the breakpoint/);
  });

  it("is not made with a nonce that is none", () => {
    for (const nonce of ["", "short", `${NONCE}'`, `${NONCE} x`]) {
      assert.throws(() => page("t", html``, nonce), /nonce/);
    }
  });
});

describe("the page of a finding", () => {
  const finding: Finding = { code: "no-dwarf", severity: "warning", message: "The debug info is gone.", evidence: ["no section .debug_info"], remedies: [{ title: "Build it again", command: "make debug" }] };

  it("has what it is, how it is known and what mends it", () => {
    const body = bodyOf(findingPage(finding, undefined, NONCE));
    for (const text of ["The debug info is gone.", "no section .debug_info", "make debug", "no-dwarf", 'data-do="remedy"']) {
      assert.ok(body.includes(text), text);
    }
  });

  it("tells what the code means where that is known", () => {
    const more = explained(JSON.stringify({ code: "no-dwarf", title: "No debug info", meaning: "There is `none`.", why: "It was stripped.", remedy: "Build." }));
    assert.ok(more !== undefined);
    const body = bodyOf(findingPage(finding, more, NONCE));
    assert.match(body, /<h1>No debug info<\/h1>/);
    assert.match(body, /There is <code>none<\/code>\./);
  });

  it("shows hostile texts as texts", () => {
    for (const text of HOSTILE) {
      const more = { title: text, meaning: text, why: text, remedy: text };
      const made = findingPage({ ...finding, code: text, message: text, evidence: [text], remedies: [{ title: text, command: text }] }, more, NONCE);
      assert.equal(made.match(/<script/g)?.length, 1);
      assert.doesNotMatch(bodyOf(made), /<img|<style|<!--/);
    }
  });

  it("takes for an explanation only what is one", () => {
    for (const text of ["", "{", "[]", "null", '{"title": 1}', '{"title":"a","meaning":"b","why":"c"}']) {
      assert.equal(explained(text), undefined, text);
    }
  });

  it("reads backquotes in pairs", () => {
    assert.equal(prose("a `b` c").text, "a <code>b</code> c");
    assert.equal(prose("a ` c").text, "a &#96; c");
    assert.equal(prose("`a` ` c").text, "<code>a</code> &#96; c");
  });
});

describe("what a page asks for", () => {
  it("is a word and a number, or nothing", () => {
    assert.deepEqual(asked({ do: "move", at: 2 }), { do: "move", at: 2 });
    for (const each of [null, 1, "x", {}, { do: 1, at: 1 }, { do: "move", at: -1 }, { do: "move", at: 1.5 }, { do: "move", at: "1" }, { do: "move", at: Number.NaN }]) {
      assert.equal(asked(each), undefined);
    }
  });
});
