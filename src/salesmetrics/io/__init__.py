"""Data in: files, databases and frames, and presets that say what a source's columns mean."""

from .history_shapes import (
    changes_from_date_columns,
    changes_from_old_and_new,
    changes_from_periods,
    changes_from_snapshots,
)
from .mapping import FileRead
from .preset import Preset, preset, presets
from .read import read

__all__ = [
    "FileRead",
    "Preset",
    "changes_from_date_columns",
    "changes_from_old_and_new",
    "changes_from_periods",
    "changes_from_snapshots",
    "preset",
    "presets",
    "read",
]
