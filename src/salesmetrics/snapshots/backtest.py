"""Whether the forecast was right before: replayed on past days and compared with simpler ones."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date, timedelta
from math import isnan
from typing import Any

import numpy as np

from ..crm import CRM
from ..days import day_number
from ..errors import SalesMetricsError, shown
from ..forecast import scoring
from ..forecast.undefined import Undefined
from ..metrics.forecast.learned import WINDOW
from ..metrics.forecast.period_model import BY_WINS, Unpriced
from ..metrics.forecast.standing_open import day_of, deals_of, horizon_of
from ..money import digits
from ..periods import Period, period
from ..reasons import Reason
from ..results import Axes, Cell
from ..results.estimate import Estimate, estimated_cell, float_or_none
from ..results.evidence import Evidence
from ..results.identity import Identity
from ..tables import Deals, IntoDeals
from .replay import Replayed, replay, week_by_week

__all__ = ["backtest", "forecast_backtest"]

IDENTITY = Identity("backtest", (), "ratio", "lower", "backtest", "예측 백테스트")
SAID = {
    "origins": ("backtest, day by day", "예측 백테스트 · 예측일별"),
    "deals": ("backtest of single deals", "예측 백테스트 · 딜별"),
    "reliability": ("deals by their chance", "예측 백테스트 · 확률별"),
}
FORECAST = "bookings_forecast"
METHODS = ("forecast", "run_rate", "weighted_pipeline")
FEW_APART = 5  # forecasts that do not overlap; of fewer nothing can be said of ranges
HELD = (0.7, 0.9)  # share of 80 % ranges that may hold for them to be taken as right


def backtest(
    deals: IntoDeals | CRM,
    horizon: int = 90,
    origins: int | Sequence[date] = 12,
    *,
    window: int | None = WINDOW,
    unpriced: Unpriced = BY_WINS,
) -> Estimate:
    """How good forecasts would have been: replayed on past days from what was known on each.

    Formula: on each origin the table is put back by `as_of`, the bookings of the days ahead are
    forecast, and what came is read from what is known now.  Nothing after an origin is looked at,
    neither for the models nor for how wide ranges have to be.  Beside it stand the run-rate (the
    mean of the four spans before) and the weighted pipeline that CRMs ship: amount times given
    probability of the open deals due by the end.  It is of the whole company, as what forecasts are
    learned from: a filter changes nothing.
    Undefined: no origin fits, because the history is shorter than `horizon` and half a year.

    Args:
        deals: a CRM, Deals, or anything `Deals.of` takes; of a CRM with its whole history.
        horizon: days ahead of each forecast.
        origins: how many days to forecast from, evenly spread over the history, or these dates.
        window: days that are learned from, as in `win_probability`.
        unpriced: open deals without an amount as known then: `"mean_of_wins"`, for where no history
            of amounts is recorded no deal has one that has closed since; or `"left_out"` of money.

    Returns:
        Estimate by method: the WAPE (sum of absolute errors / sum of what came), with `bias`,
        `pipeline_wape` (of what was open), `covered` (share of 80 % ranges that held),
        `target_brier` (of the chance to reach what usually comes) and `pinball` at P10, P50 and
        P90 as a share of what came.  `part("origins")` has every origin, `part("deals")` the
        scores of single deals (Brier, log loss, AUC, calibration by count and by value, temporal
        stability), `part("reliability")` what came of deals by their chance.  Three sentences
        below the table say which method to trust on these data.

    >>> from salesmetrics.examples import crm_with_history
    >>> backtest(crm_with_history).at(method="forecast").reason
    'the history is shorter than the time ahead'
    """
    if isinstance(horizon, bool) or not isinstance(horizon, int) or not 1 <= horizon <= 3650:
        raise SalesMetricsError(f"horizon is {shown(horizon)}; give days ahead from 1 to 3650")
    table = deals_of(deals).unfiltered
    world = deals if isinstance(deals, CRM) else table
    each = list(replay(world, horizon, origins, window, unpriced))
    assert table.known is not None
    eve = day_of(table.known.day - horizon)  # the last day that could be forecast from
    first, last = (each[0].at, each[-1].at) if each else (eve, eve)
    span = period(first, last + timedelta(days=horizon + 1))
    evidence = table.during("closed_at", span).count("won").evidence.put_together("backtest")
    axes = Axes(
        (span,), ("method",), tuple((m,) for m in METHODS), non_additive=("period", "method")
    )
    scores = [_scores(each, method) for method in METHODS]
    cells = tuple(
        estimated_cell(
            axes, 0, at, score["wape"], len(each), _lacking(each, METHODS[at]), parts=score
        )
        for at, score in enumerate(scores)
    )  # fmt: skip
    unit = 10 ** digits(table.currency) if table.currency else 1
    tables = {}
    if each:
        tables = {
            "origins": _origins(each, horizon, unit, evidence, table.currency),
            "deals": _deals(each, table, horizon, window, span, evidence),
            "reliability": _reliability(each, span, evidence),
        }
    return Estimate(
        axes,
        evidence,
        "ratio",
        (cells,),
        notes=_sentences(each, horizon, scores, tables),
        tables=tables,
    ).known_as(IDENTITY)


def forecast_backtest(
    forecast: Estimate, company: Any, origins: int | Sequence[date] = 12
) -> Estimate:
    """The backtest of a forecast: of as many days ahead as its period has left."""
    if forecast.identity is None or forecast.identity.name != FORECAST:
        raise SalesMetricsError(f"{forecast.title} is no {FORECAST}; see salesmetrics.backtest()")
    if company is None:
        raise SalesMetricsError("this forecast was saved without its company; give .backtest(crm)")
    table = deals_of(company)
    assert table.known is not None
    left = [horizon_of(one, table.known.day) for one in forecast.periods]
    ahead = next((days for days in left if days), forecast.periods[0].days)
    return backtest(company, ahead, origins)


def _lacking(each: Sequence[Replayed], method: str) -> Reason:
    """Why a method has no score."""
    if not each:
        return Reason("history_shorter_than_horizon")
    if method == "weighted_pipeline":
        return Reason("no_given_chance")
    if method == "forecast" and each[-1].unpriced:
        return each[-1].why_unpriced
    if _forecasts(each, method)["actual"].size:
        return Reason("nothing_won")  # nothing came that it could be off by
    return Reason("nothing_to_forecast_from")


def _said(one: Replayed, method: str) -> Mapping[str, float]:
    """What a method said at an origin."""
    if method == "weighted_pipeline":
        return {"expected": one.weighted}
    return one.model if method == "forecast" else one.run_rate


def _forecasts(each: Sequence[Replayed], method: str) -> Mapping[str, Any]:
    """What a method said at each origin, and what came, where it said something."""
    rows = [one for one in each if not isnan(_said(one, method)["expected"])]
    names = ("expected", "p10", "p50", "p90", "target_chance", "existing")
    found = {n: np.array([_said(one, method).get(n, np.nan) for one in rows]) for n in names}
    found["actual"] = np.array([one.actual for one in rows])
    found["actual_existing"] = np.array([one.actual_existing for one in rows])
    found["reached"] = np.array([float(one.actual >= one.target) for one in rows])
    if method == "weighted_pipeline":
        found["existing"] = found["expected"]
    return found


def _scores(each: Sequence[Replayed], method: str) -> dict[str, float | None]:
    got = _forecasts(each, method)
    ranged = ~(np.isnan(got["p10"]) | np.isnan(got["p90"]))
    chanced = ~np.isnan(got["target_chance"])
    found: dict[str, Any] = {
        "wape": scoring.wape(got["expected"], got["actual"]),
        "bias": scoring.bias(got["expected"], got["actual"]),
    }
    piped = ~np.isnan(got["existing"])
    found["pipeline_wape"] = scoring.wape(got["existing"][piped], got["actual_existing"][piped])
    low, high, came = (got[name][ranged] for name in ("p10", "p90", "actual"))
    found["covered"] = scoring.interval_coverage(low, high, came)
    off = (got["target_chance"] - got["reached"])[chanced] ** 2
    found["target_brier"] = float(off.mean()) if len(off) else None
    mean = float(got["actual"].mean()) if len(got["actual"]) else 0.0
    for q in (10, 50, 90):
        known = ~np.isnan(got[f"p{q}"])
        loss = scoring.pinball(got[f"p{q}"][known], got["actual"][known], q / 100)
        usable = not isinstance(loss, Undefined) and mean
        found[f"pinball_{q}"] = float(loss) / mean if usable else None  # type: ignore[arg-type]
    return {name: _plain(value) for name, value in found.items()}


def _origins(
    each: Sequence[Replayed], horizon: int, unit: int, evidence: Evidence, currency: str | None
) -> Estimate:
    """A row an origin: what each method said, and what came."""
    span = period(each[0].at, each[-1].at + timedelta(days=horizon + 1))
    names = tuple((one.at.isoformat(),) for one in each)
    axes = Axes((span,), ("origin",), names, non_additive=("period", "origin"))
    cells = []
    for at, one in enumerate(each):
        parts = {
            "forecast": _major(one.model["expected"], unit),
            "p10": _major(one.model["p10"], unit),
            "p90": _major(one.model["p90"], unit),
            "actual": one.actual / unit,
            "run_rate": _major(one.run_rate["expected"], unit),
            "weighted_pipeline": _major(one.weighted, unit),
            "target_chance": float_or_none(one.model["target_chance"]),
            "open_deals": len(one.deals),
        }
        reason = _lacking([one], "forecast")
        cells.append(
            estimated_cell(axes, 0, at, parts["forecast"], len(one.deals), reason, parts=parts)
        )
    found = Estimate(axes, evidence, "money", (tuple(cells),), currency)
    return found.known_as(Identity("backtest_origins", (), "money", "neither", *SAID["origins"]))


def _deals(
    each: Sequence[Replayed], table: Deals, horizon: int, window: int | None, span: Period,
    evidence: Evidence,
) -> Estimate:  # fmt: skip
    """Scores of single deals, of the model and of the given probabilities.

    Stability: 1 - mean absolute change of a deal's chance from one week to the next.
    """
    middle = each[len(each) // 2].at
    stability = _plain(scoring.temporal_stability(*week_by_week(table, middle, horizon, window)))
    names = ("forecast", "given")
    axes = Axes((span,), ("method",), tuple((n,) for n in names), non_additive=("period", "method"))
    cells: list[Cell] = []
    for at, name in enumerate(names):
        chance = np.concatenate([one.chance if name == "forecast" else one.given for one in each])
        came = np.concatenate([one.came for one in each])
        worth = np.concatenate([one.worth for one in each])
        known = ~np.isnan(chance)
        p, y, w = np.clip(chance[known], 0, 1), came[known].astype(np.int64), worth[known]
        loss = scoring.log_loss(p, y)
        parts = {
            "brier": _plain(scoring.brier(p, y)),
            "log_loss": None if isinstance(loss, Undefined) else loss.value,
            "auc": _plain(scoring.auc(p, y)),
            "expected_to_actual": _plain(scoring.calibration(p, y)),
            "expected_to_actual_value": _plain(scoring.calibration(p, y, value=w)),
            "stability": stability if name == "forecast" else None,
        }
        reason = Reason("no_given_chance")
        cells.append(estimated_cell(axes, 0, at, parts["brier"], len(p), reason, parts=parts))
    found = Estimate(axes, evidence, "ratio", (tuple(cells),))
    return found.known_as(Identity("backtest_deals", (), "ratio", "lower", *SAID["deals"]))


def _reliability(each: Sequence[Replayed], span: Period, evidence: Evidence) -> Estimate:
    """Deals in order of their chance, in bins of about equal size: what came of each bin."""
    chance = np.concatenate([one.chance for one in each])
    came = np.concatenate([one.came for one in each])
    known = ~np.isnan(chance)
    bins = scoring.reliability(np.clip(chance[known], 0, 1), came[known].astype(np.int64), bins=5)
    names = tuple((number + 1,) for number in range(len(bins.n)))
    axes = Axes((span,), ("bin",), names, non_additive=("period", "bin"))
    cells = tuple(
        estimated_cell(
            axes, 0, at, float(bins.came[at]), int(bins.n[at]),
            parts={
                "chance": float(bins.chance[at]), "came": float(bins.came[at]),
                "low": float(bins.low[at]), "high": float(bins.high[at]),
                "deals": int(bins.n[at]),
            },
        )
        for at in range(len(bins.n))
    )  # fmt: skip
    found = Estimate(axes, evidence, "proportion", (cells,))
    return found.known_as(
        Identity("backtest_reliability", (), "proportion", "neither", *SAID["reliability"])
    )


def _sentences(
    each: Sequence[Replayed], horizon: int, scores: list[dict[str, Any]], tables: Mapping[str, Any]
) -> tuple[Reason, ...]:
    """Which method to trust, whether ranges hold, and what a chance of a deal is worth."""
    if not each:
        return (_lacking(each, FORECAST),)
    days = [day_number(one.at) for one in each]
    apart = round(scoring.effective_origins(days, horizon))
    found = [Reason("replayed", origins=len(each), horizon=horizon, apart=apart)]
    gaps, stood = sum(one.unpriced for one in each), sum(len(one.deals) for one in each)
    if scores[0]["wape"] is None:
        found.append(_lacking(each, METHODS[0]))
    elif gaps:
        found.append(Reason("unpriced_left_out", deals=gaps, open=stood))
    errors = {m: s["wape"] for m, s in zip(METHODS, scores, strict=True) if s["wape"] is not None}
    if len(errors) > 1:
        best = min(errors, key=lambda name: errors[name])
        second = sorted(errors.values())[1]
        clear = _clear(each, best, horizon)
        found.append(
            Reason(
                "trust_clearly" if clear else "trust_hardly",
                method=best, error=_percent(errors[best]), other=_percent(second),
            )
        )  # fmt: skip
    covered = scores[0]["covered"]
    if covered is not None:
        low, high = HELD
        few = apart < FEW_APART
        code = "ranges_few" if few else "ranges_hold" if low <= covered <= high else (
            "ranges_narrow" if covered < low else "ranges_wide"
        )  # fmt: skip
        params = {"apart": apart} if few else {}
        found.append(Reason(code, share=_percent(covered), **params))
    parts = tables["deals"].rows()[0].parts
    if parts["expected_to_actual"] is not None:
        ratio, stable = parts["expected_to_actual"], parts["stability"]
        found.append(
            Reason(
                "chances_came", expected=f"{ratio:.2f}",
                stability="-" if stable is None else f"{stable:.2f}",
            )
        )  # fmt: skip
    if stood_in := sum(one.stood_in for one in each):
        found.append(Reason("stood_in", deals=stood_in, open=stood))
    return tuple(found)


def _clear(each: Sequence[Replayed], best: str, horizon: int) -> bool:
    """Whether the best differs from every other by more than chance would make.

    Two are compared on the days on which both said something.
    """
    step = max((each[-1].at - each[0].at).days / max(len(each) - 1, 1), 1)
    block = max(1, int(np.ceil(horizon / step)))

    def differs(other: str) -> bool:
        more = np.array([_off(one, other) - _off(one, best) for one in each])
        found = scoring.mean_interval(more[~np.isnan(more)], block)
        return not isinstance(found, Undefined) and found[0] > 0

    others = {method for method in METHODS for one in each if not isnan(_off(one, method))}
    return all(differs(method) for method in sorted(others - {best}))


def _off(one: Replayed, method: str) -> float:
    return abs(_said(one, method)["expected"] - one.actual)


def _percent(share: float) -> str:
    return f"{share * 100:.0f} %"


def _major(value: float, unit: int) -> float | None:
    return None if isnan(value) else value / unit


def _plain(value: Any) -> float | None:
    return None if value is None or isinstance(value, Undefined) else float_or_none(float(value))
