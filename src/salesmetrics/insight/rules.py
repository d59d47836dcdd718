"""Rules of what needs a look, as data: objects, or tables of a TOML file."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, fields
from datetime import date
from decimal import Decimal
from itertools import permutations
from pathlib import Path
from typing import Any, Literal, get_args

from ..catalog import entry
from ..crm import TABLES
from ..errors import NotFoundError, PeriodError, SalesMetricsError, one_of, shown
from ..io.found import content, is_file
from ..io.toml_file import toml_of
from ..periods import FiscalYear, Period
from ..relative_periods import is_relative, period_on
from ..tables.grouping import as_by
from .compare import AGAINST, Against
from .control_limits import CHANCE, Side
from .wording import SEVERITIES, Severity

__all__ = ["Direction", "Rule", "RuleKind", "as_rules", "read_rules"]

RuleKind = Literal["threshold", "change", "declining", "pace", "forecast", "missing", "unusual"]
Direction = Literal["worse", "better", "either", "higher", "lower"]

# What each kind takes beside what all do; the first of them it needs.
TAKES: Mapping[RuleKind, tuple[str, ...]] = {
    "threshold": ("above", "below"),
    "change": ("beyond", "against", "direction", "clear_only"),
    "declining": ("times", "direction"),
    "pace": ("behind", "target"),
    "forecast": ("chance", "target"),
    "missing": ("days", "table"),
    "unusual": ("chance", "direction", "seasonal", "baseline"),
}
NEEDED: Mapping[RuleKind, tuple[tuple[str, ...], ...]] = {
    "threshold": (("above", "below"),),
    "change": (("beyond",),),
    "declining": (("times",),),
    "pace": (("behind",),),
    "forecast": (("chance",),),
    "missing": (("kpi", "table"),),
    "unusual": (),
}


NUMBERS = (int, float, Decimal)
MOST = 1e30


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule: what kind, of which KPI and groups, and from where on it fires.

    `threshold` fires beyond `above` or `below`; `change` where a figure has moved by more than
    `beyond` (0.2 is 20 %; of rates, 20 points) `against` its base; `declining` after `times` steps
    the wrong way in a row; `pace` where a flow is `behind` its target's share of the days gone
    (0.1 is 10 %); `forecast` where the chance of reaching the target is below `chance`; `missing`
    where a KPI has no rows, or the last event of a `table` is more than `days` old; `unusual` where
    a figure is unlike those before it, at a false alarm in `chance` of the tests.

    `period` is its own, in place of the one that is asked for: `"2025-Q4"`, or a name of the day up
    to which events are known, such as `"this-quarter"` or `"last-4-weeks"`.
    """

    kind: RuleKind
    kpi: str | None = None
    name: str = ""
    by: str | tuple[str, ...] | None = None
    group: Mapping[str, Any] = field(default_factory=dict)
    above: float | None = None
    below: float | None = None
    beyond: float | None = None
    against: Against = "previous"
    clear_only: bool = False
    times: int | None = None
    behind: float | None = None
    target: float | None = None
    chance: float | None = None
    days: int | None = None
    table: str | None = None
    seasonal: bool = False
    baseline: int = 24
    direction: Direction | None = None
    minimum: int = 0
    severity: Severity = "warning"
    audience: str = ""
    given: Mapping[str, Any] = field(default_factory=dict)
    period: str | None = None

    def __post_init__(self) -> None:
        if self.kind not in TAKES:
            raise SalesMetricsError(f"rule {self.called}: {one_of('kind', self.kind, TAKES)}")
        if self.kpi is not None:
            object.__setattr__(self, "kpi", entry(self.kpi).name)
        self._check_names()
        self._check_numbers()
        self._check_period()

    @property
    def called(self) -> str:
        """Its name, or what it is of."""
        of = self.kpi or self.table or ""
        groups = f" by {', '.join(as_by(self.by))}" if self.by else ""
        of_its_own = f", {self.period}" if self.period else ""
        return self.name or f"{self.kind} {of}{groups}{of_its_own}".strip()

    def to_dict(self) -> dict[str, Any]:
        """What it is called, and what it is of, in plain types."""
        return {
            "called": self.called, "name": self.name, "kind": self.kind, "kpi": self.kpi,
            "table": self.table, "by": list(as_by(self.by)),
        }  # fmt: skip

    def period_on(self, asked: Period, day: date | None, fiscal: FiscalYear | None) -> Period:
        """Its own period, of the day up to which events are known; else the one asked for."""
        if self.period is None:
            return asked
        if day is None and is_relative(self.period):
            self._refuse(
                f"{self.period!r} depends on the day up to which events are known; pass "
                "crm.as_of(...)"
            )
        try:
            return period_on(self.period, day or asked.end, fiscal)
        except PeriodError as wrong:
            raise SalesMetricsError(f"rule {self.called}: period: {wrong}") from None

    @property
    def columns(self) -> tuple[str, ...]:
        """What the figure is grouped by: `by`, and the columns of one `group`."""
        return tuple(dict.fromkeys((*as_by(self.by), *self.group)))

    @property
    def side(self) -> Side:
        """Which way a figure has to move to be named."""
        better = entry(self.kpi).label.better if self.kpi else "neither"
        default: Direction = "either" if self.kind == "unusual" else "worse"
        wanted = self.direction or default
        if wanted in ("higher", "lower"):
            return "above" if wanted == "higher" else "below"
        if wanted == "either":
            return "either"
        return "below" if (better == "higher") == (wanted == "worse") else "above"

    @property
    def false_alarm(self) -> float:
        """The chance of a false alarm that each test may have, of an unusual figure."""
        return CHANCE if self.chance is None else self.chance

    def _refuse(self, why: str) -> None:
        raise SalesMetricsError(f"rule {self.called}: {why}")

    def _check_period(self) -> None:
        if self.period is None or is_relative(self.period):
            return
        if not isinstance(self.period, str) or self.period.strip().lower() == "all":
            self._refuse(f"period is {shown(self.period)}; give one that ends, such as this-month")

    def _check_names(self) -> None:
        for name, value, allowed in (
            ("against", self.against, AGAINST),
            ("severity", self.severity, SEVERITIES),
            ("direction", self.direction or "worse", get_args(Direction)),
        ):
            if value not in allowed:
                self._refuse(one_of(name, value, allowed))
        own = {
            "by", "group", "kind", "kpi", "name", "minimum", "severity", "audience", "given",
            "period",
        }  # fmt: skip
        for each in fields(self):
            default = each.default_factory() if callable(each.default_factory) else each.default
            if each.name not in (*own, *TAKES[self.kind]) and getattr(self, each.name) != default:
                self._refuse(f"{each.name} means nothing for the kind {self.kind}")
        for names in NEEDED[self.kind]:
            if all(getattr(self, name) is None for name in names):
                self._refuse(f"{' or '.join(names)} is needed for the kind {self.kind}")
        if self.kpi is None and self.kind != "missing":
            self._refuse("kpi is needed")
        better = entry(self.kpi).label.better if self.kpi else ""
        ways = ("higher", "lower") if self.kind == "declining" else ("either", "higher", "lower")
        moving = self.kind in ("change", "declining") and better == "neither"
        if moving and self.direction not in ways:
            self._refuse(
                f"neither more nor less of {self.kpi} is better by itself; say direction = "
                "'higher' or 'lower'"
            )
        if self.table is not None and self.table not in TABLES:
            self._refuse(one_of("table", self.table, TABLES))
        if self.table is not None and self.days is None:
            self._refuse("days is needed beside table: how old its last event may be")

    def _check_numbers(self) -> None:
        for name in ("above", "below", "beyond", "behind", "chance", "target"):
            value = getattr(self, name)
            if value is not None and not _is_plain(value):
                self._refuse(f"{name} is {shown(value)}; give a number")
        if self.above is not None and self.below is not None and self.above < self.below:
            self._refuse(
                f"above {self.above} and below {self.below} contradict each other: every figure "
                "is one of them"
            )
        for name in ("beyond", "behind", "chance"):
            value = getattr(self, name)
            if value is not None and not 0 < value <= (1 if name != "beyond" else 1e9):
                self._refuse(f"{name} is {shown(value)}; give a share above 0, such as 0.2")
        for name, least in (("times", 2), ("days", 1), ("minimum", 0), ("baseline", 12)):
            value = getattr(self, name)
            if value is None:
                continue
            if type(value) is not int or value < least:
                self._refuse(f"{name} is {shown(value)}; give a whole number, at least {least}")


