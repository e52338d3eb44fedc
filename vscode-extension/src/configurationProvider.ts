/** Debug configurations of type `dapshim`: those that nobody has written, and what settings add to those that somebody has. */

import * as vscode from "vscode";
import { forNewFile, forOpenFile, forPrograms, wantsProcess, withMode, withNumbers, type OpenFile } from "./core/configurations.ts";
import type { ControlPlane, Program } from "./core/controlPlane.ts";
import { reason } from "./core/errors.ts";
import { withGoSettings, type Surroundings } from "./core/goSettings.ts";
import { withoutVscodeGo } from "./core/takeover.ts";
import { pickProcess } from "./processPicker.ts";
import { goSettings } from "./settings.ts";

type Folder = vscode.WorkspaceFolder | undefined;

export function surroundings(folder: Folder): Surroundings {
  return { folder: folder?.uri.fsPath ?? "", environ: process.env };
}

/** The folder of a configuration; one of a .code-workspace file is of none, then it is the one that its program is in. */
export function folderOf(configuration: vscode.DebugConfiguration, given: Folder): Folder {
  const program: unknown = configuration["program"];
  return given ?? (typeof program === "string" && program !== "" ? vscode.workspace.getWorkspaceFolder(vscode.Uri.file(program)) : undefined);
}

export function openFile(): OpenFile | undefined {
  const document = vscode.window.activeTextEditor?.document;
  // One of git's history has a path, and is no file to debug.
  return document?.uri.scheme !== "file" ? undefined : { path: document.uri.fsPath, isGo: document.languageId === "go" };
}

export class ConfigurationProvider implements vscode.DebugConfigurationProvider {
  constructor(private readonly log: vscode.LogOutputChannel) {}

  async resolveDebugConfiguration(folder: Folder, given: vscode.DebugConfiguration): Promise<vscode.DebugConfiguration | undefined> {
    // Without a launch.json VS Code asks with an empty one.
    const whole = isEmpty(given) ? forOpenFile(openFile(), goSettings(folder), surroundings(folder)) : given;
    if (whole === undefined) {
      void vscode.window.showInformationMessage("Open a Go file of the program that you want to debug, or create a launch.json.");
      return undefined;
    }
    const made = { ...given, ...withMode(whole, openFile()) };
    if (wantsProcess(made)) {
      const pid = await pickProcess();
      return pid === undefined ? undefined : { ...made, processId: Number(pid) };
    }
    return made;
  }

  resolveDebugConfigurationWithSubstitutedVariables(of: Folder, given: vscode.DebugConfiguration): vscode.DebugConfiguration {
    const folder = folderOf(given, of);
    const { made, notes } = withGoSettings(withoutVscodeGo(withNumbers(given)), goSettings(folder), surroundings(folder));
    for (const note of notes) {
      this.log.warn(note);
    }
    return { ...made, type: given.type, name: given.name, request: given.request };
  }
}

/** For a new launch.json. */
export class InitialConfigurations implements vscode.DebugConfigurationProvider {
  constructor(
    private readonly plane: ControlPlane,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  async provideDebugConfigurations(folder: Folder): Promise<vscode.DebugConfiguration[]> {
    return forNewFile(await programsOf(folder, this.plane, this.log), surroundings(folder)).map((each) => ({ ...each }));
  }
}

/** For the list of what can be started. */
export class DynamicConfigurations implements vscode.DebugConfigurationProvider {
  constructor(
    private readonly plane: ControlPlane,
    private readonly log: vscode.LogOutputChannel,
  ) {}

  async provideDebugConfigurations(folder: Folder): Promise<vscode.DebugConfiguration[]> {
    return forPrograms(await programsOf(folder, this.plane, this.log), goSettings(folder), surroundings(folder)).map((each) => ({ ...each }));
  }
}

async function programsOf(folder: Folder, plane: ControlPlane, log: vscode.LogOutputChannel): Promise<readonly Program[]> {
  if (folder === undefined) {
    return [];
  }
  try {
    return await plane.programs(folder.uri.fsPath);
  } catch (error) {
    log.warn(`the programs of ${folder.name} are not known: ${reason(error)}`);
    return [];
  }
}

export function isEmpty(given: vscode.DebugConfiguration): boolean {
  return !given.request;
}
