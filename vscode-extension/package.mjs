// Packs dist/dapshim-VERSION.vsix: the built extension and the wheel of the dapshim that stands beside it.
//   node package.mjs [PYTHON]    PYTHON has pip; the tree's own by default
import { execFileSync } from "node:child_process";
import { cpSync, existsSync, mkdirSync, readFileSync, readdirSync, rmSync } from "node:fs";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const here = dirname(fileURLToPath(import.meta.url));
const top = dirname(here);
const python = process.argv[2] ?? join(top, ".venv", "bin", "python");
const { version } = JSON.parse(readFileSync(join(here, "package.json"), "utf8"));

function run(command, ...args) {
  execFileSync(command, args, { cwd: here, stdio: ["ignore", "inherit", "inherit"] });
}

if (!existsSync(python)) {
  throw new Error(`${python} is not there; run \`make extension\` in ${top}, or name a Python that has pip`);
}
rmSync(join(here, "wheel"), { recursive: true, force: true });
mkdirSync(join(here, "wheel"));
run(python, "-m", "pip", "wheel", "--quiet", "--disable-pip-version-check", "--no-deps", "--wheel-dir", "wheel", top);
const wheels = readdirSync(join(here, "wheel"));
if (wheels.length !== 1 || wheels[0] !== `dapshim-${version}-py3-none-any.whl`) {
  throw new Error(`the wheel is ${wheels.join(", ")}; the extension is ${version}: both have one version`);
}
cpSync(join(top, "LICENSE"), join(here, "LICENSE"));
cpSync(join(top, "CHANGELOG.md"), join(here, "CHANGELOG.md"));
run(process.execPath, "esbuild.mjs", "--production");
const vsix = join("dist", `dapshim-${version}.vsix`);
// Bundled by esbuild: there are no modules to bring along. The links of the README are whole already.
run(process.execPath, join("node_modules", "@vscode", "vsce", "vsce"), "package", "--no-dependencies", "--allow-missing-repository", "--no-rewrite-relative-links", "--out", vsix);
