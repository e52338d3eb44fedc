/** The server of this window: found or installed, started, greeted, kept alive; and the control plane that it answers. */

import { join } from "node:path";
import * as vscode from "vscode";
import type { Connection } from "./connection.ts";
import { askedByCommand } from "./core/commandLine.ts";
import type { ControlPlane, Door, Mapped, Paths, Program, SessionChanged, SessionStory, StartSession, Why } from "./core/controlPlane.ts";
import { reason, UnavailableError } from "./core/errors.ts";
import { shakeHands } from "./core/handshake.ts";
import { locate, type Located } from "./core/locating.ts";
import { run, runner } from "./core/running.ts";
import { Supervisor } from "./core/supervisor.ts";
import type { LiveSessions } from "./liveSessions.ts";
import { interpreters, ownSettings } from "./settings.ts";

export class Server implements vscode.Disposable {
  readonly plane: ControlPlane;
  private readonly supervisor: Supervisor<Connection>;
  private readonly sessionChanged = new vscode.EventEmitter<SessionChanged>();
  private readonly version: string;
  private anew = false;
  /** Calls off what is being run to find or install dapshim. */
  private calledOff = new AbortController();
  private whenIdle: Promise<void> | undefined;
  private lastLocated: Located | undefined;

  constructor(
    private readonly context: vscode.ExtensionContext,
    private readonly log: vscode.LogOutputChannel,
    private readonly sessions: LiveSessions,
  ) {
    this.version = String((context.extension.packageJSON as { version?: unknown }).version);
    this.supervisor = new Supervisor<Connection>(
      () => this.start(),
      (text) => {
        log.warn(text);
      },
      (state) => {
        log.debug(`the server is ${state.kind}`);
        if (state.kind === "waiting" && sessions.anyJustNow) {
          this.tellDeath();
        }
        if (state.kind === "failed") {
          this.tellFailure(state.error);
        }
      },
    );
    this.plane = this.makePlane();
  }

  /** The server as it runs, started if it does not. Rejects with an error whose message is for the person. */
  get(): Promise<Connection> {
    return this.supervisor.get();
  }

  /** Which dapshim was found last; undefined while there was none. */
  get located(): Located | undefined {
    return this.lastLocated;
  }

  /** Starts the server anew with settings that have changed, as soon as no session would end by it. */
  restartWhenIdle(): Promise<void> {
    this.whenIdle ??= (async () => {
      if (this.sessions.running > 0) {
        this.log.info("what was set counts as soon as no debug session runs");
      }
      await this.sessions.none();
      this.whenIdle = undefined;
      await this.restart();
    })();
    return this.whenIdle;
  }

  async restart(): Promise<void> {
    this.log.info("restarting the server");
    this.calledOff.abort();
    await this.supervisor.restart();
  }

  /** Makes dapshim's environment anew, and starts the server from it. */
  async installAgain(): Promise<void> {
    this.anew = true;
    await this.restart();
  }

  tellTrust(): void {
    // One that is just starting may have been told already that it is not.
    if (["running", "starting"].includes(this.supervisor.state.kind)) {
      this.supervisor.get().then(
        (server) => {
          server.notify("dapshim/setTrust", { trusted: true });
        },
        () => undefined,
      );
    }
  }

  stop(): Promise<void> {
    this.calledOff.abort();
    return this.supervisor.close();
  }

  dispose(): void {
    this.sessionChanged.dispose();
  }

  // -- start ----------------------------------------------------------------------------------------

  private async start(): Promise<Connection> {
    const began = performance.now();
    // The one of before may be what a setting no longer names.
    this.lastLocated = undefined;
    this.sessions.forgetNumbers();
    const located = await this.locate();
    this.lastLocated = located;
    this.offerInTerminals(located);
    const { readyDlv, warmBuilds } = ownSettings();
    const { connect } = await import("./languageClient.js");
    const connection = await connect({
      located,
      log: this.log,
      initialization: { workspaceTrust: vscode.workspace.isTrusted, readyDlv, warmBuilds },
      heard: {
        "dapshim/sessionChanged": (params) => {
          this.sessionChanged.fire(params as SessionChanged);
        },
      },
    }).catch((error: unknown) => {
      throw new UnavailableError("server", `dapshim was found, but its server did not start: ${reason(error)}. The log has all that it said.`);
    });
    const hands = shakeHands(connection.greeting, this.version);
    for (const warning of hands.warnings) {
      this.log.warn(warning);
    }
    if (hands.refusal !== "") {
      await connection.stop();
      throw new UnavailableError("version", hands.refusal);
    }
    this.log.info(`the server runs: dapshim ${hands.version}, ready ${Math.round(performance.now() - began)} ms after it was asked for`);
    return connection;
  }

