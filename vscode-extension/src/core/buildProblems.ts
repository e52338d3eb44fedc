/** The errors of a build as problems of files: places as an editor counts them, from 0, and each once. */

import { listOf, numberOf, textOf } from "./dap.ts";

/** One error of the compiler. `file` is absolute, `line` and `column` begin at 1; `column` 0 is unknown. */
export interface BuildError {
  readonly file: string;
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

export interface Problem {
  readonly line: number;
  readonly column: number;
  readonly message: string;
}

/** The most problems of one build; a compiler stops long before. */
const MOST = 200;

/** Read the body of the event `dapshim/buildErrors`; what is none of it is left out. */
export function buildErrorsOf(body: unknown): readonly BuildError[] {
  return listOf(body, "errors")
    .slice(0, MOST)
    .map((each) => ({ file: textOf(each, "file"), line: numberOf(each, "line") ?? 0, column: numberOf(each, "column") ?? 0, message: textOf(each, "message") }))
    .filter((each) => each.file !== "" && each.message !== "");
}

/** Return the problems of each file, in the order of the compiler. */
export function problemsByFile(errors: readonly BuildError[]): ReadonlyMap<string, readonly Problem[]> {
  const found = new Map<string, Problem[]>();
  const told = new Set<string>();
  for (const each of errors.slice(0, MOST)) {
    const key = `${each.file}\0${each.line}\0${each.column}\0${each.message}`;
    if (each.file === "" || told.has(key)) {
      continue;
    }
    told.add(key);
    const problem = { line: Math.max(each.line - 1, 0), column: Math.max(each.column - 1, 0), message: each.message };
    const known = found.get(each.file);
    if (known === undefined) {
      found.set(each.file, [problem]);
    } else {
      known.push(problem);
    }
  }
  return found;
}
