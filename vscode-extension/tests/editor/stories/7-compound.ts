/** Two programs as a compound: each is a session of its own and stops at its own breakpoint, and Stop ends both. */
import { ok } from "node:assert/strict";
import { join } from "node:path";

import { copyOfExample, lineOf } from "../places.ts";
import type { Stage, Story } from "../story.ts";
import { found, saw, until } from "../waiting.ts";
import { programAt, writeLaunch } from "./launch.ts";

async function tell(stage: Stage): Promise<void> {
  const folder = copyOfExample(stage.places, "gowork");
  const both = { name: "shop", configurations: ["orders", "pricelist"], stopAll: true };
  writeLaunch(folder, [programAt("orders", "services/orders", { args: ["-once"] }), programAt("pricelist", "cmd/pricelist")], [both]);
  const orders = lineOf(join(folder, "services", "orders", "main.go"), "// break: main");
  const pricelist = lineOf(join(folder, "cmd", "pricelist", "main.go"), "// break: pricelist");
  const { workbench, debugging } = await stage.open(folder);
  await workbench.open("cmd/pricelist/main.go");
  await debugging.setBreakpoint(pricelist);
  await workbench.open("services/orders/main.go");
  await debugging.setBreakpoint(orders);
  await workbench.debug("shop");
  const rows = await until("both programs to be paused in the call stack", async () => {
    const all = await debugging.callStackRows();
    const paused = all.filter((each) => /^(orders|pricelist)\b/.test(each));
    return paused.length === 2 && all.filter((each) => /paused on breakpoint/i.test(each)).length >= 2 ? found(paused) : saw(all.join(" | "));
  }, 120_000);
  ok(rows.some((each) => each.startsWith("orders")) && rows.some((each) => each.startsWith("pricelist")));
  await debugging.makeRoom();
  await stage.keep(workbench, "story7-compound");
  await debugging.press("stop");
  await debugging.untilEnded();
}

export const stories: readonly Story[] = [{ number: 7, title: "two programs as a compound", extensions: ["dapshim"], tell }];
