"""What a rule may say: every limit at its edge, and what each mistake is answered with."""

from __future__ import annotations

from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics import Rule
from salesmetrics.catalog import ENTRIES
from salesmetrics.insight.rules import as_rules, read_rules

THRESHOLD: dict[str, Any] = {"kind": "threshold", "kpi": "win_rate"}
CHANGE: dict[str, Any] = {"kind": "change", "kpi": "bookings"}
PACE: dict[str, Any] = {"kind": "pace", "kpi": "bookings"}
FORECAST: dict[str, Any] = {"kind": "forecast", "kpi": "bookings"}
UNUSUAL: dict[str, Any] = {"kind": "unusual", "kpi": "bookings"}
DECLINING: dict[str, Any] = {"kind": "declining", "kpi": "bookings"}
LATE: dict[str, Any] = {"kind": "missing", "table": "deals"}


@pytest.mark.parametrize(
    "rule",
    [
        {**THRESHOLD, "above": 0.5, "below": 0.5}, {**THRESHOLD, "above": 0.6, "below": 0.5},
        {**THRESHOLD, "above": -1}, {**THRESHOLD, "below": 0, "minimum": 0},
        {**CHANGE, "beyond": 1e9}, {**CHANGE, "beyond": 1e-9}, {**CHANGE, "beyond": Decimal("1.5")},
        {**PACE, "behind": 1}, {**FORECAST, "chance": 1}, {**FORECAST, "chance": 1e-9},
        {**UNUSUAL, "baseline": 12}, {**UNUSUAL, "chance": 1}, {**DECLINING, "times": 2},
        {**LATE, "days": 1}, {"kind": "missing", "kpi": "bookings"},
        {"kind": "change", "kpi": "deals_created", "beyond": 1, "direction": "either"},
    ],
)  # fmt: skip
def test_what_a_rule_may_just_say(rule: dict[str, Any]) -> None:
    made = Rule(**rule)
    assert made.called == f"{rule['kind']} {rule.get('kpi') or rule['table']}"


@pytest.mark.parametrize(
    ("rule", "message"),
    [
        ({**THRESHOLD, "above": 0.4, "below": 0.5}, "contradict each other"),
        ({**THRESHOLD, "above": True}, "above is True; give a number"),
        ({**THRESHOLD, "above": "1"}, "above is '1'; give a number"),
        ({**THRESHOLD, "above": 1, "minimum": -1}, "minimum is -1; give a whole number"),
        ({**THRESHOLD, "above": 1, "minimum": 2.0}, "minimum is 2.0; give a whole number"),
        ({**THRESHOLD, "above": 1, "severity": "odd"}, "severity 'odd' is not known"),
        ({**CHANGE, "beyond": 0}, "beyond is 0; give a share above 0"),
        ({**CHANGE, "beyond": 2e9}, "give a share above 0"),
        ({**CHANGE, "beyond": 1, "against": "odd"}, "against 'odd' is not known"),
        ({**PACE, "behind": 1.01}, "behind is 1.01; give a share"),
        ({**PACE, "behind": 0}, "behind is 0; give a share"),
        ({**FORECAST, "chance": 1.5}, "chance is 1.5; give a share"),
        ({**FORECAST, "target": 3}, "chance is needed"),
        ({**UNUSUAL, "baseline": 11}, "baseline is 11; give a whole number, at least 12"),
        ({**DECLINING, "times": 1}, "times is 1; give a whole number, at least 2"),
        ({**LATE, "days": 0}, "days is 0; give a whole number, at least 1"),
        ({"kind": "missing"}, "kpi or table is needed"),
        ({**CHANGE, "beyond": 1, "given": {}, "seasonal": True}, "seasonal means nothing"),
    ],
)  # fmt: skip
def test_what_a_rule_may_not_say(rule: dict[str, Any], message: str) -> None:
    with pytest.raises(sm.SalesMetricsError, match=message):
        Rule(**rule)


