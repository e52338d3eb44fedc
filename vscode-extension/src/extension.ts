/** Where VS Code comes in. What is loaded here is waited for by the editor: whatever is large or slow comes after. */

import { BEGAN } from "./began.ts";
import * as vscode from "vscode";
import { Adapters } from "./adapters.ts";
import { ConfigurationProvider, DynamicConfigurations, InitialConfigurations } from "./configurationProvider.ts";
import { TYPE } from "./core/configurations.ts";
import type { ControlPlane } from "./core/controlPlane.ts";
import { reason } from "./core/errors.ts";
import type { Located } from "./core/locating.ts";
import { pickGoProcess, pickProcess } from "./processPicker.ts";
import { Server } from "./server.ts";
import { LiveSessions } from "./liveSessions.ts";
import { SECTION } from "./settings.ts";
import { switchOn, Takeover, TakeoverOffer } from "./takeover.ts";
import { registerUi } from "./ui/index.ts";

/** What `activate` returns: for tests, and for extensions that want to know more. */
export interface Api {
  readonly plane: ControlPlane;
  /** Milliseconds that the editor waited: for the bundle to load, and for `activate`. */
  readonly activation: number;
  /** Resolves when the server runs, with the dapshim that it is of. */
  ready(): Promise<Located>;
  /** The number by which `plane` knows a debug session. */
  sessionNumber(session: vscode.DebugSession): number | undefined;
}

let server: Server | undefined;
let channel: vscode.LogOutputChannel | undefined;

export function activate(context: vscode.ExtensionContext): Api {
  const called = performance.now();
  const log = vscode.window.createOutputChannel("dapshim", { log: true });
  channel = log;
  const sessions = new LiveSessions();
  const ours = new Server(context, log, sessions);
  server = ours;
  const adapters = new Adapters(ours, sessions, log);
  context.subscriptions.push(sessions, ours, vscode.debug.registerDebugAdapterDescriptorFactory(TYPE, adapters));
  registerConfigurations(context, ours, log);
  registerCommands(context, ours, sessions, log);
  listen(context, ours, log);
  adapters.recorder = registerUi(context, ours.plane, log, {
    executable: async () => (await ours.get()).located,
    sessionNumber: (id) => sessions.numberOf({ id }),
  });

  const activation = LOADED - BEGAN + (performance.now() - called);
  log.info(`activated in ${activation.toFixed(1)} ms`);
  // In a turn of its own: the editor goes on meanwhile. A failure tells itself.
  setImmediate(() => {
    ours.get().catch(() => undefined);
  });
  return {
    plane: ours.plane,
    activation,
    ready: async () => (await ours.get()).located,
    sessionNumber: (session) => sessions.numberOf(session),
  };
}

/**
 * The log is none of the subscriptions: VS Code (1.139.1) disposes of those while this still waits, and writing to a closed channel
 * throws. So a server that does not end would not have got its signals.
 */
export async function deactivate(): Promise<void> {
  try {
    await server?.stop();
  } finally {
    channel?.dispose();
  }
}

function registerConfigurations(context: vscode.ExtensionContext, ours: Server, log: vscode.LogOutputChannel): void {
  const { Dynamic, Initial } = vscode.DebugConfigurationProviderTriggerKind;
  context.subscriptions.push(
    vscode.debug.registerDebugConfigurationProvider(TYPE, new ConfigurationProvider(log)),
    vscode.debug.registerDebugConfigurationProvider(TYPE, new InitialConfigurations(ours.plane, log), Initial),
    vscode.debug.registerDebugConfigurationProvider(TYPE, new DynamicConfigurations(ours.plane, log), Dynamic),
    vscode.debug.registerDebugConfigurationProvider("go", new Takeover(log)),
    vscode.debug.registerDebugAdapterTrackerFactory("go", new TakeoverOffer(context)),
  );
}

function registerCommands(context: vscode.ExtensionContext, ours: Server, sessions: LiveSessions, log: vscode.LogOutputChannel): void {
  const commands: Readonly<Record<string, () => unknown>> = {
    "dapshim.showLog": () => {
      log.show();
    },
    // What goes wrong is told where the server starts.
    "dapshim.restartServer": () => unlessBusy(sessions, () => ours.restart()),
    "dapshim.install": () => unlessBusy(sessions, () => ours.installAgain()),
    "dapshim.takeOver": switchOn,
    "dapshim.pickProcess": pickProcess,
    "dapshim.pickGoProcess": pickGoProcess,
  };
  for (const [name, command] of Object.entries(commands)) {
    context.subscriptions.push(vscode.commands.registerCommand(name, command));
  }
}

/** Debug sessions live in the server: who ends that is asked. */
async function unlessBusy(sessions: LiveSessions, work: () => Promise<void>): Promise<void> {
  if (sessions.running > 0) {
    const chosen = await vscode.window.showWarningMessage("The debug sessions that run now will end.", { modal: true }, "Go On");
    if (chosen === undefined) {
      return;
    }
  }
  await work().catch(() => undefined);
}

function listen(context: vscode.ExtensionContext, ours: Server, log: vscode.LogOutputChannel): void {
  context.subscriptions.push(
    vscode.workspace.onDidGrantWorkspaceTrust(() => {
      ours.tellTrust();
    }),
    vscode.workspace.onDidChangeConfiguration((event) => {
      if (["path", "python", "readyDlv", "warmBuilds"].some((name) => event.affectsConfiguration(`${SECTION}.${name}`))) {
        ours.restartWhenIdle().catch((error: unknown) => {
          log.info(`not restarted: ${reason(error)}`);
        });
      }
    }),
  );
}

const LOADED = performance.now();
