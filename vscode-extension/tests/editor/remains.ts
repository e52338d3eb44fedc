/**
 * What a story left behind on the machine: processes, sockets, binaries that Delve built. Read from /proc and the run's folders, never
 * from what dapshim says of itself.
 */
import { readdirSync, readFileSync, readlinkSync, type Dirent } from "node:fs";
import { join } from "node:path";

import { MARK, type Places } from "./places.ts";
import { found, saw, until } from "./waiting.ts";

export interface Running {
  readonly pid: number;
  readonly parent: number;
  readonly command: string;
}

/** Every process that carries the run's mark, or that stands in or was started from its folders, but for this one. */
export function ours(places: Places): Running[] {
  return readdirSync("/proc")
    .filter((name) => /^\d+$/.test(name) && Number(name) !== process.pid)
    .flatMap((name) => {
      const status = text(join("/proc", name, "stat"));
      const marked = text(join("/proc", name, "environ")).split("\0").includes(`${MARK}=${places.mark}`);
      const command = text(join("/proc", name, "cmdline")).split("\0").join(" ").trim();
      const inside = [command, link(join("/proc", name, "exe")), link(join("/proc", name, "cwd"))].some((each) => each.includes(`${places.root}/`));
      // "PID (name) state parent …"; a name may hold brackets and spaces.
      const [state, parent] = status.slice(status.lastIndexOf(")") + 2).split(" ");
      return (marked || inside) && state !== "Z" ? [{ pid: Number(name), parent: Number(parent), command }] : [];
    });
}

/** VS Code's own processes that outlive a window: the server, its terminals' host. A window's extension host is not among them. */
export function isEditor(each: Running): boolean {
  return /code-server|--type=ptyHost/.test(each.command) && !/--type=(extensionHost|fileWatcher)/.test(each.command);
}

export function isExtensionHost(each: Running): boolean {
  return each.command.includes("--type=extensionHost");
}

/** End those of a run's processes that `which` says. */
export function killOurs(places: Places, which: (each: Running) => boolean): void {
  for (const each of ours(places).filter(which)) {
    try {
      process.kill(each.pid, "SIGKILL");
    } catch {
      // It ended by itself.
    }
  }
}

/** Sockets and binaries below the run's folders that no editor made. */
export function leftFiles(places: Places): string[] {
  return walk(places.root)
    .filter((each) => (each.isSocket() && !each.name.startsWith("vscode-") && !each.name.startsWith("code-server")) || each.name.startsWith("__debug_bin"))
    .map((each) => join(each.parentPath, each.name));
}

/** Wait until nothing is left of a story whose windows are closed; throw with the list of what is. */
export async function untilNothingIsLeft(places: Places, patience = 20_000): Promise<void> {
  await until(
    "nothing to be left: no process, no socket, no __debug_bin",
    () => {
      const left = [
        ...ours(places).filter((each) => !isEditor(each)).map((each) => `process ${each.pid.toString()} ${each.command}`),
        ...leftFiles(places).map((each) => `file ${each}`),
      ];
      return left.length === 0 ? found(true) : saw(left.join("; "));
    },
    patience,
  );
}

function walk(folder: string): Dirent[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).flatMap((each) =>
      each.isDirectory() && each.name !== "node_modules" && each.name !== "extensions" ? walk(join(folder, each.name)) : [each],
    );
  } catch {
    return []; // It went away while it was read.
  }
}

function text(file: string): string {
  try {
    return readFileSync(file, "utf8");
  } catch {
    return ""; // The process ended while it was read.
  }
}

function link(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return "";
  }
}
