/** Errors of the compiler in the Problems panel, until the configuration is started again or the file is changed. */

import * as vscode from "vscode";
import { problemsByFile } from "../core/buildProblems.ts";
import type { Known, Sessions } from "./sessions.ts";

export class Problems implements vscode.Disposable {
  private readonly collection = vscode.languages.createDiagnosticCollection("dapshim");
  /** By the configuration's name, then by file. */
  private readonly byName = new Map<string, Map<string, readonly vscode.Diagnostic[]>>();
  /** The errors of each configuration as they were told last. */
  private readonly told = new Map<string, string>();
  private readonly disposables: readonly { dispose(): unknown }[];

  constructor(sessions: Sessions) {
    this.disposables = [
      this.collection,
      sessions.onDidChange((known) => {
        this.hear(known);
      }),
      vscode.workspace.onDidChangeTextDocument((event) => {
        if (event.contentChanges.length > 0) {
          this.fileChanged(event.document.uri);
        }
      }),
    ];
  }

  dispose(): void {
    this.disposables.forEach((each) => {
      each.dispose();
    });
  }

  private hear({ session, program: { buildErrors } }: Known): void {
    const key = `${session.workspaceFolder?.uri.fsPath ?? ""}\0${session.name}`;
    const told = JSON.stringify(buildErrors);
    // A session changes often: what was told already, and was corrected since, does not come back.
    if (this.told.get(key) === told) {
      return;
    }
    this.told.set(key, told);
    const files = new Map<string, readonly vscode.Diagnostic[]>();
    for (const [file, problems] of problemsByFile(buildErrors)) {
      files.set(file, problems.map(diagnostic));
    }
    this.byName.set(key, files);
    this.show();
  }

  private fileChanged(uri: vscode.Uri): void {
    let found = false;
    for (const files of this.byName.values()) {
      found = files.delete(uri.fsPath) || found;
    }
    if (found) {
      this.show();
    }
  }

  private show(): void {
    this.collection.clear();
    const all = new Map<string, vscode.Diagnostic[]>();
    for (const files of this.byName.values()) {
      for (const [file, diagnostics] of files) {
        all.set(file, [...(all.get(file) ?? []), ...diagnostics]);
      }
    }
    for (const [file, diagnostics] of all) {
      this.collection.set(vscode.Uri.file(file), diagnostics);
    }
  }
}

function diagnostic(problem: { readonly line: number; readonly column: number; readonly message: string }): vscode.Diagnostic {
  const at = new vscode.Position(problem.line, problem.column);
  const made = new vscode.Diagnostic(new vscode.Range(at, at), problem.message, vscode.DiagnosticSeverity.Error);
  made.source = "go build";
  return made;
}