def _is_plain(value: Any) -> bool:
    """Whether it is a number to hold a figure against: not infinite, nor beyond all amounts."""
    if isinstance(value, bool) or not isinstance(value, NUMBERS):
        return False
    try:
        return abs(float(value)) < MOST  # which NaN is not
    except (OverflowError, ValueError):
        return False


def read_rules(path: str | Path) -> tuple[Rule, ...]:
    """Rules from a TOML file, a table `[[rule]]` each.

    Raises:
        NotFoundError: no such file.
        SalesMetricsError: a rule that cannot be used, with its place.
    """
    file = Path(path)
    if not is_file(file):
        raise NotFoundError(f"there is no file {str(file)!r} with rules")
    try:
        read = toml_of(content(file))
    except ValueError as wrong:
        raise SalesMetricsError(f"{file.name} is no TOML: {wrong}") from None
    listed = read.pop("rule", None)
    if read or not isinstance(listed, list) or not all(isinstance(row, dict) for row in listed):
        other = f", not {', '.join(map(repr, read))}" if read else ""
        raise SalesMetricsError(f"{file.name}: tables [[rule]] are expected{other}")
    return tuple(_rule(f"{file.name}, rule {at}", row) for at, row in enumerate(listed, 1))


def _rule(place: str, row: Mapping[str, Any]) -> Rule:
    names = [each.name for each in fields(Rule)]
    for name in row:
        if name not in names:
            raise SalesMetricsError(f"{place}: {one_of('name', name, names)}")
    if "kind" not in row:
        raise SalesMetricsError(f"{place}: kind is needed, one of {', '.join(TAKES)}")
    made = {name: _plain(value) for name, value in row.items()}
    if isinstance(made.get("by"), list):
        made["by"] = tuple(made["by"])
    for name in ("by", "group", "given"):
        wanted = (str, tuple) if name == "by" else Mapping
        if name in made and not isinstance(made[name], wanted):
            raise SalesMetricsError(f"{place}: {name} is {shown(made[name])}")
    try:
        return Rule(**made)
    except SalesMetricsError as wrong:
        raise type(wrong)(f"{place}: {wrong}") from None
    except TypeError:
        raise SalesMetricsError(f"{place}: a value is of the wrong kind; see the rules") from None


