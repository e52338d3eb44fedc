"""A test that passes with its shim taken out is not a test: here each shim's tests are run once without it, and must fail.

A second pytest runs the tests that are named below. What it starts, and dapshim with it, finds a `sitecustomize` on its path
that takes one layer out of the list of `dapshim.shims`, as if it were not there; dapshim itself has no switch for that.
"""

from __future__ import annotations

import subprocess
import sys
import xml.etree.ElementTree as ET
from pathlib import Path
from typing import Final

import pytest

from dapshim.shims import make_layers
from tests.real import clean_environment

ROOT: Final = Path(__file__).parents[1]
BOUND: Final = 170.0
"""Seconds for a second pytest, which builds the tests' program first; a few when the machine has time."""

SOON: Final = 12.0
"""Seconds that a test waits for what will not come; with all that is there, each is done in less."""

TESTS: Final = {
    "client_conventions": [
        "tests/e2e/test_client_conventions.py::test_it_has_the_same_session",
        "tests/shims/test_client_conventions.py::test_it_is_the_outermost_of_the_features",
    ],
    "program_findings": [
        "tests/e2e/test_preflight.py::test_what_was_built_is_examined_too",
        "tests/e2e/test_preflight.py::test_other_versions_and_changed_sources_are_told_once",
    ],
    "restart": [
        "tests/e2e/test_restart.py::test_code_that_does_not_compile_costs_no_program",
        "tests/e2e/test_restart.py::test_an_executable_is_restarted_also_one_that_was_built_meanwhile",
    ],
    "kept_session": [
        "tests/e2e/test_restart.py::test_vs_code_keeps_a_session_whose_restart_does_not_compile[dapshim]",
    ],
    "editor_questions": [
        "tests/e2e/test_restart.py::test_vs_code_keeps_a_session_whose_restart_does_not_compile[go]",
    ],
    "bridge": [
        "tests/e2e/test_bridge.py::test_log_points_and_hit_counts[plain]",
        "tests/e2e/test_bridge_steps.py::test_a_recovered_panic_does_not_lose_the_step",
    ],
    "without_debug_info": [
        "tests/e2e/test_bridge.py::test_goroutines_are_listed_with_their_stacks",
        "tests/e2e/test_bridge.py::test_what_cannot_be_had_says_why_and_nothing_fails",
    ],
    "build_failures": [
        "tests/e2e/test_build_failures.py::test_a_workspace_that_was_opened_by_a_link_keeps_its_spelling",
    ],
    "build_progress": [
        "tests/e2e/test_build_progress.py::test_a_launch_whose_build_is_stopped_leaves_nothing[cancel]",
    ],
    "late_breakpoints": [
        "tests/e2e/test_late_breakpoints.py::test_a_plugin_has_its_breakpoints_before_its_init[debug]",
        "tests/e2e/test_late_breakpoints.py::test_a_plugin_has_its_breakpoints_before_its_init[optimised]",
        "tests/e2e/test_late_breakpoints.py::test_a_c_program_loads_a_library_of_go_and_its_user_sees_no_stop",
    ],
    "followed_programs": [
        "tests/e2e/test_built_elsewhere.py::test_lines_of_a_child[trimmed]",
        "tests/e2e/test_built_elsewhere.py::test_a_file_that_program_and_child_record_by_two_paths_has_its_breakpoints_in_both",
        "tests/e2e/test_functions_of_children.py::test_a_function_that_only_the_child_has[debug-here]",
    ],
    "replaced_program": [
        "tests/e2e/test_replaced_program.py::test_the_new_image_has_the_breakpoints_from_its_first_instruction_on[debug]",
        "tests/e2e/test_replaced_program.py::test_where_it_cannot_be_it_is_said[loaded]",
    ],
    "vanished_program": [
        "tests/e2e/test_late_breakpoints.py::test_a_program_that_replaced_itself_ends_its_session",
    ],
    "finish_steps": [
        "tests/e2e/test_late_breakpoints.py::test_an_interrupted_step_is_finished_by_the_next_one",
    ],
    "clear_on_disconnect": [
        "tests/e2e/test_late_breakpoints.py::test_a_shared_server_keeps_no_breakpoint",
    ],
    "loaded_sources": [
        "tests/e2e/test_loaded_sources.py::test_the_client_is_told_of_both_lists_and_else_what_dlv_says",
    ],
    "source_paths": [
        "tests/e2e/test_source_paths.py::test_a_trimmed_binary_that_was_moved",
    ],
    "printed_paths": [
        "tests/e2e/test_preflight.py::test_trimmed_paths_are_no_worry_where_they_are_mapped",
        "tests/e2e/test_source_paths.py::test_a_trimmed_binary_that_was_moved",
    ],
    "source_breakpoints": [
        "tests/e2e/test_source_paths.py::test_a_file_that_is_open_under_two_paths",
    ],
    "function_breakpoints": [
        "tests/e2e/test_source_paths.py::test_a_function_breakpoint_names_a_place_by_the_clients_path",
    ],
    "launch_plan": [
        "tests/e2e/test_preflight.py::test_what_cannot_be_debugged_is_refused[no x bit-its x bit is not set-chmod +x ]",
        "tests/e2e/test_launch_cases.py::test_a_launch[a file in a module below, dlv elsewhere, auto]",
        "tests/e2e/test_launch_cases.py::test_a_launch[envFile]",
    ],
    "explain": [
        "tests/e2e/test_causes.py::test_a_cause_is_told_and_its_remedy_works[comment]",
        "tests/e2e/test_causes.py::test_a_cause_is_told_and_its_remedy_works[misspelt function]",
        "tests/e2e/test_causes.py::test_a_name_that_is_not_there_and_what_delve_then_does",
    ],
    "sliding": [
        "tests/e2e/test_sliding.py::test_it_is_hit_where_it_has_moved",
    ],
    "breakpoint_locations": [
        "tests/e2e/test_loaded_sources.py::test_the_client_is_told_of_both_lists_and_else_what_dlv_says",
        "tests/e2e/test_sliding.py::test_the_lines_that_are_offered_are_those_that_delve_takes[debug]",
    ],
    "output": [
        "tests/e2e/test_session.py::test_the_programs_output_is_shown_and_comes_before_the_end",
        "tests/e2e/test_transparency.py::test_the_client_sees_what_dlv_says[its own dlv-whole]",
    ],
}
"""Each shim's tests, by its name: those that a person would miss first."""

