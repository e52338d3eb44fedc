/**
 * What the settings `go.*` mean for a debug session, counted as vscode-go counts them (0.58, goDebugConfiguration.ts, goEnv.ts,
 * goTest.ts, utils/pathUtils.ts):
 *
 * - `go.delveConfig` fills attributes that the configuration leaves out;
 * - the environment is `env`, then `envFile`, then `go.toolsEnvVars`, whoever comes first wins; `go.gopath` and the editor's
 *   `http.proxy` belong to the last;
 * - `go.goroot` and `go.alternateTools.go` say which Go, `go.alternateTools.dlv` which dlv;
 * - `go.buildFlags`, `go.buildTags` and `go.test*` make configurations that nobody has written down: the "debug test" buttons, and
 *   here those of dapshim itself. One that stands in launch.json says its flags itself.
 */

import { existsSync, readFileSync, statSync, accessSync, constants } from "node:fs";
import { homedir } from "node:os";
import { basename, delimiter, isAbsolute, join, resolve } from "node:path";

/** A launch or attach configuration. */
export type Configuration = Readonly<Record<string, unknown>>;

/** The settings as they stand in settings.json; what is no setting of the person is left out. */
export interface GoSettings {
  readonly goroot?: string;
  readonly gopath?: string;
  readonly toolsEnvVars?: Readonly<Record<string, unknown>>;
  readonly buildFlags?: readonly string[];
  readonly buildTags?: string;
  readonly delveConfig?: Readonly<Record<string, unknown>>;
  readonly alternateTools?: Readonly<Record<string, unknown>>;
  readonly testFlags?: readonly string[] | null;
  readonly testTags?: string | null;
  readonly testEnvVars?: Readonly<Record<string, unknown>>;
  readonly testEnvFile?: string | null;
  /** `http.proxy` */
  readonly proxy?: string;
}

/** Where a configuration is resolved. */
export interface Surroundings {
  /** The workspace folder's path; "" for none. */
  readonly folder: string;
  readonly environ: Readonly<Record<string, string | undefined>>;
}

/** Attributes that `go.delveConfig` may fill. */
export const DELVE_CONFIG = [
  "showRegisters",
  "showGlobalVariables",
  "substitutePath",
  "showLog",
  "logOutput",
  "dlvFlags",
  "hideSystemGoroutines",
] as const;

/** Returns the configuration with all that the settings say; it is not changed. `notes` are for the log. */
export function withGoSettings(given: Configuration, settings: GoSettings, around: Surroundings): { made: Configuration; notes: readonly string[] } {
  const notes: string[] = [];
  const made: Record<string, unknown> = { ...given };
  fillFromDelveConfig(made, settings);
  if (made["request"] === "attach" && made["mode"] === "remote") {
    // That dlv and its Go are another machine's.
    return { made, notes };
  }
  const environment = toolsEnvironment(settings, around);
  const goroot = gorootOf(settings, around, notes);
  if (goroot !== undefined) {
    environment["GOROOT"] ??= goroot;
  }
  layEnvironment(made, environment, around);
  chooseGo(made, settings, around, goroot, notes);
  chooseDlv(made, settings, around, notes);
  return { made, notes };
}

function fillFromDelveConfig(made: Record<string, unknown>, settings: GoSettings): void {
  for (const name of DELVE_CONFIG) {
    const value = settings.delveConfig?.[name];
    if (made[name] === undefined && value !== undefined) {
      made[name] = value;
    }
  }
}

/** The variables of `go.toolsEnvVars` and of the settings that vscode-go counts to them. */
export function toolsEnvironment(settings: GoSettings, around: Surroundings): Record<string, unknown> {
  const made: Record<string, unknown> = {};
  for (const [name, value] of Object.entries(settings.toolsEnvVars ?? {})) {
    made[name] = variable(value, around);
  }
  if (settings.proxy !== undefined && settings.proxy !== "") {
    for (const name of ["http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY"]) {
      made[name] = settings.proxy;
    }
  }
  if (settings.gopath !== undefined && settings.gopath !== "") {
    made["GOPATH"] = expand(settings.gopath, around);
  }
  const flags = made["GOFLAGS"];
  if (typeof flags === "string" && flags.includes("-json")) {
    // It would turn the build's words into JSON.
    made["GOFLAGS"] = flags.replace(/(^|\s+)-?-json\S*/g, "");
  }
  return made;
}

/** A variable's value: a number or a switch is a text to a program; null takes the variable away. */
function variable(value: unknown, around: Surroundings): unknown {
  if (typeof value === "string") {
    return expand(value, around);
  }
  return typeof value === "number" || typeof value === "boolean" ? String(value) : value;
}

/** Puts variables below the configuration's own and below those that its files define. */
function layEnvironment(made: Record<string, unknown>, environment: Readonly<Record<string, unknown>>, around: Surroundings): void {
  const own = isObject(made["env"]) ? made["env"] : {};
  const inFiles = namesInFiles(made["envFile"], around);
  const below = Object.entries(environment).filter(([name]) => !inFiles.has(name));
  if (below.length > 0) {
    made["env"] = { ...Object.fromEntries(below), ...own };
  }
}

const ASSIGNMENT = /^\s*(?:export\s+)?([\w.-]+)\s*=/;

