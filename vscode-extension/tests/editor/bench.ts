/** `make bench-editors`: F5 to the first stop in VS Code, through the extension and with the Go extension's own adapter, in pairs. */
import { existsSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import { launchBrowser } from "./browser.ts";
import { CodeServer } from "./codeServer.ts";
import { Debugging } from "./debugging.ts";
import { copyOfExample, given, lineOf, makePlaces, removePlaces, TREE } from "./places.ts";
import { killOurs } from "./remains.ts";
import { programAt, writeLaunch } from "./stories/launch.ts";
import { median, medianRatio } from "./pairs.ts";
import { found, saw, until } from "./waiting.ts";
import { Workbench } from "./workbench.ts";

const TARGET = 1.05;
const OURS = "through dapshim";
const THEIRS = "the Go extension alone";

interface Result {
  readonly taken: Readonly<Record<string, readonly number[]>>;
  readonly error?: string;
}

async function measured(pairs: number): Promise<Result> {
  const places = makePlaces();
  const browser = await launchBrowser();
  const vsix = ["DAPSHIM_EDITORS_VSCODE_GO", "DAPSHIM_EDITORS_EXTENSION", "DAPSHIM_EDITORS_PROBE"].map(given);
  const server = await CodeServer.start(places, "bench", vsix);
  try {
    const folder = copyOfExample(places, "gowork");
    const result = join(places.root, "result.json");
    writeLaunch(folder, [programAt(OURS, "services/orders"), programAt(THEIRS, "services/orders", { type: "go" })]);
    writeFileSync(join(folder, "probe.json"), JSON.stringify({ names: [OURS, THEIRS], pairs, result }));
    const workbench = await Workbench.open(browser, server.url, folder);
    const debugging = new Debugging(workbench);
    await workbench.open("services/orders/main.go");
    await debugging.setBreakpoint(lineOf(join(folder, "services", "orders", "main.go"), "// break: main"));
    await workbench.command("Measure F5");
    return await until("the measurement", () => (existsSync(result) ? found(JSON.parse(readFileSync(result, "utf8")) as Result) : saw("no result")), 60_000 + pairs * 40_000);
  } finally {
    await browser.close();
    await server.stop();
    killOurs(places, () => true);
    removePlaces(places);
  }
}

function report(ours: readonly number[], theirs: readonly number[]): string {
  const ratio = medianRatio(ours, theirs);
  const row = (name: string, all: readonly number[]): string => `| ${name} | ${median(all).toFixed(0)} | ${Math.min(...all).toFixed(0)} | ${Math.max(...all).toFixed(0)} |`;
  return `# F5 in VS Code

From the start request to the stack frame that VS Code shows: the service of examples/gowork, mode debug, a breakpoint in
\`main.main\`, nothing changed since the last build. ${ours.length.toString()} pairs in one run, interleaved, which comes first in turn.
\`make bench-editors\` measures it.

| | median ms | least | most |
|---|---|---|---|
${row(OURS, ours)}
${row(THEIRS, theirs)}

The median ratio of the pairs is **${ratio.toFixed(2)}**; the target is ${TARGET.toFixed(2)}, which is ${ratio <= TARGET ? "met" : "missed"}.
`;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { pairs: { type: "string", default: "20" } } });
  if (given("DAPSHIM_EDITORS_VSCODE_GO") === "") {
    console.error("bench-editors needs the Go extension to measure beside: name its .vsix or its source with DAPSHIM_TESTS_VSCODE_GO");
    return 1;
  }
  const { taken, error } = await measured(Number(values.pairs));
  if (error !== undefined) {
    console.error(error);
    return 1;
  }
  const text = report(taken[OURS] ?? [], taken[THEIRS] ?? []);
  console.log(text);
  writeFileSync(join(TREE, "benchmarks", "editors.md"), text);
  return 0;
}

process.exitCode = await main();
