/**
 * "Why is this breakpoint hollow?" as a page: the sentence, where it could stand, what mends it, and how it is known.
 */

import type { Remedy, Why } from "./controlPlane.ts";
import { html, type Html } from "./html.ts";
import { button, page } from "./page.ts";
import { DO_REMEDY, remedyList } from "./remedyList.ts";

/** What the buttons of the page ask for; each with the number of the row. */
export const WHY_DOES = { move: "move", remedy: DO_REMEDY, open: "open", again: "again" } as const;

/** Return the page of an answer. */
export function whyPage(why: Why, nonce: string): string {
  const place = `${baseName(why.file)}:${why.line}`;
  return page(`Breakpoint at ${place}`, body(why, place), nonce);
}

function body(why: Why, place: string): Html {
  return html`<h1>${why.message}</h1>
<p class="place">${button(WHY_DOES.open, 0, place, "link")}${why.function !== null && html` in <code>${why.function}</code>`}</p>
${why.settable && html`<p>Nothing keeps it from being set. If it is hollow all the same, the program that runs may be another one, or older
than this file: debug it again.</p>`}
${why.nearest.length > 0 && nearest(why)}
${remedyList(why.remedies, (each) => !isMove(each, why))}
${why.evidence.length > 0 && evidence(why)}
${why.cause !== null && html`<p class="cause">Cause: <code>${why.cause}</code></p>`}
<p>${button(WHY_DOES.again, 0, "Ask again")}</p>`;
}

function nearest(why: Why): Html {
  // Downwards, as a breakpoint slides.
  const best = Math.max(why.nearest.findIndex((line) => line > why.line), 0);
  return html`<h2>Move the breakpoint</h2>
<p>${why.nearest.map((line, at) => button(WHY_DOES.move, at, `To line ${line}`, at === best ? "primary" : "secondary"))}</p>`;
}

/** Whether a remedy says no more than a button that moves the breakpoint. */
function isMove(remedy: Remedy, why: Why): boolean {
  const line = /^Set it at line (\d+)$/.exec(remedy.title)?.[1];
  return line !== undefined && why.nearest.includes(Number(line));
}

function evidence(why: Why): Html {
  return html`<h2>How this is known</h2>
<ol>${why.evidence.map((each) => html`<li>${each}</li>`)}</ol>`;
}

function baseName(path: string): string {
  return path.split(/[\\/]/).pop() ?? path;
}
