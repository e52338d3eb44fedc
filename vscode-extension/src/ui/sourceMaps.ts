/** The source maps of programs, each asked for once: the tree and the status bar show the same. */

import type { ControlPlane, Paths } from "../core/controlPlane.ts";
import type { Known } from "./sessions.ts";

/** Maps that are kept; one of a large program is a few megabytes. */
const KEPT = 4;

export class SourceMaps {
  private readonly asked = new Map<string, Promise<Paths>>();

  constructor(private readonly plane: ControlPlane) {}

  /** The map of a session's program, as it is in that session; undefined where the program is not known. */
  of(known: Known): Promise<Paths> | undefined {
    const { executable, run } = known.program;
    return executable === "" ? undefined : this.ask(`${known.session.id}\0${run}\0${executable}`, executable, known.session.workspaceFolder?.uri.fsPath);
  }

  /** Have all of them read anew. */
  forget(): void {
    this.asked.clear();
  }

  private ask(key: string, executable: string, folder: string | undefined): Promise<Paths> {
    const known = this.asked.get(key);
    if (known !== undefined) {
      return known;
    }
    const answer = this.plane.paths(executable, folder);
    this.asked.set(key, answer);
    // What failed may go well the next time.
    answer.catch(() => this.asked.delete(key));
    for (const oldest of [...this.asked.keys()].slice(0, -KEPT)) {
      this.asked.delete(oldest);
    }
    return answer;
  }
}
