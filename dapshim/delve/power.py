"""Whether the machine runs on its battery. Knows Linux's /sys; elsewhere it is taken to be at the mains."""

from __future__ import annotations

from pathlib import Path
from typing import Final

SUPPLIES: Final = "/sys/class/power_supply"


def on_battery(supplies: str = SUPPLIES) -> bool:
    """Say whether a battery of the machine itself is being discharged; that of a mouse does not count."""
    try:
        found = list(Path(supplies).iterdir())
    except OSError:
        return False
    return any(_says(each, "type") == "Battery" and _drains(each) for each in found)


def _drains(supply: Path) -> bool:
    return _says(supply, "status") == "Discharging" and _says(supply, "scope") != "Device"


def _says(supply: Path, name: str) -> str:
    try:
        return (supply / name).read_text().strip()
    except OSError:
        return ""
