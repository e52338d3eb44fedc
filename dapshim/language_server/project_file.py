"""A rule for source paths on its way into the project's file, while the editor may have that file open. Blocks."""

from __future__ import annotations

from dapshim.delve.mapping_file import Mapped, add_rule
from dapshim.delve.rewriting import ChangedError
from dapshim.language_server.refused import RefusedError
from dapshim.language_server.texts import EditorTexts
from dapshim.options.toml_edits import NotEditedError


def write_mapping(mapped: Mapped, texts: EditorTexts) -> None:
    """Write it, unless what a person has typed into that file is not saved: one of the two would be lost.

    Raises:
        RefusedError: it is not written; the message says why.

    """
    if texts.is_unsaved(mapped.file):
        raise RefusedError(f"{mapped.file} has changes that are not saved; save it first")
    try:
        add_rule(mapped.file, mapped.client, mapped.adapter)
    except (ChangedError, NotEditedError) as error:
        raise RefusedError(str(error)) from error
    except OSError as error:
        raise RefusedError(f"{error.filename or mapped.file}: {error.strerror or error}") from error
