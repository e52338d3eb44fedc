/** `make test-editors`: tells the stories in a real workbench, one after the other, and says which were told, which not, and why. */
import { rmSync } from "node:fs";
import { join } from "node:path";
import { parseArgs } from "node:util";

import type { Browser } from "playwright-core";

import { launchBrowser } from "./browser.ts";
import { CodeServer } from "./codeServer.ts";
import { given, makePlaces, removePlaces, type Places } from "./places.ts";
import { isExtensionHost, killOurs, ours, untilNothingIsLeft } from "./remains.ts";
import { stories as debugServer } from "./stories/1-debug-server.ts";
import { stories as typeDapshim } from "./stories/2-type-dapshim.ts";
import { stories as takeover } from "./stories/3-takeover.ts";
import { stories as stripped } from "./stories/4-stripped.ts";
import { stories as hollow } from "./stories/5-hollow.ts";
import { stories as restart } from "./stories/6-restart.ts";
import { stories as compound } from "./stories/7-compound.ts";
import { stories as squiggle } from "./stories/8-squiggle.ts";
import { stories as nothingLeft } from "./stories/9-nothing-left.ts";
import { stories as noDapshim } from "./stories/10-no-dapshim.ts";
import { stories as ownProcess } from "./stories/11-own-process.ts";
import { Stage, type Extension, type Story } from "./story.ts";
import { untilTrue } from "./waiting.ts";

const STORIES: readonly Story[] = [...debugServer, ...typeDapshim, ...takeover, ...stripped, ...hollow, ...restart, ...compound, ...squiggle, ...nothingLeft, ...noDapshim, ...ownProcess];

const VSIX: Readonly<Record<Extension, string>> = {
  "vscode-go": process.env["DAPSHIM_EDITORS_VSCODE_GO"] ?? "",
  "stand-in": given("DAPSHIM_EDITORS_STAND_IN"),
  dapshim: process.env["DAPSHIM_EDITORS_EXTENSION"] ?? "",
};

const WHY_NOT: Readonly<Record<Extension, string>> = {
  "vscode-go": "no registry has the Go extension: name its .vsix or its source with DAPSHIM_TESTS_VSCODE_GO",
  "stand-in": "it was not packed",
  dapshim: "vscode-extension was not packed",
};

interface Told {
  readonly story: Story;
  readonly outcome: "passed" | "failed" | "not told";
  readonly why: string;
  readonly seconds: number;
}

/** A code-server for each set of extensions, started when the first story asks for it. */
class Servers {
  readonly #places: Places;
  readonly #started = new Map<string, CodeServer>();

  constructor(places: Places) {
    this.#places = places;
  }

  async for(extensions: readonly Extension[]): Promise<CodeServer> {
    const name = extensions.join("+");
    const there = this.#started.get(name);
    if (there !== undefined) {
      return there;
    }
    // The buttons at tests come from gopls; where nobody looks at them it is left out.
    const server = await CodeServer.start(this.#places, name, extensions.map((each) => VSIX[each]), extensions.length > 1 && extensions.includes("vscode-go") ? { "go.useLanguageServer": true } : {});
    this.#started.set(name, server);
    return server;
  }

  async stop(): Promise<void> {
    await Promise.all([...this.#started.values()].map((each) => each.stop()));
  }
}

async function tell(story: Story, places: Places, servers: Servers, browser: Browser): Promise<Told> {
  const missing = story.extensions.find((each) => VSIX[each] === "");
  if (missing !== undefined) {
    return { story, outcome: "not told", why: WHY_NOT[missing], seconds: 0 };
  }
  const began = Date.now();
  const server = await servers.for(story.extensions);
  server.forgetWorkspaces();
  const stage = new Stage(places, server, browser);
  let failure: Error | undefined;
  try {
    await story.tell(stage);
    await stage.close();
    await untilTrue("the extension host of the closed window to end", () => !ours(places).some(isExtensionHost), 30_000);
    await untilNothingIsLeft(places);
  } catch (error) {
    failure = error instanceof Error ? error : new Error(JSON.stringify(error));
    await stage.writeEvidence(join(places.evidence, `story${story.number.toString()}`), failure);
    await stage.close();
    killLeftovers(places);
  }
  const seconds = (Date.now() - began) / 1000;
  return failure === undefined
    ? { story, outcome: "passed", why: "", seconds }
    : { story, outcome: "failed", why: failure.message, seconds };
}

/** A failed story must not fail the next one. */
function killLeftovers(places: Places): void {
  killOurs(places, (each) => !/code-server|chrom/.test(each.command) || isExtensionHost(each));
}

function report(told: Told): void {
  const sign = { passed: "ok", failed: "FAILED", "not told": "NOT RUN" }[told.outcome];
  console.log(`${sign.padEnd(8)} story ${told.story.number.toString()}: ${told.story.title}${told.outcome === "not told" ? "" : ` (${told.seconds.toFixed(0)} s)`}`);
  if (told.why !== "") {
    console.log(`         ${told.why.replaceAll("\n", "\n         ")}`);
  }
}

async function main(): Promise<number> {
  const { values } = parseArgs({ options: { story: { type: "string", multiple: true }, all: { type: "boolean" } } });
  const chosen = (values.story ?? []).flatMap((each) => each.split(",")).filter((each) => each !== "").map(Number);
  const stories = STORIES.filter((each) => chosen.length === 0 || chosen.includes(each.number));
  if (stories.length === 0) {
    console.error(`no story ${chosen.join(", ")}; there are ${[...new Set(STORIES.map((each) => each.number))].join(", ")}`);
    return 2;
  }
  const places = makePlaces();
  const servers = new Servers(places);
  const told: Told[] = [];
  const browser = await launchBrowser();
  try {
    for (const story of stories) {
      const outcome = await tell(story, places, servers, browser);
      report(outcome);
      told.push(outcome);
    }
  } finally {
    await browser.close();
    await servers.stop();
    killLeftovers(places);
    removePlaces(places);
  }
  const count = (outcome: Told["outcome"]): number => told.filter((each) => each.outcome === outcome).length;
  if (count("failed") > 0) {
    console.log(`What was seen of the failed stories is in ${places.evidence}`);
  } else {
    rmSync(places.evidence, { recursive: true, force: true });
  }
  console.log(`editors: ${count("passed").toString()} passed, ${count("failed").toString()} failed, ${count("not told").toString()} skipped`);
  return count("failed") > 0 || (values.all === true && count("not told") > 0) ? 1 : 0;
}

process.exitCode = await main();
