/**
 * Which dapshim to use: the one that a person named, else the one that was installed from this extension's own wheel, else one
 * on the PATH of the very same version, else it is installed now.
 */

import { createHash } from "node:crypto";
import { readFile } from "node:fs/promises";
import { basename, delimiter, isAbsolute, join } from "node:path";
import { UnavailableError } from "./errors.ts";
import { install, installed, type Environment } from "./installing.ts";
import { lastWords, type Run, type Say } from "./running.ts";

export interface Wishes {
  /** The extension's version, which is its dapshim's. */
  readonly version: string;
  /** What the setting `dapshim.path` names; "" for nothing. */
  readonly path: string;
  /** Pythons that somebody chose, the most wanted first. */
  readonly interpreters: readonly string[];
  /** The wheel inside the extension. */
  readonly wheel: string;
  /** Where virtual environments may be made. */
  readonly storage: string;
  /** The PATH. */
  readonly searchPath: string;
}

/** How to start dapshim: `command` with `args`, and what it is in words. */
export interface Located {
  readonly command: string;
  readonly args: readonly string[];
  readonly version: string;
  readonly how: "setting" | "own" | "path";
  /** A folder with the program `dapshim`, for terminals; only of our own. */
  readonly folder: string;
}

const PATIENCE = 20_000;

export interface Manner {
  /** Make the environment anew, whatever is there. */
  readonly anew?: boolean;
  /** Goes around the work that takes long and needs the network, to show that it goes on. */
  readonly during?: (work: (say: Say) => Promise<void>) => Promise<void>;
}

/** @throws UnavailableError with the remedy */
export async function locate(wishes: Wishes, run: Run, say: Say, manner: Manner = {}): Promise<Located> {
  const { anew = false, during = (work: (say: Say) => Promise<void>): Promise<void> => work(say) } = manner;
  if (wishes.path !== "") {
    return named(wishes, run, say);
  }
  const environment = await environmentOf(wishes);
  if (!anew) {
    if (await installed(environment, run, say)) {
      say(`using dapshim ${wishes.version} in ${environment.folder}`);
      return own(environment);
    }
    const found = await onPath(wishes, run, say);
    if (found !== undefined) {
      return found;
    }
  }
  await during((tell) => install(environment, wishes.interpreters, run, tell, anew));
  return own(environment);
}

function own(environment: Environment): Located {
  return {
    command: environment.python,
    // -I: a module of the folder that happens to be current, or of PYTHONPATH, must not be taken for one of dapshim's.
    args: ["-I", "-m", "dapshim"],
    version: environment.version,
    how: "own",
    folder: environment.programs,
  };
}

async function environmentOf(wishes: Wishes): Promise<Environment> {
  let wheel: Buffer;
  try {
    wheel = await readFile(wishes.wheel);
  } catch {
    throw new UnavailableError(
      "wheel",
      `The extension lacks its own copy of dapshim (${basename(wishes.wheel)}). Install the extension again, or name a dapshim in the setting "dapshim.path".`,
    );
  }
  // Two builds of one version differ while they are being developed.
  const key = createHash("sha256").update(wheel).digest("hex").slice(0, 8);
  const folder = join(wishes.storage, `dapshim-${wishes.version}-${key}`);
  const programs = join(folder, process.platform === "win32" ? "Scripts" : "bin");
  const suffix = process.platform === "win32" ? ".exe" : "";
  return { folder, programs, python: join(programs, `python${suffix}`), wheel: wishes.wheel, version: wishes.version };
}

async function named(wishes: Wishes, run: Run, say: Say): Promise<Located> {
  const { path } = wishes;
  const outcome = await run(path, ["--version"], { timeout: PATIENCE });
  const version = versionIn(outcome.stdout);
  if (!outcome.ok || version === undefined) {
    const why = outcome.failure === "" ? (outcome.ok ? "it does not say its version" : "it fails") : outcome.failure;
    throw new UnavailableError(
      "path",
      `The setting "dapshim.path" names ${path}, but ${why}. Correct the setting, or empty it to use the dapshim that comes with the extension.`,
      lastWords(outcome),
    );
  }
  say(`using dapshim ${version}, which the setting "dapshim.path" names: ${path}`);
  if (version !== wishes.version) {
    say(`it is not of the extension's version, ${wishes.version}; some buttons may not work`);
  }
  return { command: path, args: [], version, how: "setting", folder: "" };
}

async function onPath(wishes: Wishes, run: Run, say: Say): Promise<Located | undefined> {
  const program = process.platform === "win32" ? "dapshim.exe" : "dapshim";
  for (const folder of wishes.searchPath.split(delimiter)) {
    // A relative folder of the PATH would be one of whatever is open.
    if (!isAbsolute(folder)) {
      continue;
    }
    const command = join(folder, program);
    const outcome = await run(command, ["--version"], { timeout: PATIENCE });
    if (outcome.failure === "it is not there") {
      continue;
    }
    const version = versionIn(outcome.stdout);
    if (version !== wishes.version) {
      say(`${command} is ${version === undefined ? "no dapshim that runs" : `dapshim ${version}`}; the extension goes with ${wishes.version}`);
      return undefined;
    }
    const served = await run(command, ["lsp"], { timeout: PATIENCE });
    if (served.stderr.includes("pygls")) {
      say(`${command} has no language server: pip install 'dapshim[lsp]'`);
      return undefined;
    }
    say(`using dapshim ${version} of the PATH: ${command}`);
    return { command, args: [], version, how: "path", folder: "" };
  }
  return undefined;
}

function versionIn(text: string): string | undefined {
  return /^dapshim,? (?:version )?(\d\S*)$/m.exec(text.trim())?.[1];
}
