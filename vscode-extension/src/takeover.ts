/** Configurations of type `go` that run through dapshim, and the one question whether they should. */

import * as vscode from "vscode";
import { forOpenFile } from "./core/configurations.ts";
import { reason } from "./core/errors.ts";
import { mendable } from "./core/mendable.ts";
import { refusal, takenOver } from "./core/takeover.ts";
import { isEmpty, openFile, surroundings } from "./configurationProvider.ts";
import { goSettings, SECTION, takesOver } from "./settings.ts";

/**
 * For type `go`. The type changes in the first hook, so that vscode-go's second one, which moves the build elsewhere, is not asked any
 * more (VS Code 1.139 asks the providers of the type that the configuration has by then).
 */
export class Takeover implements vscode.DebugConfigurationProvider {
  constructor(private readonly log: vscode.LogOutputChannel) {}

  resolveDebugConfiguration(folder: vscode.WorkspaceFolder | undefined, given: vscode.DebugConfiguration): vscode.DebugConfiguration | undefined {
    if (!takesOver(folder) || !vscode.workspace.isTrusted) {
      return given;
    }
    // Without a launch.json it is empty. It is filled here, because vscode-go would give an empty one its own type.
    const whole = isEmpty(given) ? forOpenFile(openFile(), goSettings(folder), surroundings(folder)) : { ...given, type: "go" };
    if (whole === undefined) {
      return given;
    }
    const why = isEmpty(given) ? "" : refusal(whole);
    if (why !== "") {
      this.log.info(`"${given.name}" stays with the Go extension: ${why}`);
      return given;
    }
    this.log.info(`"${whole.name}" runs through dapshim ("dapshim.takeover": "on")`);
    return { ...given, ...takenOver(whole) };
  }
}

const OFFERED = "takeoverOffered";
const IN_THIS_WORKSPACE = "In This Workspace";

function isFolderOpen(): boolean {
  return (vscode.workspace.workspaceFolders?.length ?? 0) > 0;
}

/** Watches sessions of type `go`, which stay what they are, until one fails for a reason that dapshim mends; then asks, once. */
export class TakeoverOffer implements vscode.DebugAdapterTrackerFactory {
  constructor(private readonly context: vscode.ExtensionContext) {}

  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker | undefined {
    if (this.context.globalState.get<boolean>(OFFERED, false) || takesOver(session.workspaceFolder)) {
      return undefined;
    }
    return {
      onDidSendMessage: (message: unknown) => {
        const found = mendable(message);
        if (found !== undefined && !this.context.globalState.get<boolean>(OFFERED, false)) {
          void this.context.globalState.update(OFFERED, true);
          offer(found).catch((error: unknown) => {
            void vscode.window.showErrorMessage(`The setting could not be written: ${reason(error)}`);
          });
        }
      },
    };
  }
}

async function offer(found: string): Promise<void> {
  const text = `${found} Run Go debug sessions through dapshim? launch.json stays as it is.`;
  const here = isFolderOpen() ? [IN_THIS_WORKSPACE] : [];
  await apply(await vscode.window.showInformationMessage(text, ...here, "Everywhere", "No"));
}

/** The command: switch it on, where the person says. */
export async function switchOn(): Promise<void> {
  const choices = [...(isFolderOpen() ? [IN_THIS_WORKSPACE] : []), "Everywhere", "Nowhere"];
  await apply(await vscode.window.showQuickPick(choices, { placeHolder: "Run configurations of type go, and \"debug test\", through dapshim" }));
}

async function apply(chosen: string | undefined): Promise<void> {
  const settings = vscode.workspace.getConfiguration(SECTION);
  if (chosen === IN_THIS_WORKSPACE) {
    await settings.update("takeover", "on", vscode.ConfigurationTarget.Workspace);
  } else if (chosen === "Everywhere") {
    await settings.update("takeover", "on", vscode.ConfigurationTarget.Global);
  } else if (chosen === "Nowhere") {
    await settings.update("takeover", undefined, vscode.ConfigurationTarget.Global);
    if (isFolderOpen()) {
      await settings.update("takeover", undefined, vscode.ConfigurationTarget.Workspace);
    }
  } else {
    return;
  }
  const on = chosen !== "Nowhere";
  void vscode.window.showInformationMessage(on ? "From the next F5 on, Go configurations run through dapshim." : "Go configurations run with the Go extension's own debugger again.");
}
