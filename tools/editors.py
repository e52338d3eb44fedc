"""Makes ready what the tests in real editors need, and runs them: `make test-editors`, `make bench-editors`.

code-server is VS Code's own workbench and extension host behind a page, Chromium shows that page, and playwright-core drives
it. All of it comes from Debian and npm, into `.tools/editors`, once. Emacs and dap-mode are Debian's too; pytest drives them.
Needs nothing but the standard library.
"""

from __future__ import annotations

import argparse
import os
import platform
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Final

# A script's own folder is on its path, not the tree that the folder stands in.
sys.path.insert(0, str(Path(__file__).resolve().parent.parent))

from tools import vsix
from tools.bootstrap import ROOT, VENV, SetUpError, bin_dir, run, say

CACHE: Final = ROOT / ".tools" / "editors"
EXTENSION: Final = ROOT / "vscode-extension"
HARNESS: Final = EXTENSION / "tests" / "editor"

NODE: Final = "24.21.0"
"""code-server 4.139.1 demands Node 24: its native modules are built against these headers."""
CODE_SERVER: Final = "4.139.1"
NATIVE: Final = ("@vscode/spdlog", "@vscode/native-watchdog", "node-pty", "@parcel/watcher")
"""What code-server cannot do without, of all that its own installation compiles; `kerberos` alone would want gssapi.h."""

CHROMIUM: Final = ("chromium", "chromium-browser", "google-chrome")
DEBIAN: Final = {"npm": "npm", "g++": "g++", "make": "make", "pngquant": "pngquant"}
"""Programs, each with the package of Debian that brings it."""

EMACS: Final = "emacs-nox"
DAP_MODE: Final = "elpa-dap-mode"

GOPLS: Final = "0.23.0"
"""The Go extension draws its "debug test" buttons from what gopls says of a file."""

VSCODE_GO: Final = "DAPSHIM_TESTS_VSCODE_GO"


def node_package() -> str:
    """Return npm's package with a whole Node for this machine."""
    machine = {"x86_64": "x64", "aarch64": "arm64"}.get(platform.machine())
    if sys.platform != "linux" or machine is None:
        raise SetUpError(f"the editor tests run on Linux, x86-64 or arm64; this is {platform.system()} on {platform.machine()}")
    return f"node-linux-{machine}"


def node_folder() -> Path:
    """Return where the Node of the editor tests is, with `bin` and `include`."""
    return CACHE / "node" / "node_modules" / node_package()


def environment() -> dict[str, str]:
    """Return what npm and node are run with: the Node of the editor tests first, and its headers for what is compiled.

    npm reads its global npmrc relative to the node that runs it, so the machine's is named: under another node it would be
    lost. A machine's `nodedir` would point at the headers of the machine's Node.
    """
    found = dict(os.environ)
    if shutil.which("npm"):
        asked = subprocess.run(["npm", "config", "get", "globalconfig"], check=False, capture_output=True, text=True, cwd=CACHE)
        if asked.returncode == 0 and asked.stdout.strip():
            found["NPM_CONFIG_GLOBALCONFIG"] = asked.stdout.strip()
    found["npm_config_nodedir"] = str(node_folder())
    found["PATH"] = os.pathsep.join([str(node_folder() / "bin"), found["PATH"]])
    return found


def chromium() -> str | None:
    """Return the Chromium of this machine."""
    return next((path for name in CHROMIUM if (path := shutil.which(name))), None)


def missing_for_vscode() -> list[str]:
    """Return Debian's packages that the stories lack."""
    missing = [package for name, package in DEBIAN.items() if shutil.which(name) is None]
    return missing if chromium() else [*missing, "chromium"]


def missing_for_emacs() -> list[str]:
    """Return Debian's packages that the tests in Emacs lack; a dap-mode from elsewhere counts when Emacs finds it."""
    if shutil.which("emacs") is None:
        return [EMACS, DAP_MODE]
    look = '(progn (package-initialize) (kill-emacs (if (locate-library "dap-mode") 0 1)))'
    command = ["emacs", "--batch", "-q", "--no-site-file", "--eval", look]
    return [] if subprocess.run(command, check=False, capture_output=True).returncode == 0 else [DAP_MODE]


