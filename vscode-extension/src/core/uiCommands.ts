/** The commands of what a person sees; package.json declares each of them, and src/ui/index.ts has what each does. */

import { field, numberOf, textOf } from "./dap.ts";

export const UI_COMMANDS = [
  "dapshim.why",
  "dapshim.fix",
  "dapshim.showFinding",
  "dapshim.debugAgain",
  "dapshim.showWhere",
  "dapshim.refreshSessions",
  "dapshim.recordNext",
  "dapshim.reportIssue",
] as const;

export type UiCommand = (typeof UI_COMMANDS)[number];

/** Return the place that `dapshim.why` is asked about: a row of the tree, the gutter's line, else `cursor`. `fileOf` reads a URI. */
export function askedPlace(given: unknown, fileOf: (uri: unknown) => string, cursor: Place | undefined): Place | undefined {
  const pending = field(given, "pending");
  const file = pending === undefined ? fileOf(field(given, "uri")) : textOf(pending, "file");
  const line = pending === undefined ? numberOf(given, "lineNumber") : numberOf(pending, "line");
  return file !== "" && line !== undefined && line >= 1 ? { file, line } : cursor;
}

export interface Place {
  readonly file: string;
  /** From 1. */
  readonly line: number;
}
