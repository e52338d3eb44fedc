/** A machine whose programs are what a test says. */

import type { Outcome, Run } from "../src/core/running.ts";

export type Answer = string | Partial<Outcome> | undefined;

const NOT_THERE: Outcome = { ok: false, stdout: "", stderr: "", failure: "it is not there" };

/** `answer` gets the command line; a text is what a program printed that went well, undefined that it is not there. */
export class Machine {
  readonly ran: string[] = [];

  constructor(private readonly answer: (line: string) => Answer | Promise<Answer>) {}

  readonly run: Run = async (command, args) => {
    const line = [command, ...args].join(" ");
    this.ran.push(line);
    const answer = await this.answer(line);
    if (typeof answer === "string") {
      return { ok: true, stdout: answer, stderr: "", failure: "" };
    }
    return answer === undefined ? NOT_THERE : { ok: false, stdout: "", stderr: "", failure: "", ...answer };
  };
}