WITHOUT: Final = '''
import importlib.util
import sys


class TakesOut:
    """Take a layer out of the list when `dapshim.shims` is imported."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        if name != "dapshim.shims":
            return None
        sys.meta_path.remove(TakesOut)
        spec = importlib.util.find_spec(name)
        run = spec.loader.exec_module

        def exec_module(module):
            run(module)
            whole = module.make_layers
            module.make_layers = lambda *given: [layer for layer in whole(*given) if layer.name != {name!r}]

        spec.loader.exec_module = exec_module
        return spec


sys.meta_path.insert(0, TakesOut)
'''


def outcomes(tests: list[str], folder: Path, without: str) -> dict[str, str]:
    """Run tests with a layer taken out; return what became of each: passed, failed, or broken before it began."""
    (folder / "sitecustomize.py").write_text(WITHOUT.replace("{name!r}", repr(without)))
    report = folder / "report.xml"
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-p", "no:cacheprovider", f"--junitxml={report}", *tests],
        cwd=ROOT,
        env=clean_environment(PYTHONPATH=str(folder), DAPSHIM_TESTS_BOUND=f"{SOON}"),
        capture_output=True,
        text=True,
        timeout=BOUND,
        check=False,
    )
    assert done.returncode in (0, 1), done.stdout + done.stderr
    found = {}
    for case in ET.parse(report).iter("testcase"):  # noqa: S314 - our own pytest wrote it
        kinds = {child.tag for child in case}
        found[str(case.get("name"))] = "broken" if "error" in kinds else "failed" if "failure" in kinds else "passed"
    assert len(found) == len(tests), done.stdout
    return found


def named(tests: list[str], outcome: str) -> dict[str, str]:
    return {test.rpartition("::")[2]: outcome for test in tests}


def shims() -> list[str]:
    """Return the names of the features; the proxy's own layers have their tests in tests/proxy."""
    return [layer.name for layer in make_layers() if type(layer).__module__.startswith("dapshim.shims.")]


@pytest.mark.parametrize("shim", shims())
def test_without_it_its_tests_fail(shim, tmp_path):
    assert TESTS.get(shim), f"name the tests of {shim} in {Path(__file__).name}"
    assert outcomes(TESTS[shim], tmp_path, shim) == named(TESTS[shim], "failed")


@pytest.mark.matrix  # they pass in the ordinary run, each for itself
def test_with_nothing_taken_out_they_pass(tmp_path):
    every = [test for tests in TESTS.values() for test in tests]
    assert outcomes(every, tmp_path, "nothing") == named(every, "passed")


def test_only_shims_that_are_there_are_named():
    assert sorted(TESTS) == sorted(shims())