/** The names that environment files define. A file that cannot be read defines none here: dapshim will say so at its place. */
export function namesInFiles(envFile: unknown, around: Surroundings): ReadonlySet<string> {
  const files = (Array.isArray(envFile) ? envFile : [envFile]).filter((each): each is string => typeof each === "string" && each !== "");
  const names = new Set<string>();
  for (const file of files) {
    const path = expand(file, around);
    if (around.folder === "" && !isAbsolute(path)) {
      // Relative to nothing: the directory that the editor happens to run in is nobody's.
      continue;
    }
    let text: string;
    try {
      text = readFileSync(resolve(around.folder, path), "utf8");
    } catch {
      continue;
    }
    for (const line of text.replace(/^\uFEFF/, "").split("\n")) {
      const name = ASSIGNMENT.exec(line)?.[1];
      if (name !== undefined) {
        names.add(name);
      }
    }
  }
  return names;
}

function gorootOf(settings: GoSettings, around: Surroundings, notes: string[]): string | undefined {
  if (settings.goroot === undefined || settings.goroot === "") {
    return undefined;
  }
  const goroot = expand(settings.goroot, around);
  if (!isFolder(goroot)) {
    notes.push(`"go.goroot" is passed over: ${goroot} is no folder`);
    return undefined;
  }
  return goroot;
}

/** Which Go: `go.alternateTools.go`, else the one in `go.goroot`; what the configuration's own "dapshim" says comes before both. */
function chooseGo(made: Record<string, unknown>, settings: GoSettings, around: Surroundings, goroot: string | undefined, notes: string[]): void {
  const options = isObject(made["dapshim"]) ? made["dapshim"] : {};
  if (options["go"] !== undefined) {
    return;
  }
  let go = alternate("go", settings, around, notes);
  if (go === undefined && goroot !== undefined) {
    const inRoot = join(goroot, "bin", executable("go"));
    if (canRun(inRoot)) {
      go = inRoot;
    } else {
      notes.push(`"go.goroot" has no ${inRoot}`);
    }
  }
  if (go !== undefined) {
    made["dapshim"] = { ...options, go };
  }
}

function chooseDlv(made: Record<string, unknown>, settings: GoSettings, around: Surroundings, notes: string[]): void {
  if (made["dlvToolPath"] === undefined) {
    const dlv = alternate("dlv", settings, around, notes);
    if (dlv !== undefined) {
      made["dlvToolPath"] = dlv;
    }
  }
}

/** What `go.alternateTools` says of a tool: a path, or another name, which is looked for where vscode-go looks. */
function alternate(tool: string, settings: GoSettings, around: Surroundings, notes: string[]): string | undefined {
  const said = settings.alternateTools?.[tool];
  if (typeof said !== "string" || said === "") {
    return undefined;
  }
  const name = expand(said, around);
  if (isAbsolute(name)) {
    if (canRun(name)) {
      return name;
    }
    notes.push(`"go.alternateTools" names ${name} for ${tool}, which is not there or may not be run`);
    return undefined;
  }
  const gopath = settings.gopath === undefined || settings.gopath === "" ? (around.environ["GOPATH"] ?? join(homedir(), "go")) : expand(settings.gopath, around);
  const folders = [around.environ["GOBIN"] ?? "", ...gopath.split(delimiter).map((each) => join(each, "bin")), ...(around.environ["PATH"] ?? "").split(delimiter)];
  const found = folders.filter(isAbsolute).map((folder) => join(folder, executable(name))).find(canRun);
  if (found === undefined) {
    notes.push(`"go.alternateTools" names ${name} for ${tool}, which is nowhere on the PATH`);
  }
  return found;
}

/** What the settings give to a configuration that nobody has written down; `mode` is "debug" or "test". */
export function unwritten(mode: "debug" | "test", settings: GoSettings, around: Surroundings): Configuration {
  const tags = mode === "test" ? (settings.testTags ?? settings.buildTags) : settings.buildTags;
  const flags = (mode === "test" ? (settings.testFlags ?? settings.buildFlags) : settings.buildFlags) ?? [];
  const buildFlags = tags === undefined || tags === "" ? [] : ["-tags", tags];
  const made: Record<string, unknown> = {};
  const separator = flags.indexOf("-args");
  const forBuild = separator < 0 ? flags : flags.slice(0, separator);
  buildFlags.push(...forBuild.map((each) => expand(each, around)));
  if (buildFlags.length > 0) {
    made["buildFlags"] = buildFlags;
  }
  if (separator >= 0) {
    made["args"] = flags.slice(separator + 1);
  }
  if (mode === "test") {
    if (settings.testEnvVars !== undefined && Object.keys(settings.testEnvVars).length > 0) {
      made["env"] = Object.fromEntries(Object.entries(settings.testEnvVars).map(([name, value]) => [name, variable(value, around)]));
    }
    if (typeof settings.testEnvFile === "string" && settings.testEnvFile !== "") {
      made["envFile"] = expand(settings.testEnvFile, around);
    }
  }
  return made;
}

/** Fills in `${env:NAME}`, `${workspaceFolder}` and a leading `~`, as vscode-go does in its settings. */
export function expand(text: string, around: Surroundings): string {
  let made = text.replace(/\$\{env:([^}]+)\}/g, (_, name: string) => around.environ[name.trim()] ?? "");
  if (around.folder !== "") {
    made = made.replace(/\$\{(?:workspaceFolder|workspaceRoot)\}/g, () => around.folder);
    made = made.replace(/\$\{workspaceFolderBasename\}/g, () => basename(around.folder));
  }
  return made.replace(/^~(?=$|[/\\])/, () => homedir());
}

function executable(name: string): string {
  return process.platform === "win32" && !name.endsWith(".exe") ? `${name}.exe` : name;
}

function canRun(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return statSync(path).isFile();
  } catch {
    return false;
  }
}

function isFolder(path: string): boolean {
  return existsSync(path) && statSync(path).isDirectory();
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
