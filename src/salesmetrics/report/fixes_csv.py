"""The list of what to mend, as CSV that a spreadsheet opens."""

from __future__ import annotations

import csv
import io
from typing import TYPE_CHECKING, Any

from ..results.text_table import encodable

if TYPE_CHECKING:
    from ..insight.fixes import FixList

__all__ = ["fixes_csv"]

HEADER = {
    "en": ("rank", "severity", "table", "id", "row", "field", "kind", "to do", "moves", "by",
           "as many others"),
    "ko": ("순위", "심각도", "테이블", "ID", "행", "항목", "종류", "할 일", "바뀌는 지표", "변화",
           "같은 수의 다른 행"),
}  # fmt: skip
COMPUTED = ("=", "+", "-", "@", "\t", "\r", "\n")


def fixes_csv(found: FixList, lang: str = "en") -> str:
    """A line a row; text that a spreadsheet would compute gets a leading quote."""
    out = io.StringIO()
    writer = csv.writer(out, lineterminator="\n")
    writer.writerow(HEADER["ko" if lang == "ko" else "en"])
    for record in found.to_records(lang):
        writer.writerow([_cell(value) for value in record.values()])
    return encodable(out.getvalue())


def _cell(value: Any) -> Any:
    if isinstance(value, float):
        return f"{value:.4f}"
    if isinstance(value, str) and value.lstrip().startswith(COMPUTED):
        return f"'{value}"
    return "" if value is None else value
