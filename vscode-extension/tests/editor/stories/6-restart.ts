/** Restart runs what the file says now; when that does not compile, the program that runs goes on, and the error is shown. */
import { equal } from "node:assert/strict";
import { join } from "node:path";

import { copyOfExample, lineOf } from "../places.ts";
import type { Stage, Story } from "../story.ts";
import { programAt, writeLaunch } from "./launch.ts";

async function tell(stage: Stage): Promise<void> {
  const folder = copyOfExample(stage.places, "gowork");
  writeLaunch(folder, [programAt("orders", "services/orders", { args: ["-once"] })]);
  const file = join(folder, "services", "orders", "main.go");
  const main = lineOf(file, "// break: main");
  const above = lineOf(file, "arrivals := inbox{");
  const { workbench, debugging } = await stage.open(folder);
  await workbench.open("services/orders/main.go");
  await debugging.setBreakpoint(main);
  await workbench.debug("orders");
  await debugging.untilStopped("main.go", main, 120_000);

  await workbench.insertBelow(above, "\tvisitors := 17; _ = visitors");
  await debugging.press("restart");
  await debugging.untilStopped("main.go", main + 1);
  await debugging.untilVariable("visitors", /^17$/);

  await workbench.replaceLine(above + 1, "\tvisitors := seventeen; _ = visitors");
  await debugging.press("restart");
  await workbench.notification(/undefined: seventeen/);
  await debugging.untilVariable("visitors", /^17$/);
  equal(await debugging.isStopped(), true, "the program that runs goes on");
  await workbench.untilProblem(/undefined: seventeen/);
  await stage.keep(workbench, "story6-restart");

  await workbench.replaceLine(above + 1, "\tvisitors := 18; _ = visitors");
  await debugging.press("restart");
  await debugging.untilVariable("visitors", /^18$/);
  await debugging.untilStopped("main.go", main + 1);
  await debugging.press("stop");
  await debugging.untilEnded();
}

export const stories: readonly Story[] = [{ number: 6, title: "Restart after an edit, and after one that does not compile", extensions: ["dapshim"], tell }];
