/**
 * A rule for source paths, made of one file that a person has shown, and written into the project's `.dapshim.toml` without touching
 * what else stands there. docs/source-paths.md, "Rules of your own".
 */

export interface MappingRule {
  /** A folder here; relative to the file's folder where it is inside of it. */
  readonly from: string;
  /** The folder that the program has recorded. */
  readonly to: string;
}

/**
 * Return the widest rule that both paths agree on and that stays inside of `folder`, where the project's file is.
 *
 * It throws where the names of the files differ: a rule is about folders.
 */
export function ruleOf(recorded: string, local: string, folder: string): MappingRule {
  const far = recorded.split(/[\\/]/);
  const near = local.split(/[\\/]/);
  if (far.at(-1) !== near.at(-1)) {
    throw new Error(`${near.at(-1) ?? local} has another name than ${recorded}; choose the file of that name.`);
  }
  const root = folder.replace(/[\\/]+$/, "").split(/[\\/]/);
  const inside = root.every((part, at) => near[at] === part);
  const least = inside ? root.length : near.length - 1;
  let same = 1;
  while (same < far.length - 1 && near.length - same > least && far.at(-1 - same) === near.at(-1 - same)) {
    same += 1;
  }
  const from = near.slice(0, near.length - same);
  const relative = inside ? from.slice(root.length).join("/") || "." : from.join("/") || "/";
  const separator = recorded.includes("\\") && !recorded.includes("/") ? "\\" : "/";
  return { from: relative, to: far.slice(0, far.length - same).join(separator) || (far[0] === "" ? "/" : "") };
}

/** Return the rule that a message gives as `substitutePath = [{ from = "…", to = "…" }]`; undefined where it gives none. */
export function ruleIn(message: string): MappingRule | undefined {
  const side = `("(?:[^"\\\\]|\\\\.)*"|'[^']*')`;
  const found = new RegExp(`substitutePath = \\[\\{ from = ${side}, to = ${side} \\}\\]`).exec(message);
  const from = found?.[1] === undefined ? undefined : plain(found[1]);
  const to = found?.[2] === undefined ? undefined : plain(found[2]);
  return from === undefined || to === undefined ? undefined : { from, to };
}

/** Return what a text of TOML says; the server writes its escapes as JSON has them. */
function plain(text: string): string | undefined {
  try {
    return text.startsWith("'") ? text.slice(1, -1) : String(JSON.parse(text));
  } catch {
    return undefined;
  }
}

/** Return the text of `.dapshim.toml` with one more rule, in front of those that are there. */
export function withRule(text: string, rule: MappingRule): string {
  const written = `{ from = ${toml(rule.from)}, to = ${toml(rule.to)} }`;
  const line = /^[ \t]*substitutePath[ \t]*=[ \t]*\[/m.exec(text);
  if (line !== null) {
    const at = line.index + line[0].length;
    const rest = text.slice(at);
    const empty = /^\s*\]/.test(rest);
    return `${text.slice(0, at)}${empty ? written : `${written}, `}${empty ? rest.trimStart() : rest.replace(/^[ \t]+(?=\S)/, "")}`;
  }
  if (/^[ \t]*\[\[[ \t]*substitutePath[ \t]*\]\]/m.test(text)) {
    return `${ended(text)}\n[[substitutePath]]\nfrom = ${toml(rule.from)}\nto = ${toml(rule.to)}\n`;
  }
  // What is not in a table must stand before the first one.
  const table = /^[ \t]*\[/m.exec(text);
  const setting = `substitutePath = [${written}]\n`;
  return table === null ? `${ended(text)}${setting}` : `${text.slice(0, table.index)}${setting}\n${text.slice(table.index)}`;
}

function ended(text: string): string {
  return text === "" || text.endsWith("\n") ? text : `${text}\n`;
}

function toml(text: string): string {
  const escaped = text.replace(/[\\"\u0000-\u001f\u007f]/g, (each) =>
    each === "\\" || each === '"' ? `\\${each}` : `\\u${each.charCodeAt(0).toString(16).padStart(4, "0")}`,
  );
  return `"${escaped}"`;
}
