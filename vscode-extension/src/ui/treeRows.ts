/** The rows of the tree "Go debug", and how each looks. What they hold is asked for when they are unfolded. */

import * as vscode from "vscode";
import type { Fact } from "../core/binaryFacts.ts";
import type { Finding, RecordedFile } from "../core/controlPlane.ts";
import { fixOf } from "../core/findings.ts";
import type { Pending } from "../core/pendingBreakpoints.ts";
import { nameOf, TITLES, type Folder, type Group } from "../core/sourceGroups.ts";
import type { Known, State } from "./sessions.ts";

export type Part = "findings" | "breakpoints" | "paths" | "facts";

export type Row =
  | { readonly kind: "session"; readonly known: Known }
  | { readonly kind: "part"; readonly part: Part; readonly known: Known }
  | { readonly kind: "finding"; readonly finding: Finding; readonly known: Known }
  | { readonly kind: "breakpoint"; readonly pending: Pending }
  | { readonly kind: "fact"; readonly fact: Fact }
  | { readonly kind: "group"; readonly group: Group; readonly known: Known }
  | { readonly kind: "folder"; readonly folder: Folder; readonly known: Known }
  | { readonly kind: "file"; readonly file: RecordedFile; readonly known: Known }
  | { readonly kind: "note"; readonly text: string };

const { None, Collapsed, Expanded } = vscode.TreeItemCollapsibleState;

const STATES: Readonly<Record<State, { readonly text: string; readonly icon: string }>> = {
  starting: { text: "starting", icon: "loading~spin" },
  running: { text: "running", icon: "debug-alt" },
  failed: { text: "could not start", icon: "error" },
  ended: { text: "ended", icon: "debug-disconnect" },
};
const PARTS: Readonly<Record<Part, { readonly text: string; readonly icon: string }>> = {
  findings: { text: "Findings", icon: "lightbulb" },
  breakpoints: { text: "Breakpoints that are not set", icon: "debug-breakpoint-unverified" },
  paths: { text: "Source map", icon: "file-symlink-file" },
  facts: { text: "Program", icon: "file-binary" },
};
const SEVERITIES = {
  error: new vscode.ThemeIcon("error", new vscode.ThemeColor("list.errorForeground")),
  warning: new vscode.ThemeIcon("warning", new vscode.ThemeColor("list.warningForeground")),
  info: new vscode.ThemeIcon("info"),
} as const;

export function itemOf(row: Row): vscode.TreeItem {
  switch (row.kind) {
    case "session":
      return sessionItem(row.known);
    case "part":
      return partItem(row.part, row.known);
    case "finding":
      return findingItem(row.finding, row);
    case "breakpoint":
      return breakpointItem(row.pending);
    case "fact":
      return described(new vscode.TreeItem(row.fact.label, None), row.fact.value);
    case "group":
      return described(new vscode.TreeItem(TITLES[row.group.owner], Collapsed), String(row.group.files.length));
    case "folder":
      return folderItem(row.folder);
    case "file":
      return fileItem(row.file);
    case "note":
      return new vscode.TreeItem(row.text, None);
  }
}

function sessionItem(known: Known): vscode.TreeItem {
  const { text, icon } = STATES[known.state];
  const item = described(new vscode.TreeItem(known.session.name, known.isLive || known.state === "failed" ? Expanded : Collapsed), text);
  item.id = known.session.id;
  item.iconPath = new vscode.ThemeIcon(icon);
  item.contextValue = known.isLive ? "live" : "over";
  return item;
}

function partItem(part: Part, known: Known): vscode.TreeItem {
  const { text, icon } = PARTS[part];
  const count = part === "findings" ? known.found.length : part === "breakpoints" ? known.pending.all.length : undefined;
  const loud = part === "findings" || part === "breakpoints";
  const item = new vscode.TreeItem(text, count === 0 ? None : loud ? Expanded : Collapsed);
  item.id = `${known.session.id} ${part}`;
  item.iconPath = new vscode.ThemeIcon(icon);
  return count === undefined ? item : described(item, count === 0 ? "none" : String(count));
}

function findingItem(finding: Finding, row: Row): vscode.TreeItem {
  const item = described(new vscode.TreeItem(finding.message, None), finding.code);
  item.tooltip = finding.message;
  item.iconPath = SEVERITIES[finding.severity];
  item.contextValue = fixOf(finding) === undefined ? "finding" : "finding fixable";
  item.command = { command: "dapshim.showFinding", title: "Show", arguments: [row] };
  return item;
}

function breakpointItem(pending: Pending): vscode.TreeItem {
  const place = `${nameOf(pending.file)}:${pending.line}`;
  // The message often begins with the place, which stands in front of it.
  const item = described(new vscode.TreeItem(place, None), pending.message.startsWith(`${place} `) ? pending.message.slice(place.length + 1) : pending.message);
  item.tooltip = `${pending.file}:${pending.line}\n${pending.message}`;
  item.iconPath = new vscode.ThemeIcon("debug-breakpoint-unverified");
  item.contextValue = "breakpoint";
  const at = new vscode.Position(Math.max(pending.line - 1, 0), 0);
  const options: vscode.TextDocumentShowOptions = { selection: new vscode.Range(at, at) };
  item.command = { command: "vscode.open", title: "Open", arguments: [vscode.Uri.file(pending.file), options] };
  return item;
}

/** Named as a person knows it: from the workspace's folder, where it is there. */
function folderItem(folder: Folder): vscode.TreeItem {
  const recorded = folder.recorded === "" ? "(no folder)" : folder.recorded;
  const relative = folder.local === null ? recorded : vscode.workspace.asRelativePath(folder.local, true);
  const label = relative === folder.local ? recorded : relative;
  const where = folder.local === null ? "nowhere" : folder.local === folder.recorded ? "as recorded" : label === recorded ? `→ ${folder.local}` : `recorded as ${recorded}`;
  const item = described(new vscode.TreeItem(label, Collapsed), where);
  item.tooltip = `The program says: ${recorded}\nHere: ${folder.local ?? "nowhere"}\nFiles: ${folder.files.length}`;
  item.iconPath = new vscode.ThemeIcon("folder");
  return item;
}

function fileItem(file: RecordedFile): vscode.TreeItem {
  const item = described(new vscode.TreeItem(nameOf(file.recorded), None), file.stale === true ? `${file.reason}, changed since the build` : file.reason);
  item.tooltip = `The program says: ${file.recorded}\nHere: ${file.local ?? "nowhere"}\nWhy: ${file.reason}`;
  item.iconPath = file.stale === true ? SEVERITIES.warning : new vscode.ThemeIcon(file.local === null ? "question" : "file");
  item.contextValue = file.local === null ? "nowhere" : "file";
  if (file.local !== null) {
    item.command = { command: "vscode.open", title: "Open", arguments: [vscode.Uri.file(file.local)] };
  }
  return item;
}

function described(item: vscode.TreeItem, text: string): vscode.TreeItem {
  item.description = text;
  return item;
}
