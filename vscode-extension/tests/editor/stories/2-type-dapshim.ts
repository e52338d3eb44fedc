/** No launch.json, no dapshim on the machine, no process started by hand: the extension is installed, a file is open, F5 is pressed. */
import { equal, ok } from "node:assert/strict";
import { rmSync } from "node:fs";
import { join } from "node:path";

import { copyOfExample, lineOf } from "../places.ts";
import { ours } from "../remains.ts";
import type { Stage, Story } from "../story.ts";

async function tell(stage: Stage): Promise<void> {
  const folder = copyOfExample(stage.places, "gowork");
  rmSync(join(folder, ".vscode"), { recursive: true });
  const main = lineOf(join(folder, "services", "orders", "main.go"), "// break: main");
  const library = lineOf(join(folder, "libs", "pricing", "quote.go"), "// break: library");
  const { workbench, debugging } = await stage.open(folder);
  await workbench.open("libs/pricing/quote.go");
  await debugging.setBreakpoint(library);
  await workbench.open("services/orders/main.go");
  await debugging.setBreakpoint(main);
  await workbench.page.keyboard.press("F5");
  // The first time, dapshim is installed into a folder of its own.
  const frames = await debugging.untilStopped("main.go", main, 120_000);
  equal(frames[0]?.name, "main.main");
  await debugging.untilVariable("arrivals", /^main\.inbox/);
  ok(ours(stage.places).some((each) => each.command.includes("-m dapshim lsp")), "the session runs in the language server's process");
  await debugging.press("continue");
  await debugging.untilStopped("quote.go", library);
  await debugging.untilVariable("unit", /^\d+/);
  await stage.keep(workbench, "story2-f5");
  await debugging.press("stop");
  await debugging.untilEnded();
}

export const stories: readonly Story[] = [{ number: 2, title: "type dapshim, F5, no process started by hand", extensions: ["dapshim"], tell }];
