/** A hollow breakpoint: its hover and a page say why; the page's button mends it, and it is hit. */
import { join } from "node:path";

import { copyOfExample, lineOf } from "../places.ts";
import type { Stage, Story } from "../story.ts";
import { programAt, writeLaunch } from "./launch.ts";

const WHY = "Why Is This Breakpoint Hollow?";

async function tell(stage: Stage): Promise<void> {
  const folder = copyOfExample(stage.places, "gowork");
  writeLaunch(folder, [programAt("orders", "services/orders")]);
  const file = join(folder, "libs", "pricing", "quote.go");
  const last = lineOf(file, "return quote, nil");
  // The brace that ends the function: no code of it comes after, so the breakpoint cannot move down by itself.
  const brace = last + 1;
  const main = lineOf(join(folder, "services", "orders", "main.go"), "// break: main");
  const { workbench, debugging } = await stage.open(folder);
  await workbench.open("services/orders/main.go");
  await debugging.setBreakpoint(main);
  await workbench.open("libs/pricing/quote.go");
  await debugging.setBreakpoint(brace);
  await workbench.debug("orders");
  await debugging.untilStopped("main.go", main, 120_000);
  await workbench.open("libs/pricing/quote.go");
  await workbench.goToLine(brace);
  await debugging.untilGlyph(brace, "hollow");
  await debugging.gutterHover(brace, /without code/);
  await debugging.gutterMenu(brace, WHY);
  await workbench.webviewText(/without code/);
  await stage.keep(workbench, "story5-why");

  await workbench.pressInPage(`To line ${last.toString()}`);
  await debugging.untilGlyph(last, "verified");
  await debugging.press("continue");
  await debugging.untilStopped("quote.go", last);
  await debugging.untilVariable("quote", /^pricing\.Quote/);
  await debugging.press("stop");
  await debugging.untilEnded();
}

export const stories: readonly Story[] = [{ number: 5, title: "a hollow breakpoint: the page that says why, its button, a hit", extensions: ["dapshim"], tell }];
