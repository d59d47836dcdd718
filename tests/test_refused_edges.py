"""What is asked for and is not there, at the edges of where it could be."""

from __future__ import annotations

import io
import sys
from decimal import Decimal
from typing import Any

import pytest
from test_attention import closed

import salesmetrics as sm
from salesmetrics.catalog import ENTRIES
from salesmetrics.cli import main
from salesmetrics.document_commands import _has_bars
from salesmetrics.errors import NotFoundError, SalesMetricsError
from salesmetrics.forecast.arrays import codes, days
from salesmetrics.insight.scorecards import scorecards
from salesmetrics.kpi import kpi, label_of
from salesmetrics.models import values
from salesmetrics.results.definition import Combined, Measured, both_are, difference


def test_a_letter_alone_means_no_kpi() -> None:
    crm = sm.CRM(deals=closed("2025-01", 2), currency="EUR")
    for name in ("w", "a"):
        with pytest.raises(NotFoundError) as refused:
            crm.kpi(name, "2025-01")
        assert "Did you mean" not in str(refused.value)
    with pytest.raises(NotFoundError, match=r"Did you mean"):
        crm.kpi("win", "2025-01")


@pytest.mark.parametrize(
    ("period", "group"), [(2, 0), (0, 1), (-1, 0), (0, -1), (True, 0), ("0", 0)]
)
def test_figures_are_counted_from_0(period: int, group: int) -> None:
    crm = sm.CRM(deals=closed("2025-01", 2), currency="EUR")
    found = crm.kpi("sales_cycle", ["2025-01", "2025-02"])
    assert [found.histogram(at, 0)[1].sum() for at in (0, 1)] == [2, 0]
    what, at, last = ("period", period, 1) if period != 0 else ("group", group, 0)
    with pytest.raises(
        NotFoundError, match=f"no {what} number {at!r}; they count from 0 to {last}"
    ):
        found.histogram(period, group)


def test_the_definition_that_two_figures_have() -> None:
    won = Measured("deals", "during", ("closed_at",), where=("won", ("scored", 5)))
    same = Measured("deals", "during", ("closed_at",), where=("won", ("scored", None)))
    lost = Measured("deals", "during", ("closed_at",), where=("lost",))
    ratio = Combined("ratio", (won, lost))
    assert both_are(won, won) == won == both_are(won, same) == both_are(same, won)
    for one, other in ((won, lost), (won, ratio), (ratio, won), (won, None), (None, ratio),
                       (ratio, Combined("ratio", (won,))), (ratio, Combined("sum", (won, lost))),
                       (ratio, Combined("ratio", (lost, won))),
                       (ratio, Combined("ratio", (won, lost), (1,)))):  # fmt: skip
        assert both_are(one, other) is None
    assert both_are(ratio, Combined("ratio", (same, lost))) == ratio
    assert difference(won, won) is None
    assert "where" in str(difference(won, lost)) and difference(won, ratio) is not None
    assert "where" in str(difference(ratio, Combined("ratio", (lost, lost))))
    assert "1" in str(difference(ratio, Combined("ratio", (won, lost), (1,))))


def test_amounts_of_several_currencies_are_no_parts_of_one_sum() -> None:
    won, euros, dollars = (
        sm.CRM(deals=closed("2025-01", 2), currency=currency).kpi(kpi, "2025-01")
        for kpi, currency in (("won_deals", "EUR"), ("bookings", "EUR"), ("bookings", "USD"))
    )
    for one, other in ((euros, dollars), (dollars, euros), (won, euros), (euros, won)):
        with pytest.raises(SalesMetricsError):
            _ = one + other


def test_a_course_in_signs_needs_an_output_that_has_them(monkeypatch: pytest.MonkeyPatch) -> None:
    for encoding, has in (("ascii", False), ("utf-8", True), ("cp1252", False)):
        monkeypatch.setattr(sys, "stdout", io.TextIOWrapper(io.BytesIO(), encoding=encoding))
        assert _has_bars(None) is has
        assert _has_bars("page.html")  # which is written in UTF-8


def test_the_list_of_scorecards_has_their_korean_titles(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["scorecard", "--list"]) == 0
    shown = capsys.readouterr().out
    for card in scorecards().values():
        assert card.en in shown and (card.ko or "") in shown
    assert any(card.ko for card in scorecards().values())


