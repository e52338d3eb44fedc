/** What a person sees of a debug session: glyphs in the gutter, the call stack, variables, the debug console. */
import { setTimeout as sleep } from "node:timers/promises";

import type { Locator } from "playwright-core";

import { found, saw, until, untilTrue, type Look } from "./waiting.ts";
import { oneLine, textOf, type Workbench } from "./workbench.ts";

export type Glyph = "verified" | "hollow" | "stopped" | "other";

/** One row of the call stack. */
export interface Frame {
  readonly name: string;
  readonly file: string;
  readonly line: number;
}

/** How long the view takes to draw what was scrolled to. */
const SCROLLED_MS = 100;

const MENU_MS = 300;

/** How far right of the margin's left edge a person clicks to set a breakpoint. */
const IN_THE_GUTTER = 9;

export class Debugging {
  readonly #workbench: Workbench;

  constructor(workbench: Workbench) {
    this.#workbench = workbench;
  }

  get #page(): Workbench["page"] {
    return this.#workbench.page;
  }

  // -- the gutter -----------------------------------------------------------------------------------------------------------

  /** Set a breakpoint by a click in the gutter of the open file. */
  async setBreakpoint(line: number): Promise<void> {
    await this.#clickGutter(line, "left");
    await until(`a breakpoint's glyph at line ${line.toString()}`, async () => {
      const glyphs = await this.glyphs(line);
      return glyphs.includes("verified") || glyphs.includes("hollow") ? found(true) : saw(glyphs.join(", "));
    }, 10_000);
  }

  /** Take a breakpoint away by a click on it. */
  async removeBreakpoint(line: number): Promise<void> {
    await this.#clickGutter(line, "left");
    await until(`no breakpoint at line ${line.toString()}`, async () => {
      const glyphs = await this.glyphs(line);
      return glyphs.includes("verified") || glyphs.includes("hollow") ? saw(glyphs.join(", ")) : found(true);
    }, 10_000);
  }

  /** Open the menu of the gutter at a line and choose an entry. */
  async gutterMenu(line: number, entry: string): Promise<void> {
    await this.#clickGutter(line, "right");
    const item = this.#page.locator(".monaco-menu .action-item", { hasText: entry }).first();
    await item.hover();
    // A menu takes no click in the moment after it was opened: the click may still be that which opened it.
    await sleep(MENU_MS);
    await item.click({ delay: 50 });
  }

  async #clickGutter(line: number, button: "left" | "right"): Promise<void> {
    await this.#workbench.goToLine(line);
    const { x, y } = await this.#gutter(line);
    await this.#page.mouse.click(x, y, { button });
  }

  /** The point of the gutter at a line that is in sight. */
  async #gutter(line: number): Promise<{ x: number; y: number }> {
    const margin = this.#page.locator(".part.editor .editor-instance .margin").first();
    const number = this.#page.locator(".part.editor .editor-instance .margin-view-overlays .line-numbers", { hasText: new RegExp(`^${line.toString()}$`) });
    return until(`line ${line.toString()} to be in sight`, async () => {
      const [left, row] = [await margin.boundingBox(), (await number.count()) === 0 ? null : await number.first().boundingBox()];
      return left === null || row === null ? saw("no such line number") : found({ x: left.x + IN_THE_GUTTER, y: row.y + row.height / 2 });
    }, 10_000);
  }

  /** What stands in the gutter at a line that is in sight. */
  async glyphs(line: number): Promise<Glyph[]> {
    const { y } = await this.#gutter(line);
    const all = await this.#page.locator(".part.editor .editor-instance .glyph-margin-widgets .cgmr").evaluateAll((elements) =>
      elements.map((element) => ({ classes: element.getAttribute("class") ?? "", top: element.getBoundingClientRect().top, bottom: element.getBoundingClientRect().bottom })),
    );
    return all.filter((each) => each.top <= y && y <= each.bottom).flatMap((each) => glyphsOf(each.classes));
  }

  /** Wait until the breakpoint of a line looks so. */
  async untilGlyph(line: number, wanted: Glyph, patience?: number): Promise<void> {
    await until(`a ${wanted} glyph at line ${line.toString()}`, async () => {
      const glyphs = await this.glyphs(line);
      return glyphs.includes(wanted) ? found(true) : saw(glyphs.join(", "));
    }, patience);
  }

  /** What the hover says over the gutter of a line. */
  async gutterHover(line: number, about: RegExp): Promise<string> {
    return until(`a hover about ${about.source} over line ${line.toString()}`, async () => {
      const { x, y } = await this.#gutter(line);
      await this.#page.mouse.move(x, y - 1);
      await this.#page.mouse.move(x, y);
      const texts = (await this.#page.locator(".monaco-hover:not(.hidden) .hover-contents").allInnerTexts()).map(oneLine);
      const hit = texts.find((each) => about.test(each));
      return hit === undefined ? saw(texts.join(" | ")) : found(hit);
    }, 10_000);
  }

  /** The rows of the BREAKPOINTS view with what a screen reader hears: "main.go 24, MESSAGE". */
  async breakpoints(): Promise<string[]> {
    const pane = await this.#workbench.pane("Breakpoints");
    const rows = await pane.locator(".monaco-list-row").all();
    return Promise.all(rows.map(async (row) => (await row.getAttribute("aria-label")) ?? ""));
  }

  // -- the session ----------------------------------------------------------------------------------------------------------

  /** Wait until the program stands in `file` at `line`: that line is highlighted, and the call stack's first frame says so. */
  async untilStopped(file: string, line: number, patience?: number): Promise<Frame[]> {
    return until(`the program to stand in ${file}:${line.toString()}`, () => this.#lookForStop(file, line), patience);
  }

  async #lookForStop(file: string, line: number): Promise<Look<Frame[]>> {
    await this.makeRoom();
    const frames = await this.callStack();
    const highlighted = await this.#page.locator(".part.editor .debug-top-stack-frame-line").count();
    // Frames of other goroutines may stand above, where those are unfolded.
    const top = frames.findIndex((each) => each.file === file && each.line === line);
    if (highlighted > 0 && top >= 0) {
      return found(frames.slice(top));
    }
    return saw(`${highlighted > 0 ? "" : "no highlighted line, "}frames ${JSON.stringify(frames)}, notifications ${JSON.stringify(await this.#workbench.notifications())}`);
  }

  /** Fold what nobody looks at: a view draws only the rows that are in sight. */
  async makeRoom(): Promise<void> {
    for (const title of ["Watch", "Loaded Scripts"]) {
      const header = this.#page.locator(".part.sidebar .pane-header[aria-expanded=true]").filter({ has: this.#page.locator(".title", { hasText: title }) });
      if ((await header.count()) > 0) {
        await header.first().click({ timeout: 2000 }).catch(() => undefined); // The next look does it.
      }
    }
  }

  async isStopped(): Promise<boolean> {
    return (await this.#page.locator(".debug-toolbar:visible .codicon-debug-continue").count()) > 0;
  }

  async untilRunning(): Promise<void> {
    await untilTrue("the program to run", async () => (await this.#page.locator(".debug-toolbar:visible .codicon-debug-pause").count()) > 0);
  }

  async untilEnded(patience?: number): Promise<void> {
    await untilTrue(
      "the debug toolbar to go",
      async () => (await this.#page.locator(".debug-toolbar:visible").count()) === 0,
      patience,
      async () => JSON.stringify(await this.#workbench.notifications()),
    );
  }

  /** Press a button of the debug toolbar. */
  async press(button: "continue" | "step-over" | "step-into" | "step-out" | "restart" | "stop"): Promise<void> {
    await this.#page.locator(`.debug-toolbar:visible .codicon-debug-${button}`).first().click();
  }

  /** The frames of the call stack that are in sight; the stopped goroutine is unfolded first. */
  async callStack(): Promise<Frame[]> {
    const view = this.#page.locator(".debug-call-stack");
    if ((await view.count()) === 0) {
      return [];
    }
    if ((await view.locator(".stack-frame").count()) === 0) {
      await this.#unfoldStopped(view);
    }
    const rows = await view.locator(".stack-frame").all();
    return Promise.all(
      rows.map(async (row) => ({
        name: oneLine(await textOf(row.locator(".label"))),
        file: oneLine(await textOf(row.locator(".file-name"))),
        // "58" or "58:12".
        line: Number.parseInt(await textOf(row.locator(".line-number")), 10),
      })),
    );
  }

  /** Unfold the goroutine that stopped; the view draws only what is in sight, so it is looked for by scrolling. */
  async #unfoldStopped(view: Locator): Promise<void> {
    const stopped = view.locator(".monaco-list-row[aria-expanded=false]").filter({ hasText: /paused on|^\s*\*/i });
    const box = await view.boundingBox();
    if ((await stopped.count()) > 0) {
      await unfold(stopped.first());
    } else if (box !== null) {
      await this.#page.mouse.move(box.x + box.width / 2, box.y + box.height / 2);
      await this.#page.mouse.wheel(0, box.height / 2);
      await sleep(SCROLLED_MS);
    }
  }

  /** The rows of CALL STACK as they read, sessions and goroutines too. */
  async callStackRows(): Promise<string[]> {
    return (await this.#page.locator(".debug-call-stack .monaco-list-row").allInnerTexts()).map(oneLine);
  }

  /** Wait until a variable of the first scope has a value that `wanted` matches; the scope is unfolded. */
  async untilVariable(name: string, wanted: RegExp): Promise<string> {
    return until(`a variable ${name} like ${wanted.source}`, async () => {
      const seen = await this.variables();
      const value = seen.get(name);
      return value !== undefined && wanted.test(value) ? found(value) : saw(JSON.stringify([...seen]));
    }, 20_000);
  }

  /** The variables by name; the first scope is unfolded. The view draws only what is in sight, so it is scrolled through. */
  async variables(): Promise<Map<string, string>> {
    const view = this.#page.locator(".debug-variables");
    await unfold(view.locator(".monaco-list-row").filter({ has: this.#page.locator(".scope") }).first());
    const seen = new Map<string, string>();
    const box = await view.boundingBox();
    if (box === null) {
      return seen;
    }
    await this.#page.mouse.move(box.x + box.width - 30, box.y + box.height / 2);
    for (let before = -1; seen.size > before; ) {
      before = seen.size;
      for (const [name, value] of await this.#variablesInSight(view)) {
        seen.set(name, value);
      }
      await this.#page.mouse.wheel(0, box.height - 44);
      await sleep(SCROLLED_MS);
    }
    await this.#page.mouse.wheel(0, -10_000);
    await this.#workbench.lookAway();
    return seen;
  }

  async #variablesInSight(view: Locator): Promise<(readonly [string, string])[]> {
    const rows = await view.locator(".monaco-list-row .expression").all();
    return Promise.all(rows.map(async (row) => [(await textOf(row.locator(".name"))).replace(/:?\s*=?\s*$/, "").trim(), oneLine(await textOf(row.locator(".value")))] as const));
  }

  /** The lines of the debug console. */
  async console(): Promise<string[]> {
    const repl = this.#page.locator(".repl");
    if (!(await repl.isVisible())) {
      await this.#page.keyboard.press("Control+Shift+Y");
      await repl.waitFor();
    }
    return (await repl.locator(".monaco-list-row").allInnerTexts()).map(oneLine);
  }

  async untilConsole(about: RegExp, patience?: number): Promise<string> {
    return until(`the debug console to say ${about.source}`, async () => {
      const lines = await this.console();
      const hit = lines.find((each) => about.test(each));
      return hit === undefined ? saw(lines.join(" / ")) : found(hit);
    }, patience);
  }
}

/** Unfold a row of a tree, if it is there and folded. */
async function unfold(row: Locator): Promise<void> {
  if ((await row.count()) > 0 && (await row.getAttribute("aria-expanded").catch(() => null)) === "false") {
    await row.locator(".monaco-tl-twistie").first().click({ timeout: 2000 }).catch(() => undefined); // Drawn anew as it was clicked: the next look does it.
  }
}

export function glyphsOf(classes: string): Glyph[] {
  const names = classes.split(/\s+/).filter((each) => each.startsWith("codicon-debug-"));
  return names.map((name) => {
    if (name.startsWith("codicon-debug-stackframe")) {
      return "stopped";
    }
    if (!name.startsWith("codicon-debug-breakpoint") || name === "codicon-debug-hint") {
      return "other";
    }
    return /unverified|unsupported|disabled/.test(name) ? "hollow" : "verified";
  });
}
