"""Digests by hand: what moved, whose doing it was, and what is left out first."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import pytest
from test_attention import closed

import salesmetrics as sm
from salesmetrics.errors import SalesMetricsError
from salesmetrics.snapshots import digests

KPIS = ["won_deals", "lost_deals", "bookings", "win_rate", "average_deal_size"]


def shot(deals: list[dict[str, Any]], *kpis: str, period: str = "2025-02", **more: Any) -> Any:
    crm = sm.CRM(deals=deals, currency="EUR").as_of("2025-03-31")
    return sm.snapshot(crm, period, kpis=[*kpis], **more)


def owned(**won: int) -> list[dict[str, Any]]:
    return [
        deal | {"id": f"{who} {deal['id']}", "owner": who}
        for who, many in won.items()
        for deal in closed("2025-02", many)
    ]


def cell(value: int, n: int, interval: Any = None) -> Any:
    return SimpleNamespace(value=value, n=n, interval=interval, numerator=value, denominator=n)


@pytest.mark.parametrize(
    ("newcombe", "is_clear"),
    [((-0.1, 0.1), False), ((0.0, 0.2), False), ((-0.2, 0.0), False), ((0.01, 0.2), True),
     ((-0.2, -0.01), True), (None, None)],
)  # fmt: skip
def test_rates_that_differ_by_more_than_chance(
    monkeypatch: pytest.MonkeyPatch, newcombe: Any, is_clear: bool | None
) -> None:
    asked: list[Any] = []
    monkeypatch.setattr(digests, "newcombe", lambda *given: (asked.append(given), newcombe)[1])
    assert digests._clear(cell(3, 9, [0, 1]), cell(5, 8, [0, 1])) is is_clear
    assert asked == [((5, 8), (3, 9), 0.95)]


@pytest.mark.parametrize(
    ("then", "now", "is_clear"),
    [
        (42, 57, False),
        (42, 63, True),
        (0, 3, False),
        (0, 4, True),
        (4, 0, True),
        (4902, 5098, False),
        (4902, 5099, True),
    ],
)
def test_counts_that_differ_by_more_than_chance(then: int, now: int, is_clear: bool) -> None:
    """1.96 x the root of both together: 15 of 19.5, 21 of 20.08, 3 of 3.39, 196 of 196."""
    assert digests._clear(cell(then, then), cell(now, now)) is is_clear
    assert digests._clear(cell(then, then), cell(now, now + 1)) is None
    assert digests._clear(cell(then, then + 1), cell(now, now)) is None
    assert digests._clear(cell(then, then, [0, 1]), cell(now, now + 1)) is None


def test_figures_that_were_never_told_are_not_lost() -> None:
    """Replies need activities, of which there are none; the size is lost where no deal is."""
    shots = [
        sm.snapshot(sm.CRM(deals=deals, currency="EUR").as_of("2025-02-28"), "2025-02",
                    kpis=["won_deals", "average_deal_size", "reply_rate"])
        for deals in (closed("2025-02", 3), closed("2025-01", 3))
    ]  # fmt: skip
    (line,) = [one for one in sm.digest(*shots).lines if one.code == "untold"]
    assert (line.facts["kpis"], line.facts["count"]) == (["average_deal_size"], 1)


@pytest.mark.parametrize(("kpis", "others"), [(3, None), (4, 1), (5, 2)])
def test_three_figures_are_told_by_themselves(kpis: int, others: int | None) -> None:
    two = [shot(closed("2025-02", *deals), *KPIS[:kpis]) for deals in ((2, 2), (5, 1))]
    if kpis == 5:  # the size stays
        others = 1
    found = sm.digest(*two, most=20)
    codes = [one.code for one in found.lines]
    assert codes.count("moved") == 3 and codes[0] == "head" and bool(found)
    told = [one.facts["count"] for one in found.lines if one.code == "others"]
    assert told == ([] if others is None else [others])
    same = sm.digest(two[0], two[0])
    assert [one.code for one in same.lines] == ["unchanged"] and not same


def test_what_says_least_is_left_out_first() -> None:
    two = [shot(owned(ana=a, bo=2), *KPIS[:4], by="owner") for a in (2, 6)]
    every = [one.code for one in sm.digest(*two, most=20).lines]
    assert every == ["head", "moved", "why", "moved"]
    assert [one.code for one in sm.digest(*two, most=4).lines] == every
    assert [one.code for one in sm.digest(*two, most=3).lines] == ["head", "moved", "why"]
    assert [one.code for one in sm.digest(*two, most=2).lines] == ["head", "why"]
    assert [one.code for one in sm.digest(*two, most=1).lines] == ["head"]
    for most in (0, -1):
        with pytest.raises(SalesMetricsError, match=f"most is {most}"):
            sm.digest(*two, most=most)


@pytest.mark.parametrize(
    ("then", "now", "who", "effect"),
    [({"ana": 2, "bo": 2}, {"ana": 3, "bo": 5}, "bo", 3),
     ({"ana": 2, "bo": 2}, {"ana": 4, "bo": 4}, "ana", 2),
     ({"bo": 4, "ana": 4}, {"bo": 3, "ana": 1}, "ana", -3),
     ({"ana": 1, "bo": 5}, {"ana": 6, "bo": 4}, "ana", 5),
     ({"ana": 1}, {"ana": 1, "bo": 2}, "bo", 2)],
)  # fmt: skip
def test_whose_doing_it_was(then: Any, now: Any, who: str, effect: int) -> None:
    """The first of those that did alike; only who went the way of the whole."""
    two = [shot(owned(**each), "won_deals", by="owner") for each in (then, now)]
    (line,) = [one for one in sm.digest(*two).lines if one.code == "why"]
    change = sum(now.values()) - sum(then.values())
    assert line.facts == {
        "kpi": "won_deals", "group": {"owner": who}, "effect": effect, "change": change,
    }  # fmt: skip


def piece(value: Any, period: str = "now", group: Any = None, unfinished: bool = False) -> Any:
    return SimpleNamespace(
        value=value, period=period, group=group or {}, unfinished=unfinished, n=1, interval=None,
        denominator=None, numerator=None,
    )  # fmt: skip


def kpi(name: str, *pieces: Any, **more: Any) -> Any:
    given = {"kpi": name, "of": name, "figures": pieces, "unit": "deals", "better": "higher",
             "definition": "d"}  # fmt: skip
    return SimpleNamespace(**given | more)


def document(*kpis: Any, last: str = "now", known: str = "2025-02-10") -> Any:
    span = SimpleNamespace(label=last, start="2025-02-01")
    return SimpleNamespace(kpis=kpis, periods=[span], known_until=known)


def moved(then: Any, now: Any) -> dict[str, Any]:
    return {facts["kpi"]: facts for _, facts in digests._moved(then, now)}


def test_only_what_is_known_on_both_sides_moved() -> None:
    for one, other in ((None, 2), (2, None), (None, None), (2, 2)):
        assert not moved(document(kpi("a", piece(one))), document(kpi("a", piece(other))))
    assert not moved(document(kpi("a", piece(1, "then"))), document(kpi("a", piece(2))))
    assert not moved(
        document(kpi("a", piece(1, group={"owner": "ana"}))), document(kpi("a", piece(2)))
    )
    assert not moved(document(kpi("a", piece(1))), document(kpi("b", piece(2))))
    for other in ({"definition": "e"}, {"unit": "days"}):
        assert not moved(document(kpi("a", piece(1))), document(kpi("a", piece(2), **other)))
    pieces = (piece(9, group={"owner": "ana"}), piece(7, "then"), piece(4))
    assert moved(document(kpi("a", *pieces)), document(kpi("a", piece(3))))["a"] == {
        "kpi": "a", "before": 4, "after": 3, "change": -1, "relative": -0.25, "points": None,
        "clear": None, "better": False,
    }  # fmt: skip
    for better, change, told in (("higher", 1, True), ("lower", 1, False), ("lower", -1, True),
                                 ("neither", 1, None)):  # fmt: skip
        found = moved(
            document(kpi("a", piece(0))), document(kpi("a", piece(change), better=better))
        )
        assert (found["a"]["better"], found["a"]["relative"]) == (told, None)


@pytest.mark.parametrize(
    ("then", "now", "days", "part"),
    [(False, False, 0, None), (True, False, 0, "then"), (False, True, 0, "now"),
     (True, True, 0, "alike"), (True, True, 5, "then"), (True, True, -5, "then")],
)  # fmt: skip
def test_parts_of_periods_are_not_compared(
    then: bool, now: bool, days: int, part: str | None
) -> None:
    """Figures of a part beside a whole, or a longer part; those of stocks are."""
    every = ("won_deals", "open_deals", "not_known")
    sides = []
    for n, last, unfinished, more in ((4, "then", then, 0), (6, "now", now, days)):
        told = [kpi(name, piece(n, last, unfinished=unfinished)) for name in every]
        known = f"2025-02-{10 + more:02}"
        sides.append(document(kpi("first", piece(None, last)), *told, last=last, known=known))
    old, new = sides
    assert digests._part(old, new) == part
    assert ("won_deals" in moved(old, new)) is (part in (None, "alike"))
    assert {"open_deals", "not_known"} <= moved(old, new).keys()
    new.periods[0].label = "then"
    assert digests._part(old, new) is None
