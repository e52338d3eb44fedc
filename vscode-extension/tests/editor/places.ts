/**
 * The folders of one run. They look like a person's own, because screenshots show them, and nothing outside of them is written.
 */
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, rmSync, symlinkSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join, resolve } from "node:path";

export const HERE: string = import.meta.dirname;
export const TREE: string = resolve(HERE, "..", "..", "..");
/** Where the pictures go: those of the documentation are written only when a person wants them anew. */
export const IMAGES: string = process.env["DAPSHIM_EDITORS_PICTURES"] ?? join(TREE, "build", "pictures");

/** Read a variable that tools/editors.py sets. */
export function given(name: string): string {
  const value = process.env[name];
  if (value === undefined) {
    throw new Error(`${name} is not set: start the editor tests with "make test-editors"`);
  }
  return value;
}

export interface Places {
  readonly root: string;
  readonly home: string;
  /** Where sockets and temporary files go. */
  readonly temporary: string;
  readonly evidence: string;
  /** Written into the environment of all that is started, so that what is left of it can be found. */
  readonly mark: string;
}

export const MARK = "EDITOR_TESTS_RUN";

/** Take a root that no living run has: its name is seen in screenshots, so it is short and always the same where it can be. */
function takeRoot(): string {
  for (let number = 1; ; number += 1) {
    const root = join(tmpdir(), number === 1 ? "dapshim-editors" : `dapshim-editors-${number.toString()}`);
    const owner = join(root, "pid");
    if (existsSync(owner) && existsSync(`/proc/${readFileSync(owner, "utf8")}`)) {
      continue;
    }
    rmSync(root, { recursive: true, force: true });
    mkdirSync(root, { recursive: true, mode: 0o700 });
    writeFileSync(owner, process.pid.toString());
    return root;
  }
}

export function makePlaces(): Places {
  const root = takeRoot();
  const places = {
    root,
    home: join(root, "home"),
    temporary: join(root, "tmp"),
    evidence: given("DAPSHIM_EDITORS_EVIDENCE"),
    mark: `${process.pid.toString()}-${Date.now().toString()}`,
  };
  for (const folder of [places.home, places.temporary, join(places.home, ".local", "bin")]) {
    mkdirSync(folder, { recursive: true });
  }
  rmSync(places.evidence, { recursive: true, force: true });
  // The person whose home this is has a dlv, and no dapshim on the PATH: the extension brings its own.
  symlinkSync(given("DAPSHIM_EDITORS_DLV"), join(places.home, ".local", "bin", "dlv"));
  if (given("DAPSHIM_EDITORS_GOPLS") !== "") {
    symlinkSync(given("DAPSHIM_EDITORS_GOPLS"), join(places.home, ".local", "bin", "gopls"));
  }
  return places;
}

export function removePlaces(places: Places): void {
  rmSync(places.root, { recursive: true, force: true });
}

/** The environment of that person: a home of their own, and the Go and the caches of this machine. */
export function personsEnvironment(places: Places): NodeJS.ProcessEnv {
  const asked = execFileSync("go", ["env", "GOCACHE", "GOMODCACHE", "GOPATH", "GOPROXY", "GOROOT"], { encoding: "utf8", cwd: TREE }).split("\n");
  const own = join(places.home, ".local", "bin");
  const passed = Object.entries(process.env).filter(([name]) => !/^(DAPSHIM_|npm_|NPM_|VSCODE_|MAKE|MFLAGS|VIRTUAL_ENV|XDG_)/.test(name));
  return {
    ...Object.fromEntries(passed),
    HOME: places.home,
    PATH: `${own}:${join(asked[4] ?? "", "bin")}:${dirname(process.execPath)}:${dirname(given("DAPSHIM_EDITORS_PYTHON"))}:/usr/local/bin:/usr/bin:/bin`,
    TMPDIR: places.temporary,
    XDG_RUNTIME_DIR: places.temporary,
    GOCACHE: asked[0],
    GOMODCACHE: asked[1],
    GOPATH: asked[2],
    GOPROXY: asked[3],
    GOTOOLCHAIN: "local",
    [MARK]: places.mark,
  };
}

/** Copy an example of the tree into the person's home, in place of an older copy; return its folder. */
export function copyOfExample(places: Places, name: string): string {
  const copy = join(places.home, name);
  rmSync(copy, { recursive: true, force: true });
  cpSync(join(TREE, "examples", name), copy, { recursive: true, filter: (path) => !path.includes("__debug_bin") });
  return copy;
}

/** The number, from 1, of the line of a file that holds `text`; throws when none does, or several. */
export function lineOf(file: string, text: string): number {
  const lines = readFileSync(file, "utf8").split("\n");
  const hits = lines.flatMap((line, index) => (line.includes(text) ? [index + 1] : []));
  const [only] = hits;
  if (only === undefined || hits.length > 1) {
    throw new Error(`${file}: ${hits.length.toString()} lines hold ${JSON.stringify(text)}, not one`);
  }
  return only;
}

/** Put `after` where `before` stands in a file; throws when it does not stand there once. */
export function edit(file: string, before: string, after: string): void {
  const text = readFileSync(file, "utf8");
  if (text.split(before).length !== 2) {
    throw new Error(`${file} does not hold ${JSON.stringify(before)} once`);
  }
  writeFileSync(file, text.replace(before, () => after));
}
