/** A program that was shipped without debug information, and whose sources have moved on: the button builds it again, with variables. */
import { execFileSync } from "node:child_process";
import { ok } from "node:assert/strict";
import { join } from "node:path";

import { copyOfExample, edit, lineOf, personsEnvironment } from "../places.ts";
import type { Stage, Story } from "../story.ts";
import { programAt, writeLaunch } from "./launch.ts";

/** What the notification says first. */
const GONE = /The debug info is gone/;

async function tell(stage: Stage): Promise<void> {
  const folder = copyOfExample(stage.places, "gowork");
  const service = join(folder, "services", "orders");
  const quote = join(folder, "libs", "pricing", "quote.go");
  execFileSync("go", ["build", "-ldflags=-s -w", "-o", join(folder, "bin", "orders"), "."], { cwd: service, env: personsEnvironment(stage.places) });
  // So no debug information can be borrowed from a twin of these sources: it would not be equal.
  edit(quote, "quote.Discount = quote.Net * Cents(percent) / 100", "quote.Discount = (quote.Net*Cents(percent) + 50) / 100");
  writeLaunch(folder, [programAt("shipped orders", "bin/orders", { mode: "exec", cwd: "${workspaceFolder}/services/orders", args: ["-once"] })]);
  const library = lineOf(quote, "// break: library");
  const { workbench, debugging } = await stage.open(folder);
  await workbench.open("libs/pricing/quote.go");
  await debugging.setBreakpoint(library);
  await workbench.debug("shipped orders");
  const told = await workbench.notification(GONE, 120_000);
  const [fix = "none"] = told.buttons;
  ok(fix.startsWith("Build"), `the first button mends it: ${JSON.stringify(told)}`);
  await debugging.untilStopped("quote.go", library);
  ok(!(await debugging.variables()).has("unit"), "there are no variables without debug information");
  await stage.keep(workbench, "story4-stripped");

  await workbench.press(GONE, fix);
  await workbench.press(/done/, "Debug Again");
  await debugging.untilStopped("quote.go", library, 60_000);
  await debugging.untilVariable("unit", /^\d+/);
  await stage.keep(workbench, "story4-mended");
  await debugging.press("stop");
  await debugging.untilEnded();
}

export const stories: readonly Story[] = [{ number: 4, title: "a stripped program: notification, its button, variables", extensions: ["dapshim"], tell }];
