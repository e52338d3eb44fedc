/** What a story is, and what it is told in. */
import { execFileSync } from "node:child_process";
import { cpSync, mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import type { Browser } from "playwright-core";

import type { CodeServer } from "./codeServer.ts";
import { Debugging } from "./debugging.ts";
import { IMAGES, type Places } from "./places.ts";
import { Workbench } from "./workbench.ts";

/** The extensions that a story's person has installed. */
export type Extension = "vscode-go" | "stand-in" | "dapshim";

export interface Story {
  readonly number: number;
  readonly title: string;
  readonly extensions: readonly Extension[];
  tell(stage: Stage): Promise<void>;
}

/** The window of one story, with what a person does and sees in it. */
export class Stage {
  readonly places: Places;
  readonly server: CodeServer;
  readonly #browser: Browser;
  readonly #windows: Workbench[] = [];
  readonly #later: (() => Promise<void>)[] = [];

  constructor(places: Places, server: CodeServer, browser: Browser) {
    this.places = places;
    this.server = server;
    this.#browser = browser;
  }

  /** Open a window on `folder`. */
  async open(folder: string): Promise<{ workbench: Workbench; debugging: Debugging }> {
    const workbench = await Workbench.open(this.#browser, this.server.url, folder);
    this.#windows.push(workbench);
    return { workbench, debugging: new Debugging(workbench) };
  }

  /** Keep what a window shows as a picture: of the documentation where that is asked for, else beside the evidence. */
  async keep(workbench: Workbench, name: string, withHover = false): Promise<void> {
    const file = join(IMAGES, `${name}.png`);
    await workbench.screenshot(file, withHover);
    // A picture of a text needs few colours, and is in the history of the tree for ever.
    execFileSync("pngquant", ["--force", "--ext", ".png", "--skip-if-larger", "--strip", "64", file]);
  }

  /** Write what was seen of a story that failed into a folder. */
  async writeEvidence(folder: string, error: Error): Promise<void> {
    mkdirSync(folder, { recursive: true });
    writeFileSync(join(folder, "error.txt"), error.stack ?? error.message);
    for (const [index, window] of this.#windows.entries()) {
      await window.page.screenshot({ path: join(folder, `window-${(index + 1).toString()}.png`) }).catch(() => undefined); // It may be closed.
      writeFileSync(join(folder, `console-${(index + 1).toString()}.txt`), window.console.join("\n"));
    }
    for (const log of this.server.logs()) {
      cpSync(log, join(folder, "logs", log.split("/").at(-1) ?? "log"), { recursive: true });
    }
  }

  /** Have something done when the story is over, after its evidence was written. */
  later(what: () => Promise<void>): void {
    this.#later.push(what);
  }

  async close(): Promise<void> {
    for (const what of this.#later.splice(0)) {
      await what();
    }
    for (const window of this.#windows) {
      await window.close().catch(() => undefined); // A story may have closed it.
    }
  }
}
