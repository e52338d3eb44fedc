import { deepEqual, equal, throws } from "node:assert/strict";
import { test } from "node:test";

import { glyphsOf } from "./debugging.ts";
import { median, medianRatio } from "./pairs.ts";

test("a median is the middle one, or between the two", () => {
  equal(median([3, 1, 2]), 2);
  equal(median([4, 1, 2, 3]), 2.5);
  throws(() => median([]), /no median/);
});

test("a ratio is made pair by pair", () => {
  equal(medianRatio([2, 30, 4], [1, 10, 4]), 2);
  throws(() => medianRatio([1], []), /no pairs/);
});

test("a glyph says what a person sees", () => {
  deepEqual(glyphsOf("cgmr codicon codicon-debug-breakpoint"), ["verified"]);
  deepEqual(glyphsOf("cgmr codicon codicon-debug-breakpoint-unverified"), ["hollow"]);
  deepEqual(glyphsOf("cgmr codicon codicon-debug-breakpoint codicon-debug-stackframe"), ["verified", "stopped"]);
  deepEqual(glyphsOf("cgmr codicon codicon-debug-hint"), ["other"]);
});
