/** What a session is started with once more: its configuration as it is written now, else as it was. */

import { isObject } from "./dap.ts";

/** Where configurations are written, as VS Code has read them; each may be anything. */
export interface Written {
  /** In launch.json of the session's folder. */
  readonly folder: unknown;
  /** In the .code-workspace file, and in the person's own settings. */
  readonly shared: readonly unknown[];
}

/**
 * Return the name of a configuration that VS Code will find in the folder, or one whole: it looks up names in a folder alone. What
 * VS Code has added for itself to `used`, the configuration of the session, is left out.
 */
export function again(used: Readonly<Record<string, unknown>>, hasFolder: boolean, written: Written): string | Readonly<Record<string, unknown>> {
  const name = used["name"];
  if (typeof name === "string" && hasFolder && named(written.folder, name) !== undefined) {
    return name;
  }
  const shared = typeof name === "string" ? written.shared.map((each) => named(each, name)).find((each) => each !== undefined) : undefined;
  return shared ?? Object.fromEntries(Object.entries(used).filter(([key]) => !key.startsWith("__")));
}

function named(listed: unknown, name: string): Readonly<Record<string, unknown>> | undefined {
  return Array.isArray(listed) ? (listed as unknown[]).filter(isObject).find((each) => each["name"] === name) : undefined;
}
