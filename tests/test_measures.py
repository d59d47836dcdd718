"""Results: exact, addable, and refusing what is ambiguous."""

from __future__ import annotations

import statistics
from decimal import Decimal
from fractions import Fraction
from typing import Any

import numpy as np
import pytest
from hypothesis import given, strategies as st

import salesmetrics as sm
from salesmetrics.results.grid import Grid, add_grids

Row = dict[str, Any]


def won(*amounts: Any, currency: str = "KRW", **more: Any) -> sm.Deals:
    rows = [
        {"id": at, "closed_at": "2025-02-01", "outcome": "won", "amount": amount, **more}
        for at, amount in enumerate(amounts)
    ]
    return sm.Deals.of(rows, currency=currency)


def decided(wins: int, losses: int) -> sm.Ratio:
    outcomes = ["won"] * wins + ["lost"] * losses
    size = len(outcomes)
    return sm.win_rate(
        sm.Deals.of(
            {"id": range(size), "outcome": outcomes, "closed_at": ["2025-01-01"] * size}
            if size
            else {"id": [], "outcome": [], "closed_at": []}
        )
    )


@pytest.mark.parametrize("kinds", [("i8", "i8"), ("i8", "O"), ("O", "i8"), ("O", "O")])
def test_sums_of_small_and_of_any_numbers_add(kinds: tuple[str, str]) -> None:
    one, other = (
        Grid(np.array([[n]], dtype=kind), False, n) for n, kind in zip((1, 2), kinds, strict=True)
    )
    assert add_grids([one, other]).changes.tolist() == [[3]]
    assert (one.changes.tolist(), other.changes.tolist()) == ([[1]], [[2]])


