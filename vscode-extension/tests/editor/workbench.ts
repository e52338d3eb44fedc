/**
 * The workbench as a person uses it: commands by their titles, files by their names, notifications, views. Selectors are those of
 * code-server 4.139.1 (VS Code 1.139.1).
 */
import { mkdirSync } from "node:fs";
import { basename, dirname } from "node:path";

import type { Browser, BrowserContext, Locator, Page } from "playwright-core";

import { found, saw, until, untilTrue } from "./waiting.ts";

/** The size of every screenshot. */
const WINDOW = { width: 1280, height: 800 };

export interface Notification {
  readonly message: string;
  readonly buttons: readonly string[];
}

export class Workbench {
  readonly page: Page;
  /** What the page's console said, the newest last. */
  readonly console: string[] = [];
  readonly #context: BrowserContext;

  private constructor(context: BrowserContext, page: Page) {
    this.#context = context;
    this.page = page;
    page.on("console", (message) => this.console.push(`${message.type()} ${message.text()}`));
    page.on("pageerror", (error) => this.console.push(`pageerror ${error.message}`));
  }

  /** Open `folder` in a window of its own, that of a browser which was never here before. */
  static async open(browser: Browser, server: string, folder: string): Promise<Workbench> {
    const context = await browser.newContext({ viewport: WINDOW, colorScheme: "dark" });
    const page = await context.newPage();
    page.setDefaultTimeout(15_000);
    const workbench = new Workbench(context, page);
    await page.goto(`${server}/?folder=${encodeURIComponent(folder)}`);
    await page.locator(".explorer-folders-view .monaco-list-row").first().waitFor({ timeout: 60_000 });
    return workbench;
  }

  /** Close the window as a person does: the page may say good-bye to its server. */
  async close(): Promise<void> {
    await this.page.close({ runBeforeUnload: false });
    await this.#context.close();
  }

  // -- commands and files ---------------------------------------------------------------------------------------------------

  /** Run a command of the palette by its exact title. */
  async command(title: string): Promise<void> {
    await this.#pick("F1", `>${title}`, title);
  }

  /** Start a debug configuration by its exact name. */
  async debug(name: string): Promise<void> {
    await this.#pick("Control+P", `debug ${name}`, name);
  }

  /** Open a file of the workspace, `services/orders/main.go`, and wait until its text is there. */
  async open(file: string): Promise<void> {
    await this.#pick("Control+P", file, basename(file), dirname(file) === "." ? "" : dirname(file));
    await this.page.locator(`.part.editor .tab.active[data-resource-name="${basename(file)}"]`).waitFor();
    await this.page.locator(".part.editor .editor-instance .view-line").first().waitFor();
  }

  async goToLine(line: number): Promise<void> {
    await this.page.keyboard.press("Control+G");
    await this.#type(`:${line.toString()}`);
    await this.page.keyboard.press("Enter");
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  }