@pytest.mark.parametrize(
    ("direction", "better", "side"),
    [
        (None, "win_rate", "below"), (None, "sales_cycle", "above"),
        ("worse", "win_rate", "below"), ("worse", "sales_cycle", "above"),
        ("better", "win_rate", "above"), ("better", "sales_cycle", "below"),
        ("higher", "sales_cycle", "above"), ("lower", "win_rate", "below"),
        ("either", "win_rate", "either"),
    ],
)  # fmt: skip
def test_which_side_a_rule_watches(direction: Any, better: str, side: str) -> None:
    assert Rule("change", kpi=better, beyond=1, direction=direction).side == side
    if direction is None:  # what is unusual is so on either side
        side = "either"
    assert Rule("unusual", kpi=better, direction=direction).side == side


def test_of_what_is_neither_better_nor_worse_a_rule_says_which_way() -> None:
    kpi = next(name for name, one in ENTRIES.items() if one.label.better == "neither")
    asked: dict[str, dict[str, Any]] = {"change": {"beyond": 1}, "declining": {"times": 2}}
    for kind, more in asked.items():
        for direction in (None, "worse", "better", "either", "higher", "lower"):
            told = direction in ("higher", "lower") or (kind, direction) == ("change", "either")
            if told:
                Rule(kind, kpi=kpi, direction=direction, **more)  # type: ignore[arg-type]
            else:
                with pytest.raises(sm.SalesMetricsError, match="neither more nor less"):
                    Rule(kind, kpi=kpi, direction=direction, **more)  # type: ignore[arg-type]


def test_two_limits_are_of_one_figure_only_where_all_of_it_is_alike() -> None:
    low: dict[str, Any] = {"kind": "threshold", "kpi": "win_rate", "name": "low", "below": 0.5}
    high = {**low, "name": "high", "below": None, "above": 0.4}
    with pytest.raises(sm.SalesMetricsError, match="contradict each other"):
        as_rules([low, high])
    for other in (
        {"kpi": "bookings"}, {"by": "owner"}, {"group": {"owner": "ana"}}, {"above": 0.5},
        {"given": {"of": "amount"}}, {"kind": "change", "above": None, "beyond": 0.1},
    ):  # fmt: skip
        assert len(as_rules([low, {**high, **other}])) == 2
    assert len(as_rules([low, {**low, "name": "lower", "below": 0.4}])) == 2


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ('rule = 3\n', "tables .*rule.* are expected$"),
        ('rule = [3]\n', "tables .*rule.* are expected$"),
        ('kpi = "bookings"\n', "are expected, not 'kpi'"),
        ('odd = 1\n[[rule]]\nkind = "missing"\nkpi = "bookings"\n', "are expected, not 'odd'"),
        ('[[rule]]\nkpi = "bookings"\n', "rule 1: kind is needed, one of threshold"),
        ('[[rule]]\nkind = "missing"\nkpi = "bookings"\nby = 3\n', "rule 1: by is 3"),
        ('[[rule]]\nkind = "missing"\nkpi = "bookings"\ngroup = "ana"\n', "group is 'ana'"),
        ('[[rule]]\nkind = "missing"\nkpi = "bookings"\ngiven = 1\n', "given is 1"),
        ('[[rule]]\nkind = "missing"\nkpi = "bookings"\nodd = 1\n', "name 'odd' is not known"),
        ("", "there is no rule|are expected$"),
        ("rule = []\n", "there is no rule"),
    ],
)  # fmt: skip
def test_a_file_of_rules_says_where_it_is_wrong(tmp_path: Path, text: str, message: str) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(text, encoding="utf-8")
    with pytest.raises(sm.SalesMetricsError, match=message):
        as_rules(file)


def test_a_file_of_rules_is_read_as_it_says(tmp_path: Path) -> None:
    file = tmp_path / "rules.toml"
    file.write_text(
        '[[rule]]\nkind = "threshold"\nkpi = "win_rate"\nabove = 0.25\nby = ["team", "owner"]\n'
        '[[rule]]\nkind = "change"\nkpi = "bookings"\nbeyond = 0.1\ngroup = { team = "east" }\n'
    )
    one, other = read_rules(file)
    assert (one.columns, one.above, type(one.above)) == (("team", "owner"), 0.25, float)
    assert one.called == "threshold win_rate by team, owner"
    assert (other.columns, dict(other.group)) == (("team",), {"team": "east"})
    with pytest.raises(sm.NotFoundError, match="no file"):
        read_rules(tmp_path / "none.toml")