class TestTotal:
    @given(st.lists(st.integers(-(2**63) + 1, 2**63 - 1), max_size=6))
    def test_sums_beyond_64_bits_are_exact(self, amounts: list[int]) -> None:
        booked = sm.bookings(won(*amounts))
        assert booked.exact == sum(amounts)
        assert booked.value == float(sum(amounts))
        assert booked.values()[0, 0] == float(sum(amounts))

    def test_sums_of_results_beyond_64_bits_are_exact(self) -> None:
        one, two, three = (sm.bookings(won(2**62, 2**61)) for _ in range(3))
        assert (one + two + three).exact == 3 * (2**62 + 2**61)

    @pytest.mark.parametrize(
        "amounts", [[2**62] * 2, [2**62 - 1, 2**62], [-(2**62)] * 2, [2**61] * 4]
    )
    def test_sums_at_the_edge_of_64_bits_are_exact(self, amounts: list[int]) -> None:
        """2**63 is the first whole number that 64 bits do not hold."""
        whole = sum(amounts)
        apart = won(*amounts, owner="ana")
        assert sm.bookings(apart).exact == whole
        assert [cell.exact for cell in sm.bookings(apart, by="owner")] == [whole]
        one_by_one = [sm.bookings(won(amount)) for amount in amounts]
        together = one_by_one[0]
        for other in one_by_one[1:]:
            together += other
        assert together.exact == whole and together.values()[0, 0] == float(whole)
        stands = [
            {"id": at, "created_at": "2025-01-01", "amount": amount, "outcome": "open",
             "expected_close_at": "2025-03-01", "owner": "ana", "probability": "1"}
            for at, amount in enumerate(amounts)
        ]  # fmt: skip
        deals = sm.Deals.of(stands, currency="KRW").as_of("2025-02-28")
        for by in ((), ("owner",)):
            assert [cell.exact for cell in sm.open_pipeline(deals, "2025-02", by=by)] == [whole]
            assert [cell.exact for cell in sm.weighted_pipeline(deals, "2025-02", by=by)] == [whole]
        if whole > 0:
            each = [
                {"id": at, "closed_at": "2025-02-01", "outcome": "won", "amount": amount,
                 "customer": f"c{at}"}
                for at, amount in enumerate(amounts)
            ]  # fmt: skip
            spread = sm.concentration(sm.Deals.of(each, currency="KRW"), "2025-02").cell(0, 0)
            assert spread.parts["top 1"] == max(amounts) / whole

    @given(
        st.lists(st.tuples(st.integers(-(2**62), 2**62), st.decimals(0, 1, places=9)), max_size=5),
        st.sampled_from([("KRW", 0), ("USD", 2), ("KWD", 3)]),
    )
    def test_weighted_sums_are_rounded_once(self, rows: Any, currency: tuple[str, int]) -> None:
        code, places = currency
        table = sm.Deals.of(
            [
                {
                    "id": at,
                    "created_at": "2025-01-01",
                    "amount": Decimal(minor).scaleb(-places),
                    "probability": share,
                }
                for at, (minor, share) in enumerate(rows)
            ],
            currency=code,
            all_open=True,
        )
        exact = sum((minor * Fraction(share) for minor, share in rows), Fraction(0))
        weighted = sm.weighted_pipeline(table, "2025") if rows else None
        if weighted is not None:
            assert weighted.exact == Fraction(round(exact), 10**places)

    def test_a_single_figure_is_asked_of_many(self) -> None:
        months = sm.bookings(won(1, 2), sm.period("2025-Q1").split("month"))
        for ask in (
            lambda: months.value, lambda: months.exact, lambda: months.n, lambda: float(months),
            lambda: months.excluded, lambda: months.reason,
        ):  # fmt: skip
            with pytest.raises(sm.SalesMetricsError, match=r"3 figures .*\.at\("):
                ask()
        assert months.at(period="2025-02").value == 3.0
        assert len(months) == 3

    def test_numbers_and_results_are_not_compared(self) -> None:
        booked = sm.bookings(won(5))
        for compare in (
            lambda: booked == 5, lambda: booked != 5.0, lambda: booked < 6, lambda: booked >= 4,
            lambda: booked > 3, lambda: booked <= Decimal(5), lambda: booked > 4,
        ):  # fmt: skip
            with pytest.raises(TypeError, match=r"\.value"):
                compare()
        assert booked == sm.bookings(won(5))
        assert booked != sm.bookings(won(6))
        assert (booked == "5") is False
        assert float(booked) == 5.0

    def test_float_of_the_undefined_says_why(self) -> None:
        with pytest.raises(sm.UndefinedError, match="no decided deals in the period"):
            float(decided(0, 0))

    def test_only_one_figure_and_one_currency_add(self) -> None:
        with pytest.raises(sm.SalesMetricsError, match="one is in KRW, the other USD"):
            sm.bookings(won(1)) + sm.bookings(won(1, currency="USD"))
        with pytest.raises(sm.SalesMetricsError, match="not the same figure"):
            sm.bookings(won(1)) + sm.won_deals(won(1))
        with pytest.raises(sm.SalesMetricsError, match="different periods or groups"):
            sm.bookings(won(1), "2025") + sm.bookings(won(1), "2024")

    def test_what_is_named_beside_a_figure_is_of_its_own_groups(self) -> None:
        def made(*owners: str) -> sm.Total:
            rows = [
                {"id": str(n), "owner": o, "created_at": "2025-01-05"} for n, o in enumerate(owners)
            ]
            return sm.deals_created(sm.Deals.of(rows), by="owner")

        found = made("ana", "bo", "bo").excluding("a trial", made("bo", "cho"))
        assert [(cell.group[0], cell.value, dict(cell.excluded)) for cell in found] == [
            ("ana", 1, {}), ("bo", 2, {"a trial": 1}), ("cho", 0, {"a trial": 1}),
        ]  # fmt: skip


class TestRollUp:
    table = won(1, 2, 4, owner="ana", product="crm")

    def test_no_groups_roll_up_to_nothing(self) -> None:
        table = sm.Deals.of({"id": [], "owner": [], "closed_at": [], "created_at": [],
                             "outcome": [], "amount": []}, currency="USD")  # fmt: skip
        for kpi, value in ((sm.won_deals, 0), (sm.bookings, 0), (sm.win_rate, None),
                           (sm.sales_cycle, None), (sm.deal_size, None)):  # fmt: skip
            rolled = kpi(table, "2025", by="owner").over("owner")
            assert rolled.by == () and rolled.value == value == kpi(table, "2025").value
            assert rolled.n == 0

    def test_months_that_do_not_adjoin_do_not_roll_up(self) -> None:
        booked = sm.bookings(self.table, ("2025-01", "2025-03"))
        with pytest.raises(sm.SalesMetricsError, match="do not adjoin"):
            booked.over("period")

    def test_a_stock_refuses(self) -> None:
        months = sm.period("2025-Q1").split("month")
        with pytest.raises(sm.SalesMetricsError, match="a stock does not add over time"):
            sm.open_pipeline(self.table_with_creation(), months).over("period")

    @staticmethod
    def table_with_creation() -> sm.Deals:
        row = {"id": 1, "created_at": "2025-01-01", "amount": 1, "outcome": "open"}
        return sm.Deals.of([row], currency="KRW")

    def test_columns_one_by_one(self) -> None:
        by = sm.bookings(self.table, by=("owner", "product"))
        assert by.over("owner").at(product="crm").value == 7.0
        assert by.over("product").over("owner").value == 7.0
        with pytest.raises(sm.ColumnError, match="roll-up over 'team'"):
            by.over("team")

    def test_at(self) -> None:
        by = sm.bookings(self.table, ("2025-01", "2025-02"), by=("owner", "product"))
        assert by.at(owner="ana", product="crm", period="2025-02").value == 7.0
        assert by.at(period=sm.period("2025-01"), owner="ana", product="crm").value == 0.0
        with pytest.raises(sm.SalesMetricsError, match="figures"):
            by.at(owner="ana")
        with pytest.raises(sm.SalesMetricsError, match="'zoe' is not known; choose one of ana"):
            by.at(owner="zoe", period="2025-01")
        with pytest.raises(sm.SalesMetricsError, match="ownr"):
            by.at(ownr="ana")
        with pytest.raises(sm.SalesMetricsError, match="2025-04"):
            by.at(period="2025-04")

    def test_tables_of_figures(self) -> None:
        by = sm.win_rate(self.table, ("2025-01", "2025-02"), by="owner")
        frame, other = by.to_pandas(), by.to_polars()
        assert list(frame.columns) == list(other.columns)
        assert list(frame["numerator"]) == other["numerator"].to_list() == [0, 3]
        assert other["value"].to_list() == [None, 1.0]
        assert other["reason"].to_list()[1] is None
        for text in (repr(by), by._repr_html_()):
            assert "ana" in text


