/**
 * What `dapshim lsp` answers beside the Language Server Protocol: docs/language-server.md, "The control plane".
 *
 * Types alone. Whoever asks gets a `ControlPlane`; who carries the questions is no business of src/core.
 */

/** A remedy: a command for a shell, and, where dapshim can do it by itself, the number to do it by. */
export interface Remedy {
  readonly title: string;
  /** The line for a shell; empty when there is none. */
  readonly command: string;
  /** The argument of the server's command `dapshim.remedy`; left out where only a person can do it. */
  readonly number?: number;
}

export type Severity = "error" | "warning" | "info";

/** One diagnosed fact. `code` is a heading of docs/diagnostics.md. */
export interface Finding {
  readonly code: string;
  readonly severity: Severity;
  readonly message: string;
  /** The facts that were measured, as they stand there. */
  readonly evidence?: readonly string[];
  readonly remedies: readonly Remedy[];
}

/** A place that a session can be reached at. */
export type Door =
  | { readonly session: number; readonly transport: "unix"; readonly address: string; readonly path: string }
  | { readonly session: number; readonly transport: "tcp"; readonly address: string; readonly host: string; readonly port: number; readonly token: string };

export type SessionState = "waiting" | "starting" | "running" | "failed" | "ended";

/** What a session says of itself. */
export interface SessionStory {
  readonly session: number;
  readonly state: SessionState;
  /** The name of its configuration. */
  readonly name: string;
  readonly request: string;
  /** The attribute `program` as the client sent it. */
  readonly program: string;
  /** The executable that runs, as soon as it is known; "" before, and where it is on another machine. */
  readonly executable: string;
  readonly pid: number | null;
  readonly folder: string;
  readonly address: string;
  /** Why its launch failed. */
  readonly error: string;
  readonly findings: readonly Finding[];
}

/** The notification `dapshim/sessionChanged`. */
export interface SessionChanged extends SessionStory {
  readonly what: "state" | "findings" | "ended";
}

/** A main package, or a package with tests, of a workspace. */
export interface Program {
  readonly kind: "main" | "test";
  /** Its folder, absolute. */
  readonly folder: string;
  readonly importPath: string;
  /** The folder of its module. */
  readonly module: string;
}

/** One row of `dapshim paths --json`. */
export interface RecordedFile {
  readonly recorded: string;
  readonly local: string | null;
  readonly reason: string;
  readonly stale: boolean | null;
}

export interface Paths {
  readonly binary: string;
  readonly files: readonly RecordedFile[];
  readonly rules: readonly { readonly from: string; readonly to: string }[];
}

/** `dapshim why --json`. */
export interface Why {
  readonly file: string;
  readonly line: number;
  readonly function: string | null;
  readonly settable: boolean;
  readonly cause: string | null;
  readonly message: string;
  readonly nearest: readonly number[];
  readonly evidence: readonly string[];
  readonly remedies: readonly Remedy[];
}

/** A rule for source paths: what is `from` here was built as `to`; it stands in `file`. */
export interface Mapped {
  readonly file: string;
  readonly from: string;
  readonly to: string;
}

export interface StartSession {
  readonly workspaceFolder?: string;
  readonly options?: Readonly<Record<string, unknown>>;
  readonly transport?: "unix" | "tcp";
  /** A file to record every message into. */
  readonly trace?: string;
}

/** The requests; each fails with an `Error` whose message is a sentence for the user. */
export interface ControlPlane {
  startSession(params: StartSession): Promise<Door>;
  stopSession(session: number): Promise<boolean>;
  sessions(): Promise<readonly SessionStory[]>;
  programs(folder: string): Promise<readonly Program[]>;
  inspect(binary: string, folder?: string): Promise<Readonly<Record<string, unknown>>>;
  paths(binary: string, folder?: string): Promise<Paths>;
  /** Why a breakpoint is hollow; without a `target` the server takes the program that a session runs, else the package's own. */
  why(file: string, line: number, target?: string): Promise<Why>;
  /** Have the project's file say that `local` is what programs record as `recorded`. */
  mapFile(recorded: string, local: string, folder?: string): Promise<Mapped>;
  /** Carry out a remedy of a finding, by its number; the text is what it printed. */
  remedy(number: number): Promise<string>;
  onSessionChanged(listener: (story: SessionChanged) => void): { dispose(): void };
}
