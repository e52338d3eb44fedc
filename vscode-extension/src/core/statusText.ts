/** What the status bar says of the source map in use, in few words, and its tooltip in more. */

import type { Paths } from "./controlPlane.ts";
import { counted } from "./sourceGroups.ts";

export interface StatusText {
  readonly text: string;
  readonly tooltip: string;
  /** Whether a person should look: files of the program are nowhere. */
  readonly missing: boolean;
}

/** Return it for a session; `paths` is undefined while the program is being read, or where it cannot be. */
export function statusText(name: string, paths: Paths | undefined): StatusText {
  if (paths === undefined) {
    return { text: "Go: source map not known yet", tooltip: `${name}: the program is still being read.`, missing: false };
  }
  const { mapped, nowhere, total } = counted(paths);
  const text = mapped === 0 ? "Go: paths as recorded" : `Go: ${files(mapped)} mapped`;
  const how =
    mapped === 0
      ? "Every file is where the program says that it is."
      : `${files(mapped)} of ${total} ${mapped === 1 ? "is" : "are"} somewhere else than the program says; breakpoints and stacks use your files.`;
  const lost = nowhere === 0 ? "" : ` ${files(nowhere)} ${nowhere === 1 ? "is" : "are"} nowhere on this machine.`;
  return { text, tooltip: `${name}: ${how}${lost} Click to see them.`, missing: nowhere > 0 };
}

function files(number: number): string {
  return number === 1 ? "1 file" : `${number} files`;
}