class TestInterval:
    @pytest.mark.parametrize(
        ("part", "whole", "level", "low", "high"),
        [
            # statsmodels.stats.proportion.proportion_confint(..., method="wilson")
            (10, 40, 0.95, 0.14187118639096302, 0.40193961420768026),
            (0, 10, 0.95, 0.0, 0.2775327998628892),
            (10, 10, 0.95, 0.7224672001371107, 1.0),
            (4238, 6711, 0.95, 0.619886914783114, 0.6429636693779573),
            (1, 2, 0.9, 0.1208663194222736, 0.8791336805777263),
        ],
    )
    def test_wilson(self, part: int, whole: int, level: float, low: float, high: float) -> None:
        found = decided(part, whole - part).interval(level)
        assert found == pytest.approx((low, high), abs=1e-12)

    @given(st.integers(0, 60), st.integers(0, 60), st.floats(0.01, 0.99))
    def test_it_holds_the_share(self, wins: int, losses: int, level: float) -> None:
        rate = decided(wins, losses)
        found = rate.interval(level)
        if not wins + losses:
            assert found is None
            return
        low, high = found or (1, 0)
        assert 0 <= low <= wins / (wins + losses) <= high <= 1
        # Both ends solve (share - p)^2 = z^2 p (1 - p) / n.
        z = statistics.NormalDist().inv_cdf((1 + level) / 2)
        for p in {low, high} - {0.0, 1.0}:
            n, share = wins + losses, wins / (wins + losses)
            assert (share - p) ** 2 == pytest.approx(z * z * p * (1 - p) / n, abs=1e-9)

    @pytest.mark.parametrize("level", [0, 1, -1, 95, float("nan")])
    def test_a_level_is_a_share(self, level: float) -> None:
        with pytest.raises(sm.SalesMetricsError, match="level between 0 and 1"):
            decided(1, 1).interval(level)

    def test_only_proportions_have_one(self) -> None:
        for ratio in (sm.average_deal_size(won(1)), sm.win_rate(won(1), of="amount")):
            with pytest.raises(sm.SalesMetricsError, match="no proportion"):
                ratio.interval()


class TestDistribution:
    @staticmethod
    def cycle(days: list[int], **keywords: Any) -> sm.Distribution:
        rows = {
            "id": range(len(days)),
            "created_at": np.zeros(len(days), dtype="M8[D]"),
            "closed_at": np.array(days, dtype="M8[D]"),
            "outcome": ["won"] * len(days),
        }
        return sm.sales_cycle(sm.Deals.of(rows), **keywords)

    @given(
        st.lists(st.integers(0, 300) | st.integers(0, 65_534), min_size=1, max_size=12),
        st.sampled_from(["0", "0.1", "0.25", "0.5", "0.9", "1"]),
    )
    def test_quantiles_are_those_of_numpy_and_statistics(self, days: list[int], share: str) -> None:
        cycle = self.cycle(days)
        assert cycle.quantile(share) == pytest.approx(np.quantile(days, float(share)))
        assert cycle.values(Fraction(share))[0, 0] == pytest.approx(cycle.quantile(share))
        assert cycle.value == cycle.median == statistics.median(days)
        assert cycle.mean == float(Fraction(sum(days), len(days)))
        if len(days) > 1:
            quarters = statistics.quantiles(days, n=4, method="inclusive")
            assert cycle.p75 == pytest.approx(quarters[2])

    def test_units(self) -> None:
        assert self.cycle([7, 21], unit="weeks").exact == 2
        assert self.cycle([1461], unit="months").exact == 48
        with pytest.raises(sm.SalesMetricsError, match="weeks"):
            self.cycle([7], unit="years")

    def test_a_share_is_a_share(self) -> None:
        with pytest.raises(sm.SalesMetricsError, match="share between 0 and 1"):
            self.cycle([1]).quantile(75)

    def test_nothing_is_undefined(self) -> None:
        cycle = self.cycle([])
        assert (cycle.value, cycle.mean, cycle.p75, cycle.p90) == (None, None, None, None)
        assert cycle.reason == "no won deals in the period"


