/** Configurations that dapshim makes: for a workspace without launch.json, for the list of programs, and for a new launch.json. */

import { basename, dirname, isAbsolute, relative, sep } from "node:path";
import type { Program } from "./controlPlane.ts";
import { unwritten, type Configuration, type GoSettings, type Surroundings } from "./goSettings.ts";

export const TYPE = "dapshim";

/** A configuration that VS Code can start. */
export interface Startable extends Configuration {
  readonly type: string;
  readonly name: string;
  readonly request: "launch" | "attach";
}

/** The file that is open, as far as it matters. */
export interface OpenFile {
  readonly path: string;
  readonly isGo: boolean;
}

/** For F5 where there is no launch.json: the package of the open file, as a test if it is one. */
export function forOpenFile(file: OpenFile | undefined, settings: GoSettings, around: Surroundings): Startable | undefined {
  if (file?.isGo !== true || !isAbsolute(file.path)) {
    return undefined;
  }
  const mode = isTest(file.path) ? "test" : "debug";
  const program = dirname(file.path);
  return { ...unwritten(mode, settings, around), name: `${mode} ${basename(program)}`, type: TYPE, request: "launch", mode, program };
}

/** One for each program of a folder, with names that tell them apart. */
export function forPrograms(programs: readonly Program[], settings: GoSettings, around: Surroundings): Startable[] {
  return programs.map((each) => {
    const mode = each.kind === "test" ? "test" : "debug";
    return {
      ...unwritten(mode, settings, around),
      name: `${mode} ${shown(each, around.folder)}`,
      type: TYPE,
      request: "launch",
      mode,
      program: each.folder,
    };
  });
}

/** For a new launch.json: the main packages as the workspace names them, or, where there are none, the open file's package. */
export function forNewFile(programs: readonly Program[], around: Surroundings): Startable[] {
  const mains = programs.filter((each) => each.kind === "main");
  const made: Startable[] = mains.map((each) => ({
    name: `debug ${shown(each, around.folder)}`,
    type: TYPE,
    request: "launch",
    mode: "debug",
    program: inWorkspace(each.folder, around.folder),
  }));
  return [...made, { name: "debug or test the open file's package", type: TYPE, request: "launch", mode: "auto", program: "${fileDirname}" }];
}

function shown(program: Program, folder: string): string {
  const way = folder === "" ? "" : relative(folder, program.folder);
  if (way === "") {
    return program.importPath === "" ? basename(program.folder) : program.importPath;
  }
  return isBelow(way) ? way.split(sep).join("/") : program.importPath;
}

function inWorkspace(path: string, folder: string): string {
  const way = folder === "" ? path : relative(folder, path);
  if (way === "") {
    return "${workspaceFolder}";
  }
  return isBelow(way) ? `\${workspaceFolder}/${way.split(sep).join("/")}` : path;
}

function isBelow(way: string): boolean {
  return way !== ".." && !way.startsWith(`..${sep}`) && !isAbsolute(way);
}

export function isTest(path: string): boolean {
  return path.endsWith("_test.go");
}

/**
 * The mode that a configuration without one, or with "auto", has: as in vscode-go, a program that is a file says it, else the open
 * file. Only an editor can know the latter, so it is decided here and not in dapshim.
 */
export function withMode(given: Configuration, file: OpenFile | undefined): Configuration {
  const { mode, program, request } = given;
  if (mode !== undefined && mode !== "" && mode !== "auto") {
    return given;
  }
  if (request === "attach") {
    return { ...given, mode: "local" };
  }
  const path = typeof program === "string" && program.endsWith(".go") ? program : file?.path;
  return { ...given, mode: path !== undefined && isTest(path) ? "test" : "debug" };
}

/** Whether a person has to choose the process to attach to. */
export function wantsProcess(given: Configuration): boolean {
  const { request, mode, processId, waitFor } = given;
  const local = mode === undefined || mode === "" || mode === "local";
  const none = processId === undefined || processId === null || processId === 0 || processId === "" || processId === "0";
  return request === "attach" && local && none && (waitFor === undefined || waitFor === "");
}

/** A number that went through a `${command:…}` is a text. */
export function withNumbers(given: Configuration): Configuration {
  const { processId } = given;
  return typeof processId === "string" && /^\d+$/.test(processId) ? { ...given, processId: Number(processId) } : given;
}
