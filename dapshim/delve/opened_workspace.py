"""The workspace of a file that the editor has opened, looked at where none of the known ones has what was built.

dapshim may have been started anywhere, and an editor tells of its folders by the files that it opens alone. Blocks, because go
is asked: it is asked in the mapping's thread itself, and knows no message.
"""

from __future__ import annotations

from collections.abc import Callable

import attrs

from dapshim.delve.go_command import GoCommand
from dapshim.delve.source_map import SourceMap, Surroundings, facts_of, surroundings
from dapshim.golang.spelling import join, parent, upwards
from dapshim.golang.workspace import Workspace
from dapshim.sources.spelling import ClientPath


def is_at_home(made: SourceMap) -> bool:
    """Say whether a workspace that is known has the module that was built; any has, where none is recorded."""
    return _has_it(made, made.map.facts.workspaces)


def look_there(made: SourceMap, client: ClientPath, go: Callable[[], GoCommand]) -> Surroundings | None:
    """Have the mapping know the workspace of a file, and return what is here then; None where it has not what was built."""
    around, program = made.around, made.program
    local = made.map.local(client)
    if around is None or program is None or made.owner(ClientPath(local)):
        return None
    folder = next((each for each in upwards(parent(local)) if around.files.kind(join(each, "go.mod")) == "file"), None)
    if folder is None or folder in made.looked_at:
        return None
    made.looked_at.add(folder)
    found = surroundings(attrs.evolve(around.where, folders=(*around.where.folders, folder)), go())
    new = [each for each in found.workspaces if each.module_of(folder) is not None]
    if not _has_it(made, new):
        return None
    root = parent(new[0].work_path) if new[0].work_path else folder
    if local == client:
        found = attrs.evolve(found, where=attrs.evolve(found.where, roots=(*found.where.roots, ClientPath(root))))
    made.map.know(facts_of(program, found))
    return found


def _has_it(made: SourceMap, workspaces: tuple[Workspace, ...] | list[Workspace]) -> bool:
    main = made.map.index.recorded.build.main
    modules = {each.path for space in workspaces for each in space.modules}
    return main.path in modules if main is not None and main.path else bool(modules)
