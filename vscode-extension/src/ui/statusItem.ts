/** The source map in use, in the status bar while a session runs. */

import * as vscode from "vscode";
import { statusText } from "../core/statusText.ts";
import type { Known, Sessions } from "./sessions.ts";
import type { SourceMaps } from "./sourceMaps.ts";

/** Milliseconds after which a program that runs is asked about: F5 comes first. */
const AFTER = 1000;

export class StatusItem implements vscode.Disposable {
  private readonly item = vscode.window.createStatusBarItem("dapshim.sourceMap", vscode.StatusBarAlignment.Left);
  private readonly disposables: readonly { dispose(): unknown }[];
  private timer: NodeJS.Timeout | undefined;
  private shown: string | undefined;

  constructor(
    private readonly sessions: Sessions,
    private readonly maps: SourceMaps,
  ) {
    this.item.name = "Go source map";
    this.item.command = "dapshim.sessions.focus";
    const update = (): void => {
      this.update();
    };
    this.disposables = [this.item, sessions.onDidChange(update), vscode.debug.onDidChangeActiveDebugSession(update)];
  }

  dispose(): void {
    clearTimeout(this.timer);
    this.disposables.forEach((each) => {
      each.dispose();
    });
  }

  private update(): void {
    const active = vscode.debug.activeDebugSession;
    const known = this.sessions.all.find((each) => each.state === "running" && (active === undefined || each.session.id === active.id));
    if (known === undefined) {
      // To hide what is not there is a message to the editor all the same, and a session that starts tells of much.
      if (this.shown !== undefined) {
        clearTimeout(this.timer);
        this.shown = undefined;
        this.item.hide();
      }
      return;
    }
    const key = `${known.session.id}\0${known.program.run}\0${known.program.executable}`;
    if (key !== this.shown) {
      this.shown = key;
      clearTimeout(this.timer);
      this.timer = setTimeout(() => {
        void this.show(known, key);
      }, AFTER);
    }
  }

  private async show(known: Known, key: string): Promise<void> {
    // Where it cannot be read, or is on another machine, there is nothing to say.
    const paths = await this.maps.of(known)?.catch(() => undefined);
    if (paths === undefined || this.shown !== key) {
      return;
    }
    const { text, tooltip, missing } = statusText(known.session.name, paths);
    this.item.text = `$(${missing ? "warning" : "file-symlink-file"}) ${text}`;
    this.item.tooltip = tooltip;
    this.item.accessibilityInformation = { label: tooltip, role: "button" };
    this.item.show();
  }
}
