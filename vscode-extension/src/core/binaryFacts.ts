/** What `dapshim inspect --json` says of a program, as short rows. What is not there is left out. */

import { field, textOf } from "./dap.ts";
import type { Finding } from "./controlPlane.ts";
import { findingsOf } from "./findings.ts";

export interface Fact {
  readonly label: string;
  readonly value: string;
}

const ABILITIES = ["breakpoints", "stack", "variables"] as const;
const ANSWERS = ["yes", "partly", "no"];

export function factsOf(inspected: unknown): readonly Fact[] {
  const facts: Fact[] = [];
  const file = textOf(inspected, "file");
  if (file !== "") {
    facts.push({ label: "Program", value: file });
  }
  for (const name of ABILITIES) {
    const here = textOf(field(inspected, "dapshim"), name);
    const plain = textOf(field(inspected, "plain"), name);
    if (ANSWERS.includes(here)) {
      const value = plain === here || !ANSWERS.includes(plain) ? here : `${here} (without dapshim: ${plain})`;
      facts.push({ label: `${name.charAt(0).toUpperCase()}${name.slice(1)}`, value });
    }
  }
  return facts;
}

/** What it found. */
export function findingsOfInspection(inspected: unknown): readonly Finding[] {
  return findingsOf(inspected);
}
