/**
 * A finding as a page: what it is, what it means, how it is known, and what mends it.
 */

import type { Finding } from "./controlPlane.ts";
import { html, type Html } from "./html.ts";
import { page } from "./page.ts";
import { remedyList } from "./remedyList.ts";

/** What `dapshim explain CODE --json` says: `meaning`, `why` and `remedy` are short Markdown. */
export interface Explained {
  readonly title: string;
  readonly meaning: string;
  readonly why: string;
  readonly remedy: string;
}

/** Read what `dapshim explain CODE --json` has printed; undefined for what is no answer. */
export function explained(printed: string): Explained | undefined {
  let read: unknown;
  try {
    read = JSON.parse(printed);
  } catch {
    return undefined;
  }
  if (typeof read !== "object" || read === null) {
    return undefined;
  }
  const { title, meaning, why, remedy } = read as Partial<Record<keyof Explained, unknown>>;
  const known = typeof title === "string" && typeof meaning === "string" && typeof why === "string" && typeof remedy === "string";
  return known ? { title, meaning, why, remedy } : undefined;
}

/** Return the page of a finding; `more` is what its code means, where that could be asked for. */
export function findingPage(finding: Finding, more: Explained | undefined, nonce: string): string {
  return page(more?.title ?? finding.code, body(finding, more), nonce);
}

function body(finding: Finding, more: Explained | undefined): Html {
  const evidence = finding.evidence ?? [];
  return html`<h1>${more?.title ?? finding.message}</h1>
<p><span class="badge ${finding.severity}">${finding.severity}</span>${more !== undefined && finding.message}</p>
${remedyList(finding.remedies)}
${evidence.length > 0 && html`<h2>How this is known</h2><ul>${evidence.map((each) => html`<li>${each}</li>`)}</ul>`}
${more !== undefined && html`<h2>What it means</h2><p>${prose(more.meaning)}</p><p>${prose(more.why)}</p>
<h2>What mends it, in general</h2><p>${prose(more.remedy)}</p>`}
<p class="cause">Code: <code>${finding.code}</code></p>`;
}

/** Return a text with what stands in backquotes as code. */
export function prose(text: string): Html {
  const parts = text.split("`");
  // An odd number of backquotes: the last one begins nothing.
  const closed = parts.length % 2 === 1 ? parts : [...parts.slice(0, -2), parts.slice(-2).join("`")];
  return html`${closed.map((each, index) => (index % 2 === 1 ? html`<code>${each}</code>` : each))}`;
}
