"""`dapshim explain`: the page of a code, and docs/diagnostics.md as a whole."""

from __future__ import annotations

import json
from typing import Final

import click

from dapshim.diagnose.catalogue import CATALOGUE, diagnosis, diagnostics_page
from dapshim.diagnose.finding import Diagnosis

_EPILOG: Final = """\b
Examples:
  dapshim explain no-dwarf
  dapshim explain                        every code, with its title

\b
Exit code 0: printed; 2: there is no such code."""

_COLUMNS: Final = (60, 92)
"""The narrowest and the widest text."""


@click.command("explain", epilog=_EPILOG)
@click.argument("code", metavar="[CODE]", required=False)
@click.option("--json", "as_json", is_flag=True, help="Print it as JSON.")
@click.option("--markdown", is_flag=True, help="Print the page docs/diagnostics.md.")
def command(code: str | None, *, as_json: bool, markdown: bool) -> None:
    """Print what the code of a finding means, why it is so, and what mends it."""
    if markdown:
        click.echo(diagnostics_page(), nl=False)
        return
    if code is None:
        if as_json:
            click.echo(json.dumps([_document(each) for each in CATALOGUE], indent=2))
            return
        width = max(len(each.code) for each in CATALOGUE)
        for each in CATALOGUE:
            click.echo(f"{each.code:<{width}}  {each.title}")
        return
    found = diagnosis(code)
    if found is None:
        import difflib

        near = difflib.get_close_matches(code, [each.code for each in CATALOGUE], n=1)
        hint = f"Did you mean {near[0]}?" if near else "`dapshim explain` lists them."
        raise click.UsageError(f"There is no code {code}. {hint}")
    if as_json:
        click.echo(json.dumps(_document(found), indent=2))
    else:
        _print(found)


def _document(each: Diagnosis) -> dict[str, object]:
    return {
        "code": each.code,
        "title": each.title,
        "severities": [str(severity) for severity in each.severities],
        "meaning": each.meaning,
        "why": each.why,
        "remedy": each.remedy,
    }


def _print(each: Diagnosis) -> None:
    import shutil
    import textwrap

    low, high = _COLUMNS
    width = max(low, min(high, shutil.get_terminal_size().columns))
    severities = " or ".join(each.severities)
    click.echo(f"{click.style(each.code, bold=True)} ({severities}): {each.title}")
    for head, text in (("", each.meaning), ("Why: ", each.why), ("What mends it: ", each.remedy)):
        click.echo()
        click.echo(textwrap.fill(head + text, width, break_long_words=False, break_on_hyphens=False))
