/**
 * What a session says of its program, wherever it lives: which executable it is, and the errors of its build.
 *
 * It is asked for the executable at each `initialized`, since a program that is started anew may be another build.
 */

import { buildErrorsOf, type BuildError } from "./buildProblems.ts";
import { field, textOf, type Message } from "./dap.ts";

/** dapshim's own request: docs/transparency.md. */
export const PROGRAM = "dapshim/program";

const BUILDS: readonly unknown[] = ["launch", "attach", "restart"];

export class SessionProgram {
  /** The compiler's, of the last launch or restart. */
  buildErrors: readonly BuildError[] = [];
  /** "" while it is not known, and where it is on another machine. */
  executable = "";
  /** Which program it is that runs, counted. */
  run = 0;

  /** Look at a message on its way to the adapter; says whether something is not as it was. */
  toAdapter(message: Message): boolean {
    if (message.type !== "request" || !BUILDS.includes(message.command) || this.buildErrors.length === 0) {
      return false;
    }
    this.buildErrors = [];
    return true;
  }

  /** Look at a message on its way to the editor; says whether something is not as it was, and whether the program is to be asked for. */
  toClient(message: Message): { readonly changed: boolean; readonly asks: boolean } {
    if (message.type === "event" && message.event === "dapshim/buildErrors") {
      this.buildErrors = buildErrorsOf(message.body);
      return { changed: true, asks: false };
    }
    if (message.type === "event" && message.event === "initialized") {
      this.run += 1;
      this.executable = "";
      return { changed: true, asks: true };
    }
    return { changed: false, asks: false };
  }

  /** Take the answer to the request of `run`; says whether it tells something new. */
  answered(body: unknown, run: number): boolean {
    const executable = textOf(body, "executable");
    if (run !== this.run || executable === this.executable || field(body, "executable") === undefined) {
      return false;
    }
    this.executable = executable;
    return true;
  }
}
