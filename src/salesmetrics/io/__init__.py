"""Data in: files, databases and frames, presets and configurations that say what they mean."""

from .config import Config
from .config_file import ConfigError, config_in, read_config
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
    "Config",
    "ConfigError",
    "FileRead",
    "Preset",
    "changes_from_date_columns",
    "changes_from_old_and_new",
    "changes_from_periods",
    "changes_from_snapshots",
    "config_in",
    "preset",
    "presets",
    "read",
    "read_config",
]
