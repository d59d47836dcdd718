"""Data in: files, databases and frames, and presets that say what a source's columns mean."""

from .mapping import FileRead
from .preset import Preset, preset, presets
from .read import read

__all__ = ["FileRead", "Preset", "preset", "presets", "read"]
