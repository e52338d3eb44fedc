/** Runs a program to its end and returns what it said. Never throws: a program that cannot be started is an outcome too. */

import { execFile } from "node:child_process";

export interface Outcome {
  readonly ok: boolean;
  readonly stdout: string;
  readonly stderr: string;
  /** Why it could not be started or did not end; "" when it ran to its end. */
  readonly failure: string;
}

export interface Limits {
  /** Milliseconds. */
  readonly timeout: number;
  readonly cwd?: string;
}

/** Tells a person, or the log, what is being done. */
export type Say = (text: string) => void;

export type Run = (command: string, args: readonly string[], limits: Limits) => Promise<Outcome>;

const LARGEST = 16 * 1024 * 1024;

/** Runs programs until `signal` says that nobody waits any more; then it ends them. */
export function runner(signal?: AbortSignal): Run {
  return (command, args, limits) => runOne(command, args, limits, signal);
}

export const run: Run = runner();

function runOne(command: string, args: readonly string[], limits: Limits, signal?: AbortSignal): Promise<Outcome> {
  return new Promise((resolve) => {
    const options = { timeout: limits.timeout, maxBuffer: LARGEST, cwd: limits.cwd, signal, encoding: "utf8" as const };
    const child = execFile(command, [...args], options, (error, stdout, stderr) => {
      if (error === null) {
        resolve({ ok: true, stdout, stderr, failure: "" });
      } else {
        resolve({ ok: false, stdout, stderr, failure: whyNot(error, limits) });
      }
    });
    // One that reads it would wait for ever; one that is gone already has nothing to be told.
    child.stdin?.on("error", () => undefined);
    child.stdin?.end();
  });
}

function whyNot(error: { code?: string | number | null | undefined; killed?: boolean | undefined }, limits: Limits): string {
  if (error.killed === true) {
    return `it did not end within ${Math.round(limits.timeout / 1000)} s`;
  }
  if (error.code === "ABORT_ERR") {
    return "it was called off";
  }
  if (error.code === "ENOENT" || error.code === "ENOTDIR") {
    return "it is not there";
  }
  if (error.code === "EACCES") {
    return "it may not be run";
  }
  return typeof error.code === "string" ? error.code : "";
}

/** The last lines of what a program said, for a message or a log. */
export function lastWords(outcome: Outcome, lines = 12): string {
  const said = `${outcome.stdout}\n${outcome.stderr}\n${outcome.failure}`;
  return said
    .split(/\r?\n/)
    .map((line) => line.trimEnd())
    .filter((line) => line !== "")
    .slice(-lines)
    .join("\n");
}
