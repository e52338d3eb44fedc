/** The "debug test" button of the Go extension: with takeover on it runs through dapshim, and launch.json is not touched. */
import { ok } from "node:assert/strict";
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

import { copyOfExample, lineOf } from "../places.ts";
import { ours } from "../remains.ts";
import type { Stage, Story } from "../story.ts";

async function tell(stage: Stage): Promise<void> {
  const folder = copyOfExample(stage.places, "gowork");
  mkdirSync(join(folder, ".vscode"), { recursive: true });
  writeFileSync(join(folder, ".vscode", "settings.json"), '{ "dapshim.takeover": "on" }\n');
  const test = join(folder, "libs", "pricing", "pricing_test.go");
  const inTest = lineOf(test, "// break: test");
  const { workbench, debugging } = await stage.open(folder);
  await workbench.open("libs/pricing/pricing_test.go");
  await debugging.setBreakpoint(inTest);
  const button = lineOf(test, "func TestPrice(");
  await workbench.goToLine(button);
  await workbench.codeLens("debug test", button);
  await debugging.untilStopped("pricing_test.go", inTest, 120_000);
  await debugging.untilVariable("test", /nothing/);
  const dlvs = ours(stage.places).filter((each) => /\bdlv\b/.test(each.command)).map((each) => each.command);
  ok(dlvs.length > 0 && dlvs.every((each) => !each.includes("--listen")), `dapshim started dlv, not the Go extension: ${dlvs.join(" | ")}`);
  await stage.keep(workbench, "story3-debug-test");
  await debugging.press("stop");
  await debugging.untilEnded();
}

/** Unfold the Test Explorer as far as the test is, and debug it there. */
async function tellExplorer(stage: Stage): Promise<void> {
  const folder = copyOfExample(stage.places, "gowork");
  mkdirSync(join(folder, ".vscode"), { recursive: true });
  writeFileSync(join(folder, ".vscode", "settings.json"), '{ "dapshim.takeover": "on" }\n');
  const inTest = lineOf(join(folder, "libs", "pricing", "pricing_test.go"), "// break: test");
  const { workbench, debugging } = await stage.open(folder);
  await workbench.open("libs/pricing/pricing_test.go");
  await debugging.setBreakpoint(inTest);
  await workbench.command("Testing: Focus on Test Explorer View");
  await workbench.pressInRow(".test-explorer", [/shop\/pricing/, /pricing_test\.go/, /^\s*TestPrice(?!\w)/], ".codicon-testing-debug-icon");
  await debugging.untilStopped("pricing_test.go", inTest, 120_000);
  await debugging.untilVariable("test", /nothing/);
  const dlvs = ours(stage.places).filter((each) => /\bdlv\b/.test(each.command)).map((each) => each.command);
  ok(dlvs.length > 0 && dlvs.every((each) => !each.includes("--listen")), `dapshim started dlv, not the Go extension: ${dlvs.join(" | ")}`);
  await debugging.press("stop");
  await debugging.untilEnded();
}

export const stories: readonly Story[] = [
  { number: 3, title: 'takeover of a "debug test" button', extensions: ["vscode-go", "dapshim"], tell },
  { number: 3, title: 'takeover of the Test Explorer\'s "Debug Test"', extensions: ["vscode-go", "dapshim"], tell: tellExplorer },
];
