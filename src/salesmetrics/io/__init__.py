"""Data in: folders and files, and presets that say what a source's columns mean."""

from .preset import Preset, preset, presets
from .read import read

__all__ = ["Preset", "preset", "presets", "read"]
