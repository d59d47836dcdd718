"""Kaplan-Meier with late entry against lifelines, Aalen-Johansen against statsmodels."""

from __future__ import annotations

import numpy as np
import pytest

import salesmetrics as sm
from salesmetrics import CRM

# lifelines says that it reads a step function off its steps, which is what is compared here.
pytestmark = pytest.mark.filterwarnings("ignore:Approximating using `survival_function_`")
QUARTER = sm.period("2025-Q2")
FIRST, LAST = 90, 180  # days of 2025-Q2, counted from 2025-01-01


def world(seed):
    """Deals in one stage, left after a random time; (begun, ended or None)."""
    draw = np.random.default_rng(seed)
    spans = []
    for _ in range(200):
        begun = int(draw.integers(0, LAST + 20))
        length = int(draw.integers(0, 80))
        spans.append((begun, begun + length if draw.random() < 0.9 else None, draw.random() < 0.5))
    return spans


def day(number):
    return np.datetime64("2025-01-01") + np.timedelta64(number, "D")


def crm(spans):
    stages = [{"id": i, "order": n, "type": t} for n, (i, t) in enumerate(
        [("a", "open"), ("won", "won"), ("lost", "lost")])]  # fmt: skip
    deals, changes = [], []
    for number, (begun, ended, won) in enumerate(spans):
        at = day(begun).item()
        deals.append({"id": str(number), "created_at": at})
        changes.append({"deal": str(number), "stage": "a", "changed_at": at})
        if ended is not None:
            stage = "won" if won else "lost"
            changes.append({"deal": str(number), "stage": stage, "changed_at": day(ended).item()})
    return CRM(deals=deals, stages=stages, stage_changes=changes)


def seen(spans):
    """(age at which it came under watch, age when last seen, ended) in days, as lifelines counts.

    One day more throughout: there a row has to be watched for some time before it can end.
    """
    for begun, ended, won in spans:
        if begun > LAST or (ended is not None and ended < FIRST):
            continue
        out = ended is not None and ended <= LAST
        age = (ended if out else LAST) - begun
        yield max(0, FIRST - begun), age + 1, (1 if won else 2) if out else 0


