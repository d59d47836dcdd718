"""A folder of snapshots taken one after another, as series."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from ..errors import NotFoundError, SalesMetricsError, one_of
from ..io.found import is_folder
from ..money import digits
from ..results.export import library
from ..tables import ForecastCalls
from .schema import Document, read_document

if TYPE_CHECKING:
    import pandas

__all__ = ["History", "read_snapshots"]

FORECAST = "bookings_forecast"
FIGURES = ("expected", "p10", "p50", "p90", "run_rate")
COLUMNS: dict[str | None, str | None] = {None: None, "owner": "owner", "team": "team"}


@dataclass(frozen=True, slots=True, repr=False)
class History:
    """Every figure of every snapshot of a folder: a row a snapshot, KPI, period and group."""

    by: tuple[str, ...]
    rows: tuple[dict[str, Any], ...]
    currency: str | None = None
    forecasts: tuple[dict[str, Any], ...] = ()  # of bookings: a row a snapshot, period and group

    def forecast_calls(self, figure: str = "expected", *, by: str | None = None) -> ForecastCalls:
        """The forecasts of bookings that were saved, as calls: to be judged by what came.

        `forecast_bias(history.forecast_calls("p50"), deals, period)` says how far off the P50 was
        that stood at the end of week 4; `forecast_accuracy` so too, week by week in its
        `part("weeks")`.

        Args:
            figure: which of its figures: `"expected"`, `"p10"`, `"p50"`, `"p90"`, `"run_rate"`.
            by: None for those of the whole company, `"owner"` or `"team"` for those saved by it.

        Raises:
            SalesMetricsError: no snapshot has a forecast by this; another figure or column.
        """
        if figure not in FIGURES:
            raise SalesMetricsError(one_of("figure", figure, FIGURES))
        if by not in COLUMNS:
            raise SalesMetricsError(one_of("by", by, COLUMNS))
        mine = [row for row in self.forecasts if row["by"] == COLUMNS[by]]
        if not mine:
            whose = "" if by is None else f" by {by}"
            raise NotFoundError(f"no snapshot has {FORECAST}{whose}; save it with kpis= and by=")
        rows = [
            {
                **({} if by is None else {by: row["who"]}),
                "period": row["period"],
                "amount": self._money(row["values"].get(figure)),
                "submitted_at": row["known_until"],
                "figure": figure,
            }
            for row in mine
        ]
        return ForecastCalls.of(rows, currency=self.currency)

    def _money(self, amount: float | None) -> float | None:
        """In whole minor units, as calls are."""
        if amount is None or self.currency is None:
            return amount
        return round(amount, digits(self.currency))

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
    if not is_folder(where):
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
    currencies = {doc.currency for _, doc in read} - {None}
    if len(currencies) > 1:
        return History(tuple(columns), tuple(rows))
    forecasts = [row for _, doc in read for row in _forecasts(doc)]
    return History(tuple(columns), tuple(rows), next(iter(currencies), None), tuple(forecasts))


def _forecasts(doc: Document) -> Iterator[dict[str, Any]]:
    """Of each period and group what was forecast, with all that stood beside it."""
    for figure in doc.kpis:
        if figure.kpi != FORECAST:
            continue
        for row in figure.table:
            names = [name.removeprefix("owner.") for name in row.group]
            yield {
                "known_until": doc.known_until,
                "period": row.period,
                "by": ", ".join(names) or None,
                "who": next(iter(row.group.values()), None),
                "values": row.values,
            }
