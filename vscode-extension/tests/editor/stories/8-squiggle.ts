/** A launch.json that would strip the program is underlined as it is written; the quick fix mends it, and F5 works. */
import { ok } from "node:assert/strict";
import { readFileSync } from "node:fs";
import { join } from "node:path";

import { copyOfExample, lineOf } from "../places.ts";
import type { Stage, Story } from "../story.ts";
import { programAt, writeLaunch } from "./launch.ts";

async function tell(stage: Stage): Promise<void> {
  const folder = copyOfExample(stage.places, "gowork");
  // A flag of release builds, copied: without debug information no breakpoint can be set.
  const file = writeLaunch(folder, [programAt("orders", "services/orders", { args: ["-once"], buildFlags: "-ldflags=-s" })]);
  const main = lineOf(join(folder, "services", "orders", "main.go"), "// break: main");
  const { workbench, debugging } = await stage.open(folder);
  await workbench.open("services/orders/main.go");
  await debugging.setBreakpoint(main);
  await workbench.open(".vscode/launch.json");
  const flags = lineOf(file, "buildFlags");
  await workbench.untilSquiggle(flags, 60_000);
  await workbench.untilProblem(/buildFlags strips the program/);
  await workbench.quickFixes(flags);
  await stage.keep(workbench, "story8-quick-fix", true);
  await workbench.chooseQuickFix(/buildFlags|Drop/);
  await workbench.save();
  await workbench.untilNoSquiggle(flags);
  ok(!readFileSync(file, "utf8").includes("-ldflags=-s"), "the file was mended");
  await workbench.debug("orders");
  await debugging.untilStopped("main.go", main);
  await debugging.untilVariable("arrivals", /^main\.inbox/);
  await debugging.press("stop");
  await debugging.untilEnded();
}

export const stories: readonly Story[] = [{ number: 8, title: "a squiggle in launch.json, its quick fix, F5", extensions: ["dapshim"], tell }];