@pytest.mark.parametrize("seed", range(5))
def test_median_quantiles_and_restricted_mean_equal_lifelines(seed):
    lifelines = pytest.importorskip("lifelines", reason="lifelines is in the extra `peers`")
    from lifelines.utils import restricted_mean_survival_time

    spans = world(seed)
    late, age, ended = map(np.array, zip(*seen(spans), strict=True))
    fitter = lifelines.KaplanMeierFitter().fit(age, ended > 0, entry=late)
    found = sm.time_in_stage(crm(spans).deals, QUARTER)
    ages, _, _, shares = found.curve()
    expected = fitter.survival_function_at_times(ages + 1).to_numpy()
    assert np.abs(np.array(shares) - expected).max() < 1e-12
    for share in (0.5, 0.75, 0.9):
        theirs = fitter.percentile(1 - share)
        assert (found.quantile(share) if found.quantile(share) is not None else np.inf) == (
            theirs - 1 if np.isfinite(theirs) else np.inf
        )
    mean = restricted_mean_survival_time(fitter, t=41) - 1
    assert found.restricted_mean(40) == pytest.approx(mean, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_share_of_wins_equals_statsmodels(seed):
    duration = pytest.importorskip(
        "statsmodels.duration.survfunc", reason="statsmodels is in the extra `peers`"
    )
    spans = [
        (FIRST + b % 30, None if e is None else FIRST + b % 30 + e - b, w)
        for b, e, w in world(seed)
    ]
    _, age, how = map(np.array, zip(*seen(spans), strict=True))
    theirs = duration.CumIncidenceRight(age, how)
    found = sm.sales_cycle_estimate(crm(spans).deals, QUARTER)
    ages, _, _, shares = found.curve()
    won = dict(zip(theirs.times, theirs.cinc[0], strict=True))
    total = theirs.cinc[0][-1]
    for at, share in zip(ages.tolist(), shares, strict=True):
        assert 1 - share == pytest.approx(won[at + 1] / total, abs=1e-12)


def test_nothing_and_all_still_there():
    nothing = sm.time_in_stage(crm([(0, 5, True)]).deals, QUARTER)
    assert (nothing.value, nothing.n) == (None, 0)
    assert nothing.reason.code == "unbegun"
    quiet = sm.time_in_stage(crm([(0, 5, True)]).as_of("2030-01-01").deals, QUARTER)
    assert quiet.reason == "no stays in the period"
    # The last change known is of day 100, so the deals are watched up to then.
    there = sm.time_in_stage(crm([(95, None, True), (100, None, True)]).deals, QUARTER)
    assert (there.value, there.n, there.rows()[0].undecided) == (None, 2, 2)
    assert there.restricted_mean() == 5


def test_what_came_and_went_on_one_day_is_not_first_seen_later():
    """The first is watched from age 10 and ends at it; all are gone then, and nothing comes."""
    spans = [(FIRST - 10, FIRST, True), *((FIRST, FIRST + age, True) for age in (1, 2, 3, 4, 10))]
    found = sm.time_in_stage(crm(spans).deals, QUARTER)
    assert (found.n, found.fell()) == (6, None)
    later = sm.time_in_stage(crm([*spans, (FIRST - 11, FIRST + 4, True)]).deals, QUARTER)
    assert later.fell() == (10, 1)  # watched from age 11
    # Days in the stage: 1, 2, 3, 4 of five; of the two at risk at 10 both end: 30 / 5.
    assert found.restricted_mean(40) == pytest.approx((1 + 2 + 3 + 4 + 10) / 5)


@pytest.mark.parametrize("seed", range(5))
def test_the_time_to_convert_equals_lifelines(seed):
    lifelines = pytest.importorskip("lifelines", reason="lifelines is in the extra `peers`")
    from lifelines.utils import restricted_mean_survival_time

    spans = world(seed)
    leads = sm.Leads.of(
        [
            {"id": str(n), "created_at": day(begun).item()}
            | {"won_at": None if ended is None else day(ended).item()}
            for n, (begun, ended, _) in enumerate(spans)
        ]
    )
    late, age, ended = map(np.array, zip(*seen(spans), strict=True))
    fitter = lifelines.KaplanMeierFitter().fit(age, ended > 0, entry=late)
    # The curve itself: the KPI leaves out what rests on fewer than five at risk.
    found = leads.overlapping("created_at", "won_at", QUARTER).survival()
    assert found.median == fitter.median_survival_time_ - 1
    for share, quantile in ((0.75, found.p75), (0.9, found.p90)):
        theirs = fitter.percentile(1 - share) - 1
        assert (np.inf if quantile is None else quantile) == theirs
    mean = restricted_mean_survival_time(fitter, t=41) - 1
    assert found.restricted_mean(40) == pytest.approx(mean, abs=1e-12)


@pytest.mark.parametrize("seed", range(5))
def test_the_time_to_convert_equals_statsmodels(seed):
    duration = pytest.importorskip(
        "statsmodels.duration.survfunc", reason="statsmodels is in the extra `peers`"
    )
    spans = world(seed)
    leads = [
        {"id": str(n), "created_at": day(begun).item()}
        | {"won_at": None if ended is None else day(ended).item()}
        for n, (begun, ended, _) in enumerate(spans)
    ]
    late, age, ended = map(np.array, zip(*seen(spans), strict=True))
    theirs = duration.SurvfuncRight(age, ended > 0, entry=late)
    # The curve itself: the KPI leaves out what rests on fewer than five at risk.
    found = leads.overlapping("created_at", "won_at", QUARTER).survival()
    for share in (0.5, 0.75, 0.9):
        quantile = found.quantile(share)
        wanted = theirs.quantile(share)
        assert np.isnan(wanted) if quantile is None else quantile == wanted - 1