def install_debian_packages(missing: list[str]) -> None:
    """Install Debian's packages, when that is allowed; else say the command that does it."""
    if not missing:
        return
    command = ["apt-get", "install", "-y", "--no-install-recommends", *missing]
    if shutil.which("apt-get") is None:
        raise SetUpError(f"the editor tests need {', '.join(missing)}; this machine has no apt-get to install them with")
    if os.geteuid() != 0:
        raise SetUpError(f"the editor tests need {', '.join(missing)}; install them with: sudo {' '.join(command)}")
    say(f"installing {', '.join(missing)} from Debian (half a minute, once)")
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive"}
    run(["apt-get", "update"], what="apt-get update", env=quiet)
    run(command, what="installing Debian's packages", env=quiet)


def npm(folder: Path, *arguments: str, what: str) -> None:
    """Run npm in `folder`."""
    folder.mkdir(parents=True, exist_ok=True)
    if not (folder / "package.json").exists():
        # Without one, npm installs into the next folder above that has one.
        (folder / "package.json").write_text('{"private": true}\n')
    run(["npm", "--prefix", str(folder), *arguments], what=what, env=environment())


def is_done(folder: Path, wanted: str) -> bool:
    """Whether `folder` was made ready for `wanted`; what was begun and not finished is taken away."""
    stamp = folder / "done"
    if stamp.exists() and stamp.read_text() == wanted:
        return True
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    return False


def install_node() -> None:
    """Install the Node that code-server runs on."""
    folder, wanted = CACHE / "node", f"{node_package()}@{NODE}"
    if is_done(folder, wanted):
        return
    say(f"installing Node {NODE} into .tools/editors (once)")
    npm(folder, "install", wanted, what=f"installing {wanted}")
    (folder / "done").write_text(wanted)


def install_code_server() -> None:
    """Install code-server with the native modules that it needs, compiled for this machine."""
    folder, wanted = CACHE / "code-server", f"code-server@{CODE_SERVER} on {NODE}"
    if is_done(folder, wanted):
        return
    say(f"installing code-server {CODE_SERVER}, a VS Code, into .tools/editors (a minute, once)")
    npm(folder, "install", "--ignore-scripts", f"code-server@{CODE_SERVER}", what="installing code-server")
    vscode = folder / "node_modules" / "code-server" / "lib" / "vscode"
    without_scripts = ("install", "--omit=dev", "--ignore-scripts")
    npm(vscode, *without_scripts, what="installing VS Code's modules")
    npm(vscode / "extensions", *without_scripts, what="installing the modules of VS Code's extensions")
    npm(vscode, "rebuild", *NATIVE, what="compiling VS Code's native modules")
    (folder / "done").write_text(wanted)


def build_extension() -> Path:
    """Return the .vsix of dapshim's own extension, packed anew; its modules bring playwright-core, which drives the page."""
    folder = EXTENSION / "dist"
    for old in folder.glob("*.vsix"):
        old.unlink()
    run(["make", "--no-print-directory", "-C", str(ROOT), "extension"], what="packing the extension", env=environment())
    found = sorted(folder.glob("*.vsix"))
    if len(found) != 1:
        raise SetUpError(f"packing the extension left {len(found)} .vsix files in {folder.relative_to(ROOT)}, not one")
    return found[0]


def build_vscode_go() -> Path | None:
    """Return a .vsix of the Go extension, or None when DAPSHIM_TESTS_VSCODE_GO names none.

    The variable names a .vsix, or a folder with vscode-go's source; that is built once. No registry has the extension, so
    the tests cannot fetch it.
    """
    named = os.environ.get(VSCODE_GO, "")
    if not named:
        return None
    place = Path(named).expanduser().resolve()
    if place.is_file():
        return place
    if not (place / "extension" / "package.json").is_file():
        raise SetUpError(f"{VSCODE_GO}={named}: neither a .vsix nor a folder with vscode-go's source (extension/package.json)")
    folder, wanted = CACHE / "vscode-go", str(place)
    built = folder / "go.vsix"
    if is_done(folder, wanted):
        return built
    say("building the Go extension from its source (half a minute, once)")
    copy = folder / "extension"
    shutil.copytree(place / "extension", copy, ignore=shutil.ignore_patterns("node_modules"))
    shutil.copy(place / "README.md", copy)
    npm(copy, "ci", "--ignore-scripts", what="installing the modules of the Go extension")
    # vsce wants to know where pictures are; nobody looks at them.
    nowhere = ["--baseContentUrl", "https://example.invalid/", "--baseImagesUrl", "https://example.invalid/"]
    vsce = str(copy / "node_modules" / "@vscode" / "vsce" / "vsce")
    command = ["node", vsce, "package", *nowhere, "-o", str(built)]
    run(command, what="packaging the Go extension", env=environment(), cwd=copy)
    shutil.rmtree(copy)
    (folder / "done").write_text(wanted)
    return built


