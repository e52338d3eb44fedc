/** No dapshim to be had: the start is told once, in one place, with a button; with the setting mended F5 works. */
import { deepStrictEqual, equal } from "node:assert/strict";
import { setTimeout as sleep } from "node:timers/promises";
import { join } from "node:path";
import { writeFileSync } from "node:fs";

import { copyOfExample, lineOf } from "../places.ts";
import type { Stage, Story } from "../story.ts";
import { programAt, writeLaunch } from "./launch.ts";

const NAMES_NONE = /"dapshim\.path" names/;
/** Long enough for a dialog to come, if one did. */
const A_MOMENT = 1500;

async function tell(stage: Stage): Promise<void> {
  const folder = copyOfExample(stage.places, "gowork");
  writeLaunch(folder, [programAt("orders", "services/orders")]);
  const settings = join(folder, ".vscode", "settings.json");
  writeFileSync(settings, '{ "dapshim.path": "/nowhere/dapshim" }\n');
  const main = lineOf(join(folder, "services", "orders", "main.go"), "// break: main");
  const { workbench, debugging } = await stage.open(folder);
  await workbench.open("services/orders/main.go");
  await debugging.setBreakpoint(main);
  await workbench.notification(NAMES_NONE);
  await workbench.dismiss(NAMES_NONE);
  await workbench.debug("orders");
  await workbench.notification(NAMES_NONE);
  await sleep(A_MOMENT);
  equal(await workbench.noDialog(), true, "no dialog says it a second time");
  const told = (await workbench.notifications()).filter((each) => each.message.includes('"dapshim.path" names'));
  deepStrictEqual(told.map((each) => each.buttons), [["Try Again", "Show Log", "Open Setting"]]);
  equal((await debugging.callStackRows()).length, 0, "nothing runs");

  writeFileSync(settings, "{}\n");
  await workbench.press(NAMES_NONE, "Try Again");
  await workbench.debug("orders");
  await debugging.untilStopped("main.go", main, 120_000);
  await debugging.press("stop");
  await debugging.untilEnded();
}

export const stories: readonly Story[] = [{ number: 10, title: "no dapshim to be had: told once, with a button", extensions: ["dapshim"], tell }];
