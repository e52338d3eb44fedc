/** Stop ends the program and what was built for it; a window that is closed while the program runs leaves nothing at all. */
import { deepStrictEqual } from "node:assert/strict";
import { join } from "node:path";

import { copyOfExample, lineOf } from "../places.ts";
import { leftFiles, ours, type Running } from "../remains.ts";
import type { Stage, Story } from "../story.ts";
import { found, saw, until } from "../waiting.ts";

import { programAt, writeLaunch } from "./launch.ts";

function debuggees(running: readonly Running[]): Running[] {
  return running.filter((each) => /__debug_bin\d+/.test(each.command) && !each.command.includes("dlv"));
}

async function tell(stage: Stage): Promise<void> {
  const folder = copyOfExample(stage.places, "gowork");
  // Without -once, the service looks at its inbox until somebody ends it.
  writeLaunch(folder, [programAt("orders", "services/orders")]);
  const main = lineOf(join(folder, "services", "orders", "main.go"), "// break: main");
  const { workbench, debugging } = await stage.open(folder);
  await workbench.open("services/orders/main.go");
  await debugging.setBreakpoint(main);
  await workbench.debug("orders");
  await debugging.untilStopped("main.go", main, 120_000);
  deepStrictEqual([debuggees(ours(stage.places)).length, leftFiles(stage.places).filter((each) => each.includes("__debug_bin")).length], [1, 1], "one program runs, from one binary");

  await debugging.press("stop");
  await debugging.untilEnded();
  await until("the program and its binary to go after Stop", () => {
    const left = [...debuggees(ours(stage.places)).map((each) => each.command), ...leftFiles(stage.places).filter((each) => each.includes("__debug_bin"))];
    return left.length === 0 ? found(true) : saw(left.join(", "));
  }, 10_000);

  await workbench.debug("orders");
  await debugging.untilStopped("main.go", main);
  // Taken away, so that the program runs on when the window is closed.
  await debugging.removeBreakpoint(main);
  await debugging.press("continue");
  await debugging.untilRunning();
  await debugging.untilConsole(/0001\s+\S+\s+\d/);
  deepStrictEqual(debuggees(ours(stage.places)).length, 1, "one program runs");
  await stage.keep(workbench, "story9-running");
  await workbench.close();
  // That nothing is left is looked at after every story.
}

export const stories: readonly Story[] = [{ number: 9, title: "Stop, and the window closed while the program runs: nothing is left", extensions: ["dapshim"], tell }];
