/** Whether this extension and a server that has just started understand each other. */

export const PROTOCOL = 1;
export const SERVER_NAME = "dapshim";

/** What of the answer to `initialize` is looked at; it comes from outside, so nothing of it is sure to be there. */
export interface Greeting {
  readonly serverInfo?: { readonly name?: unknown; readonly version?: unknown } | undefined;
  readonly capabilities?: { readonly experimental?: unknown } | undefined;
}

export interface Handshake {
  readonly version: string;
  /** Why it cannot be used, with the way out; "" when it can. */
  readonly refusal: string;
  /** What the log should tell. */
  readonly warnings: readonly string[];
}

/** @param own the extension's version */
export function shakeHands(greeting: Greeting, own: string): Handshake {
  const { name, version } = greeting.serverInfo ?? {};
  const said = typeof version === "string" ? version : "";
  if (name !== SERVER_NAME) {
    const called = typeof name === "string" ? `"${name}"` : "a server without a name";
    return {
      version: said,
      refusal: `What was started is ${called}, and not dapshim. Correct the setting "dapshim.path", or empty it.`,
      warnings: [],
    };
  }
  const protocol = protocolOf(greeting.capabilities?.experimental);
  const warnings: string[] = [];
  if (protocol === undefined) {
    warnings.push(`dapshim ${said} does not say which protocol it speaks; ${PROTOCOL} is assumed`);
  } else if (protocol !== PROTOCOL) {
    const older = protocol > PROTOCOL ? "extension" : "dapshim";
    return {
      version: said,
      refusal: `dapshim ${said} and this extension (${own}) do not go together: one speaks protocol ${protocol}, the other ${PROTOCOL}. Update the ${older}, or empty the setting "dapshim.path".`,
      warnings,
    };
  }
  if (said !== own) {
    warnings.push(`dapshim is ${said === "" ? "of unknown version" : said}, the extension ${own}`);
  }
  return { version: said, refusal: "", warnings };
}

function protocolOf(experimental: unknown): number | undefined {
  const ours = isObject(experimental) ? experimental[SERVER_NAME] : undefined;
  const protocol = isObject(ours) ? ours["protocol"] : undefined;
  return typeof protocol === "number" ? protocol : undefined;
}

function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}
