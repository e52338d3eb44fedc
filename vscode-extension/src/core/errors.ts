/** What keeps dapshim from being there. Each message is whole sentences for the person, the last of which is the way out. */

export type Lack = "python" | "venv" | "pip" | "network" | "path" | "wheel" | "version" | "trust" | "server";

/** `lack` says what is missing, so that a button can be offered for it; `detail` is for the log alone. */
export class UnavailableError extends Error {
  override readonly name = "UnavailableError";

  constructor(
    readonly lack: Lack,
    message: string,
    readonly detail = "",
  ) {
    super(message);
  }
}

/** What was thrown, as a sentence. */
export function reason(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