def _plain(value: Any) -> Any:
    """Decimals as TOML has them are floats here; those of `given` stay in the figure's unit."""
    if isinstance(value, Decimal):
        return float(value)
    if isinstance(value, dict):
        return {name: _plain(each) for name, each in value.items()}
    return value


def as_rules(source: str | Path | Rule | Iterable[Rule | Mapping[str, Any]]) -> tuple[Rule, ...]:
    """Rules from a file, objects or dicts; each name once."""
    if isinstance(source, (str, Path)):
        found = read_rules(source)
    elif isinstance(source, Rule):
        found = (source,)
    elif isinstance(source, Iterable) and not isinstance(source, Mapping):
        found = tuple(
            one if isinstance(one, Rule) else _rule(f"rule {at}", one)
            for at, one in enumerate(source, 1)
            if isinstance(one, (Rule, Mapping)) or _no_rule(one)
        )
    else:
        raise SalesMetricsError(f"rules are a TOML file or a list of rules, not {shown(source)}")
    if not found:
        raise SalesMetricsError("there is no rule; a file without rules would never fire")
    names = [one.called for one in found]
    if twice := sorted({name for name in names if names.count(name) > 1}):
        raise SalesMetricsError(
            f"two rules are called {twice[0]!r}; give them a name each, or leave one out"
        )
    _refuse_both(found)
    return found


def _refuse_both(rules: tuple[Rule, ...]) -> None:
    """Two limits of one figure, of which every figure is beyond one or the other."""
    limits = [one for one in rules if one.kind == "threshold"]
    for one, other in permutations(limits, 2):
        alike = (one.kpi, one.columns, dict(one.group), dict(one.given), one.period) == (
            other.kpi, other.columns, dict(other.group), dict(other.given), other.period
        )  # fmt: skip
        if alike and one.above is not None and other.below is not None and one.above < other.below:
            raise SalesMetricsError(
                f"rules {one.called!r} (above {one.above}) and {other.called!r} (below "
                f"{other.below}) contradict each other: every figure is one of them"
            )


def _no_rule(one: object) -> bool:
    raise SalesMetricsError(f"a rule is a Rule or a dict, not {shown(one)}")
