"""Quick fixes, hovers and code lenses: the findings of a file once more, as a client asks for them. Makes none of its own."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from lsprotocol import types

from dapshim.delve.checkup import Glance
from dapshim.delve.checkup_launch import Checked
from dapshim.diagnose.catalogue import diagnosis
from dapshim.diagnose.placed import Fix, Placed
from dapshim.golang.spelling import below
from dapshim.language_server.conversion import Text, diagnostic, text_edits, uri_of
from dapshim.language_server.offers import REMEDY, Offers
from dapshim.language_server.texts import EditorTexts

Version = types.OptionalVersionedTextDocumentIdentifier


def touches(one: types.Range, other: types.Range) -> bool:
    """Whether two ranges have a place in common, their ends included."""

    def key(position: types.Position) -> tuple[int, int]:
        return position.line, position.character

    return key(one.start) <= key(other.end) and key(other.start) <= key(one.end)


def code_actions(
    found: Iterable[Placed], where: types.Range, text: Text, offers: Offers, texts: EditorTexts, versions: dict[str, int]
) -> Iterator[types.CodeAction]:
    """Yield a quick fix for each remedy that can be done from here, of the findings that `where` touches."""
    for each in found:
        shown = diagnostic(each, text)
        if not touches(shown.range, where):
            continue
        first = True
        for fix in each.fixes:
            action = _action(fix, shown, offers, texts, text, versions)
            if action is not None:
                action.is_preferred = first and fix.safe
                first = False
                yield action


def _action(
    fix: Fix, shown: types.Diagnostic, offers: Offers, texts: EditorTexts, text: Text, versions: dict[str, int]
) -> types.CodeAction | None:
    kind = types.CodeActionKind.QuickFix
    if fix.edits:
        edit = workspace_edit(fix, texts, text, versions)
        return types.CodeAction(fix.title, kind=kind, diagnostics=[shown], edit=edit) if edit is not None else None
    if fix.deed is not None:
        command = types.Command(fix.title, REMEDY, arguments=[offers.offer(fix)])
        title = f"{fix.title}: {fix.command}" if fix.command else fix.title
        return types.CodeAction(title, kind=kind, diagnostics=[shown], command=command)
    return None


def workspace_edit(fix: Fix, texts: EditorTexts, like: Text, versions: dict[str, int]) -> types.WorkspaceEdit | None:
    """Return the edits of a remedy, each for the version of the text that it was made for; None when a file is gone."""
    changes: list[types.TextDocumentEdit | types.CreateFile | types.RenameFile | types.DeleteFile] = []
    for file in dict.fromkeys(each.file for each in fix.edits):
        content = texts.text(file)
        if content is None:
            return None
        uri = uri_of(file)
        edits = text_edits([each for each in fix.edits if each.file == file], like.alike(content))
        changes.append(types.TextDocumentEdit(Version(uri, versions.get(file)), edits))
    return types.WorkspaceEdit(document_changes=changes)


# -- hovers ----------------------------------------------------------------------------------------


def hover(found: Iterable[Placed], position: types.Position, text: Text) -> types.Hover | None:
    """Return why something is underlined, and what mends it, in the words of docs/diagnostics.md; None where nothing is."""
    spot = types.Range(position, position)
    pieces, where = [], None
    for each in found:
        shown = diagnostic(each, text)
        if touches(shown.range, spot):
            where = where or shown.range
            pieces.append(_explained(each))
    if not pieces:
        return None
    return types.Hover(types.MarkupContent(types.MarkupKind.Markdown, "\n\n---\n\n".join(pieces)), where)


def _explained(found: Placed) -> str:
    entry = diagnosis(found.finding.code)
    parts = [f"**{found.finding.code}** {entry.title if entry is not None else ''}".strip()]
    if entry is not None:
        parts += [entry.meaning, f"*Why:* {entry.why}"]
    remedies = [f"- {each.title}{f': `{each.command}`' if each.command else ''}" for each in found.fixes]
    if remedies:
        parts.append("*What mends it:*\n" + "\n".join(remedies))
    elif entry is not None:
        parts.append(f"*What mends it:* {entry.remedy}")
    return "\n\n".join(parts)


# -- lenses ----------------------------------------------------------------------------------------


def code_lenses(path: str, glance: Glance, found: Iterable[Placed], text: Text) -> Iterator[types.CodeLens]:
    """Yield one line above each Go configuration of a file: what F5 will do with it, or how many findings it has."""
    ranges = [diagnostic(each, text).range for each in found]
    part = next((each for each in glance.files.launch if each.source.file == path), None)
    if part is None:
        return
    own = {id(item) for item in (part.root.get("configurations") or part.root).items}
    for each in glance.configurations:
        node = each.configuration.node
        if id(node) not in own:
            continue
        where = text.span(node.start, node.end)
        count = sum(touches(where, one) for one in ranges)
        title = f"dapshim: {count} finding{'s' if count != 1 else ''}" if count else _what_happens(each, part.folder)
        if title:
            yield types.CodeLens(types.Range(where.start, where.start), types.Command(title, ""))


def _what_happens(checked: Checked, folder: str) -> str:
    configuration = checked.configuration
    if checked.directory:
        inside = below(checked.directory, folder)
        return f"dapshim: builds and debugs {f'./{inside}' if inside else checked.directory if inside is None else '.'}"
    if configuration.program:
        return f"dapshim: debugs {configuration.program}"
    return "" if not configuration.planned else "dapshim: attaches" if checked.request == "attach" else ""
