/** Where dapshim is: what whoever wants to run a command of it must be told. */

/** A program with the arguments that come first, such as `python3 -m dapshim`. */
export interface Executable {
  readonly command: string;
  readonly args: readonly string[];
}

/** What the user's side asks of the rest of the extension. */
export interface Dapshim {
  /** Fails with a sentence for the user where there is no dapshim. */
  executable(): Promise<Executable>;
}

/** Whether the next session is to be recorded, which whoever starts it asks once. */
export interface Recorder {
  /** The file to record the session into that is about to start; undefined for none. Asking uses it up. */
  take(): string | undefined;
}
