/** The processes of this machine that one can attach to, for the picker. */

import { readdir, readFile, readlink } from "node:fs/promises";
import { homedir } from "node:os";
import { basename, isAbsolute } from "node:path";
import type { Run } from "./running.ts";

export interface Process {
  readonly pid: number;
  readonly name: string;
  readonly command: string;
  /** Its executable; "" where the system does not say. */
  readonly program: string;
}

/** The most executables that go is asked about at once: a command line has an end. */
const AT_ONCE = 200;

/** The newest first, without ourselves; of other users only where the system shows them. */
export async function processes(run: Run, platform = process.platform): Promise<Process[]> {
  const found = platform === "linux" ? await fromProc() : parsePs((await run("ps", ["-axww", "-o", "pid=,comm=,args="], { timeout: 10_000 })).stdout);
  return found.filter((each) => each.pid !== process.pid).sort((one, other) => other.pid - one.pid);
}

async function fromProc(): Promise<Process[]> {
  const found: Process[] = [];
  for (const name of await readdir("/proc")) {
    if (!/^\d+$/.test(name)) {
      continue;
    }
    try {
      // Without a link to read it is a thread of the kernel, or somebody else's.
      const program = await readlink(`/proc/${name}/exe`);
      const command = (await readFile(`/proc/${name}/cmdline`, "utf8")).split("\0").join(" ").trim();
      // By the link, because one that was deleted or replaced can still be read by it.
      found.push({ pid: Number(name), name: basename(program.replace(/ \(deleted\)$/, "")), command, program: `/proc/${name}/exe` });
    } catch {
      continue;
    }
  }
  return found;
}

export function parsePs(text: string): Process[] {
  const found: Process[] = [];
  for (const line of text.split("\n")) {
    const parts = /^\s*(\d+)\s+(\S+)\s+(.*)$/.exec(line);
    if (parts?.[1] !== undefined && parts[2] !== undefined) {
      found.push({ pid: Number(parts[1]), name: basename(parts[2]), command: parts[3] ?? "", program: parts[2] });
    }
  }
  return found;
}

/** Those that are Go programs, as `go version` says; all of them where there is no go to ask, or none is known for one. */
export async function goProcesses(found: readonly Process[], run: Run): Promise<readonly Process[]> {
  const programs = [...new Set(found.map((each) => each.program))].filter(isAbsolute);
  const known = new Set<string>();
  for (let at = 0; at < programs.length; at += AT_ONCE) {
    // It fails where one of them is no Go program, and names the others all the same. In the home folder: no go.mod chooses the go.
    const { stdout } = await run("go", ["version", ...programs.slice(at, at + AT_ONCE)], { timeout: 10_000, cwd: homedir() });
    for (const line of stdout.split("\n")) {
      const [, program] = /^(.+): go\d/.exec(line) ?? /^(.+): devel /.exec(line) ?? [];
      if (program !== undefined) {
        known.add(program);
      }
    }
  }
  return known.size === 0 ? found : found.filter((each) => known.has(each.program));
}
