"""The rules for source paths that stand in a project's file or in the person's own, as the mapping takes them."""

from __future__ import annotations

from dapshim.golang.spelling import paths
from dapshim.options.layers import Options
from dapshim.sources.rules import Rules, rules_of

OPTION = "substitutePath"


def written_rules(options: Options) -> Rules:
    """Return the rules of the option files, each with the place where it stands; `~` in `from` is the home folder."""
    found = [{**rule, "from": paths.expanduser(rule["from"])} for rule in options.rules(OPTION)]
    return rules_of(found, origin=options[OPTION].origin.place)
