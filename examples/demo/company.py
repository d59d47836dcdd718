"""What the demonstration company is like, in numbers; generate.py draws what happens there."""

from __future__ import annotations

import tomllib
from datetime import date, datetime, time
from pathlib import Path

FIRST, LAST = date(2023, 1, 1), date(2025, 12, 5)
NOW = datetime.combine(LAST, time(23, 59))
CONFIG = tomllib.loads((Path(__file__).parent / "salesmetrics.toml").read_text(encoding="utf-8"))
HOLIDAYS = frozenset(CONFIG["calendar"]["holidays"])

# name, team, region, first day, day after the last, skill at winning, slowness
SELLERS = (
    ("김민준", "서울 1팀", "서울", "2021-03-02", None, 1.25, 0.8),
    ("이서연", "서울 1팀", "서울", "2022-01-03", None, 1.10, 0.7),
    ("박도윤", "서울 1팀", "서울", "2022-09-01", "2025-04-01", 0.75, 1.5),
    ("최지우", "서울 2팀", "경기", "2021-11-01", None, 1.00, 1.0),
    ("정하은", "서울 2팀", "경기", "2023-02-01", None, 1.15, 0.9),
    ("강시우", "서울 2팀", "경기", "2023-07-03", "2024-07-01", 0.60, 1.7),
    ("조수아", "부산팀", "부산", "2022-04-01", None, 1.05, 1.0),
    ("윤예준", "부산팀", "부산", "2024-03-04", None, 0.90, 1.2),
    ("장지호", "서울 2팀", "경기", "2024-09-02", None, 0.85, 1.1),
    ("임서현", "서울 1팀", "서울", "2025-03-03", None, 0.80, 1.3),
)
MANAGERS = {"서울 1팀": "김민준", "서울 2팀": "최지우", "부산팀": "조수아"}
PRODUCTS = (
    ("crm", "한빛 CRM", 650_000),
    ("bi", "한빛 BI", 900_000),
    ("desk", "한빛 Desk", 400_000),
)
INDUSTRIES = ("제조", "유통", "금융", "의료", "교육", "공공")
SIZES = (("1-49", 1.0, 0.5), ("50-299", 2.6, 0.35), ("300+", 7.0, 0.15))  # seats' worth, share
# channel, leads a month at first and at last, chance of each step, visits a day, cost a month
CHANNELS = (
    ("검색광고", 26, 52, (0.36, 0.55, 0.68), 210, 6_500_000),
    ("웨비나", 14, 26, (0.52, 0.62, 0.72), 60, 3_200_000),
    ("추천", 5, 11, (0.85, 0.80, 0.85), 15, 300_000),
    ("파트너", 7, 14, (0.62, 0.66, 0.75), 25, 1_800_000),
    ("전시회", 0, 0, (0.22, 0.38, 0.55), 0, 0),  # twice a year, many and bad
)
FAIRS = {
    (2023, 4): 70,
    (2023, 10): 80,
    (2024, 4): 90,
    (2024, 10): 85,
    (2025, 4): 95,
    (2025, 10): 90,
}
SEASON = (0.75, 0.8, 1.15, 1.0, 1.0, 1.15, 0.9, 0.85, 1.05, 1.0, 1.05, 1.2)  # deals, by month
SALARY = 7_800_000  # a seller's, a month
# what else is spent a month
SPENT = (
    ("marketing", 9_000_000),
    ("cost of sales", 24_000_000),
    ("research", 58_000_000),
    ("administration", 15_000_000),
)
STAGES = (
    ("discovery", "요구 파악", 1, "open", "0.15"),
    ("proposal", "제안", 2, "open", "0.35"),
    ("negotiation", "협상", 3, "open", "0.60"),
    ("contract", "계약", 4, "open", "0.85"),
    ("won", "수주", 5, "won", "1"),
    ("lost", "실주", 6, "lost", "0"),
    ("unfit", "부적격", 7, "disqualified", ""),
)
STEPS = ("discovery", "proposal", "negotiation", "contract")
DAYS_IN = {"discovery": 12, "proposal": 20, "negotiation": 16, "contract": 7}  # median
ONWARD = {"discovery": 0.64, "proposal": 0.66, "negotiation": 0.76, "contract": 0.93}
REASONS = ("가격", "경쟁사", "예산 없음", "기능 부족", "연락 두절", None)
LEFT_FOR = ("가격", "경쟁사", "사용하지 않음", "폐업", None)
# Names of companies are put together of one of each.
NAMES = (
    (
        "한결", "미래", "대성", "푸른", "다온", "새빛", "동방", "가람", "누리", "세움",
        "태평", "한울", "온새", "바른", "으뜸", "예람", "도담", "초원", "해솔", "정우",
    ),
    ("", "", "", "", "", "", "서울", "부산", "한국", "대한"),
    (
        "정밀", "물산", "테크", "제약", "유통", "금융", "교육", "메디", "소재", "건설",
        "식품", "로직스", "전자", "화학", "에너지", "디자인", "항공", "보험", "병원", "대학",
    ),
)  # fmt: skip
CATEGORY = {"discovery": "pipeline", "proposal": "pipeline", "negotiation": "best_case",
            "contract": "commit"}  # fmt: skip
CHANGED = {
    "stage": "stage",
    "amount": "amount",
    "expected_close_at": "close_date",
    "owner": "owner",
    "forecast_category": "forecast_category",
}
NO_IDS = {"deal_lines", "stage_changes", "amount_changes", "close_date_changes", "owner_changes",
          "forecast_category_changes", "forecast_calls"}  # fmt: skip
# What a seller calls beside what comes: one hopes, one keeps something back.
CALLED = {"최지우": 1.55, "김민준": 0.62}
CALLED_ON = (2, 9, 23, 44, 65, 82)  # days into a quarter
PREFIX = {"visits": "V", "leads": "L", "deals": "D", "subscriptions": "S", "activities": "A",
          "costs": "C", "revenues": "R", "requests": "Q", "deliverables": "M", "surveys": "N",
          "checks": "K", "expectations": "E", "touches": "T"}  # fmt: skip
