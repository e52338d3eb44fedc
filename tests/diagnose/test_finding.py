from __future__ import annotations

import pytest

from dapshim.diagnose.finding import Diagnosis, Remedy, Severity, ordered, worst

BROKEN = Diagnosis("broken", "It is broken.", (Severity.WARNING, Severity.ERROR), "Broken.", "It fell.", "Glue.")


def test_a_finding_has_the_code_of_its_diagnosis():
    found = BROKEN.found("The cup is broken.", where="cup", evidence=["2 pieces"], remedies=[Remedy("Glue it", "glue cup")])
    assert found.as_json() == {
        "code": "broken",
        "severity": "warning",
        "message": "The cup is broken.",
        "evidence": ["2 pieces"],
        "remedies": [{"title": "Glue it", "command": "glue cup"}],
    }
    assert found.where == "cup"


def test_a_severity_that_the_page_does_not_have_is_refused():
    assert BROKEN.found("x", severity=Severity.ERROR).severity is Severity.ERROR
    with pytest.raises(ValueError, match="broken is never info; its page says warning, error"):
        BROKEN.found("x", severity=Severity.INFO)


def test_the_worst_comes_first_and_equals_keep_their_order():
    info = Diagnosis("i", "", (Severity.INFO,), "", "", "").found("i")
    first, second = BROKEN.found("first"), BROKEN.found("second")
    error = BROKEN.found("error", severity=Severity.ERROR)
    assert ordered([info, first, second, error]) == (error, first, second, info)
    assert worst([info, first]) is Severity.WARNING
    assert worst([]) is None
