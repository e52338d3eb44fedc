/**
 * A report of a problem, for a person to read, change and send; nothing is sent by us. What could be private is left out: values of
 * variables of the environment, and the trace is what `dapshim trace --redact` lets through.
 */

import { isObject } from "./dap.ts";

export interface Versions {
  readonly editor: string;
  readonly extension: string;
  readonly dapshim: string;
  readonly go: string;
  readonly dlv: string;
  readonly system: string;
}

export interface Report {
  readonly versions: Versions;
  readonly configuration: unknown;
  /** The redacted trace, line by line; "" where none was recorded. */
  readonly trace: string;
}

/** The most characters of a trace that a report holds: its end is cut, and the report says so. */
const LONGEST_TRACE = 200_000;
const HIDDEN = "(left out)";
const PRIVATE = /env|token|password|passwd|secret|credential|api[-_]?key|authorization/i;

/** Return the report as Markdown. */
export function reportText(report: Report): string {
  const versions = Object.entries(report.versions).map(([name, value]) => `| ${name} | ${cell(String(value))} |`);
  return `# What happened

<!-- Say what you did, what you expected, and what came instead. Then read what is below: it is yours to send, and nothing was sent. -->


## Versions

| | |
|---|---|
${versions.join("\n")}

## Configuration

Values of environment variables are left out.

${fenced(report.configuration === undefined ? "none" : JSON.stringify(withoutSecrets(report.configuration), null, 2), "json")}

## Trace

${trace(report.trace)}
`;
}

function trace(text: string): string {
  if (text === "") {
    return 'None was recorded. "dapshim: Record the Next Session" makes one; debug until it goes wrong, stop, then report again.';
  }
  const lines = text.length <= LONGEST_TRACE ? text : text.slice(0, text.lastIndexOf("\n", LONGEST_TRACE) + 1);
  const cut = lines.length < text.length ? `\n\nThe trace was cut after ${lines.length} of ${text.length} characters.` : "";
  return `Values, output and names of folders were taken out of it.\n\n${fenced(lines.trimEnd(), "json")}${cut}`;
}

/** Return a configuration without the values of environment variables, and without what the editor added for itself. */
export function withoutSecrets(value: unknown): unknown {
  if (Array.isArray(value)) {
    return value.map(withoutSecrets);
  }
  if (!isObject(value)) {
    return value;
  }
  const kept = Object.entries(value).filter(([name]) => !name.startsWith("__"));
  return Object.fromEntries(kept.map(([name, each]) => [name, PRIVATE.test(name) ? hidden(each) : withoutSecrets(each)]));
}

/** Names stay, because which variables are set matters; a text or a list may be a name of a file or a secret, and goes. */
function hidden(value: unknown): unknown {
  return isObject(value) ? Object.fromEntries(Object.keys(value).map((name) => [name, HIDDEN])) : HIDDEN;
}

function cell(text: string): string {
  return text.replace(/[\r\n]+/g, " ").replaceAll("|", "\\|");
}

/** Put a text into a fence that is longer than any that it holds. */
function fenced(text: string, language: string): string {
  const longest = Math.max(2, ...[...text.matchAll(/`+/g)].map((each) => each[0].length));
  const fence = "`".repeat(longest + 1);
  return `${fence}${language}\n${text}\n${fence}`;
}
