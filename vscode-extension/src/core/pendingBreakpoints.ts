/**
 * The breakpoints of a session that are not set yet, or cannot be, as its messages tell: answers to setBreakpoints, and the events
 * by which one changes later. Knows DAP and no editor.
 */

import { field, listOf, numberOf, textOf, type Message } from "./dap.ts";

/** One breakpoint that is hollow, and why. `line` begins at 1. */
export interface Pending {
  readonly file: string;
  readonly line: number;
  readonly message: string;
}

interface Known extends Pending {
  readonly id: number | undefined;
}

/** Follows one session. */
export class PendingBreakpoints {
  private readonly asked = new Map<number, { file: string; lines: readonly number[] }>();
  private readonly byFile = new Map<string, readonly Known[]>();

  /** All that are hollow now, by file and line. */
  get all(): readonly Pending[] {
    const found = [...this.byFile.values()].flat();
    return found.sort((one, other) => (one.file === other.file ? one.line - other.line : one.file < other.file ? -1 : 1));
  }

  /** Note what the editor asks for. */
  toAdapter(message: Message): void {
    if (message.type !== "request" || message.command !== "setBreakpoints" || typeof message.seq !== "number") {
      return;
    }
    const file = textOf(field(message.arguments, "source"), "path");
    if (file !== "") {
      const lines = listOf(message.arguments, "breakpoints").map((each) => numberOf(each, "line") ?? 0);
      this.asked.set(message.seq, { file, lines });
    }
  }

  /** Note what comes of it; says whether anything has changed. */
  toClient(message: Message): boolean {
    if (message.type === "response" && message.command === "setBreakpoints" && typeof message.request_seq === "number") {
      const asked = this.asked.get(message.request_seq);
      this.asked.delete(message.request_seq);
      return asked !== undefined && message.success === true && this.answered(asked, message.body);
    }
    return message.type === "event" && message.event === "breakpoint" && this.changed(message.body);
  }

  private answered(asked: { readonly file: string; readonly lines: readonly number[] }, body: unknown): boolean {
    const hollow: Known[] = [];
    listOf(body, "breakpoints").forEach((each, at) => {
      if (field(each, "verified") !== true) {
        // The line where the person put it: the adapter need not repeat it.
        const line = asked.lines[at] ?? numberOf(each, "line") ?? 0;
        hollow.push({ file: asked.file, line, message: textOf(each, "message"), id: numberOf(each, "id") });
      }
    });
    const before = this.byFile.get(asked.file) ?? [];
    this.byFile.set(asked.file, hollow);
    return before.length > 0 || hollow.length > 0;
  }

  private changed(body: unknown): boolean {
    const changed = field(body, "breakpoint");
    const id = numberOf(changed, "id");
    if (id === undefined) {
      return false;
    }
    const gone = field(changed, "verified") === true || field(body, "reason") === "removed";
    let found = false;
    for (const [file, known] of this.byFile) {
      if (known.some((each) => each.id === id)) {
        found = true;
        const left = gone ? known.filter((each) => each.id !== id) : known;
        const message = textOf(changed, "message");
        this.byFile.set(
          file,
          left.map((each) => (each.id === id && message !== "" ? { ...each, message } : each)),
        );
      }
    }
    return found;
  }
}
