/**
 * As much of VS Code's API as the extension touches, for plain Node: esbuild puts it in the place of "vscode". It keeps what was
 * registered and shown, and answers what a test has it answer. What VS Code itself makes of it only the stories show.
 */

type Listener<T> = (value: T) => unknown;

export class Disposable {
  constructor(private readonly call: () => unknown) {}
  static from(...all: readonly { dispose(): unknown }[]): Disposable {
    return new Disposable(() => all.map((each) => each.dispose()));
  }
  dispose(): void {
    this.call();
  }
}

export class EventEmitter<T> {
  private readonly listeners = new Set<Listener<T>>();
  readonly event = (listener: Listener<T>): Disposable => {
    this.listeners.add(listener);
    return new Disposable(() => this.listeners.delete(listener));
  };
  fire(value: T): void {
    [...this.listeners].forEach((each) => each(value));
  }
  dispose(): void {
    this.listeners.clear();
  }
}

export class CancellationError extends Error {
  override readonly name = "Canceled";
}

export class Uri {
  readonly scheme = "file";
  private constructor(readonly fsPath: string) {}
  static file(path: string): Uri {
    return new Uri(path);
  }
  static joinPath(base: Uri, ...parts: readonly string[]): Uri {
    return new Uri([base.fsPath, ...parts].join("/"));
  }
}

export class Position {
  constructor(
    readonly line: number,
    readonly character: number,
  ) {}
}
export class Range {
  constructor(
    readonly start: Position,
    readonly end: Position,
  ) {}
}
export class Diagnostic {
  source = "";
  constructor(
    readonly range: Range,
    readonly message: string,
    readonly severity: number,
  ) {}
}
export class TreeItem {
  constructor(
    readonly label: string,
    readonly collapsibleState: number,
  ) {}
}
export class ThemeIcon {
  constructor(readonly id: string) {}
}
export class ThemeColor {
  constructor(readonly id: string) {}
}
export class SourceBreakpoint extends Range {}
export class Location extends Range {}
export class DebugAdapterNamedPipeServer {
  constructor(readonly path: string) {}
}
export class DebugAdapterExecutable {
  constructor(
    readonly command: string,
    readonly args: readonly string[],
  ) {}
}

export const TreeItemCollapsibleState = { None: 0, Collapsed: 1, Expanded: 2 };
export const DebugConfigurationProviderTriggerKind = { Initial: 1, Dynamic: 2 };
export const DiagnosticSeverity = { Error: 0 };
export const ProgressLocation = { Notification: 15, Window: 10 };
export const StatusBarAlignment = { Left: 1 };
export const ConfigurationTarget = { Global: 1, Workspace: 2 };
export const ViewColumn = { One: 1, Beside: -2 };
export const version = "1.139.1";
export const env = { appName: "Fake" };
export const extensions = { getExtension: (): undefined => undefined };

export interface Shown {
  readonly kind: "error" | "warning" | "info";
  readonly text: string;
  readonly buttons: readonly string[];
}

/** What a test looks at, and what it decides. */
export class Editor {
  readonly providers: { type: string; provider: unknown; trigger: number | undefined }[] = [];
  readonly trackers = new Map<string, unknown>();
  readonly factories = new Map<string, unknown>();
  readonly commands = new Map<string, (...given: readonly unknown[]) => unknown>();
  readonly executed: string[] = [];
  readonly shown: Shown[] = [];
  readonly documents: string[] = [];
  readonly pages: { html: string }[] = [];
  readonly logged: string[] = [];
  readonly typed: { text: string; run: boolean }[] = [];
  readonly problems = new Map<string, readonly Diagnostic[]>();
  readonly settings = new Map<string, unknown>();
  readonly status = { text: "", visible: false };
  readonly started = new EventEmitter<unknown>();
  readonly terminated = new EventEmitter<unknown>();
  readonly granted = new EventEmitter<undefined>();
  readonly configured = new EventEmitter<{ affectsConfiguration(name: string): boolean }>();
  tree: { getChildren(row?: unknown): Promise<unknown[]>; getTreeItem(row: unknown): TreeItem; onDidChangeTreeData(listener: () => void): Disposable } | undefined;
  trusted = true;
  /** Which button a person presses. */
  press: (shown: Shown) => string | undefined = () => undefined;

  show(kind: Shown["kind"]): (text: string, ...given: readonly unknown[]) => Promise<string | undefined> {
    return (text, ...given) => {
      const shown = { kind, text, buttons: given.filter((each) => typeof each === "string") };
      this.shown.push(shown);
      return Promise.resolve(this.press(shown));
    };
  }

