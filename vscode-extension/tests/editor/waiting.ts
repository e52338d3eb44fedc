/**
 * Bounded waits. A page tells nobody when it has drawn what a person looks for, so it is looked at again and again; each wait says what
 * it waited for and what it saw last.
 */
import { setTimeout as sleep } from "node:timers/promises";

/** What a look found: a value, or, as text, why it is not there yet. */
export type Look<T> = { readonly found: T } | { readonly saw: string };

export function found<T>(value: T): Look<T> {
  return { found: value };
}

export function saw(text: string): Look<never> {
  return { saw: text };
}

export class WaitedInVain extends Error {
  override readonly name = "WaitedInVain";
}

const EVERY_MS = 50;

/** Long enough for a first build of a small Go program on a busy machine. */
export const PATIENCE_MS = 45_000;

/** Look until something is found; throw `WaitedInVain`, which names `what` and what was seen last, after `patience` milliseconds. */
export async function until<T>(what: string, look: () => Promise<Look<T>> | Look<T>, patience: number = PATIENCE_MS): Promise<T> {
  const end = Date.now() + patience;
  let last = "nothing";
  for (;;) {
    const looked = await look();
    if ("found" in looked) {
      return looked.found;
    }
    last = looked.saw;
    if (Date.now() > end) {
      throw new WaitedInVain(`waited ${(patience / 1000).toString()} s for ${what}; saw ${last === "" ? "nothing" : last}`);
    }
    await sleep(EVERY_MS);
  }
}

/** `until` for what is true or not; `describe` says what is there instead. */
export async function untilTrue(what: string, look: () => Promise<boolean> | boolean, patience?: number, describe?: () => Promise<string> | string): Promise<void> {
  await until(what, async () => ((await look()) ? found(true) : saw(describe === undefined ? "that it is not so" : await describe())), patience);
}
