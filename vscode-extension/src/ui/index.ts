/** What a person sees of findings. `activate` calls this once; all that it makes goes into the context's subscriptions. */

import type * as vscode from "vscode";
import type { ControlPlane } from "../core/controlPlane.ts";

export function registerUi(_context: vscode.ExtensionContext, _plane: ControlPlane, _log: vscode.LogOutputChannel): void {
  // Nothing is shown yet but what DAP itself shows.
}