  /** The one that was registered for a type, with that trigger. */
  provider(type: string, trigger?: number): Readonly<Record<string, (...given: readonly unknown[]) => unknown>> {
    const found = this.providers.filter((each) => each.type === type && each.trigger === trigger);
    if (found[0] === undefined || found.length !== 1) {
      throw new Error(`${found.length} providers of ${type}`);
    }
    return found[0].provider as Readonly<Record<string, (...given: readonly unknown[]) => unknown>>;
  }
}

export const editor = new Editor();
const none = (): Disposable => new Disposable(() => undefined);

export const debug = {
  activeDebugSession: undefined,
  breakpoints: [],
  onDidStartDebugSession: editor.started.event,
  onDidTerminateDebugSession: editor.terminated.event,
  onDidChangeActiveDebugSession: none,
  registerDebugConfigurationProvider: (type: string, provider: unknown, trigger?: number) => {
    editor.providers.push({ type, provider, trigger });
    return none();
  },
  registerDebugAdapterTrackerFactory: (type: string, factory: unknown) => {
    editor.trackers.set(type, factory);
    return none();
  },
  registerDebugAdapterDescriptorFactory: (type: string, factory: unknown) => {
    editor.factories.set(type, factory);
    return none();
  },
  startDebugging: () => Promise.resolve(true),
  stopDebugging: () => Promise.resolve(),
};

export const window = {
  activeTextEditor: undefined as unknown,
  visibleTextEditors: [],
  showErrorMessage: editor.show("error"),
  showWarningMessage: editor.show("warning"),
  showInformationMessage: editor.show("info"),
  showQuickPick: () => Promise.resolve(undefined),
  showTextDocument: () => Promise.resolve(undefined),
  createOutputChannel: () => {
    const say = (text: string): void => {
      editor.logged.push(text);
    };
    return { info: say, warn: say, error: say, debug: say, show: none, dispose: none };
  },
  createStatusBarItem: () =>
    Object.assign(editor.status, {
      show: () => {
        editor.status.visible = true;
      },
      hide: () => {
        editor.status.visible = false;
      },
      dispose: none,
    }),
  createTreeView: (_: string, { treeDataProvider }: { treeDataProvider: NonNullable<Editor["tree"]> }) => {
    editor.tree = treeDataProvider;
    return none();
  },
  createWebviewPanel: () => {
    const webview = { html: "", onDidReceiveMessage: none };
    editor.pages.push(webview);
    return { title: "", webview, reveal: none, onDidDispose: none, dispose: none };
  },
  createTerminal: () => ({
    show: none,
    sendText: (text: string, run: boolean) => {
      editor.typed.push({ text, run });
    },
  }),
  withProgress: (_: unknown, task: (progress: { report: () => void }) => unknown) => task({ report: none }),
};

export const workspace = {
  workspaceFolders: [{ uri: Uri.file("/ws"), name: "ws", index: 0 }],
  get isTrusted(): boolean {
    return editor.trusted;
  },
  onDidGrantWorkspaceTrust: editor.granted.event,
  onDidChangeConfiguration: editor.configured.event,
  onDidChangeTextDocument: none,
  getWorkspaceFolder: () => undefined,
  asRelativePath: (path: string) => path.replace("/ws/", ""),
  openTextDocument: ({ content }: { content: string }) => {
    editor.documents.push(content);
    return Promise.resolve({});
  },
  fs: { createDirectory: () => Promise.resolve(), delete: () => Promise.resolve() },
  getConfiguration: (section: string) => ({
    get: (name: string, otherwise?: unknown) => editor.settings.get(`${section}.${name}`) ?? otherwise,
    inspect: (name: string) => ({ workspaceValue: editor.settings.get(`${section}.${name}`) }),
    update: (name: string, value: unknown) => {
      editor.settings.set(`${section}.${name}`, value);
      return Promise.resolve();
    },
  }),
};

export const commands = {
  registerCommand: (name: string, command: (...given: readonly unknown[]) => unknown) => {
    editor.commands.set(name, command);
    return none();
  },
  executeCommand: (name: string) => {
    editor.executed.push(name);
    return Promise.resolve();
  },
};

export const languages = {
  createDiagnosticCollection: () => ({
    clear: () => {
      editor.problems.clear();
    },
    set: (uri: Uri, diagnostics: readonly Diagnostic[]) => {
      editor.problems.set(uri.fsPath, diagnostics);
    },
    dispose: none,
  }),
};
