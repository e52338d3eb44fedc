/**
 * Questions of the control plane, asked of the command `dapshim`: for where there is a dapshim and no server of it runs.
 *
 * The answers are those of the language server, which gives what the commands print with `--json`.
 */

import type { Executable } from "./executable.ts";
import { lastWords, type Run } from "./running.ts";

/** Milliseconds for an answer; a large program takes a second. */
const PATIENCE = 60_000;

/** Ask with the words of one command, in `folder` and about it where it is named. It fails with what the command says is wrong. */
export async function askedByCommand(found: Executable, words: readonly string[], folder: string | undefined, run: Run): Promise<unknown> {
  const about = folder === undefined ? [] : ["--workspace-folder", folder];
  const outcome = await run(found.command, [...found.args, ...about, ...words], { timeout: PATIENCE, ...(folder === undefined ? {} : { cwd: folder }) });
  // Exit code 1 with an answer is a finding.
  const answer = outcome.failure === "" ? read(outcome.stdout) : undefined;
  if (answer === undefined) {
    throw new Error(lastWords({ ...outcome, stdout: "" }, 1).replace(/^(?:Error|dapshim): /, "") || "dapshim gave no answer");
  }
  return answer;
}

function read(printed: string): unknown {
  try {
    const found: unknown = JSON.parse(printed);
    return typeof found === "object" && found !== null ? found : undefined;
  } catch {
    return undefined;
  }
}
