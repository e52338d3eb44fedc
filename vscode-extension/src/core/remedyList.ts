/** The remedies of a page, each with what it would do, to the letter, before it is done. */

import type { Remedy } from "./controlPlane.ts";
import { html, type Html } from "./html.ts";
import { button } from "./page.ts";
import { alone, handling, type Handling } from "./remedyCommand.ts";

/** What a button asks for whose row is the number of a remedy. */
export const DO_REMEDY = "remedy";

const LABELS: Readonly<Record<Handling["how"], string>> = {
  server: "Do it",
  type: "Type into terminal",
  person: "",
};

/** Return those that are `wanted` as a list under their heading; nothing where there are none. Rows keep their numbers. */
export function remedyList(remedies: readonly Remedy[], wanted: (remedy: Remedy) => boolean = () => true): Html {
  const rows = remedies.map((each, at) => ({ each, at })).filter((row) => wanted(row.each));
  if (rows.length === 0) {
    return html``;
  }
  return html`<h2>What to do</h2>
<ul class="plain">${rows.map(({ each, at }) => html`<li>${sentence(alone(each.title))}
${each.command !== "" && html`<pre>${each.command}</pre>`}${doing(each, at)}</li>`)}</ul>`;
}

function doing(remedy: Remedy, at: number): Html | false {
  const label = LABELS[handling(remedy).how];
  return label !== "" && html`<div>${button(DO_REMEDY, at, label, at === 0 ? "primary" : "secondary")}</div>`;
}

function sentence(text: string): string {
  return /[.!?:…]$/.test(text) ? text : `${text}.`;
}
