"""Forecasts of quarters on simulated companies: errors, coverage, chances of targets, stability.

    python benchmarks/forecast.py [companies] [deals a day at the beginning]

Every figure is forecast on days 0, 30 and 60 of quarters 7 to 15 from what was known then, beside
what comes of the pipeline by fixed stage probabilities and by historical stage rates, each of the
deals whose expected close falls in the quarter, and beside the run-rate of four quarters. Printed
are medians over the companies and their spread (from the first to the third quarter of them).
"""

from __future__ import annotations

import sys
import time
from collections import defaultdict

import numpy as np
from sales_simulator import QUARTER, RUSH, STAGES, Pipeline, activities, simulate

from salesmetrics.forecast import scoring
from salesmetrics.forecast.amounts import BANDS, amount_band, amount_cuts, amount_ratio
from salesmetrics.forecast.bookings import bookings_model
from salesmetrics.forecast.common_factor import overdispersion
from salesmetrics.forecast.landmark import landmark_rows
from salesmetrics.forecast.new_deals import past_new_deals
from salesmetrics.forecast.phases import Phases
from salesmetrics.forecast.run_rate import run_rate
from salesmetrics.forecast.spells import Spells
from salesmetrics.forecast.stage_chain import fit_stage_chain
from salesmetrics.forecast.stage_counts import AGES
from salesmetrics.forecast.undefined import Undefined

FIXED = np.array([0.10, 0.25, 0.50, 0.75, 0.90])
FIRST_REPLAY, FIRST, LAST = 3, 7, 15  # quarters
DAYS = (0, 30, 60)
WINDOW = 730
# The last three weeks of a quarter are a phase of their own, as a sales leader would set it.
ENDS = np.arange(1, 25) * QUARTER
RUSHES = Phases.of(np.sort(np.append(ENDS, ENDS - RUSH)), np.tile([1, 0], len(ENDS)), 2)


