/** The debug sessions of this window, as VS Code tells of them, and the numbers by which the server knows them. */

import * as vscode from "vscode";
import { TYPE } from "./core/configurations.ts";

/** Milliseconds. */
const MOMENT = 3000;

export class LiveSessions implements vscode.Disposable {
  private readonly live = new Set<string>();
  /** Numbers by VS Code's ids; those of sessions that are over stay as long as the server. */
  private readonly numbers = new Map<string, number>();
  private lastEnd = 0;
  private readonly allGone = new vscode.EventEmitter<void>();
  private readonly listening = [
    vscode.debug.onDidStartDebugSession((session) => {
      if (session.type === TYPE) {
        this.live.add(session.id);
      }
    }),
    vscode.debug.onDidTerminateDebugSession((session) => {
      if (this.live.delete(session.id)) {
        this.lastEnd = Date.now();
        if (this.live.size === 0) {
          this.allGone.fire();
        }
      }
    }),
  ];

  get running(): number {
    return this.live.size;
  }

  /** Whether one runs, or did until a moment ago: when an adapter dies, VS Code may say so before anybody else. */
  get anyJustNow(): boolean {
    return this.live.size > 0 || Date.now() - this.lastEnd < MOMENT;
  }

  /** Resolves when none runs. */
  async none(): Promise<void> {
    while (this.live.size > 0) {
      await new Promise<void>((resolve) => {
        const listening = this.allGone.event(() => {
          listening.dispose();
          resolve();
        });
      });
    }
  }

  name(session: vscode.DebugSession, number: number): void {
    this.numbers.set(session.id, number);
  }

  /** The number by which the control plane knows a session; undefined for one that has a process of its own. */
  numberOf(session: Pick<vscode.DebugSession, "id">): number | undefined {
    return this.numbers.get(session.id);
  }

  /** The server that gave them is gone, and the next one begins to count anew. */
  forgetNumbers(): void {
    this.numbers.clear();
  }

  dispose(): void {
    vscode.Disposable.from(...this.listening, this.allGone).dispose();
  }
}
