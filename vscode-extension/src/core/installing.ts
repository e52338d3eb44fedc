/**
 * dapshim's own virtual environment, made from the wheel that the extension brings along.
 *
 * It counts as made when its stamp is there, which is written last, and when its dapshim says the right version. Anything else is
 * taken away and made anew. One window makes it; others wait.
 */

import { mkdir, open, readdir, readFile, rm, stat, utimes, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { reason, UnavailableError } from "./errors.ts";
import { findPython, OLDEST_PYTHON, type Python } from "./python.ts";
import { lastWords, type Outcome, type Run, type Say } from "./running.ts";

/** Where one is, or will be: its folder, its programs' folder, and its Python. */
export interface Environment {
  readonly folder: string;
  readonly programs: string;
  readonly python: string;
  readonly wheel: string;
  readonly version: string;
}

const STAMP = "dapshim-installed";
const QUICK = 20_000;
const SLOW = 300_000;
const TURN = 500;
/** Days after which another version's environment, which no window has used since, is taken away. */
const KEPT_DAYS = 14;

export async function installed(environment: Environment, run: Run, say: Say): Promise<boolean> {
  const stamp = join(environment.folder, STAMP);
  if (!(await exists(stamp))) {
    return false;
  }
  const outcome = await run(environment.python, ["-I", "-m", "dapshim", "--version"], { timeout: QUICK });
  if (!outcome.ok || !outcome.stdout.includes(environment.version)) {
    say(`the dapshim in ${environment.folder} does not run any more: ${lastWords(outcome, 1)}`);
    return false;
  }
  const now = new Date();
  await utimes(stamp, now, now).catch(() => undefined);
  return true;
}

/**
 * Makes the environment; `anew` also where there is a good one.
 *
 * @throws UnavailableError
 */
export async function install(environment: Environment, interpreters: readonly string[], run: Run, say: Say, anew: boolean): Promise<void> {
  const storage = dirname(environment.folder);
  try {
    await mkdir(storage, { recursive: true });
  } catch (error) {
    throw new UnavailableError("path", `The folder ${storage} cannot be made: ${reason(error)}. Name a dapshim in the setting "dapshim.path".`);
  }
  const release = await turn(`${environment.folder}.lock`, say);
  try {
    if (!anew && (await installed(environment, run, say))) {
      return;
    }
    await make(environment, interpreters, run, say);
    await removeOld(storage, environment.folder, say);
  } finally {
    await release();
  }
}

async function make(environment: Environment, interpreters: readonly string[], run: Run, say: Say): Promise<void> {
  const python = await pythonFor(interpreters, run, say);
  say(`making an environment for dapshim ${environment.version} in ${environment.folder} with ${python.command} (Python ${python.version})`);
  await rm(environment.folder, { recursive: true, force: true });
  const made = await run(python.command, ["-I", "-m", "venv", environment.folder], { timeout: SLOW });
  if (!made.ok) {
    await rm(environment.folder, { recursive: true, force: true });
    throw noEnvironment(python, made);
  }
  say("installing dapshim and what it stands on (trio, attrs, msgspec, pygls, click, rich)");
  const pip = ["-I", "-m", "pip", "--disable-pip-version-check", "--no-input", "install", "--quiet", `${environment.wheel}[lsp]`];
  const done = await run(environment.python, pip, { timeout: SLOW });
  if (!done.ok) {
    await rm(environment.folder, { recursive: true, force: true });
    throw pipFailed(done);
  }
  const asked = await run(environment.python, ["-I", "-m", "dapshim", "--version"], { timeout: QUICK });
  if (!asked.ok || !asked.stdout.includes(environment.version)) {
    await rm(environment.folder, { recursive: true, force: true });
    throw new UnavailableError("pip", `dapshim was installed but does not run: ${lastWords(asked, 1)}. The log has all that it said.`, lastWords(asked, 40));
  }
  await writeFile(join(environment.folder, STAMP), `${environment.version} ${python.version}\n`);
  say(`dapshim ${environment.version} is installed`);
}

async function pythonFor(interpreters: readonly string[], run: Run, say: Say): Promise<Python> {
  const { found, tried } = await findPython(interpreters, run);
  for (const each of tried) {
    say(each);
  }
  if (found === undefined) {
    const seen = tried.length === 0 ? "none was found" : tried.join("; ");
    throw new UnavailableError(
      "python",
      `dapshim needs Python ${OLDEST_PYTHON} or newer (${seen}). Install one, or name one in the setting "dapshim.python".`,
    );
  }
  if (!found.makesEnvironments) {
    throw withoutVenv(found);
  }
  return found;
}

function withoutVenv(python: Python): UnavailableError {
  return new UnavailableError(
    "venv",
    `${python.command} (Python ${python.version}) cannot make virtual environments. On Debian and Ubuntu: sudo apt install python${python.version}-venv. Or name another Python in the setting "dapshim.python".`,
  );
}

function noEnvironment(python: Python, outcome: Outcome): UnavailableError {
  const said = lastWords(outcome, 40);
  if (said.includes("ensurepip")) {
    return withoutVenv(python);
  }
  const full = /No space left/i.test(said) ? " The disk is full." : "";
  return new UnavailableError("venv", `${python.command} could not make a virtual environment: ${lastWords(outcome, 1)}.${full} The log has all that it said.`, said);
}

const OFFLINE = /getaddrinfo|Name or service not known|Temporary failure in name resolution|NewConnectionError|ConnectTimeout|Connection refused|Network is unreachable|ProxyError|nodename nor servname/i;
const CERTIFICATE = /CERTIFICATE_VERIFY_FAILED|SSLError/i;

function pipFailed(outcome: Outcome): UnavailableError {
  const said = lastWords(outcome, 40);
  if (CERTIFICATE.test(said)) {
    return new UnavailableError(
      "network",
      "pip does not trust the package index's certificate. Tell pip about yours (pip config set global.cert FILE), then run the command \"dapshim: Install Again\".",
      said,
    );
  }
  if (OFFLINE.test(said)) {
    return new UnavailableError(
      "network",
      'The package index could not be reached. dapshim needs it once, to be installed: go online, or set a proxy or an index for pip (pip config set global.index-url ADDRESS), then run the command "dapshim: Install Again".',
      said,
    );
  }
  return new UnavailableError("pip", `pip could not install dapshim: ${lastWords(outcome, 1)}. The log has all that it said. Then run the command "dapshim: Install Again".`, said);
}

/** Waits until nobody else makes the environment, and returns what ends our own turn. A lock of a dead process counts for nothing. */
async function turn(lock: string, say: Say): Promise<() => Promise<void>> {
  let told = false;
  for (;;) {
    try {
      const file = await open(lock, "wx");
      await file.writeFile(String(process.pid));
      await file.close();
      return () => rm(lock, { force: true });
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EEXIST") {
        throw new UnavailableError("path", `${lock} cannot be written: ${reason(error)}.`);
      }
    }
    if (await isLeftBehind(lock)) {
      await rm(lock, { force: true });
      continue;
    }
    if (!told) {
      say("another window is installing dapshim; waiting for it");
      told = true;
    }
    await new Promise((resolve) => setTimeout(resolve, TURN));
  }
}

async function isLeftBehind(lock: string): Promise<boolean> {
  try {
    const pid = Number(await readFile(lock, "utf8"));
    const age = Date.now() - (await stat(lock)).mtimeMs;
    // Written in two steps: it may be empty for a moment. Older than any installation, and a number may be somebody else's.
    return age > 2 * SLOW || (age > TURN && !(pid > 0 && isAlive(pid)));
  } catch {
    return false;
  }
}

function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return (error as NodeJS.ErrnoException).code === "EPERM";
  }
}

async function removeOld(storage: string, kept: string, say: Say): Promise<void> {
  for (const name of await readdir(storage)) {
    const folder = join(storage, name);
    if (folder === kept || !/^dapshim-\d[^/]*-[0-9a-f]{8}$/.test(name)) {
      continue;
    }
    const used = await stat(join(folder, STAMP)).then((found) => found.mtimeMs, () => 0);
    if (Date.now() - used > KEPT_DAYS * 24 * 3600 * 1000) {
      say(`removing ${folder}, which no window has used for ${KEPT_DAYS} days`);
      await rm(folder, { recursive: true, force: true }).catch(() => undefined);
    }
  }
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(() => true, () => false);
}