  private async locate(): Promise<Located> {
    const anew = this.anew;
    this.anew = false;
    this.calledOff = new AbortController();
    const run = runner(this.calledOff.signal);
    const say = (text: string): void => {
      this.log.info(text);
    };
    const wishes = {
      version: this.version,
      path: ownSettings().path,
      interpreters: await interpreters(this.log),
      wheel: this.context.asAbsolutePath(join("wheel", `dapshim-${this.version}-py3-none-any.whl`)),
      storage: this.context.globalStorageUri.fsPath,
      searchPath: process.env["PATH"] ?? "",
    };
    try {
      return await locate(wishes, run, say, {
        anew,
        during: (work) =>
          Promise.resolve(
            vscode.window.withProgress({ location: vscode.ProgressLocation.Notification, title: "Installing dapshim" }, (progress) =>
              work((text) => {
                say(text);
                progress.report({ message: text });
              }),
            ),
          ),
      });
    } catch (error) {
      if (error instanceof UnavailableError && error.detail !== "") {
        this.log.error(error.detail);
      }
      throw error;
    }
  }

  /** What a remedy says for a shell is meant to run there. */
  private offerInTerminals(located: Located): void {
    const variables = this.context.environmentVariableCollection;
    variables.description = "The command `dapshim` in terminals";
    if (located.folder === "") {
      variables.clear();
    } else {
      variables.append("PATH", `${process.platform === "win32" ? ";" : ":"}${located.folder}`);
    }
  }

  /** VS Code says nothing of sessions whose adapter is gone: they just end. */
  private tellDeath(): void {
    void vscode.window.showWarningMessage("dapshim has ended unexpectedly, and your debug session with it. It is started again.", "Show Log").then((chosen) => {
      if (chosen !== undefined) {
        this.log.show();
      }
    });
  }

  private tellFailure(error: unknown): void {
    const message = reason(error);
    this.log.error(message);
    const lack = error instanceof UnavailableError ? error.lack : "server";
    const setting = lack === "python" || lack === "venv" ? "dapshim.python" : lack === "path" || lack === "version" ? "dapshim.path" : "";
    const buttons = ["Try Again", "Show Log", ...(setting === "" ? [] : ["Open Setting"])];
    void vscode.window.showErrorMessage(message, ...buttons).then((chosen) => {
      if (chosen === "Try Again") {
        void this.restart().catch(() => undefined);
      } else if (chosen === "Show Log") {
        this.log.show();
      } else if (chosen === "Open Setting") {
        void vscode.commands.executeCommand("workbench.action.openSettings", setting);
      }
    });
  }

  // -- the control plane ----------------------------------------------------------------------------

  private makePlane(): ControlPlane {
    const ask = async (method: string, params: object): Promise<unknown> => (await this.get()).request(method, params);
    // Where a dapshim is there and its server could not be started, its commands answer; nobody waits for another try.
    const either = async (method: string, params: object, words: readonly string[], folder: string | undefined): Promise<unknown> => {
      const { located, supervisor } = this;
      return located !== undefined && supervisor.state.kind === "failed" ? await askedByCommand(located, words, folder, run) : await ask(method, params);
    };
    const at = (folder: string | undefined): { folder?: string } => (folder === undefined ? {} : { folder });
    const member = (name: string) => (result: unknown) => (result as Readonly<Record<string, unknown>>)[name];
    return {
      startSession: (params: StartSession) => ask("dapshim/startSession", params) as Promise<Door>,
      stopSession: (session) => ask("dapshim/stopSession", { session }).then(member("stopped")) as Promise<boolean>,
      sessions: () => ask("dapshim/sessions", {}).then(member("sessions")) as Promise<readonly SessionStory[]>,
      programs: (folder) => ask("dapshim/programs", { folder }).then(member("programs")) as Promise<readonly Program[]>,
      inspect: (binary, folder) => either("dapshim/inspect", { binary, ...at(folder) }, ["inspect", "--json", "--", binary], folder) as Promise<Readonly<Record<string, unknown>>>,
      paths: (binary, folder) => either("dapshim/paths", { binary, ...at(folder) }, ["paths", "--json", "--", binary], folder) as Promise<Paths>,
      why: (file, line, target) => {
        const program = target === undefined ? [] : [target];
        return either("dapshim/why", { file, line, ...(target === undefined ? {} : { target }) }, ["why", "--json", "--", `${file}:${line}`, ...program], undefined) as Promise<Why>;
      },
      mapFile: (recorded, local, folder) => either("dapshim/mapFile", { recorded, local, ...at(folder) }, ["map", "--json", "--", recorded, local], folder) as Promise<Mapped>,
      remedy: (number) => ask("workspace/executeCommand", { command: "dapshim.remedy", arguments: [number] }).then(member("output")) as Promise<string>,
      onSessionChanged: (listener) => this.sessionChanged.event(listener),
    };
  }
}
