/**
 * HTML in which nothing can be forgotten: whatever is put into a template is escaped, unless it is itself made by one.
 */

const ENTITIES: Readonly<Record<string, string>> = { "&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "'": "&#39;", "`": "&#96;" };

/** A piece of HTML that was made by `html`. */
export class Html {
  /** Only `html` makes one: a text that is wrapped by hand is a text that nobody has escaped. */
  private constructor(readonly text: string) {}

  static of(strings: TemplateStringsArray, values: readonly Piece[]): Html {
    return new Html(strings.map((each, index) => each + (index < values.length ? written(values[index]) : "")).join(""));
  }
}

export type Piece = Html | string | number | undefined | null | false | readonly Piece[];

/** Make HTML; texts and numbers are escaped, lists are joined, and what is not there leaves nothing. */
export function html(strings: TemplateStringsArray, ...values: readonly Piece[]): Html {
  return Html.of(strings, values);
}

/** Escape a text for any place within an element or within a quoted attribute. */
export function escaped(text: string): string {
  return text.replace(/[&<>"'`]/g, (each) => ENTITIES[each] ?? "");
}

function written(value: Piece): string {
  if (value === undefined || value === null || value === false) {
    return "";
  }
  if (value instanceof Html) {
    return value.text;
  }
  if (typeof value === "object") {
    return value.map(written).join("");
  }
  return escaped(String(value));
}
