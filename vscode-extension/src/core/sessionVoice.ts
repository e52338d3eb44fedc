/**
 * What a session says aloud, so that one cause is told in one place.
 *
 * dapshim says what it finds for every editor: as an `important` line, which VS Code also shows as a notification without buttons, and
 * a launch that is refused as an error, which VS Code shows in a dialog in the middle of the screen. This extension has a notification
 * with the button that mends it. So the line stays a line (`console`), and the error is not shown twice (`showUser: false`). The finding
 * may follow the error, so every failed start is told by us.
 *
 * VS Code 1.139.1: a tracker is given the very message that VS Code then handles.
 */

import type { Finding } from "./controlPlane.ts";
import { field, isObject, textOf, type Message } from "./dap.ts";
import { findingsOf } from "./findings.ts";

/** What is to be told of a session. */
export type Told =
  | { readonly what: "findings"; readonly findings: readonly Finding[] }
  /** The start failed, and so did a restart that cost the program; or it was not started anew (`again`) and goes on. Nobody else says so. */
  | { readonly what: "failed"; readonly again: boolean; readonly text: string };

const OURS = "dapshim: ";
const FAILED = /^Failed to (?:launch|attach|restart): /;
const STARTS: readonly unknown[] = ["launch", "attach", "restart"];

/** Listens to one session. */
export class SessionVoice {
  private waiting: string[] = [];

  /** Look at a message on its way to the editor, make it quieter where we tell it, and return what is to be told. */
  hear(message: Message): readonly Told[] {
    if (message.type === "event" && message.event === "output") {
      this.output(message.body);
    } else if (message.type === "event" && message.event === "dapshim/findings") {
      return this.findings(message.body);
    } else if (message.type === "response" && message.command === "restart" && message.success === true) {
      return this.goesOn(message.body);
    } else if (message.type === "response" && message.success === false && STARTS.includes(message.command)) {
      return this.failed(message.body);
    }
    return [];
  }

  /** Return the sentences for which no finding has come; whoever shows them asks a moment after they were heard. */
  unclaimed(): readonly string[] {
    const said = this.waiting;
    this.waiting = [];
    return said;
  }

  /** Whether there are sentences that wait for their finding. */
  get waits(): boolean {
    return this.waiting.length > 0;
  }

  private output(body: unknown): void {
    const text = textOf(body, "output");
    if (isObject(body) && body["category"] === "important" && text.startsWith(OURS)) {
      body["category"] = "console";
      this.waiting.push(text.slice(OURS.length).trim());
    }
  }

  private findings(body: unknown): readonly Told[] {
    const findings = findingsOf(body);
    this.waiting = this.waiting.filter((text) => !findings.some((each) => text.startsWith(each.message)));
    return findings.length > 0 ? [{ what: "findings", findings }] : [];
  }

  private failed(body: unknown): readonly Told[] {
    const error = field(body, "error");
    const text = textOf(error, "format");
    // One with a button of its own keeps its dialog, and one that is not to be shown stays so.
    if (!isObject(error) || text === "" || error["showUser"] === false || error["url"] !== undefined) {
      return [];
    }
    error["showUser"] = false;
    return [{ what: "failed", again: false, text: text.replace(FAILED, "") }];
  }

  /** dapshim answers VS Code that all is well (docs/transparency.md), and says in the answer why there was no restart. */
  private goesOn(body: unknown): readonly Told[] {
    const text = textOf(field(body, "dapshim"), "notRestarted");
    this.waiting = this.waiting.filter((each) => each !== text);
    return text === "" ? [] : [{ what: "failed", again: true, text: text.replace(FAILED, "") }];
  }
}
