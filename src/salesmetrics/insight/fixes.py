"""What to mend, row by row: a list that a person can work through, the weightiest first."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from ..catalog import Kpi
from ..crm import CRM
from ..doors import door
from ..errors import SalesMetricsError
from ..periods import Period
from .doubtful_rows import doubtful_rows, rows_asked
from .effects import Effect, without
from .quality import Finding, quality
from .refusals import refusals
from .wording import SEVERITIES

__all__ = ["TO_DO", "Fix", "FixList", "fix_list"]

DRAWS = 3  # of as many other rows, beside each finding

# What to do about each kind of finding, in English and Korean.
TO_DO: Mapping[str, tuple[str, str]] = {
    "decided_without_close": ("enter the day it was closed", "마감일 입력"),
    "closed_without_outcome": ("say whether it was won or lost", "수주 또는 실주 여부 입력"),
    "probability_scale": ("divide the probability by 100", "확률을 100으로 나누기"),
    "unreadable": ("correct the value", "값 수정"),
    "history_contradicts": (
        "correct the field, or the change that contradicts it",
        "항목 또는 모순되는 변경 이력 수정",
    ),
    "lines_off": ("correct the lines, or the amount", "품목 또는 금액 수정"),
    "looks_like_total": ("remove the line of totals", "합계 행 제거"),
    "duplicate_id": ("merge it with the earlier row of its id", "같은 ID의 앞선 행과 병합"),
    "refused": ("correct the value", "값 수정"),
    "orphan_stage": (
        "add the stage, or name one that exists",
        "단계를 추가하거나 기존 단계로 변경",
    ),
    "stage_without_place": (
        "give the stage an order of its own",
        "단계에 고유한 순서 지정",
    ),
    "orphan_link": (
        "add the record it names, or mend the name",
        "연결된 레코드를 추가하거나 이름 수정",
    ),
    "close_before_create": ("correct one of the two dates", "두 날짜 중 하나 수정"),
    "end_before_start": ("correct one of the two dates", "두 날짜 중 하나 수정"),
    "far_ahead": ("correct the year", "연도 수정"),
    "no_rate": ("add the exchange rate of its day", "해당 일자의 환율 추가"),
    "no_currency": ("enter the currency", "통화 입력"),
    "likely_duplicate": (
        "merge it with the earlier row, or keep both on purpose",
        "앞선 행과 병합하거나 별개임을 확인",
    ),
    "negative_amount": ("check the sign", "부호 확인"),
    "overdue": ("close it, or enter a new expected close", "마감하거나 예상 마감일 갱신"),
    "long_open": ("close it, or confirm that it is alive", "마감하거나 진행 여부 확인"),
    "lone_latest": ("check the date", "날짜 확인"),
    "planned_far_ahead": ("correct the year", "연도 수정"),
    "outcome_unsaid": ("say whether it is open, won or lost", "진행, 수주, 실주 여부 입력"),
    "no_rows": ("export the table again", "테이블을 다시 내보내기"),
    "spelled_alike": ("choose one spelling", "표기 하나로 통일"),
    "rounded": ("export the ids as text", "ID를 텍스트로 내보내기"),
    "several_in_one": (
        "keep one name, or split the row's credit",
        "이름 하나만 남기거나 기여도 분할",
    ),
    "import_spike": ("enter the true date where it is known", "실제 날짜를 아는 경우 수정"),
    "undated": ("enter the date", "날짜 입력"),
    "missing_field": ("fill the field", "항목 입력"),
    "absent_field": ("export the column", "열을 포함하여 내보내기"),
}
OTHERWISE = ("look at it", "확인 필요")


@dataclass(frozen=True, slots=True)
class Fix:
    """One row to look at: where it is, what is wrong with it, and what to do.

    `moves` is the KPI that all rows of this finding move most, by `by` of its value; `control` is
    what as many other rows of the table would move it by, so that it tells whether these rows are
    unlike the others.
    """

    rank: int
    severity: str
    kind: str
    table: str
    field: str
    id: str | None
    row: int | None
    finding: Finding
    moves: str | None = None
    by: float | None = None
    control: float | None = None

    def to_do(self, lang: str = "en") -> str:
        """What to do."""
        return TO_DO.get(self.kind, OTHERWISE)[0 if lang == "en" else 1]

    def to_dict(self, lang: str = "en") -> dict[str, Any]:
        """In plain types."""
        return {
            "rank": self.rank,
            "severity": self.severity,
            "table": self.table,
            "id": self.id,
            "row": self.row,
            "field": self.field,
            "kind": self.kind,
            "to_do": self.to_do(lang),
            "moves": self.moves,
            "by": self.by,
            "as_many_others": self.control,
        }


@dataclass(frozen=True, slots=True, repr=False)
class FixList:
    """All rows to look at, those of the finding first that moves figures most."""

    each: tuple[Fix, ...]

    def __iter__(self) -> Iterator[Fix]:
        return iter(self.each)

    def __len__(self) -> int:
        return len(self.each)

    def to_records(self, lang: str = "en") -> list[dict[str, Any]]:
        """A dict a row."""
        return [one.to_dict(lang) for one in self.each]

    def to_csv(self, lang: str = "en") -> str:
        """A line a row, for a spreadsheet."""
        return door("fixes_csv", str)(self, lang)

    def __repr__(self) -> str:
        kinds = dict.fromkeys(one.kind for one in self.each)
        return f"FixList({len(self.each):,} rows: {', '.join(kinds) or 'nothing to mend'})"


def fix_list(
    crm: CRM,
    period: Period | str | None = None,
    *,
    kpis: Iterable[str | Kpi] | None = None,
    assumptions: Mapping[str, Any] | None = None,
) -> FixList:
    """Every doubtful or refused row with what to do about it, ranked by what it moves.

    Findings come by severity, then by the largest share that their rows move a KPI by, then by
    their number; `to_csv()` is the list as a file.

    Args:
        crm: the tables; read with `on_error="collect"` to have refused rows too.
        period, kpis, assumptions: as in `quality`, of the figures that are compared.

    >>> from salesmetrics import CRM, examples
    >>> crm = CRM(deals=examples.deals, stages=examples.stages)
    >>> [(one.id, one.kind, one.to_do()) for one in fix_list(crm, kpis=["open_pipeline"])][0]
    ('4', 'overdue', 'close it, or enter a new expected close')
    """
    report = quality(crm, period, kpis=kpis, assumptions=assumptions)
    findings = sorted(
        report.findings,
        key=lambda one: (SEVERITIES.index(one.severity), -_most(one)[1], -one.rows),
    )
    rows = _rows(crm)
    found: list[Fix] = []
    for rank, finding in enumerate(findings, 1):
        effect, size = _most(finding)
        plain = Fix(
            rank, finding.severity, finding.kind, finding.table, finding.field, None, None, finding
        )
        if effect is not None and size:
            relative = effect.relative
            plain = replace(
                plain, moves=effect.kpi, by=relative, control=_control(crm, finding, effect)
            )
        places = rows.get(_key(finding.kind, finding.table, finding.field, finding.facts), [])
        each = places or [(None, None)]
        found += [replace(plain, id=name, row=row) for name, row in each]
    return FixList(tuple(found))


def _key(kind: str, table: str, field: str, facts: Mapping[str, Any]) -> tuple[Any, ...]:
    return kind, table, field, tuple(sorted((name, str(fact)) for name, fact in facts.items()))


def _rows(crm: CRM) -> dict[tuple[Any, ...], list[tuple[str | None, int | None]]]:
    """The rows of every finding: id and place."""
    found: dict[tuple[Any, ...], list[tuple[str | None, int | None]]] = {}
    for refused in refusals(crm):
        key = _key(refused.kind, refused.table, refused.field, refused.facts)
        found[key] = [(fault.id, fault.row) for fault in refused.faults]
    for one in doubtful_rows(crm):
        if one.absent:
            continue
        key = _key(one.kind, one.table, one.column, one.facts)
        ids, rows = crm.tables[one.table].ids(one.rows), one.rows.tolist()
        found[key] = [(ids[at] if ids else None, row) for at, row in enumerate(rows)]
    return found


def _most(finding: Finding) -> tuple[Effect | None, float]:
    """The effect on the KPI that moves most, and how much."""
    effect = next(iter(finding.by_size), None)
    return effect, 0.0 if effect is None else abs(effect.relative or 0.0)


def _control(crm: CRM, finding: Finding, effect: Effect) -> float | None:
    """What as many other rows would move the same figure by: the mean of a few draws."""
    table, before = crm.tables[finding.table], effect.cells[0].value
    if finding.treatment != "left out" or not before:
        return None
    asked = rows_asked(table)
    if finding.rows * 2 > len(asked):
        return None  # there are not as many others
    rng = np.random.default_rng(1)
    shares = []
    for _ in range(DRAWS):
        drawn = np.sort(rng.choice(asked, finding.rows, replace=False))
        try:
            world = without(crm, finding.table, drawn, False)
            after = world.kpi(effect.kpi, effect.period).cell(0, 0).value
        except SalesMetricsError:
            return None
        if after is not None:
            shares.append((after - before) / abs(before))
    return float(np.mean(shares)) if shares else None