class TestGroups:
    crm = sm.CRM(
        deals=[
            {"id": 1, "owner": "ana", "customer": "k", "stage": "b", "created_at": "2025-01-31"},
            {"id": 2, "owner": "bo", "customer": "x", "stage": "a", "created_at": "2025-02-01"},
            {"id": 3, "owner": None, "customer": None, "stage": None, "created_at": "2025-12-29"},
        ],
        owners=[
            {"id": "ana", "team": "east"},
            {"id": "bo", "team": "west"},
            {"id": "cho", "team": "idle"},
        ],
        customers=[{"id": "k", "industry": "steel"}, {"id": "z", "industry": "paper"}],
        stages=[{"id": "b", "order": 1, "type": "open"}, {"id": "a", "order": 2, "type": "open"}],
        currency="KRW",
    )

    @pytest.mark.parametrize(
        ("by", "groups"),
        [
            ("owner", [("ana", 1), ("bo", 1), ("cho", 0), (None, 1)]),
            ("team", [("east", 1), ("idle", 0), ("west", 1), (None, 1)]),
            ("owner.team", [("east", 1), ("idle", 0), ("west", 1), (None, 1)]),
            ("customer.industry", [("paper", 0), ("steel", 1), (None, 2)]),
            ("customer", [("k", 1), ("z", 0), ("x", 1), (None, 1)]),  # on no list
            ("stage", [("b", 1), ("a", 1), (None, 1)]),  # in the order of the process
            ("created_at.month", [("2025-01", 1), ("2025-02", 1), ("2025-12", 1)]),
            ("created_at.quarter", [("2025-Q1", 2), ("2025-Q4", 1)]),
            ("created_at.week", [("2025-W05", 2), ("2026-W01", 1)]),
            ("created_at.year", [("2025", 3)]),
            ("created_at.day", [("2025-01-31", 1), ("2025-02-01", 1), ("2025-12-29", 1)]),
        ],
    )
    def test_labels_in_order_with_the_missing_last(self, by: str, groups: list[Any]) -> None:
        created = sm.deals_created(self.crm.deals, by=by)
        assert [(cell.group[0], cell.value) for cell in created] == groups

    def test_several_columns_show_what_occurs(self) -> None:
        created = sm.deals_created(self.crm.deals, by=("team", "customer.industry"))
        assert created.groups == (("east", "steel"), ("west", None), (None, None))

    def test_too_many_cells_are_refused(self) -> None:
        size = 60_000
        table = sm.Deals.of(
            {"id": range(size), "owner": range(size), "created_at": ["2025-01-01"] * size}
        )
        with pytest.raises(sm.SalesMetricsError, match="group by fewer columns"):
            sm.deals_created(table, sm.period("2024").split("day"), by="owner")


def test_a_column_of_the_table_itself_goes_before_that_of_its_owner() -> None:
    """A field of the record or a further column, beside the roster's of the same name."""
    rows = [
        {"id": at, "created_at": "2025-01-05", "owner": "ana", "customer": "x", **own}
        for at, own in enumerate([{"team": "north", "floor": "2"}, {"team": "south", "floor": "3"}])
    ]
    roster = [{"id": "ana", "team": "east", "floor": "9"}]
    crm = sm.CRM(deals=rows, owners=roster, all_open=True)
    for by, own, of_owner in (
        ("team", [("north",), ("south",)], ("east",)), ("floor", [("2",), ("3",)], ("9",))
    ):  # fmt: skip
        assert [cell.group for cell in crm.kpi("deals_created", "2025-01", by=by)] == own
        of_roster = crm.kpi("deals_created", "2025-01", by=f"owner.{by}")
        assert [cell.group for cell in of_roster if cell.value] == [of_owner]
