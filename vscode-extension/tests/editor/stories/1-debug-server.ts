/** "debugServer" in launch.json, and nothing else of dapshim in the editor: the program stops in main.main and in the library. */
import { spawn } from "node:child_process";
import { deepStrictEqual, equal } from "node:assert/strict";
import { createServer } from "node:net";
import { readFileSync } from "node:fs";
import { once } from "node:events";
import { createInterface } from "node:readline";
import { join } from "node:path";

import { copyOfExample, edit, given, HERE, lineOf, personsEnvironment, type Places } from "../places.ts";
import type { Extension, Stage, Story } from "../story.ts";
import { found, saw, until } from "../waiting.ts";

const PORT = 4711;

/** The port of the README, or another when somebody has it. */
async function freePort(): Promise<number> {
  for (const wanted of [PORT, 0]) {
    const server = createServer();
    server.on("error", () => undefined); // `once` below raises it.
    server.listen(wanted, "127.0.0.1");
    try {
      await once(server, "listening");
    } catch {
      continue;
    }
    const address = server.address();
    server.close();
    await once(server, "close");
    if (address !== null && typeof address === "object") {
      return address.port;
    }
  }
  throw new Error("no free port");
}

/** What a person types into a terminal; returns how to end it. */
async function startDapshim(places: Places, port: number, trace: string): Promise<() => Promise<void>> {
  const started = spawn(given("DAPSHIM_EDITORS_DAPSHIM"), ["--listen", port.toString(), "--trace", trace], {
    env: personsEnvironment(places),
    cwd: places.home,
    stdio: ["ignore", "pipe", "inherit"],
  });
  let ready = "";
  createInterface(started.stdout).on("line", (line) => {
    ready = line;
  });
  await until("dapshim to listen", () => (ready.includes("listening on") ? found(ready) : saw(`"${ready}", exit code ${String(started.exitCode)}`)), 20_000);
  return async () => {
    started.kill("SIGINT");
    if (started.exitCode === null) {
      await once(started, "exit");
    }
  };
}

interface TraceLine {
  readonly message?: { readonly command?: string; readonly type?: string; readonly arguments?: Readonly<Record<string, unknown>> };
}

/** The arguments of the launch request that the editor sent. */
function sentLaunch(trace: string): Readonly<Record<string, unknown>> {
  const lines = readFileSync(trace, "utf8").split("\n").filter((line) => line !== "");
  const launch = lines.map((line) => (JSON.parse(line) as TraceLine).message).find((each) => each?.type === "request" && each.command === "launch");
  if (launch?.arguments === undefined) {
    throw new Error(`${trace}: no launch request among ${lines.length.toString()} lines`);
  }
  return launch.arguments;
}

/** What differs from session to session; the rest must be as the Go extension sends it. */
const OWN = ["name", "program", "debugServer", "dlvToolPath", "env", "__sessionId", "args"];

function withoutOwn(launch: Readonly<Record<string, unknown>>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(launch).filter(([key]) => !OWN.includes(key)));
}

async function tell(stage: Stage, picture: boolean): Promise<void> {
  const folder = copyOfExample(stage.places, "gowork");
  const port = await freePort();
  if (port !== PORT) {
    edit(join(folder, ".vscode", "launch.json"), `"name": "orders",\n      "type": "go",\n      "request": "launch",\n      "debugServer": ${PORT.toString()}`, `"name": "orders",\n      "type": "go",\n      "request": "launch",\n      "debugServer": ${port.toString()}`);
  }
  const main = lineOf(join(folder, "services", "orders", "main.go"), "// break: main");
  const library = lineOf(join(folder, "libs", "pricing", "quote.go"), "// break: library");
  const trace = join(stage.places.temporary, "session.jsonl");
  stage.later(await startDapshim(stage.places, port, trace));
  const { workbench, debugging } = await stage.open(folder);
  await workbench.open("libs/pricing/quote.go");
  await debugging.setBreakpoint(library);
  await workbench.open("services/orders/main.go");
  await debugging.setBreakpoint(main);
  await workbench.debug("orders");
  const frames = await debugging.untilStopped("main.go", main);
  equal(frames[0]?.name, "main.main");
  await debugging.untilVariable("arrivals", /^main\.inbox/);
  await debugging.press("continue");
  await debugging.untilStopped("quote.go", library);
  await debugging.untilVariable("unit", /^\d+/);
  await debugging.untilGlyph(library, "stopped");
  if (picture) {
    await stage.keep(workbench, "story1-debug-server");
  }
  await debugging.press("stop");
  await debugging.untilEnded();
  const expected = JSON.parse(readFileSync(join(HERE, "vscode-go-launch.json"), "utf8")) as Record<string, unknown>;
  deepStrictEqual(withoutOwn(sentLaunch(trace)), withoutOwn(expected), "the launch request is not what the Go extension sends");
}

function story(title: string, extension: Extension, picture: boolean): Story {
  return { number: 1, title, extensions: [extension], tell: (stage) => tell(stage, picture) };
}

export const stories: readonly Story[] = [
  story('"debugServer": 4711 with the Go extension', "vscode-go", true),
  story('"debugServer": 4711 with the stand-in for the Go extension', "stand-in", false),
];
