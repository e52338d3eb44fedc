/** A dapshim whose server does not run: a session has a process of its own, with errors of its build in Problems and its source map. */
import { equal, ok } from "node:assert/strict";
import { chmodSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { copyOfExample, given, lineOf } from "../places.ts";
import { ours } from "../remains.ts";
import type { Stage, Story } from "../story.ts";
import { found, saw, until } from "../waiting.ts";
import { programAt, writeLaunch } from "./launch.ts";

async function tell(stage: Stage): Promise<void> {
  const folder = copyOfExample(stage.places, "gowork");
  writeLaunch(folder, [programAt("orders", "services/orders", { args: ["-once"] })]);
  const half = join(stage.places.temporary, "dapshim-without-server");
  writeFileSync(half, `#!/bin/sh\nfor word; do [ "$word" = lsp ] && { echo "Error: no server here" >&2; exit 1; }; done\nexec '${given("DAPSHIM_EDITORS_DAPSHIM")}' "$@"\n`);
  chmodSync(half, 0o755);
  writeFileSync(join(folder, ".vscode", "settings.json"), `${JSON.stringify({ "dapshim.path": half })}\n`);
  const file = join(folder, "services", "orders", "main.go");
  const main = lineOf(file, "// break: main");
  const above = lineOf(file, "arrivals := inbox{");
  const { workbench, debugging } = await stage.open(folder);
  await workbench.open("services/orders/main.go");
  await debugging.setBreakpoint(main);
  await workbench.notification(/its server did not start/);
  await workbench.dismiss(/its server did not start/);

  await workbench.debug("orders");
  await debugging.untilStopped("main.go", main, 120_000);
  equal(ours(stage.places).some((each) => each.command.includes("dapshim lsp")), false, "there is no server");
  await workbench.status(/Go: (paths as recorded|\d+ files? mapped)/);
  const rows = await until("the source map in the tree", async () => {
    const seen = await workbench.unfolded("Go Debug", ["Source map"]);
    return seen.some((each) => each.startsWith("Your modules")) ? found(seen) : saw(seen.join(" | "));
  });
  ok(rows.length > 4, rows.join(" | "));

  await workbench.insertBelow(above, "\tvisitors := seventeen; _ = visitors");
  await debugging.press("restart");
  await workbench.notification(/undefined: seventeen/);
  await workbench.untilProblem(/undefined: seventeen/);
  await debugging.press("stop");
  await debugging.untilEnded();
  await workbench.debug("orders");
  await workbench.notification(/does not build/);
  await workbench.untilProblem(/undefined: seventeen/);
}

export const stories: readonly Story[] = [{ number: 11, title: "a session in a process of its own: Problems, source map", extensions: ["dapshim"], tell }];
