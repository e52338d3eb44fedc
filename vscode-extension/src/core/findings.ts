/** Which findings are told, once each, and what the one button of each does. */

import type { Finding, Remedy, SessionStory, Severity } from "./controlPlane.ts";
import { field, listOf, textOf } from "./dap.ts";
import { alone, handling, type Handling } from "./remedyCommand.ts";

/** The most findings of one event that are looked at; a program has a few. */
const MOST = 100;

/** Read the body of the event `dapshim/findings`; what is none of it is left out. */
export function findingsOf(body: unknown): readonly Finding[] {
  return listOf(body, "findings").slice(0, MOST).map(findingOf).filter((each) => each !== undefined);
}

function findingOf(each: unknown): Finding | undefined {
  const severity = field(each, "severity");
  const code = textOf(each, "code");
  if (code === "" || !isSeverity(severity)) {
    return undefined;
  }
  const evidence = listOf(each, "evidence").filter((one) => typeof one === "string");
  const remedies = listOf(each, "remedies").map(remedyOf).filter((one) => one.title !== "");
  return { code, severity, message: textOf(each, "message"), evidence, remedies };
}

/** Numbers come from the language server alone: what a session says may be another machine's word. */
function remedyOf(each: unknown): Remedy {
  return { title: textOf(each, "title"), command: textOf(each, "command") };
}

function isSeverity(value: unknown): value is Severity {
  return value === "error" || value === "warning" || value === "info";
}

/** Remembers what was told of one session. */
export class ToldOnce {
  private readonly told = new Set<string>();

  /** Return those that are worth a notification and were not told, the worst first. */
  fresh(findings: readonly Finding[]): readonly Finding[] {
    const fresh = findings.filter((each) => each.severity !== "info" && this.note(each));
    return [...fresh.filter((each) => each.severity === "error"), ...fresh.filter((each) => each.severity !== "error")];
  }

  /** Note one as told; says whether it is new. */
  note(finding: Pick<Finding, "code" | "message">): boolean {
    const key = `${finding.code}\0${finding.message}`;
    const fresh = !this.told.has(key);
    this.told.add(key);
    return fresh;
  }
}

/** Return the finding for which a start was refused with this text; the last error is, unless the compiler is to blame. */
export function blamed(text: string, findings: readonly Finding[], compiler: boolean): Finding | undefined {
  const errors = findings.filter((each) => each.severity === "error");
  return errors.find((each) => text.includes(each.message)) ?? (compiler ? undefined : errors.at(-1));
}

/** Return the finding as the language server tells it, whose remedies have the numbers by which it carries them out. */
export function numbered(finding: Finding, story: SessionStory | undefined): Finding {
  const same = story?.findings.find((each) => each.code === finding.code && each.message === finding.message);
  return same === undefined ? finding : { ...same, evidence: same.evidence ?? finding.evidence ?? [] };
}

/** The one button of a finding: what it says, what it does, and what must be shown beside it before it is pressed. */
export interface Fix {
  readonly label: string;
  readonly title: string;
  readonly handling: Handling;
  /** What runs, for the person to see beforehand; "" where the label says it all. */
  readonly shown: string;
}

const LONGEST_LABEL = 48;
const LONGEST_SHOWN = 160;
const LONGEST_MESSAGE = 200;

/** Return the fix of the best remedy that can be pressed; undefined where only a person can do it. */
export function fixOf(finding: Finding): Fix | undefined {
  for (const remedy of finding.remedies) {
    const how = handling(remedy);
    if (how.how === "person") {
      continue;
    }
    const label = how.how === "server" ? shortened(alone(remedy.title), LONGEST_LABEL) : "Type into terminal";
    return { label, title: alone(remedy.title), handling: how, shown: how.how === "server" ? "" : shortened(`${remedy.title}: ${remedy.command}`, LONGEST_SHOWN) };
  }
  return undefined;
}

/** Return what the notification of a finding says; its page says all of it. */
export function sentenceOf(finding: Finding): string {
  const fix = fixOf(finding);
  const first = finding.remedies[0];
  const message = brief(finding.message);
  if (fix === undefined) {
    return first === undefined ? message : `${message} ${stopped(first.title)}`;
  }
  return fix.shown === "" ? message : `${message} ${fix.shown}`;
}

/** Return as many whole sentences as a notification has room for, and at least one. */
export function brief(text: string): string {
  const [first = "", ...more] = text.split(/(?<=[.!?]) (?=[A-Z"])/);
  let kept = first;
  for (const each of more) {
    if (kept.length + each.length >= LONGEST_MESSAGE) {
      break;
    }
    kept += ` ${each}`;
  }
  return shortened(kept, 2 * LONGEST_MESSAGE);
}

/** Return a text with the paths below a folder as they are called from there. */
export function fromFolder(text: string, folder: string | undefined): string {
  return folder === undefined || folder.length < 2 ? text : text.replaceAll(`${folder}/`, "").replaceAll(`${folder}\\`, "");
}

function stopped(text: string): string {
  return /[.!?…]$/.test(text) ? text : `${text}.`;
}

function shortened(text: string, longest: number): string {
  return text.length <= longest ? text : `${text.slice(0, longest - 1).trimEnd()}…`;
}
