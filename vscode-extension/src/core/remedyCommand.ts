/**
 * How a remedy is carried out. What a person is shown is one thing, what is done without another look is another.
 *
 * Commands of remedies hold names from build info and folders, which are strangers' texts: no command is ever run from here. What
 * dapshim can do itself the language server has as a value under a number, and does at a click. Any other command is typed into a
 * terminal, and the person presses Enter. One that cannot be typed without running, or that shows another text than runs, is only
 * shown.
 */

import type { Remedy } from "./controlPlane.ts";

export type Handling = { readonly how: "server"; readonly number: number } | { readonly how: "type"; readonly command: string } | { readonly how: "person" };

/** Line ends, other controls, and characters that nobody sees or that turn a text around. */
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

/** Say how a remedy is carried out. */
export function handling(remedy: Remedy): Handling {
  if (remedy.number !== undefined) {
    return { how: "server", number: remedy.number };
  }
  const command = remedy.command.trim();
  return command === "" || INVISIBLE.test(command) ? { how: "person" } : { how: "type", command };
}

/** Return the title of a remedy as it reads without the one before it: "Or debug it" is "Debug it". */
export function alone(title: string): string {
  const rest = title.replace(/^Or,? /, "");
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}