class Company:
    """One simulated company and what can be said of it on a day."""

    def __init__(self, world: Pipeline) -> None:
        self.world = world
        self.spells = Spells.of(
            world.deal, world.stage, world.enter, world.leave, world.next, stages=STAGES
        )
        self.won_on = np.where(world.outcome == 1, world.closed, 2**62)

    def forecast(self, as_of: int, end: int) -> dict[str, object]:
        """The model of the days up to the end of day `end`, from what is known on `as_of`."""
        world, spells, horizon = self.world, self.spells, end - as_of
        known = spells.start <= as_of
        cuts = amount_cuts(world.amount[spells.row[known]])
        bands = amount_band(world.amount, cuts)
        owner = world.owner[world.deal]
        covariates = [bands, owner]
        chain = fit_stage_chain(
            spells,
            as_of,
            window=WINDOW,
            covariates=covariates,
            sizes=[BANDS, int(world.owner.max()) + 1],
            phases=RUSHES,
        )
        at = spells.open_at(as_of)
        rows = spells.row[at]
        age = as_of - spells.enter[at]
        scores = chain.score(spells.stage[at], age, horizon, [c[rows] for c in covariates])
        past = landmark_rows(spells, as_of, min(QUARTER, as_of // 3), every=14, window=WINDOW)
        won = past.won
        then, deal = spells.row[past.spell[won]], spells.deal[past.spell[won]]
        ratio = amount_ratio(world.stage[then], world.amount[then], world.final[deal], STAGES)
        # About the same day of past quarters: what is new has as much of the rush ahead.
        same = (as_of - QUARTER * np.arange(1, 9))[:, None] + np.arange(-7, 8)
        new = past_new_deals(
            world.created,
            self.won_on,
            world.final,
            as_of,
            horizon,
            first=0,
            window=WINDOW,
            origins=same.ravel(),
        )
        amount = world.amount[rows] * ratio[world.stage[rows]]
        learned = (chain.counts.won, chain.counts.lost)
        return {
            "rows": rows, "deals": spells.deal[at], "scores": scores, "amount": amount,
            "new": new, "learned": learned, "chain": chain,
        }  # fmt: skip

    def rivals(self, as_of: int, end: int, rows: np.ndarray) -> tuple[float, float]:
        """What the open pipeline brings by fixed probabilities and by historical stage rates."""
        world = self.world
        due = world.expected_at(rows, as_of) <= end
        closed = world.closed[world.deal] <= as_of
        stood = np.zeros((len(world.created), STAGES), dtype=bool)
        stood[world.deal[closed], world.stage[closed]] = True
        wins = (stood & (world.outcome == 1)[:, None]).sum(axis=0)
        rate = wins / np.maximum(stood.sum(axis=0), 1)
        worth = world.amount[rows] * due
        return float(worth @ FIXED[world.stage[rows]]), float(worth @ rate[world.stage[rows]])


def measure(world: Pipeline) -> dict[str, object]:
    """All figures of one company."""
    company = Company(world)
    logged = defaultdict(list)
    replay = []  # (end, expected, spread of independent deals, actual) of earlier origins
    seconds = []
    for quarter in range(FIRST_REPLAY, LAST + 1):
        end = (quarter + 1) * QUARTER - 1
        for day in DAYS:
            as_of = quarter * QUARTER + day - 1
            start = time.perf_counter()
            found = company.forecast(as_of, end)
            scores, deals = found["scores"], found["deals"]
            come = (company.won_on[deals] > as_of) & (company.won_on[deals] <= end)
            pipeline = float(world.final[deals[come]].sum())
            inside = (company.won_on > as_of) & (company.won_on <= end)
            actual = float(world.final[inside].sum())
            before = quarter * QUARTER - 1
            so_far = (company.won_on > before) & (company.won_on <= as_of)
            won = float(world.final[so_far].sum())
            alone = bookings_model(found["amount"], scores.won, new=found["new"], wider=1)
            plain = alone.distribution()
            past = [row for row in replay if row[0] <= as_of]
            # Three origins of a quarter overlap: together they are worth about one and a half.
            wider = overdispersion(
                [row[1] for row in past], [row[2] for row in past], [row[3] for row in past],
                weights=[0.5] * len(past),
            )  # fmt: skip
            model = bookings_model(
                found["amount"], scores.won, new=found["new"], wider=wider,
                learned=found["learned"],
            )  # fmt: skip
            if not isinstance(plain.expected, Undefined):
                replay.append((end, plain.expected, plain.sd, actual))
            if quarter < FIRST:
                continue
            won_on, final = company.won_on, world.final
            rate = run_rate(won_on, final, before, QUARTER, windows=4, first=0)
            target = 1.15 * float(rate.windows.mean())
            whole = model.distribution(won=won, target=target)
            seconds.append(time.perf_counter() - start)
            fixed, history = company.rivals(as_of, end, found["rows"])
            log = {
                "model": model.distribution().existing, "fixed": fixed, "history": history,
                "pipeline": pipeline, "total": won + actual, "expected": whole.expected,
                "run": float(rate.expected), "low": whole.quantile(0.1),
                "high": whole.quantile(0.9), "target": whole.chance(target),
                "run_target": rate.chance(target), "reached": float(won + actual >= target),
                "wider": wider, "factor": model.factor, "crps": whole.crps(won + actual),
                "alone_low": won + plain.quantile(0.1), "alone_high": won + plain.quantile(0.9),
                "rate_low": rate.quantile(0.1), "rate_high": rate.quantile(0.9),
            }  # fmt: skip
            for name, value in log.items():
                logged[day, name].append(value)
            logged[day, "p"].extend(scores.won.tolist())
            logged[day, "y"].extend(come.tolist())
    result = {"stability": stability(company), "seconds": float(np.median(seconds))}
    for day in DAYS:
        get = {name: np.array(values) for (d, name), values in logged.items() if d == day}
        result[day] = figures(get)
    return result


def figures(get: dict[str, np.ndarray]) -> dict[str, float]:
    """Scores of one day of the quarters."""
    errors = {
        name: scoring.wape(get[name], get["pipeline"]) for name in ("model", "fixed", "history")
    }
    return {
        "WAPE pipeline": errors["model"],
        "WAPE fixed": errors["fixed"],
        "WAPE history": errors["history"],
        "ratio to the better": errors["model"] / min(errors["fixed"], errors["history"]),
        "bias pipeline": scoring.bias(get["model"], get["pipeline"]),
        "WAPE total": scoring.wape(get["expected"], get["total"]),
        "WAPE run-rate": scoring.wape(get["run"], get["total"]),
        "covered by 80 %": scoring.interval_coverage(get["low"], get["high"], get["total"]),
        "covered, independent": scoring.interval_coverage(
            get["alone_low"], get["alone_high"], get["total"]
        ),
        "width / mean": float(((get["high"] - get["low"]) / get["expected"]).mean()),
        "Brier of target": float(((get["target"] - get["reached"]) ** 2).mean()),
        "Brier of run-rate": float(((get["run_target"] - get["reached"]) ** 2).mean()),
        "Brier of deals": scoring.brier(get["p"], get["y"].astype(int)),
        "AUC of deals": scoring.auc(get["p"], get["y"].astype(int)),
        "wider": float(get["wider"].mean()),
    }


def stability(
    company: Company, as_of: int = FIRST * QUARTER - 1, horizon: int = 30
) -> tuple[float, float]:
    """Of deals created after a day, scored by what was known on it at each event of their lives:
    (at all events: entries, slips of the expected close, activities; at entries into stages only).
    """
    world, spells = company.world, company.spells
    cuts = amount_cuts(world.amount[spells.row[spells.start <= as_of]])
    bands = amount_band(world.amount, cuts)
    chain = fit_stage_chain(spells, as_of, window=WINDOW, covariates=[bands], sizes=[BANDS])
    mine = np.flatnonzero(world.created[spells.deal] > as_of)
    slips = [
        (i, day)
        for i in mine.tolist()
        for day in range(
            max(int(world.expected[spells.row[i]]) + 1, int(spells.enter[i])),
            min(int(spells.leave[i]), world.days),
            30,
        )
    ]
    done, done_on = activities(spells.enter[mine], np.minimum(spells.leave[mine], world.days))
    entered = np.stack([mine, spells.enter[mine]], axis=1)
    others = np.array([*slips, *zip(mine[done].tolist(), done_on.tolist(), strict=True)])
    found = []
    for events in (np.concatenate([entered, others]), entered):
        spell, day = events[:, 0], events[:, 1]
        chance = chain.score(
            spells.stage[spell], day - spells.enter[spell], horizon, [bands[spells.row[spell]]]
        ).won
        value = scoring.temporal_stability(spells.deal[spell], day, chance)
        found.append(value if isinstance(value, float) else float("nan"))
    return found[0], found[1]


def speed() -> None:
    """Times of the two things that people wait for."""
    draw = np.random.default_rng(1)
    size = 150_000
    deal = np.sort(draw.integers(0, 40_000, size))
    begun, stay = draw.integers(0, 900, size), 1 + draw.geometric(0.04, size)
    leave = np.where(begun + stay > 900, 2**62, begun + stay)
    stage = draw.integers(0, STAGES, size)
    moved = np.where(leave == 2**62, -1, draw.integers(0, STAGES + 2, size))
    band = draw.integers(0, BANDS, size)
    start = time.perf_counter()
    spells = Spells.of(deal, stage, begun, leave, moved, stages=STAGES)
    chain = fit_stage_chain(spells, 900, covariates=[band], sizes=[BANDS], ages=AGES)
    chain.score(stage, np.minimum(stay, 300), QUARTER, [band])
    print(f"150,000 states fitted and scored: {time.perf_counter() - start:.2f} s")
    amount, chance = np.exp(draw.normal(9, 1, 1000)), draw.random(1000)
    start = time.perf_counter()
    bookings_model(amount, chance).distribution(target=7e6).chance(7e6)
    print(f"distribution of 1,000 open deals: {(time.perf_counter() - start) * 1000:.0f} ms")


def main(companies: int, rate: float) -> None:
    results = []
    for seed in range(companies):
        results.append(measure(simulate(seed, rate=rate)))
        print(f"\r{seed + 1} of {companies}", end="", file=sys.stderr, flush=True)
    print(file=sys.stderr)
    print(f"{companies} companies, medians (first to third quarter of them)\n")
    print(f"{'':24}" + "".join(f"{f'day {day}':>24}" for day in DAYS))
    for name in results[0][DAYS[0]]:
        cells = []
        for day in DAYS:
            low, middle, high = np.quantile([r[day][name] for r in results], [0.25, 0.5, 0.75])
            cells.append(f"{middle:.3f} ({low:.3f} .. {high:.3f})")
        print(f"{name:24}" + "".join(f"{cell:>24}" for cell in cells))
    pooled = {
        "mean covered by 80 %": "covered by 80 %",
        "mean Brier of target": "Brier of target",
        "mean Brier of run-rate": "Brier of run-rate",
    }
    for label, name in pooled.items():
        means = [float(np.mean([r[day][name] for r in results])) for day in DAYS]
        print(f"{label:24}" + "".join(f"{value:>24.3f}" for value in means))
    for which, label in enumerate(("all events", "entries into stages")):
        values = [r["stability"][which] for r in results]
        low, middle, high = np.quantile(values, [0.25, 0.5, 0.75])
        print(f"\nstability between {label}: {middle:.3f} ({low:.3f} .. {high:.3f})", end="")
    print()
    print(f"one forecast: {np.median([r['seconds'] for r in results]) * 1000:.0f} ms")
    speed()


if __name__ == "__main__":
    main(
        int(sys.argv[1]) if len(sys.argv) > 1 else 20,
        float(sys.argv[2]) if len(sys.argv) > 2 else 2.5,
    )
