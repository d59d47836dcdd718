"""What each kind of finding means, in English and Korean."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal

from ..reasons import Reason, filled, rows_of

__all__ = ["KINDS", "SEVERITIES", "FindingWords", "Severity", "said"]

Severity = Literal["error", "warning", "info"]
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")


@dataclass(frozen=True, slots=True)
class FindingWords:
    """A kind of finding: how bad it is, and what it says; {names} are the finding's facts."""

    severity: Severity
    en: str
    ko: str


KINDS: Mapping[str, FindingWords] = {
    # refused at the door
    "closed_without_outcome": FindingWords(
        "error",
        "{table} that are closed, but nothing says whether they were won, so that no figure has "
        "them",
        "마감되었으나 수주 여부를 알 수 없어 제외된 {table}",
    ),
    "probability_scale": FindingWords(
        "error",
        "{table} whose probability is from 0 to 100 where 0 to 1 is expected; it counts as missing",
        "확률이 0~1이 아니라 0~100으로 적혀 빈 값으로 처리된 {table}",
    ),
    "duplicate_id": FindingWords(
        "error",
        "{table} left out because an earlier row has their id",
        "앞선 행과 ID가 같아 제외된 {table}",
    ),
    "refused": FindingWords(
        "error",
        "{table} left out because of {field} ({reason})",
        "{field:name} 값 때문에 제외된 {table} ({reason})",
    ),
    "unreadable": FindingWords(
        "error",
        "{table} whose {field} cannot be read ({reason}) and counts as missing",
        "{field:name|을} 읽을 수 없어 빈 값으로 처리된 {table} ({reason})",
    ),
    # accepted, but doubtful
    "decided_without_close": FindingWords(
        "error",
        "{table} that are won or lost but have no close date; figures of all time count them, "
        "those of a period do not",
        "수주 또는 실주인데 마감일이 없어 전체 기간 지표에만 들어가는 {table}",
    ),
    "orphan_stage": FindingWords(
        "error",
        "{table} in a stage that no stage record describes{names}",
        "단계 목록에 없는 단계의 {table}{names}",
    ),
    "stage_without_place": FindingWords(
        "warning",
        "open {table} without a place of their own in the order{names}: without an order they "
        "count as the last, with that of another by id, in stage_conversion, bottlenecks and "
        "weighted_pipeline by steps",
        "순서가 없거나 다른 단계와 겹치는 진행 {table}{names}. 단계별 전환율, 병목 단계, 단계를 "
        "따른 가중 파이프라인에서 순서가 없으면 마지막, 겹치면 ID 순으로 봄",
    ),
    "orphan_link": FindingWords(
        "warning",
        "{table} that name a {field} without record{names}; grouped by what that record says, "
        "they stand under (none)",
        "{field:name} 레코드가 없는 {table}{names}. 그 레코드의 속성으로 나누면 '없음'에 속함",
    ),
    "close_before_create": FindingWords(
        "error",
        "{table} that closed before they were created; the sales cycle leaves them out",
        "생성일보다 마감일이 빠른 {table}. 영업 사이클 계산에서 제외됨",
    ),
    "end_before_start": FindingWords(
        "error",
        "{table} with {field} before {start}",
        "{field:name|이} {start:name}보다 빠른 {table}",
    ),
    "far_ahead": FindingWords(
        "error",
        "{table} with {field} far beyond all other events, which end on {until}; they set what "
        "counts as known to {latest}, so doubtful rows are judged from {until} instead",
        "{field:name|이} 다른 모든 기록({until}까지)보다 훨씬 뒤인 {table}. 이 때문에 데이터 "
        "기준일이 {latest:|으로} 잡히므로, 이 점검은 {until} 기준으로 판정함",
    ),
    "no_rate": FindingWords(
        "error",
        "{table} in a currency without exchange rate on their day{names}; counted, but their "
        "money is in no figure",
        "해당 일자의 환율이 없는 통화의 {table}{names}. 건수에는 들어가고 금액에서는 제외됨",
    ),
    "no_currency": FindingWords(
        "error",
        "{table} that name no currency, where others name several; counted, but their money is in "
        "no figure",
        "다른 행과 달리 통화가 비어 있는 {table}. 건수에는 들어가고 금액에서는 제외됨",
    ),
    "history_contradicts": FindingWords(
        "warning",
        "{table} whose changes say another {fields} than the row itself; the changes are used",
        "변경 이력과 현재 값({fields})이 다른 {table}. 변경 이력을 사용함",
    ),
    "lines_off": FindingWords(
        "warning",
        "{table} whose lines do not sum to their {field}; what they lack, or have too much, stands "
        "without product",
        "품목 금액의 합이 {field:name|과} 다른 {table}. 차액은 제품 없이 집계됨",
    ),
    "looks_like_total": FindingWords(
        "warning",
        "{table} that look like the totals of a report, and count as rows{names}",
        "보고서의 합계로 보이나 행으로 집계된 {table}{names}",
    ),
    "likely_duplicate": FindingWords(
        "warning",
        "{table} that repeat another row under an id of their own (same customer, product, amount "
        "and {born})",
        "ID만 다르고 고객, 제품, 금액, {born:name|이} 다른 행과 같은 {table}",
    ),
    "negative_amount": FindingWords(
        "warning",
        "{table} with a negative {field}, which lowers every sum they are in",
        "{field:name|이} 음수여서 합계를 낮추는 {table}",
    ),
    "over_without_end": FindingWords(
        "error",
        "{table} that are over by their status, while nothing says since when; their customers "
        "are in no stock and no movement: give ended_at or cancelled_at",
        "상태상 끝났으나 언제 끝났는지 알 수 없는 {table}. 해당 고객은 잔액과 변동에서 "
        "제외됨('ended_at' 또는 'cancelled_at'을 줄 것)",
    ),
    "status_unheard_of": FindingWords(
        "warning",
        "{table} with a status that is not understood, and taken as running{names}",
        "알 수 없는 상태여서 진행 중으로 본 {table}{names}",
    ),
    "overdue": FindingWords(
        "warning",
        "open {table} that were expected to close by {until}",
        "예상 마감일이 {until}까지였으나 아직 진행 중인 {table}",
    ),
    "long_open": FindingWords(
        "warning",
        "open {table} older than {limit} days on {until}: beyond Q3 + 3 (Q3 - Q1) of the days "
        "that {closed} decided ones took",
        "{until} 기준 {limit}일보다 오래 진행 중인 {table}(마감된 {closed}건이 걸린 일수의 "
        "Q3 + 3 × (Q3 - Q1) 초과)",
    ),
    "lone_latest": FindingWords(
        "warning",
        "{table} with {field} on {day}, the only event after {before}; what is known is taken to "
        "reach that far",
        "{field:name|이} {day}인 {table}. 다른 모든 기록은 {before} 이전이며, 데이터 기준일이 이 "
        "날짜로 잡힘",
    ),
    "planned_far_ahead": FindingWords(
        "warning",
        "{table} with {field} more than ten years after {until}",
        "{field:name|이} {until}보다 10년 넘게 뒤인 {table}",
    ),
    "outcome_unsaid": FindingWords(
        "error",
        "{table} that do not say whether they are open, won or lost; they are in no figure that "
        "asks it: give an outcome, the types of stages, or say that all are open (all_open)",
        "진행 중인지, 수주 또는 실주인지 알 수 없어 해당 지표에서 제외된 {table}. 결과 열이나 단계 "
        "유형을 주거나 모두 진행 중이라고(all_open) 지정해야 함",
    ),
    "no_rows": FindingWords(
        "warning",
        "{table} were given without a row, so that figures of them are 0 or undefined",
        "행이 하나도 없는 {table}. 관련 지표는 0이거나 계산되지 않음",
    ),
    "spelled_alike": FindingWords(
        "warning",
        "{table} whose {field} is spelled in several ways{names}",
        "{field:name}의 표기가 여러 가지인 {table}{names}",
    ),
    "rounded": FindingWords(
        "error",
        "{table} whose {field} is a number that a spreadsheet has rounded{names}, so that several "
        "may have become one: export it as text",
        "스프레드시트에서 반올림된 수가 {field:name}에 들어 있는 {table}{names}. 여러 ID가 하나로 "
        "합쳐졌을 수 있으므로 텍스트로 내보내야 함",
    ),
    "several_in_one": FindingWords(
        "warning",
        "{table} with several names in one {field}{names}, which count as a name of their own",
        "한 {field:name}에 여러 이름이 들어 있어 별개의 이름으로 집계되는 {table}{names}",
    ),
    "import_spike": FindingWords(
        "warning",
        "{table} with {field} on {day}, where the median day has {usual}; an import may have set "
        "the date",
        "{field:name|이} {day}인 {table}(하루 중앙값 {usual}건). 일괄 가져오기 날짜일 수 있음",
    ),
    "undated": FindingWords(
        "warning",
        "{table} without {field}, which no period can take in by that date",
        "{field:name|이} 없어 그 날짜로는 기간을 정할 수 없는 {table}",
    ),
    "missing_field": FindingWords(
        "warning",
        "{table} without {field}",
        "{field:name} 값이 없는 {table}",
    ),
    "absent_field": FindingWords(
        "info",
        "{table} without {field}, because there is no such column; figures that need it are "
        "not there",
        "{field:name} 열 자체가 없는 {table}. 이 열이 필요한 지표는 계산되지 않음",
    ),
}


def said(kind: str, table: str, field: str, rows: int, facts: Mapping[str, str], lang: str) -> str:
    """The sentence of a finding."""
    words = KINDS[kind]
    names, of = facts.get("names"), facts.get("of")
    called = rows_of(table, of) if of else rows_of(table)
    korean = lang == "ko"
    many = Reason("counted", n=rows, rows=called)
    told = {
        **{name: value for name, value in facts.items() if name != "of"},
        "table": many.said(lang) if korean else str(called),
        "field": field,
        "names": f" ({names})" if names else "",
    }
    text = filled(words.ko if korean else words.en, told, lang)
    if not korean:
        text = f"{text}: {rows:,}"
    if "amount" in facts:
        text += f" (금액 {facts['amount']})" if korean else f" (worth {facts['amount']})"
    return text
