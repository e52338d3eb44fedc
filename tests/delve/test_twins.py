"""What a person wants debugged in the place of another program: from the next plan on, until that program is built anew."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from dapshim.delve.planned import Planned, Setting
from dapshim.delve.planning import plan
from dapshim.delve.twins import Twins


def executable(path: Path, text: str = "") -> Path:
    path.write_text(f"#!/bin/sh\n{text}")
    path.chmod(0o755)
    return path


class Here:
    """A program, its twin, and what stands for what."""

    def __init__(self, folder: Path) -> None:
        self.program, self.twin = executable(folder / "program"), executable(folder / "twin")
        self.twins = Twins()
        self.twins.take(str(self.program), str(self.twin), "The twin of program is debugged.")

    def planned(self, **arguments: Any) -> Planned:
        asked = {"mode": "exec", "program": str(self.program), **arguments}
        return plan("launch", asked, Setting(twins=self.twins), terminals=False)


@pytest.fixture
def here(tmp_path: Path) -> Here:
    return Here(tmp_path)


def test_the_twin_is_debugged_and_the_person_is_told(here):
    planned = here.planned()
    assert planned.plan.arguments["program"] == str(here.twin)
    assert "The twin of program is debugged." in [each.text for each in planned.plan.notices]


def test_another_program_is_debugged_itself(here, tmp_path):
    other = executable(tmp_path / "other")
    assert here.planned(program=str(other)).plan.arguments["program"] == str(other)


def test_one_that_was_built_anew_is_debugged_itself(here):
    executable(here.program, "# anew")
    assert here.planned().plan.arguments["program"] == str(here.program)


def test_where_the_twin_is_gone_the_program_is_debugged_itself(here):
    here.twin.unlink()
    assert here.planned().plan.arguments["program"] == str(here.program)
