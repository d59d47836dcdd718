"""What changed between two snapshots, in a few sentences: how much, how sure, why, what is open."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date
from math import isfinite, sqrt
from typing import Any

from ..catalog import ENTRIES
from ..doors import door
from ..errors import SalesMetricsError
from ..insight.compare import newcombe
from ..insight.saved_form import json_of
from ..insight.sections import sections
from ..results.formats import RATES
from .differences import diff
from .schema import Aim, Document, DocumentCell, DocumentFigure, read_document

__all__ = ["Digest", "DigestLine", "digest"]

FORMAT = "salesmetrics.digest/1"
MOST = 7
FIGURES = 3  # that are told by themselves
NAMED = 3  # names in a list
# What is left out first where there are too many sentences; of figures the last.
LEAST = ("others", "refused", "moved", "met", "missed", "why", "untold", "defined")


@dataclass(frozen=True, slots=True)
class DigestLine:
    """One sentence as data: what kind it is, and its facts."""

    code: str
    facts: Mapping[str, Any]


@dataclass(frozen=True, slots=True, repr=False)
class Digest:
    """At most seven sentences, the first of which says what is compared; false where nothing
    changed."""

    lines: tuple[DigestLine, ...]
    before: Document
    after: Document

    def __bool__(self) -> bool:
        return all(one.code != "unchanged" for one in self.lines)

    def __len__(self) -> int:
        return len(self.lines)

    def said(self, lang: str = "en") -> list[str]:
        """The sentences."""
        return door("digest_said", list)(self, lang)

    def to_text(self, lang: str = "en") -> str:
        """A line a sentence."""
        return "\n".join(self.said(lang))

    def to_markdown(self, lang: str = "en") -> str:
        """A heading and a list; what comes from the data is escaped."""
        return door("digest_markdown", str)(self, lang)

    def to_blocks(self, lang: str = "en") -> list[dict[str, Any]]:
        """Blocks of a chat message, as Slack takes them."""
        return door("digest_blocks", list)(self, lang)

    def to_dict(self) -> dict[str, Any]:
        """In plain types, with the sentences in both languages."""
        both = [self.said("en"), self.said("ko")]
        return {
            "format": FORMAT,
            "lines": [
                {"code": one.code, "facts": dict(one.facts), "en": english, "ko": korean}
                for one, english, korean in zip(self.lines, *both, strict=True)
            ],
        }

    def to_json(self, indent: int | None = 2) -> str:
        """The same as JSON, from which `read_saved` makes it again."""
        return json_of(self.to_dict(), indent)

    def __repr__(self) -> str:
        return self.to_text()


def digest(before: Any, after: Any, *, most: int = MOST) -> Digest:
    """What changed from one snapshot to another, in at most seven sentences.

    How much the leading figures moved and whether that is more than chance would make, which
    group made most of it, targets met or missed since, what cannot be told any more, and whether
    definitions or the data themselves changed.  The last period of each is compared; the same
    input gives the same sentences.

    Args:
        before: a snapshot, its `to_dict()`, its JSON, or a file of that.
        after: the same.
        most: the most sentences.

    >>> from salesmetrics import CRM, examples, snapshot
    >>> crm = CRM(deals=examples.deals)
    >>> then, now = (snapshot(crm, "2025-Q1", as_of=day, kpis=["won_deals"])
    ...              for day in ("2025-01-31", "2025-03-31"))
    >>> digest(then, now)
    2025-Q1 as known until 2025-03-31, against 2025-01-31: 1 of 1 figures changed.
    won deals: 2, +100.0% (1 before), better.
    >>> bool(digest(then, then))
    False
    """
    if most < 1:
        raise SalesMetricsError(f"most is {most}; give at least 1")
    old, new = read_document(before), read_document(after)
    moved = sorted(_moved(old, new), key=lambda one: (-one[0], one[1]["kpi"]))
    if not diff(old, new):
        line = DigestLine("unchanged", {"known": new.known_until, "period": _last(new)})
        return Digest((line,), old, new)
    lines = [DigestLine("head", _head(old, new, len(moved)))]
    for at, (_, facts) in enumerate(moved[:FIGURES]):
        lines.append(DigestLine("moved", facts))
        if at == 0:
            lines += list(_why(old, new, facts["kpi"]))
    lines += [*_targets(old, new), *_untold(old, new), *_defined(old, new), *_rows(old, new)]
    if len(moved) > FIGURES:
        names = [facts["kpi"] for _, facts in moved[FIGURES : FIGURES + NAMED]]
        lines.append(DigestLine("others", {"kpis": names, "count": len(moved) - FIGURES}))
    return Digest(tuple(_fitting(lines, most)), old, new)


def _fitting(lines: list[DigestLine], most: int) -> list[DigestLine]:
    """So many lines: what is left out first is what says least."""
    left = list(lines)
    while len(left) > most:
        codes = [one.code for one in left]
        least = next((code for code in LEAST if code in codes), codes[-1])
        del left[len(codes) - 1 - codes[::-1].index(least)]
    return left


def _last(document: Document) -> str:
    return document.periods[-1].label


def _head(old: Document, new: Document, changed: int) -> dict[str, Any]:
    return {
        "part": _part(old, new), "period": _last(new), "period_before": _last(old),
        "known": new.known_until, "known_before": old.known_until, "changed": changed,
        "figures": len(new.kpis),
    }  # fmt: skip


def _part(old: Document, new: Document) -> str | None:
    """How far two periods are known, where what adds up over time tells nothing: one is not over,
    or neither is and one of them is known for more days; `"alike"` where for as many.
    """
    then, now = _open(old), _open(new)
    if _last(old) == _last(new) or not (then or now):
        return None
    if then and now and _days_known(old) == _days_known(new):
        return "alike"
    return "then" if then else "now"


def _open(document: Document) -> bool:
    """Whether the last period is not over."""
    cells = (_whole(one, _last(document)) for one in document.kpis)
    return any(cell is not None and cell.unfinished for cell in cells)


def _days_known(document: Document) -> int:
    """How many days of the last period are known."""
    known = date.fromisoformat(str(document.known_until)[:10])
    return (known - date.fromisoformat(document.periods[-1].start)).days


def _whole(figure: DocumentFigure, period: str) -> DocumentCell | None:
    return next((c for c in figure.figures if not c.group and c.period == period), None)


def _pairs(old: Document, new: Document) -> Iterator[tuple[DocumentFigure, DocumentFigure]]:
    then = {one.kpi: one for one in old.kpis}
    return ((then[one.kpi], one) for one in new.kpis if one.kpi in then)


def _moved(old: Document, new: Document) -> Iterator[tuple[float, dict[str, Any]]]:
    """Every figure of the whole that changed, with how much it weighs."""
    same, leading = _last(old) == _last(new), _leading()
    partly = _part(old, new) in ("then", "now")
    for before, after in _pairs(old, new):
        then, now = _whole(before, _last(old)), _whole(after, _last(new))
        if then is None or now is None or then.value is None or now.value is None:
            continue
        if before.definition != after.definition or before.unit != after.unit:
            continue
        if partly and (now.unfinished or then.unfinished) and _adds(after):
            continue  # part of a period beside a whole one, or beside a longer part
        change = now.value - then.value
        if change == 0:
            continue
        rate = after.unit in RATES
        share = change / abs(then.value) if then.value else None
        clear = None if same else _clear(then, now)
        size = min(abs(change) * 3 if rate else abs(share) if share is not None else 1.0, 1.0)
        weight = size * (0.2 if clear is False else 1.0) * leading.get(after.kpi, 0.5)
        better = after.better
        direction = None if better == "neither" else (change > 0) == (better == "higher")
        yield weight, {
            "kpi": after.kpi, "before": then.value, "after": now.value, "change": change,
            "relative": None if rate else share, "points": change * 100 if rate else None,
            "clear": clear, "better": direction,
        }  # fmt: skip


def _leading() -> Mapping[str, float]:
    """How much the leading KPIs of each section weigh: those that a report opens with most."""
    every = list(sections().values())
    return {
        kpi: 2.0 ** (len(every) - at) for at, section in enumerate(every) for kpi in section.front
    }


def _adds(figure: DocumentFigure) -> bool:
    """Whether a part of a period has but a part of the figure."""
    there = ENTRIES.get(figure.of)
    return there is not None and there.label.adds_over == "rows time"


def _clear(then: DocumentCell, now: DocumentCell) -> bool | None:
    """Whether two periods differ by more than chance; None where these figures cannot tell."""
    if now.interval is not None and then.interval is not None:
        sides = [(int(one.numerator or 0), int(one.denominator or 0)) for one in (now, then)]
        found = newcombe(sides[0], sides[1], 0.95)
        return None if found is None else not found[0] <= 0 <= found[1]
    if now.value == now.n and then.value == then.n:
        return abs(now.n - then.n) > 1.96 * sqrt(now.n + then.n)
    return None


def _why(old: Document, new: Document, kpi: str) -> Iterator[DigestLine]:
    """The group that made most of the change of a figure whose groups add up to it."""
    before = next(one for one in old.kpis if one.kpi == kpi)
    after = next(one for one in new.kpis if one.kpi == kpi)
    best: tuple[float, dict[str, Any]] | None = None
    for by in new.by:
        parts = _contributions(before, after, by, _last(old), _last(new))
        if parts is None:
            continue
        change, each = parts
        for group, effect in each.items():
            toward = effect / change
            if toward > 0 and isfinite(toward) and (best is None or toward > best[0]):
                facts = {"kpi": kpi, "group": dict(group), "effect": effect, "change": change}
                best = toward, facts
    if best is not None:
        yield DigestLine("why", best[1])


def _contributions(
    before: DocumentFigure, after: DocumentFigure, by: list[str], old: str, new: str
) -> tuple[float, dict[Any, float]] | None:
    """What each group makes of the change; None where they do not sum to it."""
    sides = []
    for figure, period in ((before, old), (after, new)):
        whole = _whole(figure, period)
        cells = {
            tuple(one.group.items()): one
            for one in figure.figures
            if one.period == period and list(one.group) == by
        }
        if whole is None or whole.value is None or not cells:
            return None
        sides.append((whole, cells))
    (then, old_cells), (now, new_cells) = sides
    change = float(now.value or 0) - float(then.value or 0)
    places = dict.fromkeys([*old_cells, *new_cells])
    plain = now.denominator is None and then.denominator is None
    middle = (float(then.value or 0) + float(now.value or 0)) / 2

    def told(place: Any) -> bool:
        """Of a sum that is undefined on one side nobody knows what it did."""
        sides = (old_cells.get(place), new_cells.get(place))
        return not plain or all(cell is None or cell.value is not None for cell in sides)

    def share(cell: DocumentCell | None, whole: DocumentCell) -> float:
        if cell is None:
            return 0.0
        if plain:
            return float(cell.value or 0)
        top, bottom = float(cell.numerator or 0), float(cell.denominator or 0)
        return (top - bottom * middle) / float(whole.denominator or 1)

    each = {
        place: share(new_cells.get(place), now) - share(old_cells.get(place), then)
        for place in places
        if told(place)
    }
    total = sum(each.values())
    if not change or abs(total - change) > 1e-6 * max(abs(change), 1e-9):
        return None
    return change, each


def _targets(old: Document, new: Document) -> Iterator[DigestLine]:
    """Targets of the company that are met, or missed, otherwise than before."""

    def key_of(one: Aim) -> tuple[Any, ...]:
        return one.kpi, one.statistic, tuple(one.given.items())

    then = {key_of(one): one.met for one in old.targets if not one.group}
    for one in new.targets:
        key = key_of(one)
        if one.group or one.met is None or key not in then or then[key] is None:
            continue
        if one.met != then[key]:
            facts = {"kpi": one.kpi, "attainment": one.attainment, "actual": one.actual}
            yield DigestLine("met" if one.met else "missed", facts)


def _untold(old: Document, new: Document) -> Iterator[DigestLine]:
    """Figures that were told before and are not now, with the reason of the first."""
    lost: list[tuple[str, Any]] = []
    for before, after in _pairs(old, new):
        then, now = _whole(before, _last(old)), _whole(after, _last(new))
        if then is not None and then.value is not None and now is not None and now.value is None:
            lost.append((after.kpi, now.reason))
    there = {one.kpi for one in new.kpis}
    lost += [(n.kpi, n.needs) for n in new.needs if n.kpi not in there and _was(old, n.kpi)]
    if lost:
        reason = lost[0][1]
        facts = {
            "kpis": [name for name, _ in lost[:NAMED]], "count": len(lost),
            "reason": None if reason is None else reason.model_dump(),
        }  # fmt: skip
        yield DigestLine("untold", facts)


def _was(old: Document, kpi: str) -> bool:
    return any(one.kpi == kpi for one in old.kpis)


def _defined(old: Document, new: Document) -> Iterator[DigestLine]:
    """KPIs whose definition is another one, so that their figures do not compare."""
    names = [
        after.kpi
        for before, after in _pairs(old, new)
        if (before.definition, before.unit) != (after.definition, after.unit)
    ]
    if names:
        yield DigestLine("defined", {"kpis": names[:NAMED], "count": len(names)})


def _rows(old: Document, new: Document) -> Iterator[DigestLine]:
    """Tables of which more, or fewer, rows were refused."""
    then = {one.table: sum(each.rows for each in one.refused) for one in old.rows}
    for one in new.rows:
        now = sum(each.rows for each in one.refused)
        if one.table in then and now != then[one.table]:
            facts = {"table": one.table, "before": then[one.table], "after": now}
            yield DigestLine("refused", facts)
