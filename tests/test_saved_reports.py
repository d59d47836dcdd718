"""Alerts, explanations and digests that were saved: drawn as the live ones, whatever is in them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import suppress
from copy import deepcopy
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
import simulated
from test_saved_alike import hostile

import salesmetrics as sm
from salesmetrics import examples
from salesmetrics.cli import main
from salesmetrics.snapshots.schema_reports import reports_schema_text

ROOT = Path(__file__).parents[1]
RULES = ROOT / "examples" / "rules.toml"
DEMO = ROOT / "examples" / "demo"


def rules() -> list[sm.Rule]:
    """Every kind, with names and without, of the whole and by group, of periods of their own."""
    return [
        sm.Rule("threshold", kpi="win_rate", below=0.99, by="owner", audience="head | of\nsales"),
        sm.Rule("threshold", kpi="bookings", above=1, severity="error", name="</script>"),
        sm.Rule("change", kpi="bookings", beyond=0.001, by="owner", severity="info"),
        sm.Rule("declining", kpi="bookings", times=2, period="this-quarter"),
        sm.Rule("pace", kpi="bookings", behind=0.01, target=1e12, period="last-4-weeks"),
        sm.Rule("forecast", kpi="won_deals", chance=0.99, target=1e6),
        sm.Rule("missing", table="deals", days=1),
        sm.Rule("missing", table="activities", days=1),
        sm.Rule("unusual", kpi="won_deals", baseline=12, direction="either", chance=0.2),
        sm.Rule("unusual", kpi="sales_cycle", by="owner", baseline=12, chance=0.2),
    ]


def worlds() -> dict[str, tuple[sm.CRM, str]]:
    demo = sm.read(DEMO)
    named = sm.CRM(
        deals=[
            {"id": n, "owner": n % 3, "created_at": f"2025-0{1 + n % 5}-01", "amount": 10 * n,
             "closed_at": f"2025-0{2 + n % 5}-10", "outcome": "won" if n % 3 else "lost"}
            for n in range(40)
        ] + [{"id": "x", "outcome": "sold"}],
        owners=[{"id": n, "name": name} for n, name in enumerate(["김 민준", "<b>", "=1+1"])],
        currency="USD", tz="UTC", on_error="collect",
    )  # fmt: skip
    return {
        "demo": (demo, "2025-Q4"),
        "simulated": (simulated.company(seed=5, days=500, rate=1.5).as_of("2023-02-20"), "2023-Q1"),
        "hostile": (hostile(), "2025-Q2"),
        "named": (named.as_of("2025-06-20"), "2025-Q2"),
        "empty": (sm.CRM(deals=[], currency="KRW", tz="UTC").as_of("2025-05-01"), "2025-Q2"),
    }


WORLDS = ("demo", "simulated", "hostile", "named", "empty")


def reports(name: str) -> Iterator[Any]:
    crm, period = worlds()[name]
    yield sm.alerts(crm, rules(), period)
    yield sm.alerts(crm, rules(), period, false_share=0.05)
    yield sm.alerts(crm, [sm.Rule("missing", table="deals", days=9999)], period)
    yield sm.alerts(crm, RULES, period)
    for kpi in ("bookings", "win_rate", "sales_cycle", "sales_velocity", "won_deals"):
        for given in ({}, {"by": ["owner"]}, {"by": [("owner", "outcome")], "against": "2024-Q4"}):
            with suppress(sm.SalesMetricsError):  # no such columns, or nothing to explain
                yield sm.explain(crm, kpi, period, **given)  # type: ignore[arg-type]
    with suppress(sm.SalesMetricsError):
        before, after = (
            sm.snapshot(crm, each, by="owner", kpis=["bookings", "win_rate", "lead_volume"])
            for each in (sm.period(period).previous(), period)
        )
        yield sm.digest(before, after)
        yield sm.digest(after, after)


def views(one: Any) -> dict[str, Any]:
    """Everything that it can be seen as."""
    found: dict[str, Any] = {}
    for lang in ("en", "ko"):
        found[f"text {lang}"] = one.to_text(lang)
        found[f"markdown {lang}"] = one.to_markdown(lang)
        if hasattr(one, "to_blocks"):
            found[f"blocks {lang}"] = one.to_blocks(lang)
        if hasattr(one, "plot"):
            for split in [None, *(",".join(each.by) or each.kind for each in one.splits)]:
                try:
                    chart = one.plot(split, lang=lang)
                    found[f"{split} {lang}"] = chart.to_svg() + chart.to_html()
                    found[f"vega {split} {lang}"] = chart.to_vega()
                except sm.SalesMetricsError as why:
                    found[f"{split} {lang}"] = str(why)
    if hasattr(one, "_repr_html_"):
        found["html"] = one._repr_html_()
    return found | {"json": one.to_json(), "repr": repr(one), "dict": one.to_dict()}


@pytest.mark.parametrize("name", WORLDS)
def test_what_was_saved_is_drawn_as_the_live_one(name: str, tmp_path: Path) -> None:
    for at, live in enumerate(reports(name)):
        wanted, file = views(live), tmp_path / f"{at}.json"
        file.write_text(live.to_json(), encoding="utf-16" if at % 2 else "utf-8")
        for source in (live.to_json(), live.to_json(None), live.to_dict(), file, live):
            saved = sm.read_saved(source)
            assert views(saved) == wanted
            assert not isinstance(saved, sm.Document)
            assert sm.read_saved(saved) is saved
            if not isinstance(live, sm.Explanation):
                assert (bool(saved), len(saved)) == (bool(live), len(live))  # type: ignore[arg-type]


def test_there_is_something_of_every_kind() -> None:
    """Else the test above tells little."""
    codes, kinds, reasons = set(), set(), set()
    for name in WORLDS:
        for one in reports(name):
            tree = one.to_dict()
            codes |= {each["code"] for each in tree.get("alerts", ())}
            kinds |= {each["kind"] for each in tree.get("splits", ())} | {*tree.get("unsplit", ())}
            reasons |= {each["reason"]["code"] for each in tree.get("unchecked", ())}
    assert codes >= {"above", "below", "change", "pace", "forecast", "late"}
    assert kinds >= {"factors", "groups", "segments"}
    assert len(reasons) > 3


def test_one_reader_reads_snapshots_too() -> None:
    taken = sm.snapshot(worlds()["named"][0], "2025-Q2", kpis=["bookings"])
    saved = sm.read_saved(taken.to_json())
    assert isinstance(saved, sm.Document) and saved.to_html() == taken.to_html()
    assert sm.read_saved(taken).to_json() == saved.to_json()


PARTS: list[Any] = [None, "x", "", -1, 7, 1e308, -1e-300, True, [], {}, ["x"], [None], {"x": "y"},
                    "</script>", "\ud800", "9999-12-31", "0001-01-01", "{x} {0} %s"]  # fmt: skip


def spoiled(tree: Any) -> Iterator[Any]:
    """The tree with one place gone, or of another value, for every place."""

    def places(node: Any, at: tuple[Any, ...]) -> Iterator[tuple[Any, ...]]:
        yield at
        if isinstance(node, dict):
            for key, each in node.items():
                yield from places(each, (*at, key))
        elif isinstance(node, list):
            for number, each in enumerate(node[:1]):
                yield from places(each, (*at, number))

    for at in list(places(tree, ()))[1:]:
        for value in PARTS:
            other = deepcopy(tree)
            inner = other
            for key in at[:-1]:
                inner = inner[key]
            inner[at[-1]] = value
            yield other
        other = deepcopy(tree)
        inner = other
        for key in at[:-1]:
            inner = inner[key]
        if isinstance(inner, dict):
            del inner[at[-1]]
            yield other
            inner["more"] = 1
            yield other


def few(name: str) -> list[Any]:
    """One of a kind."""
    found: dict[str, Any] = {}
    for one in reports(name):
        tree = one.to_dict()
        weight = len(json.dumps(tree))
        kind = tree["format"]
        if kind not in found or 2_000 < weight < len(json.dumps(found[kind])):
            found[kind] = tree
    return list(found.values())


@pytest.mark.parametrize("kind", range(3))
def test_what_is_spoiled_is_refused_or_drawn(kind: int) -> None:
    """Never another error than the library's own."""
    tree = few("named")[kind]
    refused = drawn = 0
    said: list[str] = []
    for other in spoiled(tree):
        try:
            saved = sm.read_saved(other)
        except sm.SalesMetricsError as wrong:
            refused += 1
            said.append(str(wrong))
            continue
        views(saved)
        drawn += 1
    assert all(said) and refused > 100 and drawn > 20


