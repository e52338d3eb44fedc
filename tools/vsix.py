"""Packs a folder with a plain VS Code extension into a .vsix: the tests' own extensions, which need no build."""

from __future__ import annotations

import json
import zipfile
from pathlib import Path
from typing import Final
from xml.sax.saxutils import escape, quoteattr

TYPES: Final = """<?xml version="1.0" encoding="utf-8"?>
<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">
<Default Extension=".json" ContentType="application/json"/>
<Default Extension=".js" ContentType="application/javascript"/>
<Default Extension=".vsixmanifest" ContentType="text/xml"/>
</Types>
"""

MANIFEST: Final = """<?xml version="1.0" encoding="utf-8"?>
<PackageManifest Version="2.0.0" xmlns="http://schemas.microsoft.com/developer/vsx-schema/2011">
<Metadata>
<Identity Language="en-US" Id={name} Version={version} Publisher={publisher}/>
<DisplayName>{shown}</DisplayName>
</Metadata>
<Installation><InstallationTarget Id="Microsoft.VisualStudio.Code"/></Installation>
<Assets><Asset Type="Microsoft.VisualStudio.Code.Manifest" Path="extension/package.json" Addressable="true"/></Assets>
</PackageManifest>
"""


def pack(folder: Path, target: Path) -> Path:
    """Write the files of `folder`, whose package.json names the extension, to `target`; return `target`."""
    about = json.loads((folder / "package.json").read_text())
    attributes = {key: quoteattr(about[key]) for key in ("name", "version", "publisher")}
    manifest = MANIFEST.format(**attributes, shown=escape(about["displayName"]))
    target.parent.mkdir(parents=True, exist_ok=True)
    with zipfile.ZipFile(target, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", TYPES)
        archive.writestr("extension.vsixmanifest", manifest)
        for file in sorted(folder.rglob("*")):
            if file.is_file():
                archive.write(file, Path("extension") / file.relative_to(folder))
    return target
