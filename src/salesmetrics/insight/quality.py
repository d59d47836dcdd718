"""Data quality: what is doubtful in the data, and which figures it moves by how much."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal

from ..catalog import KPIS, Kpi, entry
from ..crm import CRM
from ..doors import door
from ..errors import NotFoundError, SalesMetricsError, one_of
from ..measuring import assumed
from ..periods import ALL_TIME, Period, as_periods
from ..progress import waiting
from ..reasons import Reason
from ..tables import Table
from .doubtful_rows import doubtful_rows, rows_asked
from .effects import Effect, Figures, Measuring, moved, without
from .refusals import Refusal, mended, refusals
from .suspects import Suspect, day_text, first_event, judged_until
from .wording import KINDS, SEVERITIES, Severity, said

__all__ = ["Effect", "Finding", "QualityReport", "quality"]

FORMAT = "salesmetrics.quality/1"
EXAMPLES = 5
Lang = Literal["en", "ko"]
Treatment = Literal["left out", "mended", "none"]


@dataclass(frozen=True, slots=True)
class Finding:
    """Rows of one table that are doubtful, or were refused, for one reason.

    `treatment` says what was done to see which figures they move: the rows `"left out"` of the
    figures, or refused ones `"mended"` and let in; with `"none"`, `untreated` says why not.
    """

    kind: str
    severity: Severity
    table: str
    field: str
    rows: int
    examples: tuple[str, ...]
    facts: Mapping[str, str]
    treatment: Treatment = "none"
    untreated: Reason | None = None
    effects: tuple[Effect, ...] = ()

    def words(self, lang: Lang = "en") -> str:
        """What it means, in a sentence."""
        return said(self.kind, self.table, self.field, self.rows, self.facts, lang)

    @property
    def by_size(self) -> list[Effect]:
        """The figures that its rows move, the one first that they move by the largest share."""
        return sorted(self.effects, key=lambda one: -abs(one.relative or 0.0))

    def to_dict(self) -> dict[str, Any]:
        """In plain types."""
        return {
            "kind": self.kind,
            "severity": self.severity,
            "table": self.table,
            "field": self.field,
            "rows": self.rows,
            "examples": list(map(str, self.examples)),
            "facts": {name: str(fact) for name, fact in self.facts.items()},
            "en": self.words("en"),
            "ko": self.words("ko"),
            "treatment": self.treatment,
            "untreated": None if self.untreated is None else str(self.untreated),
            "effects": [effect.to_dict() for effect in self.effects],
        }


@dataclass(frozen=True, slots=True, repr=False)
class QualityReport:
    """All findings, the worst first, and what they were measured on.

    Flows are of `period`, stocks stand at the end of `stock_period`.  Rows are judged from
    `judged_until`: the last day known, but for events far beyond all others.
    """

    findings: tuple[Finding, ...]
    period: Period
    stock_period: Period | None
    known_until: str | None
    judged_until: str | None
    currency: str | None
    rows: Mapping[str, int]  # used, by table
    rejected: Mapping[str, int]
    kpis: tuple[str, ...]  # that were computed
    needs: Mapping[str, Reason]  # why others were not

    def of(self, kind: str) -> tuple[Finding, ...]:
        """The findings of a kind."""
        if kind not in KINDS:
            raise NotFoundError(one_of("kind of finding", kind, KINDS))
        return tuple(finding for finding in self.findings if finding.kind == kind)

    def to_dict(self) -> dict[str, Any]:
        """The whole report in plain types; exact figures are text."""
        stock = self.stock_period
        return {
            "format": FORMAT,
            "known_until": self.known_until,
            "judged_until": self.judged_until,
            "currency": self.currency,
            "period": self.period.label,
            "stock_period": None if stock is None else stock.label,
            "rows": dict(self.rows),
            "rejected": dict(self.rejected),
            "findings": [finding.to_dict() for finding in self.findings],
            "kpis": list(self.kpis),
            "needs": {name: str(needs) for name, needs in self.needs.items()},
        }

    def to_json(self, indent: int | None = 2) -> str:
        """The report as JSON; the same data give the same text."""
        text = json.dumps(self.to_dict(), ensure_ascii=False, allow_nan=False, indent=indent)
        # Half a character stands as JSON's own escape, which is all that can write it.
        return text.encode("utf-8", "backslashreplace").decode()

    def to_records(self) -> list[dict[str, Any]]:
        """A flat dict for every figure that a finding moves; one for a finding that moves none."""
        found = []
        for finding in self.findings:
            facts = finding.to_dict()
            effects = facts.pop("effects")
            facts = {**facts, "examples": ", ".join(finding.examples)}
            del facts["facts"]
            empty = dict.fromkeys(("kpi", "unit", "period", "before", "after", "relative"))
            for effect in effects or [empty]:
                found.append({**facts, **{name: effect[name] for name in empty}})
        return found

    def to_text(self, lang: Lang = "en") -> str:
        """The report for a terminal."""
        return door("quality_text", str)(self, lang)

    def to_markdown(self, lang: Lang = "en") -> str:
        """The report as Markdown; what comes from the data is escaped."""
        return door("quality_markdown", str)(self, lang)

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return door("quality_html", str)(self)


def quality(
    crm: CRM,
    period: Period | str | None = None,
    *,
    kpis: Iterable[str | Kpi] | None = None,
    assumptions: Mapping[str, Any] | None = None,
) -> QualityReport:
    """What is doubtful in the data, and which KPIs it moves by how much.

    Every KPI is computed on the data as they are, and again with the rows of a finding left out
    (or refused ones mended and let in), on the same period; those whose figure is another one are
    the finding's effects.  Nothing is changed in `crm`.

    Args:
        crm: the tables; read with `on_error="collect"` to have refused rows told too.
        period: what flows are counted over and stocks stand at the end of; without it flows and
            ratios are of all time, and stocks stand at its end: the last day known (but for events
            far beyond all others).
        kpis: names (also of variants) or functions; all of the catalogue otherwise; `[]` for none.
        assumptions: what a KPI asks for by a keyword without default, by name.

    Raises:
        SalesMetricsError: no CRM, several periods, or a KPI that does not exist.

    >>> from salesmetrics import CRM, examples
    >>> found = quality(CRM(deals=examples.deals, stages=examples.stages), kpis=["open_pipeline"])
    >>> late, = found.of("overdue")
    >>> late.rows, late.examples, late.words()
    (1, ('4',), 'open deals that were expected to close by 2025-04-02: 1')
    >>> [(e.kpi, e.before.value, e.after.value) for e in late.effects]
    [('open_pipeline', 15000.0, 0.0)]
    """
    if not isinstance(crm, CRM):
        raise SalesMetricsError(
            f"a CRM is expected, not {type(crm).__name__}; make one with CRM(...)"
        )
    measuring, until = _measuring(crm, period, kpis, assumptions)
    before = measuring.of(crm)
    refused = refusals(crm)
    found: list[Refusal | Suspect] = [*refused, *doubtful_rows(crm)]
    findings = []
    with waiting("what findings move", len(found), "measuring") as told:
        for one in found:
            findings.append(
                _refused(crm, one, before, measuring)
                if isinstance(one, Refusal)
                else _doubtful(crm, one, before, measuring)
            )
            told()
    findings.sort(key=lambda one: (SEVERITIES.index(one.severity), -one.rows))
    return QualityReport(
        findings=tuple(findings),
        period=measuring.flow,
        stock_period=measuring.stock,
        known_until=None if crm.known is None else crm.known.at.isoformat(),
        judged_until=None if until is None else day_text(until),
        currency=crm.currency,
        rows={name: table.size for name, table in crm.tables.items()},
        rejected={
            name: len({fault.row for fault in faults}) for name, faults in crm.faults.items()
        },
        kpis=tuple(one.name for one in measuring.entries if one.name in before.results),
        needs=before.needs,
    )


def _measuring(
    crm: CRM,
    period: Period | str | None,
    kpis: Iterable[str | Kpi] | None,
    assumptions: Mapping[str, Any] | None,
) -> tuple[Measuring, int | None]:
    entries = [entry(kpi) for kpi in (KPIS if kpis is None else kpis)]
    until = judged_until(crm)
    if period is not None:
        asked = as_periods(period)
        if len(asked) != 1:
            raise SalesMetricsError("one period is expected; ask again for another one")
        flow, stock = asked[0], None if asked[0] == ALL_TIME else asked[0]
    else:
        flow, stock = ALL_TIME, None
    if stock is None and until is not None:  # all that is known, which ends where stocks stand
        first = min(first_event(crm), until)
        stock = as_periods(f"{day_text(first)}..{day_text(until)}")[0]
    return Measuring(entries, flow, stock, assumed(assumptions)), until


def _doubtful(crm: CRM, one: Suspect, before: Figures, measuring: Measuring) -> Finding:
    table = crm.tables[one.table]
    treatment: Treatment = "none"
    untreated: Reason | None = None
    effects: tuple[Effect, ...] = ()
    if one.untreated is not None:
        untreated = one.untreated
    elif one.absent:
        untreated = Reason("no_row_has_it")
    elif len(one.rows) == len(rows_asked(table)):
        untreated = Reason("so_in_every_row")
    else:
        treatment = "left out"
        rest = without(crm, one.table, one.rows, one.ahead)
        effects = moved(before, measuring.of(rest), measuring)
    return Finding(
        one.kind,
        KINDS[one.kind].severity,
        one.table,
        one.column,
        len(one.rows),
        () if one.absent else _ids(table, one.rows),
        one.facts,
        treatment,
        untreated,
        effects,
    )


def _ids(table: Table, rows: Any) -> tuple[str, ...]:
    """The ids of the first rows, or their places where the table has none."""
    first = rows[:EXAMPLES]
    return tuple(table.ids(first) or map(_row, first.tolist()))


def _row(row: int) -> Reason:
    return Reason("row", number=str(row))


def _refused(crm: CRM, one: Refusal, before: Figures, measuring: Measuring) -> Finding:
    treatment: Treatment = "none"
    untreated = _why_untreated(one, measuring)
    effects: tuple[Effect, ...] = ()
    if untreated is None and crm.tables[one.table].history is not None:
        untreated = Reason("changed_over_time")
    if untreated is None:
        treatment = "mended"
        effects = moved(before, measuring.of(mended(crm, one)), measuring)
    return Finding(
        one.kind,
        KINDS[one.kind].severity,
        one.table,
        one.field,
        len(one.faults),
        tuple(
            fault.id if fault.id is not None else fault.place or _row(fault.row)
            for fault in one.faults[:EXAMPLES]
        ),
        one.facts,
        treatment,
        untreated,
        effects,
    )


def _why_untreated(one: Refusal, measuring: Measuring) -> Reason | None:
    if one.kind == "duplicate_id":
        return Reason("left_out_already")
    if one.kind == "probability_scale" and not one.cells:
        return Reason("other_faults")
    if not one.can_be_mended:
        return Reason("missing_unmendable" if one.cells else "left_out_unmendable")
    return None
