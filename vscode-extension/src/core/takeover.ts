/**
 * Takeover: which configurations of type `go` run through dapshim, and how they are changed: by their type, and by nothing else.
 * launch.json stays as it is.
 */

import { TYPE } from "./configurations.ts";
import type { Configuration } from "./goSettings.ts";

/** Why a configuration stays with vscode-go; "" when it is taken. */
export function refusal(given: Configuration): string {
  if (given["type"] !== "go") {
    return "it is not of type go";
  }
  if (typeof given["debugServer"] === "number") {
    return 'it says "debugServer", so it goes to the adapter that runs there';
  }
  if (given["debugAdapter"] === "legacy") {
    return 'it says "debugAdapter": "legacy"';
  }
  return "";
}

export function takenOver<C extends Configuration>(given: C): C & { readonly type: string } {
  return { ...given, type: TYPE };
}

/** What vscode-go's provider puts into every configuration, and nobody but it reads. */
const FOR_VSCODE_GO = ["packagePathToGoModPathMap", "debugAdapter", "__buildDir"] as const;

/**
 * Takes away what only vscode-go's own adapter reads, and the attributes that it fills with nothing: it runs for every
 * configuration of type `go`, also for one that has been taken (VS Code asks the providers of the type that a configuration had).
 */
export function withoutVscodeGo(given: Configuration): Configuration {
  return Object.fromEntries(Object.entries(given).filter(([name, value]) => value !== undefined && !FOR_VSCODE_GO.some((each) => each === name)));
}