@pytest.mark.parametrize(
    ("text", "says"),
    [
        ("{", "the document is no JSON"),
        ('{"format": NaN}', "NaN is no number"),
        ('{"format": 1e999}', "1e999 is no number"),
        ('{"format": 99999999999999999999999}', "is no number that a figure can be"),
        ('{"a":' * 100_000, "nested too deep"),
        ("{}", "its format is None, and one of 'salesmetrics.snapshot/2', 'salesmetrics.alerts/2'"),
        ('{"format": "salesmetrics.alerts/9"}', "nothing that was saved"),
        ('{"format": ["salesmetrics.alerts/2"]}', "nothing that was saved"),
        ('{"format": "salesmetrics.alerts/1"}', "of an earlier version"),
        ('{"format": "salesmetrics.snapshot/1"}', "a snapshot of an earlier version"),
        ('{"format": "salesmetrics.alerts/2"}', "the alerts is not whole: period: Field required"),
        ("no/such/file.json", "no/such/file.json"),
    ],
)
def test_what_is_no_report_is_refused(text: str, says: str) -> None:
    with pytest.raises(sm.SalesMetricsError) as found:
        sm.read_saved(text)
    assert says in str(found.value)


def test_a_snapshot_is_expected_where_one_is_needed() -> None:
    found = sm.alerts(worlds()["named"][0], rules(), "2025-Q2")
    for asked in (sm.read_document, lambda text: sm.digest(text, text)):
        with pytest.raises(sm.SalesMetricsError, match="read_saved reads alerts"):
            asked(found.to_json())


