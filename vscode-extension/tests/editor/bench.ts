/** `make bench-editors`: F5 to the first stop in VS Code, through the extension and with the Go extension's own adapter, in pairs. */
import { existsSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import type { Browser } from "playwright-core";

import { launchBrowser } from "./browser.ts";
import { CodeServer } from "./codeServer.ts";
import { Debugging } from "./debugging.ts";
import { copyOfExample, given, lineOf, makePlaces, removePlaces, TREE } from "./places.ts";
import { killOurs } from "./remains.ts";
import { programAt, writeLaunch } from "./stories/launch.ts";
import { median, medianRatio } from "./pairs.ts";
import { found, saw, until as waitUntil } from "./waiting.ts";
import { Workbench } from "./workbench.ts";

const TARGET = 1.05;
/** Milliseconds that the editor may wait for the extension to be there. */
const ACTIVATION = 50;
/** Windows that are opened to measure that. */
const WINDOWS = 7;
const OURS = "through dapshim";
const THEIRS = "the Go extension alone";

interface Result {
  readonly taken: Readonly<Record<string, readonly number[]>>;
  readonly error?: string;
  /** Milliseconds of each window. */
  readonly activations: readonly number[];
}

async function until<T>(what: string, result: string, patience: number): Promise<T> {
  return await waitUntil(what, () => (existsSync(result) ? found(JSON.parse(readFileSync(result, "utf8")) as T) : saw("no result")), patience);
}

/** Open a window, have the extension started by a Go file, and ask it what that took. */
async function activationOf(browser: Browser, url: string, folder: string): Promise<number> {
  const result = join(folder, "activation.json");
  rmSync(result, { force: true });
  writeFileSync(join(folder, "probe.json"), JSON.stringify({ result }));
  const workbench = await Workbench.open(browser, url, folder);
  await workbench.open("services/orders/main.go");
  await workbench.command("Tell Activation");
  const { activation } = await until<{ activation: number }>("the activation", result, 30_000);
  await workbench.close();
  return activation;
}

async function measured(pairs: number): Promise<Result> {
  const places = makePlaces();
  const browser = await launchBrowser();
  const vsix = ["DAPSHIM_EDITORS_VSCODE_GO", "DAPSHIM_EDITORS_EXTENSION", "DAPSHIM_EDITORS_PROBE"].map(given);
  const server = await CodeServer.start(places, "bench", vsix);
  try {
    const folder = copyOfExample(places, "gowork");
    const result = join(places.root, "result.json");
    const activations: number[] = [];
    for (let window = 0; window < WINDOWS; window += 1) {
      activations.push(await activationOf(browser, server.url, folder));
    }
    writeLaunch(folder, [programAt(OURS, "services/orders"), programAt(THEIRS, "services/orders", { type: "go" })]);
    writeFileSync(join(folder, "probe.json"), JSON.stringify({ names: [OURS, THEIRS], pairs, result }));
    const workbench = await Workbench.open(browser, server.url, folder);
    const debugging = new Debugging(workbench);
    await workbench.open("services/orders/main.go");
    await debugging.setBreakpoint(lineOf(join(folder, "services", "orders", "main.go"), "// break: main"));
    await workbench.command("Measure F5");
    return { ...(await until<Omit<Result, "activations">>("the measurement", result, 60_000 + pairs * 40_000)), activations };
  } finally {
    await browser.close();
    await server.stop();
    killOurs(places, () => true);
    removePlaces(places);
  }
}

function report(ours: readonly number[], theirs: readonly number[], activations: readonly number[]): string {
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

The editor waits ${median(activations).toFixed(0)} ms for the extension to be loaded and activated (median of ${activations.length.toString()} windows, ${Math.min(...activations).toFixed(0)} to ${Math.max(...activations).toFixed(0)} ms); the
target is ${ACTIVATION.toString()} ms, which is ${median(activations) <= ACTIVATION ? "met" : "missed"}.
`;
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { pairs: { type: "string", default: "20" } } });
  if (given("DAPSHIM_EDITORS_VSCODE_GO") === "") {
    console.error("bench-editors needs the Go extension to measure beside: name its .vsix or its source with DAPSHIM_TESTS_VSCODE_GO");
    return 1;
  }
  const { taken, error, activations } = await measured(Number(values.pairs));
  if (error !== undefined) {
    console.error(error);
    return 1;
  }
  const text = report(taken[OURS] ?? [], taken[THEIRS] ?? [], activations);
  console.log(text);
  writeFileSync(join(TREE, "benchmarks", "editors.md"), text);
  return 0;
}

process.exitCode = await main();