  /** Type what picks a row of the quick input, and click the row with exactly that name: the search is fuzzy, so its first row may be another. */
  async #pick(key: string, typed: string, label: string, description?: string): Promise<void> {
    await this.page.keyboard.press(key);
    await this.#type(typed);
    const rows = this.page.locator(".quick-input-list .monaco-list-row");
    const row = await until(`a row "${label}" in the quick input for "${typed}"`, async () => {
      const seen: string[] = [];
      for (const each of await rows.all()) {
        const name = (await textOf(each.locator(".label-name").first())).trim();
        const where = (await textOf(each.locator(".label-description").first())).trim();
        seen.push(`${name} ${where}`);
        if (name === label && (description === undefined || where === description || where.endsWith(`/${description}`))) {
          return found(each);
        }
      }
      return saw(seen.join(", "));
    });
    await row.click();
    await this.page.locator(".quick-input-widget").waitFor({ state: "hidden" });
  }

  async #type(text: string): Promise<void> {
    const input = this.page.locator(".quick-input-widget .quick-input-box input");
    await input.waitFor();
    await input.fill(text);
  }

  /** Choose a row of a quick pick that is open already. */
  async choose(label: string | RegExp): Promise<void> {
    const row = this.page.locator(".quick-input-list .monaco-list-row").filter({ has: this.page.locator(".label-name", { hasText: label }) });
    await row.first().click({ timeout: 20_000 });
  }

  // -- the text -------------------------------------------------------------------------------------------------------------

  /** Write a line below another one of the open file, and save. */
  async insertBelow(line: number, text: string): Promise<void> {
    await this.goToLine(line);
    await this.page.keyboard.press("End");
    await this.page.keyboard.press("Enter");
    await this.#overwrite(text);
  }

  /** Write over a line of the open file, and save. */
  async replaceLine(line: number, text: string): Promise<void> {
    await this.goToLine(line);
    await this.#overwrite(text);
  }

  async #overwrite(text: string): Promise<void> {
    await this.page.keyboard.press("End");
    await this.page.keyboard.press("Shift+Home");
    await this.page.keyboard.press("Shift+Home");
    await this.page.keyboard.insertText(text);
    await this.save();
  }

  async save(): Promise<void> {
    await this.page.keyboard.press("Control+S");
    await untilTrue("the file to be saved", async () => (await this.page.locator(".part.editor .tab.active.dirty").count()) === 0, 10_000);
  }

  /** Wait until something is underlined in a line that is in sight. */
  async untilSquiggle(line: number, patience?: number): Promise<void> {
    await untilTrue(`something underlined in line ${line.toString()}`, async () => (await this.#squiggles(line)) > 0, patience);
  }

  async untilNoSquiggle(line: number): Promise<void> {
    await untilTrue(`nothing underlined in line ${line.toString()}`, async () => (await this.#squiggles(line)) === 0, 20_000);
  }

  async #squiggles(line: number): Promise<number> {
    const number = this.page.locator(".part.editor .editor-instance .margin-view-overlays .line-numbers", { hasText: new RegExp(`^${line.toString()}$`) });
    const box = (await number.count()) === 0 ? null : await number.first().boundingBox();
    const tops = await this.page
      .locator(".part.editor .editor-instance .view-overlays :is(.squiggly-error, .squiggly-warning, .squiggly-info)")
      .evaluateAll((elements) => elements.map((element) => element.getBoundingClientRect().top));
    return box === null ? 0 : tops.filter((top) => box.y <= top + 1 && top < box.y + box.height).length;
  }

  /** Open the list of quick fixes at a line, with the cursor where something is underlined; return its rows. */
  async quickFixes(line: number): Promise<string[]> {
    await this.goToLine(line);
    // The next problem of the file is this line's: the cursor stands at its beginning.
    await this.page.keyboard.press("Home");
    await this.page.keyboard.press("Alt+F8");
    await this.page.keyboard.press("Escape");
    await this.page.keyboard.press("Control+.");
    const rows = this.page.locator(".action-widget .monaco-list-row.action");
    await rows.first().waitFor();
    return (await rows.allInnerTexts()).map(oneLine);
  }

  async chooseQuickFix(title: RegExp): Promise<void> {
    await this.page.locator(".action-widget .monaco-list-row.action", { hasText: title }).first().click();
  }

  /** Press the code lens with this text that stands right above a line that is in sight. */
  async codeLens(text: string, line: number): Promise<void> {
    const lenses = this.page.locator(".part.editor .codelens-decoration a", { hasText: new RegExp(`^${text}$`) });
    const number = this.page.locator(".part.editor .editor-instance .margin-view-overlays .line-numbers", { hasText: new RegExp(`^${line.toString()}$`) });
    const lens = await until(`"${text}" above line ${line.toString()}`, async () => {
      const row = (await number.count()) === 0 ? null : await number.first().boundingBox();
      const all = await lenses.all();
      const boxes = await Promise.all(all.map((each) => each.boundingBox()));
      const hit = all.find((_, index) => {
        const box = boxes[index];
        return row !== null && box !== null && box !== undefined && box.y < row.y && row.y - box.y < 2 * row.height;
      });
      return hit === undefined ? saw(`${all.length.toString()} of them elsewhere`) : found(hit);
    });
    await lens.click();
  }

  // -- notifications and dialogs --------------------------------------------------------------------------------------------

  async notifications(): Promise<Notification[]> {
    const items = await this.page.locator(".notifications-toasts .notification-list-item").all();
    return Promise.all(
      items.map(async (item) => ({
        message: (await textOf(item.locator(".notification-list-item-message"))).trim(),
        buttons: (await item.locator(".notification-list-item-buttons-container .monaco-button").allTextContents()).map((each) => each.trim()).filter((each) => each !== ""),
      })),
    );
  }

  /** Wait for a notification whose message `about` matches. */
  async notification(about: RegExp, patience?: number): Promise<Notification> {
    return until(
      `a notification about ${about.source}`,
      async () => {
        const shown = await this.notifications();
        const hit = shown.find((each) => about.test(each.message) && each.message !== "");
        return hit === undefined ? saw(JSON.stringify(shown)) : found(hit);
      },
      patience,
    );
  }

  /** Press a button of the notification whose message `about` matches, which goes away by it. One that moves takes no click. */
  async press(about: RegExp, button: string): Promise<void> {
    await this.notification(about);
    const item = this.page.locator(".notifications-toasts .notification-list-item").filter({ hasText: about }).filter({ has: this.page.locator(".monaco-button", { hasText: button }) });
    await until(`"${button}" to be pressed`, async () => {
      await item.locator(".notification-list-item-buttons-container .monaco-button", { hasText: button }).first().click({ timeout: 2000 }).catch(() => undefined); // It may just have gone.
      await item.first().waitFor({ state: "hidden", timeout: 1000 }).catch(() => undefined); // Then once more.
      return (await item.count()) === 0 ? found(true) : saw("that it is still there");
    }, 15_000);
  }

  /** Close the notification whose message `about` matches. */
  async dismiss(about: RegExp): Promise<void> {
    const item = this.page.locator(".notifications-toasts .notification-list-item").filter({ hasText: about }).first();
    await until("the notification to be closed", async () => {
      await item.hover({ timeout: 2000 }).catch(() => undefined); // Its buttons show with the mouse over it.
      await item.locator(".codicon-notifications-clear").first().click({ timeout: 2000 }).catch(() => undefined); // It may just have gone.
      return (await item.count()) === 0 ? found(true) : saw("that it is still there");
    }, 15_000);
  }

  /** Wait for a modal dialog; return its text. */
  async dialog(): Promise<string> {
    const box = this.page.locator(".monaco-dialog-box");
    await box.waitFor({ timeout: 45_000 });
    return (await box.innerText()).trim();
  }

  async pressInDialog(button: string): Promise<void> {
    await this.page.locator(".monaco-dialog-box .dialog-buttons .monaco-button", { hasText: button }).first().click();
  }

  async noDialog(): Promise<boolean> {
    return (await this.page.locator(".monaco-dialog-box").count()) === 0;
  }

  // -- views ----------------------------------------------------------------------------------------------------------------

  /** The rows of the Problems panel: files and, below each, its problems. */
  async problems(): Promise<string[]> {
    const panel = this.page.locator(".markers-panel-container");
    if (!(await panel.isVisible())) {
      await this.page.keyboard.press("Control+Shift+M");
      await panel.waitFor();
    }
    return (await panel.locator(".monaco-list-row").allInnerTexts()).map(oneLine);
  }

  async untilProblem(about: RegExp): Promise<string> {
    return until(`a problem about ${about.source}`, async () => {
      const all = await this.problems();
      const hit = all.find((each) => about.test(each));
      return hit === undefined ? saw(all.join(" | ")) : found(hit);
    });
  }

  /** The rows of a tree view, by the title of its pane; its pane is unfolded if need be. */
  async tree(title: string): Promise<string[]> {
    const pane = await this.pane(title);
    return (await pane.locator(".monaco-list-row").allInnerTexts()).map(oneLine);
  }

  /** The rows of a tree view after those that begin so were unfolded, as far as they are there and folded. */
  async unfolded(title: string, beginnings: readonly string[]): Promise<string[]> {
    const pane = await this.pane(title);
    for (const beginning of beginnings) {
      const row = pane.locator(".monaco-list-row[aria-expanded=false]").filter({ hasText: new RegExp(`^\\s*${beginning}`) });
      if ((await row.count()) > 0) {
        await row.first().locator(".monaco-tl-twistie").click({ timeout: 2000 }).catch(() => undefined); // The next look does it.
      }
    }
    return this.tree(title);
  }

  /** Unfold the rows of a tree that lead to its last one, hover over that, and press its inline button. */
  async pressInRow(view: string, way: readonly RegExp[], button: string): Promise<void> {
    const rows = this.page.locator(`${view} .monaco-list-row`);
    await until(`a button ${button} in a row ${String(way.at(-1))}`, async () => {
      for (const each of way.slice(0, -1)) {
        const folded = this.page.locator(`${view} .monaco-list-row[aria-expanded=false]`).filter({ hasText: each });
        if ((await folded.count()) > 0) {
          await folded.first().locator(".monaco-tl-twistie").click({ timeout: 2000 }).catch(() => undefined); // Drawn anew: the next look does it.
        }
      }
      const row = rows.filter({ hasText: way.at(-1) ?? "" }).first();
      if ((await row.count()) === 0) {
        return saw((await rows.allInnerTexts()).map(oneLine).join(" | "));
      }
      await row.hover({ timeout: 2000 }).catch(() => undefined); // The same.
      return row.locator(button).first().click({ timeout: 2000 }).then(() => found(true), () => saw("no such button in it"));
    }, 60_000);
  }

  /** A pane of the side bar, unfolded. */
  async pane(title: string): Promise<Locator> {
    const pane = this.page.locator(".part.sidebar .pane").filter({ has: this.page.locator(".pane-header .title", { hasText: new RegExp(`^${title}$`, "i") }) });
    await pane.first().waitFor();
    const header = pane.locator(".pane-header").first();
    if ((await header.getAttribute("aria-expanded")) === "false") {
      await header.click();
    }
    return pane.first();
  }

  /** The text of the status bar's item whose text `about` matches. */
  async status(about: RegExp): Promise<string> {
    return until(`a status item about ${about.source}`, async () => {
      const items = (await this.page.locator(".part.statusbar .statusbar-item").allInnerTexts()).map(oneLine);
      const hit = items.find((each) => about.test(each));
      return hit === undefined ? saw(items.join(" | ")) : found(hit);
    });
  }

  /** The text of the page that a webview shows. */
  async webviewText(about: RegExp): Promise<string> {
    return until(`a page about ${about.source}`, async () => {
      const seen: string[] = [];
      for (const frame of this.page.frames()) {
        // A frame may go away while it is asked.
        const text = await frame.locator("body").innerText({ timeout: 1000 }).catch(() => "");
        if (frame !== this.page.mainFrame() && about.test(text)) {
          return found(text);
        }
        seen.push(text.slice(0, 80));
      }
      return saw(seen.slice(1).join(" | "));
    });
  }

  /** Press a button of the page that a webview shows. */
  async pressInPage(label: string): Promise<void> {
    const button = await until(`a button "${label}" in a page`, async () => {
      const seen: string[] = [];
      for (const frame of this.page.frames().slice(1)) {
        const buttons = frame.locator("button");
        seen.push(...(await buttons.allInnerTexts().catch(() => []))); // The frame may go away while it is asked.
        if (seen.at(-1) !== undefined && (await buttons.filter({ hasText: label }).count().catch(() => 0)) > 0) {
          return found(buttons.filter({ hasText: label }).first());
        }
      }
      return saw(seen.join(" | "));
    });
    await button.click();
  }

  /** The tabs that are open. */
  async tabs(): Promise<string[]> {
    return (await this.page.locator(".part.editor .tab").allInnerTexts()).map(oneLine);
  }

  /** Take the mouse to where it says nothing, and wait until the hovers are gone. */
  async lookAway(): Promise<void> {
    await this.page.mouse.move(WINDOW.width - 130, WINDOW.height - 100);
    await untilTrue("the hovers to go", async () => (await this.page.locator(".monaco-hover:not(.hidden):visible").count()) === 0, 5000).catch(() => undefined);
  }

  /** Wait until nothing of the page moves, then keep what a person sees; the mouse stays where it is when a hover is part of it. */
  async screenshot(file: string, withHover = false): Promise<void> {
    mkdirSync(dirname(file), { recursive: true });
    if (!withHover) {
      await this.lookAway();
    }
    await untilTrue("the page to rest", async () => (await this.page.locator(".monaco-progress-container.active:visible").count()) === 0, 5000).catch(() => undefined);
    await this.page.screenshot({ path: file, animations: "disabled", caret: "hide" });
  }
}

export async function textOf(where: Locator): Promise<string> {
  // What is not there, or goes away as it is read, has no text.
  return (await where.count()) === 0 ? "" : where.first().textContent({ timeout: 1000 }).then((text) => text ?? "", () => "");
}

export function oneLine(text: string): string {
  return text.replaceAll(" ", " ").replace(/\s+/g, " ").trim();
}
