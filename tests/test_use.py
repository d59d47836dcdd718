"""Errors of use: whatever is asked in the wrong way is refused in one clear sentence."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterator
from contextlib import suppress
from types import UnionType
from typing import Any, Literal, Union, get_args, get_origin, get_type_hints

import pytest
from worlds import crm_of, measured, nothing

import salesmetrics as sm
from salesmetrics.catalog import ENTRIES, KPIS
from salesmetrics.examples import deals, leads
from salesmetrics.kpi import label_of

WORLD = crm_of(nothing())
QUARTER = "2017-Q4"


def allowed(annotation: Any) -> tuple[Any, ...]:
    """The values of a Literal, or of a switch; nothing where any value of a type will do."""
    if annotation is bool:
        return False, True
    if get_origin(annotation) in (Union, UnionType):
        each = [allowed(one) for one in get_args(annotation)]
        return tuple(value for some in each for value in some) if all(each) else ()
    return get_args(annotation) if get_origin(annotation) is Literal else ()


def choices() -> Iterator[tuple[str, str, tuple[Any, ...]]]:
    for function in KPIS:
        hints = get_type_hints(function)
        for name, parameter in inspect.signature(function).parameters.items():
            if parameter.kind is parameter.KEYWORD_ONLY and allowed(hints[name]):
                yield label_of(function).name, name, allowed(hints[name])


def asked(kpi: str, **keywords: Any) -> sm.Result:
    entry = ENTRIES[kpi]
    together = {**entry.keywords, **keywords}
    return measured(type(entry)(kpi, entry.function, entry.label, together), WORLD.tables, QUARTER)


@pytest.mark.parametrize(("kpi", "keyword", "values"), list(choices()))
@pytest.mark.parametrize("wrong", ["nonsense", "", None, 3, ["won"], {}])
def test_a_wrong_choice_is_refused_with_those_there_are(
    kpi: str, keyword: str, values: tuple[Any, ...], wrong: Any
) -> None:
    with pytest.raises(sm.SalesMetricsError) as refused:
        asked(kpi, **{keyword: wrong})
    said = str(refused.value)
    assert keyword in said
    assert all(str(value) in said for value in values), said


@pytest.mark.parametrize(("kpi", "keyword", "values"), list(choices()))
def test_every_choice_there_is_is_taken(kpi: str, keyword: str, values: tuple[Any, ...]) -> None:
    for value in values:
        with suppress(sm.NeedsError):
            asked(kpi, **{keyword: value})


def spans() -> Iterator[tuple[str, str]]:
    """The keywords of KPIs that are no choice: numbers, periods, calendars, names."""
    unused = {("revenue_per_account", "active_for_days")}  # revenue="booked" alone goes by it
    for function in KPIS:
        hints = get_type_hints(function)
        for name, parameter in inspect.signature(function).parameters.items():
            key = label_of(function).name, name
            if name == "by" or parameter.kind is not parameter.KEYWORD_ONLY or key in unused:
                continue
            if not allowed(hints[name]):
                yield key


@pytest.mark.parametrize(("kpi", "keyword"), list(spans()))
@pytest.mark.parametrize("wrong", ["nonsense", -1, float("nan"), True, [], {}, object()])
def test_a_wrong_value_is_refused(kpi: str, keyword: str, wrong: Any) -> None:
    with pytest.raises(sm.SalesMetricsError):
        asked(kpi, **{keyword: wrong})


def test_one_account_of_bookings_goes_by_days() -> None:
    with pytest.raises(sm.SalesMetricsError, match="active_for_days is 'x'; give whole days"):
        asked("revenue_per_account", revenue="booked", active_for_days="x")


def test_within_goes_with_cohorts() -> None:
    with pytest.raises(sm.SalesMetricsError, match='within_days goes with basis="cohort"'):
        asked("lead_conversion_rate", basis="event", within_days=30)


ONE = sm.win_rate(deals, "2025-Q1")
EACH = sm.win_rate(deals, "2025-Q1", by="owner")
NONE = sm.win_rate(deals, "2030")
CRM = sm.CRM(deals=deals, leads=leads)
FUNNEL = sm.lead_funnel(leads, "2025-Q1")
CYCLE, SIZE = sm.sales_cycle(deals), sm.average_deal_size(deals)


def shot(**keywords: Any) -> sm.Snapshot:
    return sm.snapshot(CRM, "2025-Q1", **keywords)


REFUSED: dict[str, tuple[Callable[[], Any], str]] = {
    "another table": (lambda: sm.win_rate(leads), r"deals are expected, not Leads$"),
    "a whole CRM": (lambda: sm.win_rate(CRM), r"not CRM; pass its \.deals"),
    "a path for a table": (lambda: sm.win_rate("deals.csv"), "expected as records, dicts"),
    "no table": (lambda: sm.win_rate(None), "expected as records, dicts"),
    "rows that are texts": (lambda: sm.win_rate(["a"]), "row 0 is a str"),
    "a result for a table": (lambda: sm.win_rate(ONE), "need a column 'id'"),
    "a column of one cell": (lambda: sm.win_rate({"id": 1}), "a list or an array"),
    "a quarter there is not": (lambda: sm.win_rate(deals, "2025-Q5"), "2025-Q1 to 2025-Q4"),
    "words for a period": (lambda: sm.win_rate(deals, "last month"), "write it as one of 2017"),
    "a number for a period": (
        lambda: sm.win_rate(deals, 2025),  # type: ignore[arg-type]
        "a text such as '2017-Q4'",
    ),
    "no period": (lambda: sm.win_rate(deals, ()), "at least one"),
    "a period twice": (lambda: sm.win_rate(deals, ("2025", "2025")), "leave out the second"),  # type: ignore[arg-type]
    "all time of a stock": (lambda: sm.open_deals(deals, sm.ALL_TIME), "all time"),
    "by misspelt": (lambda: sm.win_rate(deals, by="ownr"), "Did you mean 'owner'"),
    "by twice": (lambda: sm.win_rate(deals, by=("owner", "owner")), "names 'owner' twice"),
    "by a number": (lambda: sm.win_rate(deals, by=3), "takes a column name or several"),  # type: ignore[arg-type]
    "by an amount": (lambda: sm.win_rate(deals, by="amount"), "choose one of"),
    "by a time": (lambda: sm.win_rate(deals, by="created_at"), "created_at.month"),
    "KPI misspelt": (lambda: shot(kpis=["win_rat"]), "Did you mean 'win_rate"),
    "one KPI misspelt": (lambda: shot(kpis="win_rat"), "KPI 'win_rat' is not known"),
    "no KPI": (lambda: shot(kpis=[sm.period]), "is no KPI"),
    "KPIs by number": (lambda: shot(kpis=3), "kpis is 3; give names"),
    "assumption misspelt": (lambda: shot(assumptions={"margn": 1}), "Did you mean 'margin'"),
    "assumptions in a list": (lambda: shot(assumptions=["margin"]), "given by name, as in"),
    "an impossible margin": (
        lambda: shot(kpis=["required_wins"], assumptions={"target": "much"}),
        "no usable number",
    ),
    "a snapshot of a table": (lambda: sm.snapshot(deals, "2025"), "a CRM is expected"),  # type: ignore[arg-type]
    "a wrong base": (lambda: shot(compare="prev"), "Did you mean 'previous'"),
    "a base by number": (lambda: shot(compare=3), "choose one of previous, year_before"),
    "a wrong unit": (lambda: shot(every="mnth"), "Did you mean 'month'"),
    "targets by name": (lambda: shot(targets={"win_rate": 1}), "a list of Target records"),
    "targets by number": (lambda: shot(targets=3), "a list of Target records"),
    "a wrong language": (lambda: shot(lang="fr"), "choose one of en, ko"),
    "a KPI not asked for": (lambda: shot(kpis="win_rate")["bookings"], "choose one of win_rate"),
    "a table not given": (lambda: CRM.costs, "this CRM has no costs; it has"),
    "another currency": (lambda: ONE + sm.bookings(deals), "are not the same figure"),
    "another statement": (lambda: FUNNEL + ONE, "are not the same figure"),
    "the value of several": (lambda: EACH.value, r"read them with \.rows\(\)"),
    "the parts of several": (lambda: EACH.parts, r"read them with \.rows\(\)"),
    "one of several as float": (lambda: float(EACH), r"read them with \.rows\(\)"),
    "undefined as float": (lambda: float(NONE), "undefined: the period has not begun"),
    "undefined in a text": (lambda: f"{NONE:.2f}", "undefined: the period has not begun"),
    "a part there is not": (lambda: FUNNEL.part("reached"), "choose one of leads, mql"),
    "a group misspelt": (lambda: EACH.at(ownr="bo"), "Did you mean 'owner'"),
    "a group there is not": (lambda: EACH.at(owner="bob"), "Did you mean 'bo'"),
    "a period not asked for": (lambda: EACH.at(period="2024"), "choose one of 2025-Q1"),
    "a column not grouped by": (lambda: EACH.over("product"), "choose one of period, owner"),
    "a level in per cent": (lambda: ONE.interval(95), "such as 0.95, not 95"),
    "a level in words": (lambda: ONE.interval("95 %"), "such as 0.95, not '95 %'"),  # type: ignore[arg-type]
    "a share in per cent": (lambda: CYCLE.quantile(95), "between 0 and 1"),
    "a share in words": (lambda: CYCLE.quantile("half"), "between 0 and 1"),
    "an interval of amounts": (SIZE.interval, "no proportion"),
    "a file that is not there": (lambda: sm.read("nowhere.csv"), "there is no file"),
    "a preset misspelt": (lambda: sm.read({"deals": []}, preset="hubspt"), "'hubspot'"),
    "a zone misspelt": (lambda: sm.CRM(deals=[], tz="Asia/Soul"), "'Asia/Seoul'"),
    "a day there is not": (lambda: CRM.as_of("2025-02-30"), "not a date that exists"),
}


@pytest.mark.parametrize("wrong", REFUSED)
def test_what_is_wrong_is_said(wrong: str) -> None:
    ask, says = REFUSED[wrong]
    with pytest.raises(sm.SalesMetricsError, match=says) as refused:
        ask()
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize(
    "reckon",
    [
        lambda: ONE < 0.5,
        lambda: ONE == 0.5,
        lambda: 0.5 <= ONE,  # noqa: SIM300
        lambda: max(ONE, EACH),
        lambda: ONE + 1,  # type: ignore[operator]
        lambda: 1 + ONE,
        lambda: sum([ONE, ONE]),
        lambda: ONE - ONE,
        lambda: ONE * 2,
        lambda: 100 / ONE,
        lambda: FUNNEL + 1,  # type: ignore[operator]
    ],
)
def test_results_are_no_numbers(reckon: Callable[[], Any]) -> None:
    with pytest.raises(TypeError, match=r"its \.value \(None when undefined\)"):
        reckon()


def test_one_kpi_is_as_good_as_a_list_of_one() -> None:
    for one in ("win_rate", sm.win_rate, ["win_rate"], ("win_rate",)):
        assert [figure.name for figure in shot(kpis=one).figures] == ["win_rate"]


def test_a_figure_in_a_text() -> None:
    assert f"{ONE:.1%} {sm.won_deals(deals):d}" == "66.7% 2"
    assert f"{ONE}" == repr(ONE)


def test_what_was_left_out_stands_in_one_list() -> None:
    three = [
        {"id": "1", "created_at": "2025-01-02", "closed_at": "2025-01-05", "outcome": "won"},
        {
            "id": "2",
            "created_at": "2025-01-02",
            "closed_at": "2025-01-05",
            "outcome": "disqualified",
        },
        {"id": "3", "created_at": "2025-01-02", "outcome": "lost"},
    ]
    line = repr(sm.win_rate(three, "2025-01"))
    assert "excluded: 1 disqualified, 1 no closed_at" in line


def test_the_parts_of_a_rate() -> None:
    rate = sm.win_rate(deals, "2025-Q1")
    assert (rate.part("numerator").value, rate.part("denominator").value) == (2, 3)
    assert rate.part("numerator").identity is None
    cohort = sm.close_rate(deals, "2025-Q1")
    assert cohort.part("undecided").value == cohort.cell(0, 0).undecided
    with pytest.raises(sm.NotFoundError, match="part 'top' is not known; choose one of numerator"):
        rate.part("top")


def test_a_keyword_of_a_kpi_that_takes_none() -> None:
    crm = sm.CRM(deals=deals)
    with pytest.raises(sm.NotFoundError, match="open_deals takes no keywords but by=, so days="):
        crm.kpi("open_deals", "2025-Q1", days=3)


def test_what_an_assumption_needs_is_said_without_the_tables_that_are_there() -> None:
    crm = sm.CRM(deals=deals)
    with pytest.raises(sm.NeedsError) as raised:
        crm.kpi("required_wins", "2025-Q1")
    assert str(raised.value) == "required_wins needs assumption target; pass target="


def test_of_one_group_alone_the_line_names_it() -> None:
    one = deals.filter(owner="ana")
    assert repr(sm.won_deals(one, "2025-Q1", by="owner")).startswith(
        "won deals 1 (owner = ana; 2025-Q1"
    )


def test_a_keyword_that_a_kpi_does_not_take_is_answered_with_those_it_does() -> None:
    with pytest.raises(TypeError, match=r"completion_rate: keyword 'limit' .* mean 'limit_hours'"):
        sm.completion_rate([], limit=4)  # type: ignore[call-arg]
