// Starts two configurations in turn and writes how long each took from the start request to the stack frame that the editor shows.
const { writeFileSync } = require("node:fs");
const vscode = require("vscode");

/** Resolve when `wanted` holds of an event, reject after a minute. */
function once(event, wanted, what) {
  return new Promise((resolve, reject) => {
    const timer = setTimeout(() => {
      listener.dispose();
      reject(new Error(`waited 60 s for ${what}`));
    }, 60_000);
    const listener = event((value) => {
      if (wanted(value)) {
        clearTimeout(timer);
        listener.dispose();
        resolve(value);
      }
    });
  });
}

async function start(folder, name) {
  const stopped = once(vscode.debug.onDidChangeActiveStackItem, (item) => item instanceof vscode.DebugStackFrame, `a stop of "${name}"`);
  const began = performance.now();
  if (!(await vscode.debug.startDebugging(folder, name))) {
    throw new Error(`"${name}" did not start`);
  }
  await stopped;
  const taken = performance.now() - began;
  const ended = once(vscode.debug.onDidTerminateDebugSession, () => true, `the end of "${name}"`);
  await vscode.debug.stopDebugging(vscode.debug.activeDebugSession);
  await ended;
  return taken;
}

async function measure() {
  const [folder] = vscode.workspace.workspaceFolders;
  const { names, pairs, result } = JSON.parse(await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder.uri, "probe.json")).then((bytes) => new TextDecoder().decode(bytes)));
  const taken = Object.fromEntries(names.map((name) => [name, []]));
  try {
    // The first of each builds and loads; it counts for nothing.
    for (let pair = -1; pair < pairs; pair += 1) {
      for (const name of pair % 2 === 0 ? names : [...names].reverse()) {
        const milliseconds = await start(folder, name);
        if (pair >= 0) {
          taken[name].push(milliseconds);
        }
        await new Promise((resolve) => setTimeout(resolve, 500));
      }
    }
    writeFileSync(result, JSON.stringify({ taken }));
  } catch (error) {
    writeFileSync(result, JSON.stringify({ taken, error: String(error) }));
  }
}

/** What dapshim's extension says it took to be there: loading its bundle, and `activate`. */
async function activation() {
  const [folder] = vscode.workspace.workspaceFolders;
  const { result } = JSON.parse(await vscode.workspace.fs.readFile(vscode.Uri.joinPath(folder.uri, "probe.json")).then((bytes) => new TextDecoder().decode(bytes)));
  const api = await vscode.extensions.getExtension("dapshim.dapshim").activate();
  writeFileSync(result, JSON.stringify({ activation: api.activation }));
}

exports.activate = (context) => {
  context.subscriptions.push(vscode.commands.registerCommand("probe.activation", activation));
  context.subscriptions.push(vscode.commands.registerCommand("probe.measure", measure));
};
