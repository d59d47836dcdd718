"""What a backtest says, at the edges of what it may say."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from salesmetrics.forecast import scoring
from salesmetrics.forecast.undefined import Undefined
from salesmetrics.reasons import Reason
from salesmetrics.snapshots import backtest
from salesmetrics.snapshots.replay import Replayed

NAN = float("nan")
NONE = np.zeros(0)


def replayed(at: int, expected: float, actual: float, **more: Any) -> Replayed:
    said = {"expected": expected, "p10": NAN, "p50": NAN, "p90": NAN, "target_chance": NAN,
            "existing": NAN}  # fmt: skip
    given: dict[str, Any] = {
        "at": date(2025, 1, 1) + timedelta(days=30 * at), "model": said, "weighted": NAN,
        "run_rate": {"expected": more.pop("rate", NAN)}, "actual": actual, "actual_existing": 0.0,
        "target": 0.0, "deals": ("a", "b"), "chance": NONE, "given": NONE, "came": NONE,
        "worth": NONE, "unpriced": 0, "why_unpriced": Reason("no_amounts", deals=2), "stood_in": 0,
    }  # fmt: skip
    return Replayed(**given | more)


def said(each: list[Replayed], horizon: int = 30, **score: Any) -> list[tuple[str, dict[str, Any]]]:
    deals = SimpleNamespace(rows=lambda: [SimpleNamespace(parts={"expected_to_actual": None})])
    scores = [backtest._scores(each, method) for method in backtest.METHODS]
    scores[0] |= score
    found = backtest._sentences(each, horizon, scores, {"deals": deals})
    return [(one.code, dict(one.params)) for one in found]


@pytest.mark.parametrize(
    ("covered", "code"),
    [(0.69, "ranges_narrow"), (0.7, "ranges_hold"), (0.8, "ranges_hold"), (0.9, "ranges_hold"),
     (0.91, "ranges_wide"), (None, None)],
)  # fmt: skip
def test_whether_ranges_hold(covered: float | None, code: str | None) -> None:
    each = [replayed(at, 10, 10) for at in range(5)]
    assert [one for one, _ in said(each, covered=covered) if "ranges" in one] == [code] * bool(code)
    few = [one for one in said(each[:4], covered=covered) if "ranges" in one[0]]
    share = "" if covered is None else f"{covered * 100:.0f} %"
    assert few == [("ranges_few", {"share": share, "apart": 4})] * bool(code)


def test_what_is_said_of_amounts_that_are_not_known() -> None:
    each = [replayed(0, 10, 12, unpriced=1, stood_in=2), replayed(1, 10, 12, unpriced=2)]
    told = dict(said(each))
    assert told["unpriced_left_out"] == {"deals": 3, "open": 4}
    assert told["stood_in"] == {"deals": 2, "open": 4}
    assert told["replayed"] == {"origins": 2, "horizon": 30, "apart": 2}
    assert {"unpriced_left_out", "stood_in"}.isdisjoint(dict(said([replayed(0, 10, 12)])))
    nothing = [replayed(0, NAN, 12, unpriced=1)]
    assert "no_amounts" in dict(said(nothing)) and "unpriced_left_out" not in dict(said(nothing))
    assert dict(said([replayed(0, NAN, 12)])).keys() >= {"nothing_to_forecast_from"}
    assert said([])[0][0] == "history_shorter_than_horizon"


@pytest.mark.parametrize(
    ("interval", "code"),
    [((0.1, 2.0), "trust_clearly"), ((0.0, 2.0), "trust_hardly"), ((-1.0, 2.0), "trust_hardly"),
     (Undefined("too_few_origins"), "trust_hardly")],
)  # fmt: skip
def test_the_best_is_trusted_where_it_differs_from_every_other(
    monkeypatch: pytest.MonkeyPatch, interval: Any, code: str
) -> None:
    """Off by 1 and by 3; one that is right, but says so of a single day, is compared on that."""
    asked: list[tuple[list[float], int]] = []

    def mean_interval(values: Any, block: int) -> Any:
        asked.append((values.tolist(), block))
        return interval

    monkeypatch.setattr(scoring, "mean_interval", mean_interval)
    each = [replayed(at, 11, 10, rate=13, weighted=10 if at == 0 else NAN) for at in range(4)]
    told = dict(said(each, horizon=61))
    assert told[code] == {"method": "weighted_pipeline", "error": "0 %", "other": "10 %"}
    assert asked[0] == ([1.0], 3)
    each = [replayed(at, 11, 10, rate=13) for at in range(4)]
    asked.clear()
    told = dict(said(each, horizon=61))
    assert told[code] == {"method": "forecast", "error": "10 %", "other": "30 %"}
    assert asked == [([2.0] * 4, 3)]  # 61 days ahead, a month apart


def test_scores_by_hand() -> None:
    """Ranges count where both ends are known, and chances where they are."""
    model = {
        "expected": 8.0,
        "p10": 5.0,
        "p50": 8.0,
        "p90": 12.0,
        "target_chance": 0.75,
        "existing": 4.0,
    }
    each = [replayed(0, 0, 10, target=10.0, actual_existing=5.0),
            replayed(1, 0, 14, target=15.0, actual_existing=4.0), replayed(2, 6, 6)]  # fmt: skip
    each[:2] = [replace(one, model=model) for one in each[:2]]
    found = backtest._scores(each, "forecast")
    assert found["wape"] == pytest.approx((2 + 6 + 0) / 30)
    assert found["bias"] == pytest.approx(-8 / 30)
    assert found["pipeline_wape"] == pytest.approx(1 / 9)
    assert found["covered"] == 1 / 2
    assert found["target_brier"] == pytest.approx((0.25**2 + 0.75**2) / 2)
    assert found["pinball_10"] == pytest.approx((0.1 * 5 + 0.1 * 9) / 2 / 10)
    assert found["pinball_90"] == pytest.approx((0.1 * 2 + 0.9 * 2) / 2 / 10)
