/**
 * Whether a session of type `go` fails for a reason that dapshim mends, told from Delve's own words.
 *
 * Only what it really mends: docs/source-paths.md, docs/healing.md and docs/breakpoints.md.
 */

interface Symptom {
  readonly words: RegExp;
  readonly mended: string;
}

/** Delve 1.27.1, service/debugger and pkg/proc: its texts, to the letter. */
const AT_BREAKPOINT: readonly Symptom[] = [
  { words: /could not find file .*, binary is stripped/, mended: "The program has no debug info, so a breakpoint was not set. dapshim can debug it all the same." },
  { words: /could not find file /, mended: "Delve does not know a file by the path that it has here, so a breakpoint was not set. dapshim finds out which file it is." },
  { words: /could not find statement at /, mended: "A breakpoint is on a line without code, so it was not set. dapshim moves it to the next line that has some." },
];
const AT_LAUNCH: readonly Symptom[] = [
  { words: /could not open debug info|no debug info|binary is stripped/i, mended: "The program has no debug info, so Delve cannot debug it. dapshim can." },
  { words: /directory .* outside (?:main|available) module|main module \(.*\) does not contain package|is not in (?:std|your go\.work)|go: go\.mod file not found|current directory is contained in a module that is not one of the workspace modules/, mended: "Delve built the program from the wrong folder. dapshim finds the module that it belongs to, or says what go.work lacks." },
];

/** Reads one message from the adapter; returns the sentence for the person, undefined when there is nothing to say. */
export function mendable(message: unknown): string | undefined {
  if (!isObject(message)) {
    return undefined;
  }
  const { type, command, success, body } = message;
  if (type === "response" && (command === "launch" || command === "attach") && success === false) {
    return match(AT_LAUNCH, textOf(message));
  }
  if (type === "response" && command === "setBreakpoints" && success === true && isObject(body) && Array.isArray(body["breakpoints"])) {
    for (const each of body["breakpoints"] as unknown[]) {
      if (isObject(each) && each["verified"] === false && typeof each["message"] === "string") {
        return match(AT_BREAKPOINT, each["message"]);
      }
    }
  }
  return undefined;
}

function textOf(message: Readonly<Record<string, unknown>>): string {
  const body = isObject(message["body"]) ? message["body"] : {};
  const error = isObject(body["error"]) ? body["error"] : {};
  return [message["message"], error["format"]].filter((each) => typeof each === "string").join("\n");
}

function match(symptoms: readonly Symptom[], text: string): string | undefined {
  return symptoms.find((each) => each.words.test(text))?.mended;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