def install_gopls() -> Path:
    """Return the folder with gopls, which the Go extension finds on the PATH."""
    folder, wanted = CACHE / "gopls", f"gopls@{GOPLS}"
    if not is_done(folder, wanted):
        say(f"building gopls {GOPLS} for the Go extension (a minute, once)")
        own = {**os.environ, "GOBIN": str(folder), "GOFLAGS": "", "GOWORK": "off"}
        run(["go", "install", f"golang.org/x/tools/gopls@v{GOPLS}"], what=f"building gopls {GOPLS}", env=own)
        (folder / "done").write_text(wanted)
    return folder


def set_up(missing: list[str]) -> dict[str, str]:
    """Make everything ready, Debian's `missing` packages first; return the environment that the harness runs in."""
    started = time.monotonic()
    CACHE.mkdir(parents=True, exist_ok=True)
    install_debian_packages(missing)
    install_node()
    install_code_server()
    extension = build_extension()
    vscode_go = build_vscode_go()
    dlv = shutil.which("dlv")
    if dlv is None:
        raise SetUpError("no dlv on the PATH; `make test-editors` brings it")
    if (elapsed := time.monotonic() - started) > 1:
        say(f"the editor tests are ready after {elapsed:.0f} s")
    return {
        **environment(),
        "DAPSHIM_EDITORS_CODE_SERVER": str(
            CACHE / "code-server" / "node_modules" / "code-server" / "out" / "node" / "entry.js"
        ),
        "DAPSHIM_EDITORS_CHROMIUM": chromium() or "",
        "DAPSHIM_EDITORS_EXTENSION": str(extension),
        "DAPSHIM_EDITORS_PYTHON": str(Path(sys.executable).resolve()),
        "DAPSHIM_EDITORS_VSCODE_GO": str(vscode_go or ""),
        "DAPSHIM_EDITORS_GOPLS": str(install_gopls() / "gopls") if vscode_go else "",
        "DAPSHIM_EDITORS_STAND_IN": str(vsix.pack(HARNESS / "stand-in", CACHE / "stand-in.vsix")),
        "DAPSHIM_EDITORS_PROBE": str(vsix.pack(HARNESS / "probe", CACHE / "probe.vsix")),
        "DAPSHIM_EDITORS_EVIDENCE": str(ROOT / "build" / "editors"),
        "DAPSHIM_EDITORS_DLV": dlv,
        "DAPSHIM_EDITORS_DAPSHIM": str(VENV / "bin" / "dapshim"),
    }


def test_in_emacs() -> int:
    """Run the tests in Emacs and print how they ended, in a line like the stories' last; what failed is printed whole."""
    command = [str(bin_dir() / "pytest"), "-q", "-m", "emacs", str(ROOT / "tests" / "e2e" / "test_emacs.py")]
    ran = subprocess.run(command, check=False, cwd=ROOT, capture_output=True, text=True)
    lines = ran.stdout.splitlines() or ["pytest said nothing"]
    if ran.returncode != 0:
        print(ran.stdout, ran.stderr, sep="", flush=True)
    print(f"emacs: {lines[-1]}", flush=True)
    return ran.returncode


def main() -> int:
    """Make ready, then run the harness's `run.ts` or `bench.ts` with the arguments that are not ours."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=["ready", "test", "bench"], help="only make ready; run the stories; measure F5")
    parser.add_argument("--pictures", action="store_true", help="write the pictures of docs/images anew, else build/pictures")
    own, others = parser.parse_known_args()
    # Who asks for one story wants that story.
    with_emacs = own.what != "bench" and not any(each.startswith("--story") for each in others)
    try:
        found = set_up([*missing_for_vscode(), *(missing_for_emacs() if with_emacs else [])])
    except SetUpError as error:
        print(f"dapshim set-up: {error}", file=sys.stderr, flush=True)
        return 1
    if own.what == "ready":
        return 0
    if own.pictures:
        found["DAPSHIM_EDITORS_PICTURES"] = str(ROOT / "docs" / "images")
    if own.what == "test":
        tests = [str(each) for each in sorted(HARNESS.glob("*.test.ts"))]
        checked = subprocess.run(["node", "--test", "--test-reporter=dot", *tests], check=False, env=found)
        if checked.returncode != 0:
            return checked.returncode
    script = HARNESS / {"test": "run.ts", "bench": "bench.ts"}[own.what]
    told = subprocess.run(["node", str(script), *others], check=False, env=found).returncode
    in_emacs = test_in_emacs() if own.what == "test" and with_emacs else 0
    return told or in_emacs


if __name__ == "__main__":
    sys.exit(main())
