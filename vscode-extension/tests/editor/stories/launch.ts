/** What a person writes into launch.json. */
import { mkdirSync, writeFileSync } from "node:fs";
import { join } from "node:path";

export type Configuration = Readonly<Record<string, unknown>> & { readonly name: string };

/** A program of the workspace, by its folder. */
export function programAt(name: string, folder: string, more: Readonly<Record<string, unknown>> = {}): Configuration {
  return { name, type: "dapshim", request: "launch", mode: "debug", program: `\${workspaceFolder}/${folder}`, hideSystemGoroutines: true, ...more };
}

export function writeLaunch(folder: string, configurations: readonly Configuration[], compounds: readonly unknown[] = []): string {
  const file = join(folder, ".vscode", "launch.json");
  mkdirSync(join(folder, ".vscode"), { recursive: true });
  writeFileSync(file, `${JSON.stringify({ version: "0.2.0", configurations, ...(compounds.length > 0 ? { compounds } : {}) }, null, 2)}\n`);
  return file;
}
