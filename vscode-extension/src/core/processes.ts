/** The processes of this machine that one can attach to, for the picker. */

import { readdir, readFile, readlink } from "node:fs/promises";
import { basename } from "node:path";
import type { Run } from "./running.ts";

export interface Process {
  readonly pid: number;
  readonly name: string;
  readonly command: string;
}

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
      found.push({ pid: Number(name), name: basename(program.replace(/ \(deleted\)$/, "")), command });
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
      found.push({ pid: Number(parts[1]), name: basename(parts[2]), command: parts[3] ?? "" });
    }
  }
  return found;
}
