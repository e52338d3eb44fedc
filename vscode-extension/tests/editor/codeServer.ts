/**
 * One code-server: VS Code's server, extension host and workbench, with a set of extensions. Everything it writes stays below the
 * folders of the run.
 */
import { execFile, spawn, type ChildProcess } from "node:child_process";
import { createWriteStream, existsSync, mkdirSync, readdirSync, rmSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { promisify } from "node:util";

import { given, personsEnvironment, type Places } from "./places.ts";
import { found, saw, until } from "./waiting.ts";

/** What is asked on a first start, and what would cover what a person looks at, is off. */
const SETTINGS = {
  "workbench.startupEditor": "none",
  "workbench.tips.enabled": false,
  "workbench.secondarySideBar.defaultVisibility": "hidden",
  "workbench.enableExperiments": false,
  "chat.disableAIFeatures": true,
  "telemetry.telemetryLevel": "off",
  "update.mode": "none",
  "extensions.autoCheckUpdates": false,
  "extensions.autoUpdate": false,
  "extensions.ignoreRecommendations": true,
  "git.enabled": false,
  "remote.autoForwardPorts": false,
  "security.workspace.trust.enabled": false,
  "editor.minimap.enabled": false,
  "editor.hover.delay": 100,
  "debug.onTaskErrors": "debugAnyway",
  // Else the terminal's text is drawn on a canvas, where nobody can read it.
  "terminal.integrated.gpuAcceleration": "off",
  // vscode-go opens a page over the editor and installs tools.
  "go.showWelcome": false,
  "go.useLanguageServer": false,
  "go.survey.prompt": false,
  "go.toolsManagement.checkForUpdates": "off",
  "go.toolsManagement.autoUpdate": false,
  // Of "gofmt" it says once that gopls could do that too; "default" without gopls wants goimports.
  "go.formatTool": "custom",
  "go.alternateTools": { customFormatter: "gofmt" },
} as const;

const run = promisify(execFile);

export class CodeServer {
  readonly url: string;
  readonly #folder: string;
  readonly #process: ChildProcess;

  private constructor(url: string, folder: string, started: ChildProcess) {
    this.url = url;
    this.#folder = folder;
    this.#process = started;
  }

  /** Start one with `extensions` (.vsix files); `name` tells it from others of the same run. */
  static async start(places: Places, name: string, extensions: readonly string[], settings: Readonly<Record<string, unknown>> = {}): Promise<CodeServer> {
    const folder = join(places.root, name);
    mkdirSync(join(folder, "data", "User"), { recursive: true });
    // Without a --config it writes one into the home folder.
    writeFileSync(join(folder, "config.yaml"), "auth: none\n");
    writeFileSync(join(folder, "data", "User", "settings.json"), JSON.stringify({ ...SETTINGS, ...settings }, null, 2));
    const entry = given("DAPSHIM_EDITORS_CODE_SERVER");
    const own = ["--config", join(folder, "config.yaml"), "--user-data-dir", join(folder, "data"), "--extensions-dir", join(folder, "extensions")];
    // Without VSCODE_CLI, the server takes its PATH from a login shell, where no go and no dlv may be.
    const env = { ...personsEnvironment(places), VSCODE_CLI: "1" };
    if (extensions.length > 0) {
      await run(process.execPath, [entry, ...own, ...extensions.flatMap((each) => ["--install-extension", each]), "--force"], { env, cwd: places.home });
    }
    const quiet = ["--disable-telemetry", "--disable-update-check", "--disable-workspace-trust", "--disable-getting-started-override"];
    const started = spawn(process.execPath, [entry, ...own, ...quiet, "--auth", "none", "--bind-addr", "127.0.0.1:0", "--reconnection-grace-time", "5"], {
      env,
      cwd: places.home,
      stdio: ["ignore", "pipe", "pipe"],
      detached: true,
    });
    const log = createWriteStream(join(folder, "code-server.log"));
    started.stderr.pipe(log, { end: false });
    let address = "";
    createInterface(started.stdout).on("line", (line) => {
      log.write(`${line}\n`);
      address = /listening on (http:\/\/[\d.:]+)\/?/.exec(line)?.[1] ?? address;
    });
    await until("code-server to listen", () => (address !== "" ? found(address) : saw(`exit code ${String(started.exitCode)}`)), 60_000);
    return new CodeServer(address, folder, started);
  }

  /** The process and those of its own that live as long as it does. */
  get pid(): number {
    return this.#process.pid ?? 0;
  }

  /** The logs of the server and of the extensions, for the folder of evidence. */
  logs(): string[] {
    const folder = join(this.#folder, "data", "logs");
    return [join(this.#folder, "code-server.log"), ...(existsSync(folder) ? readdirSync(folder).map((each) => join(folder, each)) : [])];
  }

  /** Forget what extensions remembered of the workspace: the next window is a new person's. */
  forgetWorkspaces(): void {
    rmSync(join(this.#folder, "data", "User", "workspaceStorage"), { recursive: true, force: true });
    rmSync(join(this.#folder, "data", "logs"), { recursive: true, force: true });
  }

  async stop(): Promise<void> {
    if (this.#process.exitCode === null && this.#process.signalCode === null) {
      this.#process.kill("SIGTERM");
      await until("code-server to end", () => (this.#process.exitCode !== null || this.#process.signalCode !== null ? found(true) : saw("that it runs")), 15_000);
    }
  }
}
