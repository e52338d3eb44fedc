/** The Chromium that shows the workbench. */
import { chromium, type Browser } from "playwright-core";

import { given } from "./places.ts";

/** No look at the network but for the page of code-server, and nothing that a container refuses. */
const FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars"];

export function launchBrowser(): Promise<Browser> {
  return chromium.launch({ executablePath: given("DAPSHIM_EDITORS_CHROMIUM"), args: FLAGS });
}
