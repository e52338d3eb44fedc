/**
 * Keeps one server alive.
 *
 * 1. There is one server at a time, and one attempt to start it.
 * 2. One that dies is started again, at once and then after longer and longer pauses. One that has lived for a while starts the
 *    count anew.
 * 3. After too many deaths nothing more is tried by itself; whoever asks for the server tries once more.
 * 4. A start that fails is no death: what keeps it from starting (no Python, no network) does not go by itself. It is told to
 *    whoever asks, and each question tries again.
 */

import { reason } from "./errors.ts";

export interface Running {
  /** Resolves, with the reason, when it has died or was stopped; never rejects. */
  readonly ended: Promise<string>;
  stop(): Promise<void>;
}

export type State =
  | { readonly kind: "stopped" }
  | { readonly kind: "starting" }
  | { readonly kind: "running" }
  | { readonly kind: "waiting"; readonly seconds: number }
  | { readonly kind: "failed"; readonly error: unknown };

export interface Clock {
  now(): number;
  /** Calls back once after so many milliseconds; what it returns takes that back. */
  after(milliseconds: number, call: () => void): () => void;
}

export const SYSTEM_CLOCK: Clock = {
  now: () => Date.now(),
  after(milliseconds, call) {
    const timer = setTimeout(call, milliseconds);
    return () => {
      clearTimeout(timer);
    };
  },
};

/** Pauses before each further start, in seconds. */
export const PAUSES = [0, 1, 2, 5, 15, 30] as const;
/** Seconds of life after which a death is the first one again. */
export const LONG_LIFE = 120;

export class Supervisor<S extends Running> {
  private current: Promise<S> | undefined;
  private running: S | undefined;
  private deaths = 0;
  private takeBack: (() => void) | undefined;
  private wanted = true;
  private closed = false;
  private shown: State = { kind: "stopped" };

  constructor(
    private readonly start: () => Promise<S>,
    private readonly say: (text: string) => void,
    private readonly changed: (state: State) => void = () => undefined,
    private readonly clock: Clock = SYSTEM_CLOCK,
  ) {}

  get state(): State {
    return this.shown;
  }

  /** The server, started if there is none. Rejects with what kept it from starting. */
  get(): Promise<S> {
    if (this.closed) {
      return Promise.reject(new Error("This window is being closed."));
    }
    this.wanted = true;
    this.takeBack?.();
    this.takeBack = undefined;
    this.current ??= this.begin();
    return this.current;
  }

  /** Ends the server and starts another. */
  async restart(): Promise<S> {
    await this.stop();
    this.deaths = 0;
    return this.get();
  }

  /** Ends the server; there is none until somebody asks. */
  async stop(): Promise<void> {
    this.wanted = false;
    this.takeBack?.();
    this.takeBack = undefined;
    const { current: starting, running } = this;
    // At once: whoever asks while this waits has another one started, which is none of ours.
    this.current = undefined;
    this.running = undefined;
    // One that is just starting must not be left behind.
    const found = running ?? (await starting?.catch(() => undefined));
    await found?.stop();
    // Meanwhile somebody may have asked for it again.
    if (!this.isWanted()) {
      this.show({ kind: "stopped" });
    }
  }

  /** Ends the server for good: whoever still asks gets none. */
  close(): Promise<void> {
    this.closed = true;
    return this.stop();
  }

  private isWanted(): boolean {
    return this.wanted;
  }

  private begin(): Promise<S> {
    this.show({ kind: "starting" });
    const starting = this.start();
    const begun = this.clock.now();
    starting.then(
      (server) => {
        if (this.current !== starting) {
          return;
        }
        this.running = server;
        this.show({ kind: "running" });
        void server.ended.then((why) => {
          this.died(server, why, begun);
        });
      },
      (error: unknown) => {
        if (this.current === starting) {
          this.current = undefined;
          this.show({ kind: "failed", error });
        }
      },
    );
    return starting;
  }

  private died(server: S, why: string, begun: number): void {
    if (this.running !== server) {
      return;
    }
    this.running = undefined;
    this.current = undefined;
    if (!this.wanted) {
      return;
    }
    if (this.clock.now() - begun >= LONG_LIFE * 1000) {
      this.deaths = 0;
    }
    const seconds = PAUSES[this.deaths];
    this.deaths += 1;
    if (seconds === undefined) {
      const error = new Error(`dapshim has ended ${this.deaths} times in a row (${why}). See the log; the command "dapshim: Restart" tries again.`);
      this.say(error.message);
      this.show({ kind: "failed", error });
      return;
    }
    this.say(`dapshim has ended (${why}); it is started again${seconds === 0 ? "" : ` in ${seconds} s`}`);
    this.show({ kind: "waiting", seconds });
    this.takeBack = this.clock.after(seconds * 1000, () => {
      this.takeBack = undefined;
      this.get().catch((error: unknown) => {
        this.say(`dapshim could not be started again: ${reason(error)}`);
      });
    });
  }

  private show(state: State): void {
    this.shown = state;
    this.changed(state);
  }
}