def test_a_digest_that_was_saved_needs_a_sentence() -> None:
    with pytest.raises(sm.SalesMetricsError, match="lines: List should have at least 1 item"):
        sm.read_saved({"format": "salesmetrics.digest/1", "lines": []})


def test_the_published_schema_describes_them() -> None:
    published = (ROOT / "docs" / "reports.schema.json").read_text(encoding="utf-8")
    assert published == reports_schema_text(), "write it to docs/reports.schema.json"
    jsonschema = pytest.importorskip("jsonschema")
    checker = jsonschema.Draft202012Validator(json.loads(published))
    checker.check_schema(json.loads(published))
    for name in WORLDS:
        for one in reports(name):
            checker.validate(json.loads(one.to_json()))
    assert not checker.is_valid({"format": "salesmetrics.alerts/2"})


@pytest.mark.parametrize("form", ["table", "md", "json"])
def test_the_command_draws_them_again(
    form: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    crm, period = worlds()["named"]
    goals = [sm.Target(kpi="bookings", period=period, value=Decimal(900))]
    for at, live in enumerate(
        (sm.alerts(crm, rules(), period, targets=goals), sm.explain(crm, "bookings", period))
    ):
        file = tmp_path / f"{at}.json"
        file.write_text(live.to_json(), encoding="utf-8")
        assert main(["report", str(file), "--format", form, "--lang", "ko"]) == 0
        wanted = {"table": live.to_text("ko"), "md": live.to_markdown("ko"), "json": live.to_json()}
        assert capsys.readouterr().out.rstrip("\n") == wanted[form].rstrip("\n")
        assert main(["report", str(file), "--format", "xlsx"]) == 1
        assert "format" in capsys.readouterr().err


@pytest.mark.parametrize("by", [None, "owner", ("owner", "team")])
def test_a_saved_snapshot_shows_itself_as_the_live_one(by: Any) -> None:
    """Not field by field: a page of them, of a snapshot of a hundred KPIs."""
    taken = sm.snapshot(sm.read(DEMO), ["2025-Q3", "2025-Q4"], by=by, targets=DEMO / "targets.toml")
    saved = sm.read_saved(taken.to_json())
    assert repr(saved) == repr(taken)
    assert saved._repr_html_() == taken._repr_html_()


ANEW = [
    ["--period", "2025-Q3"], ["--as-of", "2025-10-01"], ["--by", "team"], ["--where", "team=a"],
    ["--currency", "USD"], ["--preset", "maven"], ["--targets", "t.toml"], ["--assume", "margin=1"],
    ["--rules", "r.toml"], ["--compare", "previous"], ["--every", "month"], ["--tz", "UTC"],
    ["--on-error", "collect"], ["--input-format", "json"], ["--align", "month_ends"],
]  # fmt: skip


@pytest.mark.parametrize("option", ANEW, ids=lambda one: one[0])
def test_what_was_saved_is_asked_nothing_anew(
    option: list[str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An option that would go unheard is refused by its name."""
    file, crm = tmp_path / "saved.json", sm.CRM(deals=examples.deals)
    taken = sm.snapshot(crm, "2025-Q1", by="owner", kpis=["won_deals"])
    for text, others in (
        (taken.to_json(), []),
        (sm.digest(taken, taken).to_json(), ["--top", "1"]),
    ):
        file.write_text(text, encoding="utf-8")
        assert main(["report", str(file), "--format", "table", *option]) == 2
        assert f"leave out {option[0]}, or name the data" in capsys.readouterr().err
        assert main(["report", str(file), "--format", "table", *others]) == (2 if others else 0)
        capsys.readouterr()
    file.write_text(taken.to_json(), encoding="utf-8")
    assert main(["report", str(file), "--format", "table", "--top", "1"]) == 0
    assert capsys.readouterr().out == taken.to_text(top=1) + "\n"
