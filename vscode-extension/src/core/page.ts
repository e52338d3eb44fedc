/**
 * The frame of every page that is shown in a webview: no content from elsewhere, the editor's colours, all of it by keyboard.
 *
 * A page has no command in it. Its buttons send their `data-do` and `data-at` back, and whoever shows the page knows what the
 * number stands for: a page that was tampered with can ask for nothing that was not offered.
 */

import { html, type Html } from "./html.ts";

/** What a button of a page asks for; `at` is the number of the row that it stands in. */
export interface Asked {
  readonly do: string;
  readonly at: number;
}

/** Read a message of a page; undefined for what is none. */
export function asked(message: unknown): Asked | undefined {
  if (typeof message !== "object" || message === null) {
    return undefined;
  }
  const { do: what, at } = message as Partial<Record<keyof Asked, unknown>>;
  return typeof what === "string" && typeof at === "number" && Number.isSafeInteger(at) && at >= 0 ? { do: what, at } : undefined;
}

/** A button of a page. */
export function button(what: string, at: number, label: string, kind: "primary" | "secondary" | "link" = "secondary"): Html {
  return html`<button type="button" class="${kind}" data-do="${what}" data-at="${at}">${label}</button>`;
}

const STYLE = `
body { font: var(--vscode-font-size, 13px)/1.5 var(--vscode-font-family, sans-serif); color: var(--vscode-foreground);
  background: var(--vscode-editor-background); margin: 0; padding: 1.5em 2em 3em; }
main { max-width: 46em; }
h1 { font-size: 1.35em; font-weight: 600; line-height: 1.35; margin: 0 0 .3em; overflow-wrap: anywhere; }
h2 { font-size: 1em; font-weight: 600; margin: 2em 0 .5em; }
p { margin: .4em 0; overflow-wrap: anywhere; }
.place, .cause { color: var(--vscode-descriptionForeground); }
code, pre { font-family: var(--vscode-editor-font-family, monospace); font-size: var(--vscode-editor-font-size, .95em); }
pre { background: var(--vscode-textCodeBlock-background); border: 1px solid var(--vscode-contrastBorder, transparent);
  border-radius: 3px; padding: .5em .8em; margin: .4em 0; white-space: pre-wrap; overflow-wrap: anywhere; }
ol, ul { margin: 0; padding-left: 1.4em; }
li { margin: .25em 0; overflow-wrap: anywhere; }
ul.plain { list-style: none; padding: 0; }
ul.plain > li { margin: .8em 0; }
.badge { display: inline-block; border-radius: 2px; padding: 0 .45em; margin-right: .5em; font-size: .85em; font-weight: 600;
  border: 1px solid currentColor; }
.error { color: var(--vscode-editorError-foreground, var(--vscode-errorForeground)); }
.warning { color: var(--vscode-editorWarning-foreground); }
.info { color: var(--vscode-editorInfo-foreground); }
button { font: inherit; cursor: pointer; border-radius: 2px; padding: .3em .9em; margin: .2em .5em .2em 0;
  border: 1px solid var(--vscode-button-border, var(--vscode-contrastBorder, transparent)); text-align: left; }
button.primary { color: var(--vscode-button-foreground); background: var(--vscode-button-background); }
button.primary:hover { background: var(--vscode-button-hoverBackground); }
button.secondary { color: var(--vscode-button-secondaryForeground, var(--vscode-foreground));
  background: var(--vscode-button-secondaryBackground, transparent); }
button.secondary:hover { background: var(--vscode-button-secondaryHoverBackground, transparent); }
button.link { color: var(--vscode-textLink-foreground); background: none; border: none; padding: 0; text-decoration: underline; }
button.link:hover { color: var(--vscode-textLink-activeForeground); }
button:focus-visible { outline: 2px solid var(--vscode-focusBorder); outline-offset: 2px; }
`;

const SCRIPT = `
const vscode = acquireVsCodeApi();
document.addEventListener("click", (event) => {
  const button = event.target instanceof Element ? event.target.closest("button[data-do]") : null;
  if (button !== null) vscode.postMessage({ do: button.dataset.do, at: Number(button.dataset.at) });
});
`;

/** Return the whole document. `nonce` are letters and digits that nobody can guess; it throws for any other. */
export function page(title: string, body: Html, nonce: string): string {
  if (!/^[A-Za-z0-9]{16,}$/.test(nonce)) {
    throw new Error("a nonce is at least 16 letters and digits");
  }
  const policy = `default-src 'none'; style-src 'nonce-${nonce}'; script-src 'nonce-${nonce}'`;
  const head = html`<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${title}</title>`;
  // Style and script are constants of this file, and the nonce was looked at: the only texts that are not escaped.
  return `<!DOCTYPE html>
<html lang="en">
<head>
${head.text}
<style nonce="${nonce}">${STYLE}</style>
</head>
<body>
<main>
${body.text}
</main>
<script nonce="${nonce}">${SCRIPT}</script>
</body>
</html>
`;
}
