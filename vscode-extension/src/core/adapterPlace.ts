/** Where a session finds its adapter: at a door of the window's server, else in a process of its own. */

import type { Door, StartSession } from "./controlPlane.ts";
import { reason } from "./errors.ts";
import type { Executable } from "./executable.ts";

/** What is needed of the server. */
export interface Doorkeeper {
  /** Resolves when it runs. It may take minutes: it may be installing, which shows itself. */
  ready(): Promise<unknown>;
  /** The dapshim that is there, whether its server runs or not. */
  executable(): Executable | undefined;
  startSession(wanted: StartSession): Promise<Door>;
  stopSession(session: number): Promise<unknown>;
}

export type AdapterPlace =
  | { readonly how: "server"; readonly session: number; readonly path: string }
  | { readonly how: "process"; readonly command: string; readonly args: readonly string[]; readonly cwd: string | undefined; readonly why: string };

/** Milliseconds after which a server that does not answer is passed over. */
const PATIENCE = 10_000;

/** Fails where there is no dapshim at all, with a sentence for the person. */
export async function adapterPlace(wanted: StartSession, keeper: Doorkeeper, patience = PATIENCE): Promise<AdapterPlace> {
  try {
    await keeper.ready();
    const door = await opened(wanted, keeper, patience);
    if (door.transport === "unix") {
      return { how: "server", session: door.session, path: door.path };
    }
    giveBack(door, keeper);
    throw new Error("the server has no named pipe for it on this system");
  } catch (error) {
    const found = keeper.executable();
    if (found === undefined) {
      throw error;
    }
    return { how: "process", ...ownProcess(found, wanted), why: reason(error) };
  }
}

/** How dapshim is started for one session, which it speaks on its standard input and output. */
export function ownProcess(found: Executable, wanted: StartSession): { command: string; args: string[]; cwd: string | undefined } {
  const trace = wanted.trace === undefined ? [] : ["--trace", wanted.trace];
  return { command: found.command, args: [...found.args, ...trace], cwd: wanted.workspaceFolder };
}

function opened(wanted: StartSession, keeper: Doorkeeper, patience: number): Promise<Door> {
  return new Promise((resolve, reject) => {
    let late = false;
    const timer = setTimeout(() => {
      late = true;
      reject(new Error(`the server has not answered within ${patience / 1000} s`));
    }, patience);
    keeper.startSession(wanted).then(
      (door) => {
        clearTimeout(timer);
        if (late) {
          giveBack(door, keeper);
        } else {
          resolve(door);
        }
      },
      (error: unknown) => {
        clearTimeout(timer);
        reject(error instanceof Error ? error : new Error(String(error)));
      },
    );
  });
}

/** Nobody will come to it. */
function giveBack(door: Door, keeper: Doorkeeper): void {
  keeper.stopSession(door.session).catch(() => undefined);
}
