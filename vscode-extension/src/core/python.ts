/** Which Python on this machine can run dapshim, and what is missing where none can. */

import type { Outcome, Run } from "./running.ts";

export const OLDEST_PYTHON = "3.11";

/** Names that a Python goes by on the PATH; the newest first, and the plain name last, because it may be an old one. */
export const PYTHON_NAMES = ["python3.14", "python3.13", "python3.12", "python3.11", "python3", "python"] as const;

export interface Python {
  readonly command: string;
  /** Such as "3.12". */
  readonly version: string;
  /** Whether it can make a virtual environment with pip in it: Debian has these two in a package of their own. */
  readonly makesEnvironments: boolean;
}

const PROBE =
  "import sys, importlib.util as u\n" +
  "print('%d.%d' % sys.version_info[:2], all(u.find_spec(m) for m in ('venv', 'ensurepip')), sys.version_info >= (3, 11))";
const PATIENCE = 15_000;

/** What was tried, for the error text: "python3: Python 3.9, too old". */
export interface Search {
  readonly found: Python | undefined;
  readonly tried: readonly string[];
}

/** Looks at `preferred` first (paths that somebody chose), then at the names on the PATH. */
export async function findPython(preferred: readonly string[], run: Run): Promise<Search> {
  const tried: string[] = [];
  let incomplete: Python | undefined;
  for (const command of [...preferred.filter((each) => each !== ""), ...PYTHON_NAMES]) {
    const outcome = await run(command, ["-I", "-c", PROBE], { timeout: PATIENCE });
    if (!outcome.ok) {
      if (outcome.failure !== "it is not there" || preferred.includes(command)) {
        tried.push(`${command}: ${whyNot(outcome)}`);
      }
      continue;
    }
    const [version, complete, recent] = outcome.stdout.trim().split(" ");
    if (version === undefined || recent !== "True") {
      tried.push(`${command}: Python ${version ?? "of unknown version"}, too old`);
      continue;
    }
    const python: Python = { command, version, makesEnvironments: complete === "True" };
    if (python.makesEnvironments) {
      return { found: python, tried };
    }
    tried.push(`${command}: Python ${version}, without the module venv or ensurepip`);
    incomplete ??= python;
  }
  return { found: incomplete, tried };
}

/** Why a Python does not run; the first line of what it said, such as that of pyenv's stand-in for a version that is not installed. */
function whyNot(outcome: Outcome): string {
  const [first = ""] = outcome.stderr.split("\n").filter((line) => line.trim() !== "");
  return outcome.failure || first.trim() || "it does not run";
}
