"""Alerts: which figures need a look, by rules that are data."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, field, replace
from datetime import date
from pathlib import Path
from typing import Any

from ..crm import CRM
from ..days import EPOCH
from ..doors import door
from ..errors import SalesMetricsError
from ..measuring import assumed
from ..models import Target
from ..periods import ALL_TIME, FiscalYear, Period, as_periods
from ..results.names import among
from ..results.rows_read import RowsRead
from ..tables.record_names import called_in
from .aims import Goals
from .alert_words import alert_said
from .goals import goals
from .planned import with_tenures
from .rules import Rule, as_rules
from .saved_form import json_of, plain_label, plain_span
from .watched import Unwatched, Watched
from .watching import Watching
from .wording import SEVERITIES

__all__ = ["Alert", "AlertReport", "alerts"]

FORMAT = "salesmetrics.alerts/2"
MONTH = 365.25 / 12


@dataclass(frozen=True, slots=True)
class Alert:
    """One figure that a rule was asked of: whether it fires, why, and what the rule cannot see.

    `code` and `facts` say what was found; `said(lang)` is the sentence.  `p` and `chance` are of
    unusual figures: how unlikely this one is, and how often an unchanged one fires.  `sees` is the
    smallest change that four in five times fires.
    """

    rule: Rule
    period: Period
    found: Watched
    # By column and id what records are called.
    called: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    @property
    def fires(self) -> bool:
        return self.found.fires

    @property
    def severity(self) -> str:
        return self.rule.severity

    @property
    def kpi(self) -> str | None:
        return self.rule.kpi

    @property
    def group(self) -> Mapping[str, Any]:
        return self.found.group

    @property
    def code(self) -> str:
        return self.found.code

    @property
    def value(self) -> float | None:
        return self.found.value

    def said(self, lang: str = "en") -> str:
        """What it found, in a sentence."""
        found = self.found
        facts = {"kpi": self.rule.kpi, "group": found.group, "value": found.value, **found.facts}
        return alert_said(found.code, facts, found.unit, found.currency, lang, self.called)

    def cannot_see(self, lang: str = "en") -> str | None:
        """The smallest change that the rule would see here, in a sentence."""
        found = self.found
        if found.sees is None:
            return None
        facts = {
            "n": found.n, "sees": found.sees, "points": found.points, "baseline": found.baseline
        }  # fmt: skip
        return alert_said("sees", facts, found.unit, found.currency, lang)

    def to_dict(self) -> dict[str, Any]:
        """In plain types."""
        found = self.found
        return {
            "rule": self.rule.called,
            "kind": self.rule.kind,
            "severity": self.severity,
            "audience": self.rule.audience or None,
            "kpi": self.kpi,
            "period": self.period.label,
            "group": {name: plain_label(label) for name, label in self.group.items()},
            "code": self.code,
            "fires": self.fires,
            "value": found.value,
            "n": found.n,
            "unit": found.currency or found.unit,
            "facts": {name: _plain(fact) for name, fact in found.facts.items()},
            "p": found.p,
            "chance": found.chance,
            "sees": found.sees,
            "en": self.said("en"),
            "ko": self.said("ko"),
            "cannot_see": self._unseen(),
            "span": None if self.rule.period is None else plain_span(self.period),
        }

    def _unseen(self) -> dict[str, str] | None:
        english, korean = self.cannot_see("en"), self.cannot_see("ko")
        return None if english is None or korean is None else {"en": english, "ko": korean}


@dataclass(frozen=True, slots=True, repr=False)
class AlertReport:
    """What every rule found: the alerts, the worst first, what is quiet, what could not be told.

    True where something fires.  `expected_false` is how many false alarms a month these rules set
    off where nothing changes.
    """

    period: Period
    known_until: str | None
    rules: tuple[Rule, ...]
    alerts: tuple[Alert, ...]
    quiet: tuple[Alert, ...]
    unchecked: tuple[Unwatched, ...]
    expected_false: float
    false_share: float | None = None
    rows_read: tuple[RowsRead, ...] = ()  # what became of the rows of its tables when read
    # By column and id what records are called.
    called: Mapping[str, Mapping[str, str]] = field(default_factory=dict)

    def __bool__(self) -> bool:
        return bool(self.alerts)

    def __len__(self) -> int:
        return len(self.alerts)

    def of(self, rule: str) -> tuple[Alert, ...]:
        """The alerts of one rule, by its name."""
        return tuple(one for one in self.alerts if one.rule.called == rule)

    def to_dict(self) -> dict[str, Any]:
        """The whole report in plain types."""
        return {
            "format": FORMAT,
            "period": self.period.label,
            "span": plain_span(self.period),
            "known_until": self.known_until,
            "rules": [one.called for one in self.rules],
            "asked": sorted((one.to_dict() for one in self.rules), key=lambda one: one["called"]),
            "expected_false_alarms_a_month": self.expected_false,
            "false_share": self.false_share,
            "alerts": [one.to_dict() for one in self.alerts],
            "quiet": len(self.quiet),
            "unchecked": [one.to_dict() for one in self.unchecked],
            "rows": [one.to_dict() for one in self.rows_read],
            "called": among(self.called, self._ids()),
        }

    def _ids(self) -> Iterator[tuple[str, object]]:
        """The groups that are named."""
        for group in [one.group for one in self.alerts] + [one.group for one in self.unchecked]:
            yield from group.items()

    def to_json(self, indent: int | None = 2) -> str:
        """The same as JSON, from which `read_saved` makes it again."""
        return json_of(self.to_dict(), indent)

    def to_records(self) -> list[dict[str, Any]]:
        """A flat dict for every figure that a rule was asked of."""
        found = []
        for one in (*self.alerts, *self.quiet):
            facts = one.to_dict()
            group = ", ".join(f"{name}={label}" for name, label in facts["group"].items())
            del facts["facts"], facts["cannot_see"], facts["span"]
            found.append({**facts, "group": group})
        return found

    def to_text(self, lang: str = "en") -> str:
        """The report for a terminal."""
        return door("alerts_text", str)(self, lang)

    def to_markdown(self, lang: str = "en") -> str:
        """The same as Markdown; what comes from the data is escaped."""
        return door("alerts_markdown", str)(self, lang)

    def __repr__(self) -> str:
        return self.to_text()

    def _repr_html_(self) -> str:
        return door("alerts_html", str)(self)


def alerts(
    crm: CRM,
    rules: str | Path | Rule | Iterable[Rule | Mapping[str, Any]],
    period: Period | str,
    *,
    targets: str | Path | Iterable[Target] | Goals | None = None,
    false_share: float | None = None,
    assumptions: Mapping[str, Any] | None = None,
    fiscal: FiscalYear | None = None,
) -> AlertReport:
    """Which figures of a period need a look, by these rules; nothing is sent anywhere.

    Of a period that is not over, figures are compared with the same part of those before it.
    A figure that cannot be told (undefined, too few rows, no target, a group that is not there)
    is named in `unchecked` with the reason.

    Args:
        crm: the tables, as known when the question is asked (`crm.as_of(...)`).
        rules: a TOML file, or `Rule` objects or dicts.
        period: the period to look at, for rules without a `period` of their own.
        targets: a file of targets, or `Target` records, for `pace` and `forecast`.
        false_share: at most this share of the unusual figures named is to be false alarms
            (Benjamini and Hochberg), in place of each rule's own `chance`.
        assumptions: what KPIs ask for by a keyword without default, by name; what a rule has
            `given` itself stands before them.
        fiscal: the fiscal calendar that periods of rules are named in.

    Raises:
        SalesMetricsError: a rule that contradicts itself, or speaks of no KPI; several periods.

    >>> from salesmetrics import CRM, examples
    >>> low = Rule("threshold", kpi="win_rate", below=0.8, audience="head of sales")
    >>> found = alerts(CRM(deals=examples.deals), [low], "2025-Q1")
    >>> [one.said() for one in found.alerts], found.alerts[0].rule.audience
    (['win rate is 66.7%, below 80.0%'], 'head of sales')
    """
    if not isinstance(crm, CRM):
        raise SalesMetricsError(
            f"a CRM is expected, not {type(crm).__name__}; make one with CRM(...)"
        )
    given = as_rules(rules)
    asked = as_periods(period)
    if len(asked) != 1 or asked[0] == ALL_TIME:
        raise SalesMetricsError("one period is expected, which ends; ask again for another one")
    if false_share is not None and not 0 < false_share < 1:
        raise SalesMetricsError(f"false_share is {false_share!r}; give a share such as 0.05")
    aims = Goals(()) if targets is None else with_tenures(goals(targets), crm)
    day = None if crm.known is None else date.fromordinal(crm.known.day + EPOCH)
    periods = {rule.called: rule.period_on(asked[0], day, fiscal) for rule in given}
    watching = {
        one: Watching(crm, one, aims, assumed(assumptions)) for one in set(periods.values())
    }
    every: list[Alert] = []
    called = called_in(crm.tables.values())
    unchecked: list[Unwatched] = []
    for rule in sorted(given, key=lambda one: one.called):
        span = periods[rule.called]
        for found in watching[span].of(rule):
            if isinstance(found, Unwatched):
                unchecked.append(found)
            else:
                every.append(Alert(rule, span, found, called))
    if false_share is not None:
        every = _few_false(every, false_share)
    every.sort(
        key=lambda one: (
            SEVERITIES.index(one.rule.severity), one.rule.called, *map(str, one.group.values())
        )
    )  # fmt: skip
    a_month = [(one.found.chance or 0) * MONTH / one.period.days for one in every]
    return AlertReport(
        period=asked[0],
        known_until=None if crm.known is None else crm.known.at.isoformat(),
        rules=given,
        alerts=tuple(one for one in every if one.fires),
        quiet=tuple(one for one in every if not one.fires),
        unchecked=tuple(unchecked),
        expected_false=sum(a_month),
        false_share=false_share,
        rows_read=crm.rows_read,
        called=called,
    )


def _few_false(every: list[Alert], share: float) -> list[Alert]:
    """Benjamini and Hochberg's: of the unusual figures named, at most this share are false.

    The largest p that is at most its rank's share of it is the limit.
    """
    tested = sorted(one.found.p for one in every if one.found.p is not None)
    passed = [p for rank, p in enumerate(tested, 1) if p <= share * rank / len(tested)]
    limit = passed[-1] if passed else -1.0
    return [
        one
        if one.found.p is None
        else replace(one, found=replace(one.found, fires=one.found.p <= limit, chance=None))
        for one in every
    ]


def _plain(value: Any) -> Any:
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    return value if isinstance(value, (str, int, float, bool, type(None))) else str(value)
