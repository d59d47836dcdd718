"""A company of n deals, about 4 n stage changes and 5 n activities, as polars frames.

Deals stand nearly in order of creation, changes by deal (as CRMs export them), activities in order
of time; ids are whole numbers, names are enums, times have no zone (read as UTC).  Owners are
skewed, 5 % of deals never close, 3 % have no amount, one step in ten goes nowhere and one back.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import polars as pl

__all__ = ["KINDS", "OUTCOMES", "OWNERS", "STAGES", "STEPS", "Company", "company"]

OWNERS, STEPS = 500, 7
DAY = 86_400
OUTCOMES = ("open", "won", "lost")
KINDS = ("call", "email", "meeting", "note", "demo", "visit")
STAGES = [
    *({"id": f"s{n}", "order": n, "type": "open", "probability": 0.1 * n + 0.1}
      for n in range(STEPS)),
    {"id": "won", "order": STEPS, "type": "won", "probability": 1},
    {"id": "lost", "order": STEPS + 1, "type": "lost", "probability": 0},
]  # fmt: skip


@dataclass(frozen=True)
class Company:
    """The frames, as anyone would have them."""

    deals: pl.DataFrame
    changes: pl.DataFrame
    activities: pl.DataFrame

    @property
    def bytes(self) -> int:
        frames = (self.deals, self.changes, self.activities)
        return int(sum(frame.estimated_size() for frame in frames))


def company(rows: int, seed: int = 7) -> Company:
    """The frames of so many deals."""
    draw = np.random.default_rng(seed)
    start, now = _second("2021-01-01"), _second("2025-05-15")
    owner_ids = np.sort(draw.choice(np.arange(100_000, 999_999), OWNERS, replace=False))
    share = draw.gamma(2.0, 1.0, OWNERS)
    owner = draw.choice(OWNERS, rows, p=share / share.sum())
    created = start + (np.sort(draw.random(rows) ** 0.85) * (now - start)).astype(np.int64)
    created += draw.normal(0, 3 * DAY, rows).astype(np.int64)
    np.clip(created, start, now - 100, out=created)
    closed = created + draw.gamma(1.6, 48 * DAY, rows).astype(np.int64) + 60
    is_closed = (closed < now) & (draw.random(rows) >= 0.05)
    chance = (0.18 + 0.25 * draw.random(OWNERS))[owner]
    outcome = np.where(is_closed, np.where(draw.random(rows) < chance, 1, 2), 0)
    end = np.where(is_closed, closed, now)
    deal, stage, at, last = _changes(draw, created, end)
    ids = np.arange(rows, dtype=np.int64) * 3 + 1_000_000
    amount = np.exp(draw.normal(13.8, 0.9, rows)).astype(np.int64)
    priced = draw.random(rows) >= 0.03
    deals = pl.DataFrame(
        {
            "id": ids,
            "owner": owner_ids[owner],
            "customer": draw.integers(0, max(rows // 4, 1), rows) * 7 + 50_000,
            "segment": _enum(draw.integers(0, 10, rows), [f"segment {n}" for n in range(10)]),
            "source": _enum(draw.integers(0, 20, rows), [f"source {n}" for n in range(20)]),
            "amount": pl.select(pl.when(pl.Series(priced)).then(pl.Series(amount))).to_series(),
            "created_at": _moments(created),
            "closed_at": pl.select(
                pl.when(pl.Series(is_closed)).then(_moments(closed))
            ).to_series(),
            "outcome": _enum(outcome, OUTCOMES),
            "stage": _enum(last, [f"s{n}" for n in range(STEPS)]),
        }
    )
    changes = pl.DataFrame(
        {
            "deal": ids[deal],
            "stage": _enum(stage, [f"s{n}" for n in range(STEPS)]),
            "changed_at": _moments(at),
        }
    )
    del deal, stage, at
    return Company(deals, changes, _activities(draw, ids, owner_ids, owner, created, end))


def _changes(draw: np.random.Generator, created: np.ndarray, end: np.ndarray) -> tuple:
    """By deal: the row of the deal, the stage, when; and the last stage of each deal."""
    rows = len(created)
    many = np.minimum(1 + draw.poisson(3.0, rows), 9)
    first = np.concatenate([[0], np.cumsum(many)])
    deal = np.repeat(np.arange(rows), many)
    step = draw.choice(np.array([1, 1, 1, 1, 1, 1, 2, 2, -1, 0]), len(deal))
    step[first[:-1]] = 0
    stage = np.cumsum(step)
    stage = np.clip(stage - stage[first[:-1]][deal], 0, STEPS - 1)
    gone = draw.exponential(1.0, len(deal))
    spent = np.cumsum(gone)
    before = spent[first[:-1]]
    whole = spent[first[1:] - 1] - before + draw.exponential(1.0, rows)
    part = (spent - before[deal]) / whole[deal]
    at = created[deal] + (part * np.maximum(end - created - 20, 0)[deal]).astype(np.int64)
    at += np.arange(len(deal)) - first[deal]
    return deal, stage, at, stage[first[1:] - 1]


def _activities(
    draw: np.random.Generator,
    ids: np.ndarray,
    owner_ids: np.ndarray,
    owner: np.ndarray,
    created: np.ndarray,
    end: np.ndarray,
) -> pl.DataFrame:
    size = 5 * len(ids)
    deal = draw.integers(0, len(ids), size)
    at = created[deal] + (draw.random(size) * np.maximum(end - created, 1)[deal]).astype(np.int64)
    order = np.argsort(at, kind="stable")
    at, deal = at[order], deal[order]
    whose = owner[deal]
    others = draw.random(size) < 0.1
    whose[others] = draw.integers(0, OWNERS, int(others.sum()))
    kind = draw.choice(len(KINDS), size, p=[0.35, 0.3, 0.15, 0.1, 0.06, 0.04])
    return pl.DataFrame(
        {
            "id": np.arange(size, dtype=np.int64) + 5_000_000,
            "deal": ids[deal],
            "owner": owner_ids[whose],
            "kind": _enum(kind, KINDS),
            "done_at": _moments(at),
        }
    )


def _second(day: str) -> int:
    return int(np.datetime64(day, "s").astype(np.int64))


def _moments(seconds: np.ndarray) -> pl.Series:
    return pl.Series(seconds * 1000).cast(pl.Datetime("ms"))


def _enum(codes: np.ndarray, names: list[str] | tuple[str, ...]) -> pl.Series:
    return pl.Series(list(names), dtype=pl.Enum(list(names))).gather(codes.astype(np.uint32))
