// What the Go extension adds to a configuration with debugServer, and nothing else of it. Story 1 holds what arrives at dapshim against
// what the real one sent (vscode-go-launch.json).
const { join } = require("node:path");
const vscode = require("vscode");

function resolveDebugConfigurationWithSubstitutedVariables(_folder, configuration) {
  return {
    ...configuration,
    packagePathToGoModPathMap: {},
    debugAdapter: "dlv-dap",
    showRegisters: false,
    showGlobalVariables: false,
    substitutePath: [],
    showLog: false,
    logOutput: "debugger",
    dlvFlags: [],
    hideSystemGoroutines: false,
    dlvToolPath: join(process.env.HOME, ".local", "bin", "dlv"),
    env: { GOPATH: process.env.GOPATH, ...configuration.env },
  };
}

exports.activate = (context) => {
  context.subscriptions.push(vscode.debug.registerDebugConfigurationProvider("go", { resolveDebugConfigurationWithSubstitutedVariables }));
};
