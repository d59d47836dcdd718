"""The ways up: methods that reach for what is built on them, found when somebody uses them.

`result.to_pandas()` and `snapshot.to_html()` are convenient where they stand, and made of what lies
above.  They go through here and nowhere else.
"""

from collections.abc import Callable
from importlib import import_module
from typing import TypeVar

__all__ = ["DOORS", "door"]

T = TypeVar("T")

DOORS = {
    "cursor_columns": "reading.foreign:cursor_columns",
    "frame_columns": "reading.foreign:frame_columns",
    "series_raw": "reading.foreign:series_raw",
    "kpi_entry": "catalog:entry",
    "result_text": "results.display:result_text",
    "result_html": "report.notebook:result_html",
    "records_of_figures": "results.columnar:records_of_figures",
    "records_of": "results.records:records_of",
    "to_pandas": "results.export:to_pandas",
    "to_polars": "results.export:to_polars",
    "to_arrow": "results.export:to_arrow",
    "arrow_stream": "results.export:arrow_stream",
    "quality_text": "report.findings:quality_text",
    "quality_markdown": "report.findings:quality_markdown",
    "quality_html": "report.notebook_reports:quality_html",
    "fixes_csv": "report.fixes_csv:fixes_csv",
    "definitions_text": "report.definition_texts:definitions_text",
    "digest_said": "report.digest_texts:digest_said",
    "digest_markdown": "report.digest_texts:digest_markdown",
    "digest_blocks": "report.digest_texts:digest_blocks",
    "alerts_text": "report.alert_texts:alerts_text",
    "alerts_markdown": "report.alert_texts:alerts_markdown",
    "alerts_html": "report.notebook_reports:alerts_html",
    "explanation_html": "report.notebook_reports:explanation_html",
    "explanation_text": "report.explanation:explanation_text",
    "explanation_markdown": "report.explanation:explanation_markdown",
    "changes_text": "report.text:changes_text",
    "document_text": "report.text:document_text",
    "document_markdown": "report.markdown:document_markdown",
    "document_csv": "snapshots.flat:document_csv",
    "document_page": "report.page.page_html:document_page",
    "snapshot_text": "report.text:snapshot_text",
    "snapshot_markdown": "report.markdown:snapshot_markdown",
    "document_html": "report.notebook:document_html",
    "snapshot_html": "report.notebook:snapshot_html",
    "snapshot_page": "report.page.page_html:snapshot_page",
    "change_split": "report.charts.change_chart:change_split",
    "plot": "report.charts.choose:plot",
    "forecast_backtest": "snapshots.backtest:forecast_backtest",
    "snapshot_document": "snapshots.document:snapshot_document",
    "snapshot_json": "snapshots.document:snapshot_json",
    "snapshot_csv": "snapshots.flat:snapshot_csv",
    "snapshot_records": "snapshots.flat:snapshot_records",
}


def door(name: str, gives: type[T]) -> Callable[..., T]:
    """The function behind this name, and what it gives."""
    module, _, function = DOORS[name].partition(":")
    found: Callable[..., T] = getattr(import_module(f".{module}", __package__), function)
    return found
