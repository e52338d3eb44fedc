/**
 * How a remedy is carried out. What a person is shown is one thing, what is run without another look is another.
 *
 * Commands of remedies hold names from build info and folders, which are strangers' texts. So a command runs at a click only where
 * every word of it is known to be harmless: the go command, building, installing Delve or tidying a module, with flags that can name
 * no program. It is run without a shell. Any other is typed into a terminal, and the person presses Enter. One that cannot be typed
 * without running (a line end, a control character) is only shown.
 */

import type { Remedy } from "./controlPlane.ts";
import type { MappingRule } from "./mappingRule.ts";

export type Handling =
  | { readonly how: "server"; readonly number: number }
  | { readonly how: "run"; readonly run: Run }
  | { readonly how: "dapshim"; readonly arguments: readonly string[] }
  /** A rule for source paths goes into the project's file; no command does that. */
  | { readonly how: "rule"; readonly rule: MappingRule }
  | { readonly how: "type"; readonly command: string }
  | { readonly how: "person" };

/** A go command, without a shell. `directory` is "" where the command names none. */
export interface Run {
  readonly arguments: readonly string[];
  readonly directory: string;
  readonly environment: Readonly<Record<string, string>>;
}

const DELVE = /^github\.com\/go-delve\/delve\/cmd\/dlv@(latest|v\d+\.\d+\.\d+)$/;
const ENVIRONMENT: ReadonlyMap<string, RegExp> = new Map([
  ["GOOS", /^[a-z0-9]+$/],
  ["GOARCH", /^[a-z0-9]+$/],
  ["CGO_ENABLED", /^[01]$/],
  ["GOWORK", /^off$/],
]);
const BUILD_FLAGS = [/^-gcflags=(all=)?-N( -l)?$/, /^-tags=[\w.,]+$/, /^-(race|msan|asan|cover)$/, /^-buildmode=pie$/];
const INVISIBLE = /[\u0000-\u001f\u007f-\u009f\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/;

/** Say how a remedy is carried out. */
export function handling(remedy: Remedy): Handling {
  if (remedy.number !== undefined) {
    return { how: "server", number: remedy.number };
  }
  const command = remedy.command.trim();
  if (command === "" || INVISIBLE.test(command)) {
    return { how: "person" };
  }
  if (command === "dapshim install-dlv") {
    return { how: "dapshim", arguments: ["install-dlv"] };
  }
  const run = harmless(command);
  return run === undefined ? { how: "type", command } : { how: "run", run };
}

/** Return the title of a remedy as it reads without the one before it: "Or debug it" is "Debug it". */
export function alone(title: string): string {
  const rest = title.replace(/^Or,? /, "");
  return rest.charAt(0).toUpperCase() + rest.slice(1);
}

/** Return what a command does where it is one of those that are known to be harmless. */
export function harmless(command: string): Run | undefined {
  const words = shellWords(command);
  if (words === undefined) {
    return undefined;
  }
  let directory = "";
  if (words[0]?.text === "cd" && words[1] !== undefined && words[2]?.and === true) {
    directory = words[1].text;
    words.splice(0, 3);
  }
  if (words.some((each) => each.and) || (directory !== "" && !/^([\\/]|[A-Za-z]:)/.test(directory))) {
    return undefined;
  }
  const environment: Record<string, string> = {};
  for (let found = assignment(words[0]?.text); found !== undefined; found = assignment(words[0]?.text)) {
    if (ENVIRONMENT.get(found.name)?.test(found.value) !== true) {
      return undefined;
    }
    environment[found.name] = found.value;
    words.shift();
  }
  const [go, ...rest] = words.map((each) => each.text);
  return go === "go" && isHarmless(rest) ? { arguments: rest, directory, environment } : undefined;
}

function assignment(word: string | undefined): { name: string; value: string } | undefined {
  const found = /^([A-Za-z_]\w*)=(.*)$/s.exec(word ?? "");
  return found === null ? undefined : { name: found[1] ?? "", value: found[2] ?? "" };
}

function isHarmless(words: readonly string[]): boolean {
  const [verb, second, ...rest] = words;
  switch (verb) {
    case "build":
      return isBuild(words.slice(1));
    case "test":
      return second === "-c" && isBuild(rest);
    case "install":
      return second !== undefined && DELVE.test(second) && rest.length === 0;
    case "work":
      return (second === "use" && rest.every(isName)) || ((second === "sync" || second === "vendor") && rest.length === 0);
    case "mod":
      return ((second === "tidy" || second === "vendor") && rest.length === 0) || (second === "download" && rest.every(isName));
    default:
      return false;
  }
}

function isBuild(words: readonly string[]): boolean {
  for (let at = 0; at < words.length; at += 1) {
    const word = words[at] ?? "";
    if (word === "-o") {
      at += 1;
      if (!isName(words[at] ?? "-")) {
        return false;
      }
    } else if (!isName(word) && !BUILD_FLAGS.some((each) => each.test(word)) && !setsValues(word)) {
      return false;
    }
  }
  return true;
}

/** Whether it is `-ldflags` with nothing but `-X NAME=VALUE` in it: other flags of the linker can name a program. */
function setsValues(word: string): boolean {
  const flags = /^-ldflags=(.*)$/s.exec(word)?.[1];
  return flags !== undefined && /^['"]?-X/.test(flags) && !/(^|[\s'"])-(?!X[\s=])/.test(flags);
}

function isName(word: string): boolean {
  return word !== "" && !word.startsWith("-");
}

interface Word {
  readonly text: string;
  /** Whether it is the operator `&&`. */
  readonly and: boolean;
}

/** Split a line as a POSIX shell does; undefined where it has more than words and `&&`: a variable, a pattern, a pipe. */
function shellWords(line: string): Word[] | undefined {
  const words: Word[] = [];
  let rest = line.trim();
  while (rest !== "") {
    const and = /^&&(?=\s|$)/.exec(rest);
    const word = and ?? /^(?:[\w@%+=:,./\u0080-\uffff-]|'[^']*'|"(?:[^"\\$`!]|\\["\\$`])*")+(?=\s|$)/.exec(rest);
    if (word === null) {
      return undefined;
    }
    words.push({ text: and === null ? unquoted(word[0]) : "", and: and !== null });
    rest = rest.slice(word[0].length).trimStart();
  }
  return words;
}

function unquoted(word: string): string {
  return word.replace(/'([^']*)'|"((?:[^"\\]|\\.)*)"/gs, (_, single?: string, double?: string) =>
    single ?? (double ?? "").replace(/\\(["\\$`])/g, "$1"),
  );
}
