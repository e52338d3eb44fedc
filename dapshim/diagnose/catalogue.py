"""Every diagnosis that there is, and docs/diagnostics.md made of them. A room that adds codes adds its tuple to CATALOGUE."""

from __future__ import annotations

from typing import Final

from dapshim.diagnose import breakpoint_codes, rules_debug_info, rules_file, rules_session
from dapshim.diagnose.finding import Diagnosis
from dapshim.diagnose.toolchain_codes import TOOLCHAIN_DIAGNOSES
from dapshim.diagnose.workspace_codes import WORKSPACE_DIAGNOSES

CATALOGUE: Final[tuple[Diagnosis, ...]] = (
    *rules_debug_info.DIAGNOSES,
    *rules_file.DIAGNOSES,
    *rules_session.DIAGNOSES,
    *breakpoint_codes.DIAGNOSES,
    *TOOLCHAIN_DIAGNOSES,
    *WORKSPACE_DIAGNOSES,
)
"""In the order of the page."""

_HEAD: Final = """# Diagnostics

<!-- Made by `dapshim explain --markdown` from dapshim/diagnose/; a test compares. -->

What dapshim says about a program, a toolchain or a configuration, one entry for each code. `dapshim explain CODE` prints it.

An **error** is what plain Delve fails or hangs on, or what cannot be debugged at all. A **warning** costs a part of debugging.
**Info** is worth knowing, and all works: a healthy build has nothing above it.
"""


def diagnosis(code: str) -> Diagnosis | None:
    """Return the entry of a code; None for one that there is not."""
    return next((each for each in CATALOGUE if each.code == code), None)


def diagnostics_page() -> str:
    """Return the page's text."""
    return "\n".join([_HEAD, *map(entry, CATALOGUE)])


def entry(each: Diagnosis) -> str:
    """Return the part of the page that is about one code, in Markdown."""
    severities = " or ".join(f"**{severity}**" for severity in each.severities)
    return (
        f"## {each.code}\n\n{each.title} ({severities})\n\n{each.meaning}\n\n"
        f"*Why:* {each.why}\n\n*What mends it:* {each.remedy}\n"
    )