@pytest.mark.parametrize(
    ("given", "said"), [([0, -1, 5], r"\[1\] is -1"), ([0, 2, 3, 4], r"\[2\] is 3")]
)
def test_the_first_code_that_is_none_is_named(given: list[int], said: str) -> None:
    assert codes("stage", [0, 2], 3).tolist() == [0, 2] and codes("stage", [], 3).tolist() == []
    with pytest.raises(SalesMetricsError, match=f"stage{said}; codes run from 0 to 2"):
        codes("stage", given, 3)
    assert days("day", [1.0, 2.0]).tolist() == [1, 2]
    for wrong in ([0.5], [float("nan")], [float("inf"), 1.0], ["a"]):
        with pytest.raises(SalesMetricsError, match="day has to be whole numbers"):
            days("day", wrong)


def another(value: Any) -> Any:
    """Equal, and not the same object, where there is such a one."""
    if isinstance(value, str):
        return "".join([*value])
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return value
    return type(value)(str(value)) if not isinstance(value, int) else float(value)


@pytest.mark.parametrize("name", ENTRIES)
def test_a_keyword_that_is_its_default_asks_for_nothing(name: str) -> None:
    label = ENTRIES[name].label
    plain = label.identity({})
    for keyword, default in label.keywords.items():
        assert label.identity({keyword: default}) == plain
        assert label.identity({keyword: another(default)}) == plain


def test_a_period_that_has_not_begun_has_no_quantiles() -> None:
    """Though what stands open now would stand at its end, too."""
    deal = {"id": "o", "created_at": "2025-01-01", "outcome": "open", "amount": 7}
    crm = sm.CRM(deals=[deal, *closed("2025-02", 1)], currency="EUR").as_of("2025-02-28")
    found: Any = [crm.kpi("open_deal_size", period) for period in ("2025-02", "2025-06")]
    assert [(one.value, one.quantile(0.5)) for one in found] == [(7, 7), (None, None)]


@pytest.mark.parametrize(
    ("value", "name"),
    [
        (Decimal(2**63 - 1), str(2**63 - 1)), (Decimal(2**63), None), (Decimal(-(2**63)), None),
        (Decimal(1 - 2**63), str(1 - 2**63)), (5.0, "5"), (-5.0, "-5"), (5.5, None), (True, None),
        (2.0**53, None), (-(2.0**53), None), (2.0**53 - 1, str(2**53 - 1)), (2**70, str(2**70)),
        (float("nan"), ""), ("5.0", "5.0"), (values.Rounded(10**16), None), ([], None),
    ],
)  # fmt: skip
def test_names_that_are_numbers(value: Any, name: str | None) -> None:
    if name is None:
        with pytest.raises(ValueError, match=r"^"):
            values.label(value)
    else:
        assert values.label(value) == (name or None)


def test_what_a_kpi_takes_is_read_from_its_signature() -> None:
    @kpi(unit="count", better="higher", adds_over="rows", ko="지어낸 값")
    def made_up(
        deals: Any, leads: Any, period: str, *, by: Any = None, days: int = 5, of: str
    ) -> Any:
        return by, days, of

    label = label_of(made_up)
    assert (label.name, label.en, label.tables) == ("made_up", "made up", ("deals", "leads"))
    assert [*label.keywords] == ["days", "of"] and label.keywords["days"] == 5
    assert label.given == ("of",) and label.needs_period
    with pytest.raises(TypeError, match="nothing_like_it"):
        made_up(None, None, "2025", nothing_like_it=1)
    with pytest.raises(TypeError, match="never takes no period"):

        @kpi(unit="count", better="higher", adds_over="rows", ko="")
        def never(deals: Any) -> Any:
            return deals


@pytest.mark.parametrize("value", [2**63, -(2**63), 2**63 + 1, Decimal(2**63)])
def test_whole_numbers_that_64_bits_do_not_hold(value: Any) -> None:
    with pytest.raises(ValueError, match=r"^"):
        values.whole(value)
    assert values.whole(2**63 - 1) == 2**63 - 1 and values.whole(1 - 2**63) == 1 - 2**63
    assert values.number("0e999") == 0 and values.number("0e-999") == 0


@pytest.mark.parametrize(
    ("days", "is_told"), [(1, True), (2**16, True), (0, False), (2**16 + 1, False), (True, False)]
)
def test_for_how_long_a_customer_is_active(days: Any, is_told: bool) -> None:
    deals = [deal | {"customer": "c"} for deal in closed("2025-01", 2)]
    crm = sm.CRM(deals=deals, currency="EUR").as_of("2025-01-31")
    if is_told:
        active = crm.kpi("active_customers", "2025-01", active_for_days=days).value
        assert active == (0 if days == 1 else 1)
    else:
        with pytest.raises(SalesMetricsError, match="active_for_days is"):
            crm.kpi("active_customers", "2025-01", active_for_days=days)
