/** Reads settings.json as plain values, so that src/core can count with them. */

import * as vscode from "vscode";
import { expand, type GoSettings } from "./core/goSettings.ts";

export interface OwnSettings {
  readonly path: string;
  readonly python: string;
  readonly readyDlv: boolean;
  readonly warmBuilds: boolean;
}

export const SECTION = "dapshim";

export function ownSettings(): OwnSettings {
  const found = vscode.workspace.getConfiguration(SECTION);
  const around = { folder: vscode.workspace.workspaceFolders?.[0]?.uri.fsPath ?? "", environ: process.env };
  return {
    path: expand(found.get<string>("path", "").trim(), around),
    python: expand(found.get<string>("python", "").trim(), around),
    readyDlv: found.get<boolean>("readyDlv", true),
    warmBuilds: found.get<boolean>("warmBuilds", true),
  };
}

/** Whether configurations of type `go` run through dapshim there. */
export function takesOver(folder: vscode.WorkspaceFolder | undefined): boolean {
  return vscode.workspace.getConfiguration(SECTION, folder?.uri ?? null).get<string>("takeover", "off") === "on";
}

/** Settings of the Go extension, those alone that somebody has set: its defaults are its own affair. */
export function goSettings(folder: vscode.WorkspaceFolder | undefined): GoSettings {
  const go = vscode.workspace.getConfiguration("go", folder?.uri ?? null);
  const made: Record<string, unknown> = {};
  for (const name of ["goroot", "gopath", "toolsEnvVars", "buildFlags", "buildTags", "alternateTools", "testFlags", "testTags", "testEnvVars", "testEnvFile"]) {
    if (isSet(go.inspect(name))) {
      made[name] = go.get(name);
    }
  }
  made["delveConfig"] = delveConfig(go);
  const proxy = vscode.workspace.getConfiguration("http", null).get<string>("proxy");
  if (proxy !== undefined && proxy !== "") {
    made["proxy"] = proxy;
  }
  return Object.fromEntries(Object.entries(made).filter(([, value]) => value !== undefined));
}

/** What was set of `go.delveConfig`; VS Code fills an object setting with the defaults of its members. */
function delveConfig(go: vscode.WorkspaceConfiguration): Readonly<Record<string, unknown>> | undefined {
  const found = go.inspect<Record<string, unknown>>("delveConfig");
  if (!isSet(found)) {
    return undefined;
  }
  return { ...found?.globalValue, ...found?.workspaceValue, ...found?.workspaceFolderValue };
}

function isSet(found: { globalValue?: unknown; workspaceValue?: unknown; workspaceFolderValue?: unknown } | undefined): boolean {
  return found !== undefined && [found.globalValue, found.workspaceValue, found.workspaceFolderValue].some((each) => each !== undefined);
}

/**
 * The Pythons that somebody chose: the setting, the Python extension's, its default. In a workspace that is not trusted only the
 * first: the others may be the workspace's own.
 */
export async function interpreters(log: vscode.LogOutputChannel): Promise<string[]> {
  const found = [ownSettings().python];
  if (vscode.workspace.isTrusted) {
    found.push(await fromPythonExtension(log));
    found.push(vscode.workspace.getConfiguration("python").get<string>("defaultInterpreterPath", ""));
  }
  return [...new Set(found.filter((each) => each !== "" && each !== "python"))];
}

/** The API of ms-python.python, as far as it is used; see @vscode/python-extension. */
interface PythonApi {
  readonly environments?: {
    getActiveEnvironmentPath(): { readonly path: string };
    resolveEnvironment(path: { readonly path: string }): Promise<{ readonly executable?: { readonly uri?: vscode.Uri } } | undefined>;
  };
}

async function fromPythonExtension(log: vscode.LogOutputChannel): Promise<string> {
  const extension = vscode.extensions.getExtension<PythonApi>("ms-python.python");
  if (extension === undefined) {
    return "";
  }
  try {
    // It may take seconds to look around; it is not waited for if it is not there yet.
    const environments = extension.isActive ? extension.exports.environments : undefined;
    const active = environments?.getActiveEnvironmentPath();
    const resolved = active === undefined ? undefined : await environments?.resolveEnvironment(active);
    return resolved?.executable?.uri?.fsPath ?? "";
  } catch (error) {
    log.info(`the Python extension does not say which Python it uses: ${String(error)}`);
    return "";
  }
}
