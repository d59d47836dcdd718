"""The slow way: for every KPI what its figure has to be, in plain Python over plain records.

Each file of this folder registers its oracles with `@oracle`, under the name of the KPI; the
keywords of a KPI's variants are the oracle's keywords.  A new file is found by itself.
"""

from __future__ import annotations

import importlib
import pkgutil

from .facts import ASSUMED, ORACLES, Cut, Expected, World, as_of, complete, cuts

for _module in pkgutil.iter_modules(__path__):
    importlib.import_module(f"{__name__}.{_module.name}")

__all__ = ["ASSUMED", "ORACLES", "Cut", "Expected", "World", "as_of", "complete", "cuts"]
