"""A folder of snapshots taken one after another, as series."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import NotFoundError, SalesMetricsError
from ..results.export import library
from .schema import read_document

if TYPE_CHECKING:
    import pandas

__all__ = ["History", "read_snapshots"]


@dataclass(frozen=True, slots=True, repr=False)
class History:
    """Every figure of every snapshot of a folder: a row a snapshot, KPI, period and group."""

    by: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]

    def series(
        self, kpi: str, period: str | None = None, **group: Any
    ) -> list[tuple[str | None, int | float | None]]:
        """One figure as it was in each snapshot: what was known until when, and the value."""
        names = {name.replace(".", "_"): name for name in self.by}
        wanted = {names.get(name, name): value for name, value in group.items()}
        found = [
            row
            for row in self.rows
            if row["kpi"] == kpi
            and (period is None or row["period"] == period)
            and set((row["grouped_by"] or "").split(", ")) - {""} == wanted.keys()
            and all(row.get(name) == value for name, value in wanted.items())
        ]
        periods = list(dict.fromkeys(row["period"] for row in found))
        if len(periods) > 1:
            raise SalesMetricsError(f"{kpi} has figures of {', '.join(periods)}; name one: period=")
        return [(row["known_until"], row["value"]) for row in found]

    def to_records(self) -> list[dict[str, Any]]:
        """A dict a figure."""
        return [dict(row) for row in self.rows]

    def to_pandas(self) -> pandas.DataFrame:
        """The same as a pandas DataFrame."""
        frame: type[pandas.DataFrame] = library("pandas", "pandas", "to_pandas()").DataFrame
        return frame.from_records(self.to_records())

    def __len__(self) -> int:
        return len(self.rows)

    def __repr__(self) -> str:
        files = len({row["file"] for row in self.rows})
        return f"History({files:,} snapshots, {len(self.rows):,} figures)"


def read_snapshots(folder: str | Path) -> History:
    """The JSON snapshots of a folder, in the order of what was known.

    Args:
        folder: with one `.json` file a snapshot; of files with the same moment known, the name
            decides.

    Raises:
        SalesMetricsError: no such folder, no snapshot in it, or a file that is none.
    """
    where = Path(folder)
    if not where.is_dir():
        raise NotFoundError(f"there is no folder {str(where)!r}")
    read = [(file.name, read_document(file)) for file in sorted(where.glob("*.json"))]
    if not read:
        raise NotFoundError(f"{str(where)!r} has no snapshot: files that end in .json are expected")
    read.sort(key=lambda pair: (pair[1].known_until or "", pair[0]))
    columns = dict.fromkeys(name for _, doc in read for by in doc.by for name in by)
    rows = [
        {
            "file": name,
            "known_until": doc.known_until,
            "kpi": figure.kpi,
            "grouped_by": ", ".join(cell.group) or None,
            **dict.fromkeys(columns),
            **cell.group,
            "period": cell.period,
            "value": cell.value,
            "exact": cell.exact,
            "n": cell.n,
            "reason": None if cell.reason is None else cell.reason.text,
            "reason_code": None if cell.reason is None else cell.reason.code,
            "unit": figure.unit,
        }
        for name, doc in read
        for figure in doc.kpis
        for cell in figure.figures
    ]
    return History(tuple(columns), tuple(rows))
