"""The gallery: every chart there is, drawn from the demonstration company."""

from __future__ import annotations

from pathlib import Path

import salesmetrics

__all__ = ["gallery"]

HEAD = """\
# Charts

`result.plot()` draws the chart that fits a figure; a notebook shows it by itself. Each is a small
SVG with a title, its finding as a sentence (which screen readers read), and a table of its data;
what colour says, a mark, a pattern or a number says too. Text has its reader's colour and font.

```python
>>> import salesmetrics as sm
>>> crm = sm.read("examples/demo")
>>> chart = sm.win_rate(crm.deals, "2025", by="team").plot()
>>> chart.kind, chart.title
('bars', 'win rate by team, 2025')
>>> chart.header
['team', 'win rate', 'n', '95 % interval', 'drawn to the others']
>>> chart.save("win_rate.svg")                      # doctest: +SKIP

```

`plot("pareto")` asks for another kind, `lang="ko"` for Korean, `backend="matplotlib"` for a figure
to edit (`pip install 'salesmetrics[plot]'`; for Korean names it takes an installed font that has
Hangul), `backend="vega"` for a [Vega-Lite](https://vega.github.io/vega-lite/) specification and its
data.

The charts below are those of [the demonstration company](../examples/demo/README.md).
"""


# What is shown is what is run.
CODE = {
    "trend": 'crm.kpi("bookings", sm.period("2024-01-01..2025-12-31").split("month")).plot()',
    "bars": 'crm.kpi("win_rate", "2025", by="owner").plot()',
    "pareto": 'crm.kpi("bookings", "2025", by="customer.industry").plot("pareto")',
    "funnel": 'crm.kpi("lead_funnel", "2025-Q3").plot()',
    "movement": 'crm.kpi("pipeline_movement", "2025-Q4").plot()',
    "mrr": 'crm.kpi("mrr_movements", "2025-Q4").plot()',
    "stages": 'crm.kpi("bottlenecks", "2025-Q4").plot()',
    "ageing": 'crm.kpi("time_in_stage", "2025-Q4", by="stage").plot()',
    "spread": 'crm.kpi("sales_cycle", "2025", by="owner").plot()',
    "cohort": 'crm.kpi("cohort_retention", sm.period("2024").split("quarter")).plot()',
    "coverage": 'crm.kpi("pipeline_coverage", "2025-Q4", target=1_200_000_000).plot()',
    "forecast": 'sm.bookings_forecast(crm, "2025-Q4", target=1_200_000_000).plot()',
    "fan": (
        'sm.bookings_forecast(crm, sm.period("2025-01-01..2026-06-30").split("month"), '
        "target=400_000_000).plot()"
    ),
    "change": 'sm.explain(crm, "sales_velocity", "2025-Q4").plot()',
    "heat": 'crm.kpi("bookings", sm.period("2025").split("month"), by="owner").plot()',
    "reasons": 'crm.kpi("loss_reasons", "2025").plot(lang="ko")',
}


def gallery(folder: Path, demo: Path) -> dict[Path, str]:
    """The page and its pictures, by file."""
    crm = salesmetrics.read(demo)
    lines: list[str] = [HEAD]
    found: dict[Path, str] = {}
    for name, code in CODE.items():
        chart = eval(code, {"crm": crm, "sm": salesmetrics})
        picture = folder / "gallery" / f"{name}.svg"
        found[picture] = chart.to_svg() + "\n"
        lines += [f"## {chart.title}", "", chart.finding, ""]
        lines += [f"![{chart.title}](gallery/{name}.svg)", "", "```text", code, "```", ""]
    return {folder / "gallery.md": "\n".join(lines), **found}
