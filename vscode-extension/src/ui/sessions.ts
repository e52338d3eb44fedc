/** The debug sessions of this window as they are told: by their messages, which come first, and by the language server's story of each. */

import * as vscode from "vscode";
import type { ControlPlane, Finding, SessionStory } from "../core/controlPlane.ts";
import type { Message } from "../core/dap.ts";
import type { Dapshim } from "../core/executable.ts";
import { numbered, ToldOnce } from "../core/findings.ts";
import { PendingBreakpoints } from "../core/pendingBreakpoints.ts";
import { PROGRAM, SessionProgram } from "../core/sessionProgram.ts";
import { SessionVoice, type Told } from "../core/sessionVoice.ts";

export const TYPE = "dapshim";

/** Sessions that are over and still shown; one of the same name takes the place of its forerunner. */
const KEPT = 5;
/** Milliseconds that a sentence waits for its finding, which follows at once. */
const PATIENCE = 400;

export type State = "starting" | "running" | "failed" | "ended";

/** One session, from its start to when it is forgotten. */
export class Known {
  readonly voice = new SessionVoice();
  readonly pending = new PendingBreakpoints();
  readonly program = new SessionProgram();
  readonly told = new ToldOnce();
  readonly found: Finding[] = [];
  /** Sentences that were shown by themselves, without a finding. */
  readonly said: string[] = [];
  state: State = "starting";
  /** Why it was not started anew, which VS Code has shown. */
  refused = "";
  story: SessionStory | undefined;

  constructor(readonly session: vscode.DebugSession) {}

  /** What was found, with the numbers of remedies as far as the server has told them. */
  get findings(): readonly Finding[] {
    return this.found.map((each) => numbered(each, this.story));
  }

  /** Remember findings; returns those that are new. */
  note(findings: readonly Finding[]): readonly Finding[] {
    const fresh = findings.filter((each) => !this.found.some((one) => one.code === each.code && one.message === each.message));
    this.found.push(...fresh);
    return fresh;
  }

  get isLive(): boolean {
    return this.state === "starting" || this.state === "running";
  }
}

export interface Saying {
  readonly known: Known;
  readonly told: Told | { readonly what: "said"; readonly text: string };
}

export class Sessions implements vscode.DebugAdapterTrackerFactory, vscode.Disposable {
  private readonly changed = new vscode.EventEmitter<Known>();
  private readonly saying = new vscode.EventEmitter<Saying>();
  private readonly known = new Map<string, Known>();
  private readonly disposables: readonly { dispose(): unknown }[];

  /** One of them is not what it was. */
  readonly onDidChange = this.changed.event;
  /** One of them has something to tell. */
  readonly onDidTell = this.saying.event;

  constructor(
    plane: ControlPlane,
    private readonly dapshim: Dapshim,
  ) {
    this.disposables = [
      this.changed,
      this.saying,
      vscode.debug.registerDebugAdapterTrackerFactory(TYPE, this),
      vscode.debug.onDidTerminateDebugSession((session) => {
        this.end(session.id);
      }),
      plane.onSessionChanged((story) => {
        this.hearStory(story);
      }),
    ];
  }

  /** The newest first. */
  get all(): readonly Known[] {
    return [...this.known.values()].reverse();
  }

  /** The one that a person means: the active one, else the newest. */
  get current(): Known | undefined {
    const active = vscode.debug.activeDebugSession;
    return (active === undefined ? undefined : this.known.get(active.id)) ?? this.all[0];
  }

  createDebugAdapterTracker(session: vscode.DebugSession): vscode.DebugAdapterTracker {
    const known = this.begin(session);
    return {
      onWillReceiveMessage: (message: Message) => {
        known.pending.toAdapter(message);
        if (known.program.toAdapter(message)) {
          this.changed.fire(known);
        }
      },
      onDidSendMessage: (message: Message) => {
        this.hear(known, message);
      },
      onWillStopSession: () => {
        this.end(session.id);
      },
      onExit: () => {
        this.end(session.id);
      },
    };
  }

  dispose(): void {
    this.disposables.forEach((each) => {
      each.dispose();
    });
  }

  private begin(session: vscode.DebugSession): Known {
    const before = this.all.filter((each) => !each.isLive);
    before.forEach((each, at) => {
      if (each.session.name === session.name || at >= KEPT) {
        this.known.delete(each.session.id);
      }
    });
    const known = new Known(session);
    this.known.set(session.id, known);
    this.changed.fire(known);
    return known;
  }

  private hear(known: Known, message: Message): void {
    const told = known.voice.hear(message);
    if (known.voice.waits) {
      setTimeout(() => {
        known.voice.unclaimed().forEach((text) => {
          this.saying.fire({ known, told: { what: "said", text } });
        });
      }, PATIENCE);
    }
    const before = known.state;
    const { changed, asks } = known.program.toClient(message);
    if (asks) {
      void this.ask(known, known.program.run);
    }
    if (message.type === "response" && (message.command === "launch" || message.command === "attach")) {
      known.state = message.success === true ? "running" : "failed";
    }
    for (const each of told) {
      if (each.what === "findings") {
        known.note(each.findings);
      }
      this.saying.fire({ known, told: each });
    }
    if (known.pending.toClient(message) || changed || told.length > 0 || before !== known.state) {
      this.changed.fire(known);
    }
  }

  /** One that ends meanwhile, or is no dapshim of today, gives no answer. */
  private async ask(known: Known, run: number): Promise<void> {
    const body: unknown = await known.session.customRequest(PROGRAM).then((answer: unknown) => answer, () => undefined);
    if (known.program.answered(body, run)) {
      this.changed.fire(known);
    }
  }

  private hearStory(story: SessionStory): void {
    const known = this.all.find((each) => this.dapshim.sessionNumber(each.session.id) === story.session);
    if (known === undefined) {
      return;
    }
    known.story = story;
    // Why a start was refused is told here alone.
    const findings = known.note(story.findings);
    if (findings.length > 0) {
      this.saying.fire({ known, told: { what: "findings", findings } });
    }
    this.changed.fire(known);
  }

  private end(id: string): void {
    const known = this.known.get(id);
    if (known?.isLive === true) {
      known.state = "ended";
      this.changed.fire(known);
    }
  }
}
