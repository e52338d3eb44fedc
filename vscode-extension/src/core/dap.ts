/** As much of a message of the Debug Adapter Protocol as is read here; whatever comes is looked at before it is used. */

export interface Message {
  readonly type?: unknown;
  readonly seq?: unknown;
  readonly command?: unknown;
  readonly event?: unknown;
  readonly request_seq?: unknown;
  readonly success?: unknown;
  readonly arguments?: unknown;
  readonly body?: unknown;
}

export function isObject(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/** Return a member of an object; undefined where there is none, or no object. */
export function field(value: unknown, name: string): unknown {
  return isObject(value) && Object.hasOwn(value, name) ? value[name] : undefined;
}

/** Return a member that is a text, "" for any other. */
export function textOf(value: unknown, name: string): string {
  const found = field(value, name);
  return typeof found === "string" ? found : "";
}

/** Return a member that is a number, undefined for any other. */
export function numberOf(value: unknown, name: string): number | undefined {
  const found = field(value, name);
  return typeof found === "number" && Number.isFinite(found) ? found : undefined;
}

/** Return a member that is a list, an empty one for any other. */
export function listOf(value: unknown, name: string): readonly unknown[] {
  const found: unknown = field(value, name);
  return Array.isArray(found) ? (found as unknown[]) : [];
}
