/** A program without debug information: what is wrong is said, the button mends it, and the breakpoint is hit with variables. */
import { execFileSync } from "node:child_process";
import { equal } from "node:assert/strict";
import { join } from "node:path";

import { copyOfExample, lineOf, personsEnvironment } from "../places.ts";
import type { Stage, Story } from "../story.ts";
import { programAt, writeLaunch } from "./launch.ts";

async function tell(stage: Stage): Promise<void> {
  const folder = copyOfExample(stage.places, "gowork");
  const service = join(folder, "services", "orders");
  execFileSync("go", ["build", "-ldflags=-s -w", "-o", join(folder, "bin", "orders"), "."], { cwd: service, env: personsEnvironment(stage.places) });
  writeLaunch(folder, [programAt("shipped orders", "bin/orders", { mode: "exec", cwd: "${workspaceFolder}/services/orders", args: ["-once"] })]);
  const library = lineOf(join(folder, "libs", "pricing", "quote.go"), "// break: library");
  const { workbench, debugging } = await stage.open(folder);
  await workbench.open("libs/pricing/quote.go");
  await debugging.setBreakpoint(library);
  await workbench.debug("shipped orders");
  const told = await workbench.notification(/debug info|debug information/, 120_000);
  console.log(JSON.stringify(told), JSON.stringify(await workbench.notifications()));
  await debugging.untilStopped("quote.go", library);
  await stage.keep(workbench, "story4-stripped");
  console.log(JSON.stringify([...(await debugging.variables())]), await debugging.console());
  equal(told.buttons.length, 2);
}

export const stories: readonly Story[] = [{ number: 4, title: "a stripped program: notification, button, variables", extensions: ["dapshim"], tell }];
