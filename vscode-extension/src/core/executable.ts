/** What the user's side asks of the rest of the extension, and the other way round. */

/** A program with the arguments that come first, such as `python3 -m dapshim`. */
export interface Executable {
  readonly command: string;
  readonly args: readonly string[];
}

/** The dapshim of this window. */
export interface Dapshim {
  /** Where it is; fails with a sentence for the user where there is none. */
  executable(): Promise<Executable>;
  /** The number by which the control plane knows a session of the editor's; undefined for one that has a process of its own. */
  sessionNumber(id: string): number | undefined;
}

/** Whether the next session is to be recorded, which whoever starts it asks once. */
export interface Recorder {
  /** The file to record the session of this id into, which is about to start; undefined for none. Asking uses it up. */
  take(id: string): string | undefined;
}
