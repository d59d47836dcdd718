"""B2B sales KPIs: right, explainable, exact.

Records become tables, tables give exact totals for a period and a group, and a KPI is a short
function that divides them last.
"""

import re
from importlib import import_module
from pkgutil import get_data
from typing import Any

__version__ = "0.1.0"

# The names, and where each lives, stand once: in the stub that type checkers read.  A name is
# imported when it is first asked for, so that a command pays only for what it uses.
_HOME = {
    name: module
    for module, names in re.findall(
        r"^from (\.\S+) import (\([^)]*\)|.*)",
        (get_data(__name__, "__init__.pyi") or b"").decode(),
        re.M,
    )
    for name in re.findall(r"\bas (\w+)", names)
}
__all__ = list(_HOME)  # pyright: ignore[reportUnsupportedDunderAll]


def __getattr__(name: str) -> Any:
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(_HOME[name], __name__), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
