from __future__ import annotations

from pathlib import Path

from dapshim.options.page import options_page
from dapshim.options.table import TABLE, Source

PAGE = Path(__file__).parents[2] / "docs" / "options.md"


def test_the_page_is_made_from_the_table():
    assert PAGE.read_text() == options_page(), "make it anew with: dapshim options --markdown > docs/options.md"


def test_it_tells_of_every_option():
    for option in TABLE:
        assert f"\n### {option.name}\n\n{option.help}" in options_page()
        assert (f"`{option.flag}`" in options_page()) == (Source.COMMAND_LINE in option.scope)
