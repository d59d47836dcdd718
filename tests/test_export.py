"""Results as frames of other libraries."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics import examples

pl = pytest.importorskip("polars")
pa = pytest.importorskip("pyarrow")
pytest.importorskip("pandas")
duckdb = pytest.importorskip("duckdb")


def with_days(record: dict[str, Any]) -> dict[str, Any]:
    """A record, which is plain enough for JSON, with the days that a frame has."""
    days = {name: record[name] and date.fromisoformat(record[name]) for name in ("start", "end")}
    return {**record, **days}


def test_results_leave_as_frames() -> None:
    deals = examples.deals
    result = sm.win_rate(deals, sm.period("2025").split("quarter"), by="owner")
    records = [with_days(record) for record in result.to_records()]
    for frame in (
        pl.DataFrame(result.to_polars()),
        pl.DataFrame(result),
        pl.from_pandas(result.to_pandas()).with_columns(pl.col("start", "end").cast(pl.Date)),
        pl.from_arrow(result.to_arrow()),
        pl.from_arrow(pa.table(result)),
        duckdb.sql("select * from result").pl(),
    ):
        assert frame.to_dicts() == records
    undefined = sm.win_rate(deals, "2020")
    assert pa.table(undefined).schema == pa.table(result).drop_columns(["owner"]).schema
    assert undefined.to_pandas()["value"].isna().all()
    assert pa.table(sm.won_deals(deals))["start"].to_pylist() == [None]  # all time has no days


def test_figures_by_column_are_those_of_the_records() -> None:
    """Totals and ratios are read all at once; every cell is the one that a record has."""
    rows = [
        sm.Deal(id="a", owner="ana", outcome="won", closed_at=date(2025, 1, 5), amount="0.1",
                currency="USD"),
        sm.Deal(id="b", owner="bo", outcome="won", closed_at=date(2025, 2, 5), currency="USD"),
        sm.Deal(id="c", outcome="lost", closed_at=date(2025, 2, 6), amount=10**13, currency="USD"),
        sm.Deal(id="d", owner="bo", outcome="open", created_at=date(2025, 1, 1),
                amount="90071992547409.93", currency="USD", probability="0.335"),
    ]  # fmt: skip
    months = sm.period("2025-H1").split("month")
    for result in (
        sm.bookings(rows, months, by="owner"),
        sm.average_deal_size(rows, months, by="owner"),
        sm.win_rate(rows, months, by=("owner", "currency"), of="amount"),
        sm.won_deals(rows, by="owner"),
        sm.open_pipeline(rows, months, by="owner"),
        sm.weighted_pipeline(rows, months),
        sm.sales_cycle(rows, months, by="owner"),
        sm.sales_velocity(rows, months, by="owner"),
    ):
        records = [with_days(record) for record in result.to_records()]
        stated = ["period", "start", "end", "value", "numerator", "denominator", "n", "excluded"]
        stated += ["refused", "left_out"]
        names = ["kpi", *result.by, *stated, "reason", "reason_code"]
        names += [name for name in ("mean", "median", "p75", "p90", "max") if name in records[0]]
        expected = [{name: record[name] for name in names} for record in records]
        if result.periods == (sm.ALL_TIME,):
            expected = [{**record, "start": None, "end": None} for record in expected]
        assert result.to_arrow().to_pylist() == expected
        assert result.to_polars().to_dicts() == expected
        shown = result.to_pandas()
        assert shown["value"].isna().tolist() == [row["value"] is None for row in expected]
        assert shown["reason"].isna().tolist() == [row["reason"] is None for row in expected]


def test_tables_of_groups_show_the_largest_and_hide_the_empty() -> None:
    """Of four owners one has nothing at all; two have the most won."""
    won = {"created_at": "2025-01-02", "outcome": "won", "closed_at": "2025-01-20"}
    amounts = {"ana": 10, "bo": 30, "cy": 20}
    rows = [{"id": n, "owner": n, "amount": amount, **won} for n, amount in amounts.items()]
    roster = [{"id": name} for name in (*amounts, "di")]
    crm = sm.CRM(deals=rows, owners=roster, currency="EUR")
    for every, kpis in ((None, ["bookings", "win_rate"]), ("month", ["bookings"])):
        taken = sm.snapshot(crm, "2025-Q1", by="owner", kpis=kpis, every=every)
        for text in (taken.to_text(top=2), taken.to_markdown(top=2)):
            assert text.index("bo") < text.index("cy")
            assert "ana" not in text and "di" not in text.split()
            assert "... 2 more, 1 of them without a figure other than 0" in text.replace("\\", "")
        assert "ana" in taken.to_text() and "di" in taken.to_text().split()
    assert "그중 1개" in taken.to_text("ko", top=3)
    with pytest.raises(sm.SalesMetricsError, match="top is 0"):
        taken.to_text(top=0)


def test_a_stream_is_made_by_whichever_library_is_there(monkeypatch: pytest.MonkeyPatch) -> None:
    from salesmetrics.results import export

    figure = sm.win_rate(examples.deals, "2024", by="owner")
    rows = pa.table(figure).to_pylist()
    made: list[str] = []
    for name in ("to_arrow", "to_polars"):
        real = getattr(export, name)
        monkeypatch.setattr(
            export, name, lambda result, real=real, name=name: made.append(name) or real(result)
        )
    for there, by in (({"pyarrow", "polars"}, "to_arrow"), ({"polars"}, "to_polars")):
        monkeypatch.setattr(
            export, "find_spec", lambda name, there=there: object() if name in there else None
        )
        assert pa.table(figure).to_pylist() == rows
        assert made.pop() == by
    monkeypatch.setattr(export, "find_spec", lambda name: None)
    with pytest.raises(sm.SalesMetricsError, match="needs pyarrow or polars"):
        export.arrow_stream(figure)


@pytest.mark.parametrize("kpi", [sm.bookings, sm.won_deals, sm.win_rate, sm.sales_cycle])
def test_frames_of_periods_that_overlap_say_what_each_says_alone(kpi: Any) -> None:
    spans = [
        (date(2024, 10, 1), date(2025, 2, 1)),
        (date(2025, 1, 1), date(2025, 3, 1)),
        (date(2025, 1, 15), date(2025, 4, 1)),
        (date(2024, 12, 1), date(2025, 3, 15)),
    ]
    quarters = [sm.Period(start, end, str(start)) for start, end in spans]
    rows = kpi(examples.deals, quarters).to_polars()
    assert rows["n"].min() > 0
    alone = [kpi(examples.deals, one).to_polars().row(0, named=True) for one in quarters]
    for name in ("value", "numerator", "denominator", "n", "excluded", "reason_code"):
        assert rows[name].to_list() == [one[name] for one in alone], name
