"""Make the demonstration company: three years of a Korean seller of business software.

    python examples/demo/generate.py [FOLDER]

Only the standard library, one seed, the same bytes every time.  Nobody in it exists.  What the
company is like stands here in numbers; what happens to each lead, deal and contract is drawn.
The rows at the end (`dirty`) are wrong on purpose.
"""

from __future__ import annotations

import csv
import math
import sys
from collections.abc import Iterable, Sequence
from datetime import date, datetime, time, timedelta
from pathlib import Path
from random import Random
from typing import Any

from company import (
    CALLED,
    CALLED_ON,
    CATEGORY,
    CHANGED,
    CHANNELS,
    DAYS_IN,
    FAIRS,
    FIRST,
    HOLIDAYS,
    INDUSTRIES,
    LAST,
    LEFT_FOR,
    MANAGERS,
    NAMES,
    NO_IDS,
    NOW,
    ONWARD,
    PREFIX,
    PRODUCTS,
    REASONS,
    SALARY,
    SEASON,
    SELLERS,
    SIZES,
    SPENT,
    STAGES,
    STEPS,
)

Row = dict[str, Any]

# Time -------------------------------------------------------------------------------------------


def quarter_of(day: date) -> str:
    return f"{day.year}-Q{(day.month + 2) // 3}"


def works(day: date) -> bool:
    return day.weekday() < 5 and day not in HOLIDAYS


def working(day: date) -> date:
    while not works(day):
        day += timedelta(days=1)
    return day


def later(at: datetime, minutes: float) -> datetime:
    """So many working minutes later: Monday to Friday, 9 to 18."""
    while True:
        if not works(at.date()) or at.time() >= time(18):
            at = datetime.combine(working(at.date() + timedelta(days=1)), time(9))
        at = max(at, datetime.combine(at.date(), time(9)))
        left = (datetime.combine(at.date(), time(18)) - at).total_seconds() / 60
        if minutes < left:
            return (at + timedelta(minutes=minutes)).replace(second=0, microsecond=0)
        minutes -= left
        at = datetime.combine(at.date(), time(18))


def months() -> Iterable[tuple[int, date, date]]:
    """Each month: its number from 0, its first day, and that of the next."""
    for number in range(36):
        first = date(2023 + number // 12, number % 12 + 1, 1)
        yield number, first, after(first, 1)


def after(day: date, count: int) -> date:
    month = day.month - 1 + count
    year, month = day.year + month // 12, month % 12 + 1
    last = [31, 29 if year % 4 == 0 else 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31][month - 1]
    return date(year, month, min(day.day, last))


# The years --------------------------------------------------------------------------------------


class Company:
    """What happens, table by table; `events` are made first and then cut at the last day."""

    def __init__(self, seed: int) -> None:
        self.seed = seed
        self.random = Random(seed)
        self.tables: dict[str, list[Row]] = {}
        self.fixed()
        self.leads_and_deals()
        self.contracts()
        self.money()
        self.support()
        self.kept_records()
        self.random = Random(seed + 1)
        self.shared()
        self.random = Random(seed + 2)
        self.called()
        self.random = Random(seed + 3)
        self.in_lines()
        self.random = Random(seed + 4)
        self.left()

    def add(self, table: str, **row: Any) -> Row:
        rows = self.tables.setdefault(table, [])
        if table not in NO_IDS:
            row = {"id": f"{PREFIX[table]}{len(rows) + 1:04d}", **row}
        rows.append(row)
        return row

    def chance(self, share: float) -> bool:
        return self.random.random() < share

    def about(self, median: float, spread: float = 0.6) -> float:
        """Around a median, never below 0, sometimes far above."""
        return median * math.exp(self.random.gauss(0, spread))

    def count(self, mean: float) -> int:
        """How often something rare happens (Poisson)."""
        limit, product, found = math.exp(-mean), self.random.random(), 0
        while product > limit:
            product *= self.random.random()
            found += 1
        return found

    def moment(self, day: date) -> datetime:
        minute = int(self.random.triangular(0, 539, 180))
        return datetime.combine(working(day), time(9)) + timedelta(minutes=minute)

    def some_day(self, first: date, end: date) -> date:
        return first + timedelta(days=self.random.randrange((end - first).days))

    def seller(self, day: date) -> tuple[str, float, float]:
        there = [
            seller for seller in SELLERS
            if date.fromisoformat(seller[3]) <= day
            and (seller[4] is None or day < date.fromisoformat(seller[4]))
        ]  # fmt: skip
        chosen = self.random.choice(there)
        return chosen[0], chosen[5], chosen[6]

    def fixed(self) -> None:
        for name, team, region, first, end, _, _ in SELLERS:
            self.tables.setdefault("owners", []).append(
                {"id": name, "team": team, "region": region, "manager": MANAGERS[team],
                 "started_at": first, "ended_at": end}
            )  # fmt: skip
        for key, label, order, kind, share in STAGES:
            self.tables.setdefault("stages", []).append(
                {"id": key, "label": label, "order": order, "type": kind, "probability": share}
            )
        for key, name, monthly in PRODUCTS:
            self.tables.setdefault("products", []).append(
                {"id": key, "name": name, "list_amount": monthly * 12}
            )
        for day in (FIRST + timedelta(days=n) for n in range((LAST - FIRST).days + 1)):
            for channel, *_, daily, _ in CHANNELS[:4]:
                busy = (1.0 if works(day) else 0.35) * (1 + (day - FIRST).days / 1500)
                self.add(
                    "visits", visited_at=day, channel=channel, visits=self.count_many(daily * busy)
                )

    def count_many(self, mean: float) -> int:
        return max(0, round(self.random.gauss(mean, math.sqrt(mean))))

    # leads, and the deals that come of them -----------------------------------------------------

    def leads_and_deals(self) -> None:
        self.companies: dict[str, Row] = {}
        for number, first, end in months():
            for channel, at_first, at_last, chances, _, _ in CHANNELS:
                mean = at_first + (at_last - at_first) * number / 35
                mean = FAIRS.get((first.year, first.month), 0) if channel == "전시회" else mean
                for _ in range(self.count_many(mean)):
                    self.lead(self.some_day(first, end), channel, chances)
        self.tables["leads"].sort(key=lambda row: row["created_at"])

    def lead(self, day: date, channel: str, chances: Sequence[float]) -> None:
        created = self.moment(day)
        owner, skill, slow = self.seller(created.date())
        good = self.random.random()
        quarter = f"{created.year}-Q{(created.month + 2) // 3}"
        row = self.add(
            "leads", created_at=created, mql_at=None, sql_at=None, opportunity_at=None, won_at=None,
            handed_over_at=None, first_response_at=None,
            score=min(99, round(100 * (0.3 * good + 0.7 * self.random.random()))),
            source="web" if channel in ("검색광고", "웨비나") else "sales",
            campaign=None if channel in ("추천", "파트너") else f"{channel} {quarter}",
            channel=channel, owner=owner, customer=None,
            referred_by=self.random.choice(sorted(self.companies) or [None])
            if channel == "추천" else None,
        )  # fmt: skip
        if not self.chance(chances[0]):
            if self.chance(0.9):  # marketing answers those who are not handed over
                row["first_response_at"] = later(created, self.about(260, 1.0))
            return
        row["mql_at"] = row["handed_over_at"] = handed = later(created, self.about(600, 1.0))
        answered = later(handed, self.about(95 * slow, 1.1)) if self.chance(0.95) else None
        row["first_response_at"] = answered
        if answered is None or not self.chance(chances[1]):
            return
        row["sql_at"] = qualified = later(answered, self.about(900, 0.8))
        if not self.chance(chances[2] * (0.9 + 0.1 * skill)):
            return
        row["opportunity_at"] = opened = later(qualified, self.about(1100, 0.8))
        if opened > NOW:
            return
        row["customer"] = company = self.company()
        won = self.deal(opened, owner, skill, slow, company, "new", row)
        row["won_at"] = won

    def company(self) -> str:
        while True:
            name = "".join(map(self.random.choice, NAMES))
            if name not in self.companies:
                break
        size = self.random.choices(SIZES, [share for *_, share in SIZES])[0]
        _, _, region, *_ = self.random.choice(SELLERS)
        self.companies[name] = {
            "id": name, "industry": self.random.choice(INDUSTRIES), "size": size[0],
            "region": region, "parent": None, "started_at": None, "referred_by": None,
            "_seats": size[1] * self.about(1, 0.25),
        }  # fmt: skip
        if self.chance(0.04) and len(self.companies) > 20:
            self.companies[name]["parent"] = self.random.choice(list(self.companies))
        return name

    def deal(
        self, opened: datetime, owner: str, skill: float, slow: float, company: str, kind: str,
        lead: Row | None,
    ) -> datetime | None:  # fmt: skip
        """One deal through its stages; when it was won, if it was."""
        product, _, monthly = self.random.choice(PRODUCTS)
        seats = self.companies[company]["_seats"] * (0.35 if kind == "upsell" else 1)
        yearly = round(monthly * 12 * seats, -4)
        once = round(yearly * 0.12, -4) if kind == "new" else 0
        deal = self.add("deals", created_at=opened, type=kind, product=product, customer=company)
        expected = opened.date() + timedelta(days=round(self.about(70 * slow, 0.3)))
        path = self.path(opened, skill, slow, kind)
        changes = [(opened, "amount", yearly + once), (opened, "expected_close_at", expected)]
        changes += [(opened, "owner", owner)]
        changes += [(at, "stage", stage) for at, stage in path]
        changes += [(at, "forecast_category", CATEGORY.get(stage, "closed")) for at, stage in path]
        amount = yearly + once
        ended, last = path[-1] if path[-1][1] in ("won", "lost", "unfit") else (None, None)
        for at, stage in path[1:]:
            if stage in STEPS and self.chance(0.3):
                amount = round(amount * self.random.uniform(0.75, 1.2), -4)
                changes.append((at, "amount", amount))
        while expected < (ended or NOW).date() and self.chance(0.85):  # moved when it comes near
            at = datetime.combine(expected - timedelta(days=self.random.randrange(1, 5)), time(17))
            expected = expected + timedelta(days=round(self.about(28, 0.4)))
            if at > opened:
                changes.append((at, "expected_close_at", expected))
        leaves = next((seller[4] for seller in SELLERS if seller[0] == owner), None)
        if leaves and (ended or NOW).date() >= date.fromisoformat(leaves):
            team = next(seller[1] for seller in SELLERS if seller[0] == owner)
            taken = datetime.combine(date.fromisoformat(leaves), time(9))
            if taken > opened:
                changes.append((taken, "owner", MANAGERS[team]))
        now = self.told(deal, [change for change in changes if change[0] <= NOW])
        gone = ended is not None and ended <= NOW
        deal.update(
            first_contact_at=None if lead is None else lead["first_response_at"],
            closed_at=ended if gone else None, removed_at=None, merged_into=None,
            expected_close_at=now["expected_close_at"], stage=now["stage"], amount=now["amount"],
            list_amount=yearly + once, one_time_amount=min(once, now["amount"]),
            recurring_amount=now["amount"] - min(once, now["amount"]), term_months=12,
            forecast_category="closed" if gone else CATEGORY.get(now["stage"]),
            loss_reason=self.random.choice(REASONS) if gone and last == "lost" else None,
            lead=None if lead is None else lead["id"], owner=now["owner"], probability=None,
        )  # fmt: skip
        self.acted(deal, opened, min(ended or NOW, NOW), slow, now["owner"])
        self.asked(deal, path)
        return ended if gone and last == "won" else None

    def path(
        self, opened: datetime, skill: float, slow: float, kind: str
    ) -> list[tuple[datetime, str]]:
        """The stages it is in, and since when."""
        at, stage, found = opened, "discovery", [(opened, "discovery")]
        better = 1.25 if kind in ("upsell", "cross_sell") else 1.0
        reopened = False
        while stage in STEPS:
            season = SEASON[at.month - 1]
            at = later(at, 540 * self.about(DAYS_IN[stage] * slow * 0.72, 0.7))
            place, drawn = STEPS.index(stage), self.random.random()
            if stage == "discovery" and self.chance(0.07):
                stage = "unfit"
            elif drawn < min(ONWARD[stage] * better * (0.55 + 0.45 * skill) * season**0.3, 0.97):
                skips = 2 if place < 2 and self.chance(0.08) else 1
                stage = "won" if place + skips > 3 else STEPS[place + skips]
            elif place and self.chance(0.18):
                stage = STEPS[place - 1]
            else:
                stage = "lost"
            found.append((at, stage))
            if stage == "lost" and not reopened and self.chance(0.03):
                reopened, stage = True, "proposal"
                at = later(at, 540 * self.about(30))
                found.append((at, stage))
        return found

    def told(self, deal: Row, changes: list[tuple[datetime, str, Any]]) -> Row:
        """What the history says of a deal; returns how it stands now."""
        now: Row = {}
        for at, field, value in sorted(changes, key=lambda change: change[0]):
            if now.get(field) == value:
                continue
            now[field] = value
            table = f"{CHANGED[field]}_changes"
            self.tables.setdefault(table, []).append(
                {"deal": deal["id"], field: value, "changed_at": at}
            )
        return now

    def acted(self, deal: Row, opened: datetime, until: datetime, slow: float, owner: str) -> None:
        """Calls, mails and meetings while the deal is open, and what is planned."""
        at = later(opened, self.about(300))
        while at < until:
            out = self.chance(0.72)
            kind = self.random.choices(("전화", "이메일", "미팅", "데모"), (4, 5, 2, 1))[0]
            self.add(
                "activities", kind=kind, done_at=at,
                scheduled_at=at.date() if self.chance(0.4) else None,
                direction="outbound" if out else "inbound", automated=out and self.chance(0.12),
                replied=self.chance(0.42) if out else None, owner=owner, deal=deal["id"],
                customer=deal["customer"],
            )  # fmt: skip
            at = later(at, 540 * self.about(9 * slow, 0.7))
        if until == NOW and self.chance(0.5):
            day = working(LAST + timedelta(days=self.random.randrange(2, 20)))
            self.add("activities", kind="미팅", scheduled_at=day, done_at=None, direction=None,
                     automated=None, replied=None, owner=owner, deal=deal["id"],
                     customer=deal["customer"])  # fmt: skip

    # contracts, and what customers do with them -------------------------------------------------

    def contracts(self) -> None:
        referred = {lead["id"]: lead["referred_by"] for lead in self.tables["leads"]}
        for deal in [row for row in self.tables["deals"] if row["stage"] == "won"]:
            company = self.companies[deal["customer"]]
            company["started_at"] = begun = deal["closed_at"].date()
            company["referred_by"] = referred.get(deal["lead"])
            self.covered(deal, begun, deal["recurring_amount"] / 12, None)

    def covered(self, deal: Row, begun: date, monthly: float, before: str | None) -> None:
        """A contract of a year, then its renewal, growth or end."""
        automatic = self.chance(0.25)
        end = after(begun, 12)
        row = self.add(
            "subscriptions", customer=deal["customer"], product=deal["product"],
            owner=deal["owner"], amount=round(monthly, -3), interval="month", started_at=begun,
            ended_at=end, renewal_of=before, auto_renew=False,
        )  # fmt: skip
        self.invoiced(deal, row, begun, end)
        self.grows(deal, begun, end)
        if end > LAST:
            row["auto_renew"] = automatic
            return
        if not self.chance(0.83):
            if self.chance(0.7):
                self.renewal(deal, end, monthly, "lost")
            return
        self.renewal(deal, end, monthly, "won")
        more = self.random.choices((0.85, 1.0, 1.05, 1.2), (1, 5, 4, 2))[0]
        self.covered(deal, end, monthly * more, row["id"])

    def left(self) -> None:
        """Why contracts ended that nobody renewed."""
        renewed = {row["renewal_of"] for row in self.tables["subscriptions"]}
        for row in self.tables["subscriptions"]:
            over = row["ended_at"] is not None and row["ended_at"] <= LAST
            why = over and row["id"] not in renewed and not row["auto_renew"]
            row["churn_reason"] = self.random.choice(LEFT_FOR) if why else None

    def renewal(self, deal: Row, end: date, monthly: float, outcome: str) -> None:
        opened = self.moment(end - timedelta(days=60))
        closed = self.moment(end - timedelta(days=self.random.randrange(1, 25)))
        if opened > NOW:
            return
        amount = round(monthly * 12, -3)
        row = self.add("deals", created_at=opened, type="renewal", product=deal["product"],
                       customer=deal["customer"])  # fmt: skip
        owner, _, _ = self.seller(opened.date())
        changes = [(opened, "stage", "negotiation"), (opened, "amount", amount),
                   (opened, "expected_close_at", end), (opened, "owner", owner),
                   (opened, "forecast_category", "commit"), (closed, "stage", outcome),
                   (closed, "forecast_category", "closed")]  # fmt: skip
        now = self.told(row, [change for change in changes if change[0] <= NOW])
        gone = closed <= NOW
        row.update(
            first_contact_at=opened, closed_at=closed if gone else None, removed_at=None,
            merged_into=None, expected_close_at=end, stage=now["stage"], amount=amount,
            list_amount=amount, one_time_amount=0, recurring_amount=amount, term_months=12,
            forecast_category="closed" if gone else "commit", lead=None, owner=owner,
            loss_reason=self.random.choice(REASONS) if gone and outcome == "lost" else None,
            probability="0.85",
        )  # fmt: skip
        self.acted(row, opened, min(closed, NOW), 1.5, owner)

    def grows(self, deal: Row, begun: date, end: date) -> None:
        """Some buy more within the year: more seats, or another product."""
        if not self.chance(0.24):
            return
        opened = self.moment(self.some_day(begun + timedelta(days=60), end))
        if opened > NOW:
            return
        owner, skill, slow = self.seller(opened.date())
        kind = self.random.choice(("upsell", "cross_sell"))
        won = self.deal(opened, owner, skill, slow * 0.7, deal["customer"], kind, None)
        bought = self.tables["deals"][-1]
        if won is not None and bought["type"] == kind:
            start = won.date()
            row = self.add(
                "subscriptions", customer=deal["customer"], product=bought["product"], owner=owner,
                amount=round(bought["recurring_amount"] / 12, -3), interval="month",
                started_at=start, ended_at=None, renewal_of=None, auto_renew=False,
            )  # fmt: skip
            self.invoiced(bought, row, start, LAST)

    def invoiced(self, deal: Row, contract: Row, begun: date, end: date) -> None:
        """Every quarter in advance."""
        whose = {field: contract[field] for field in ("customer", "product", "owner")}
        day = begun
        while day < end and day <= LAST:
            self.add("revenues", **whose, amount=contract["amount"] * 3, booked_at=day)
            day = after(day, 3)
        if deal["type"] == "new" and contract["renewal_of"] is None and begun <= LAST:
            self.add("revenues", **whose, amount=deal["one_time_amount"], booked_at=begun)

    def money(self) -> None:
        """What the company spends, month by month."""
        for number, first, end in months():
            pay = after(first, 1) - timedelta(days=1)
            for name, *_, begun, left, _, _ in SELLERS:
                if date.fromisoformat(begun) < end and (left is None or left > str(first)):
                    self.add(
                        "costs", category="sales", amount=SALARY, spent_at=pay, owner=name,
                        channel=None, campaign=None,
                    )  # fmt: skip
            for channel, *_, monthly in CHANNELS:
                quarter = f"{first.year}-Q{(first.month + 2) // 3}"
                spent = monthly * (1 + number / 60)
                if channel == "전시회":
                    spent = 28_000_000 if (first.year, first.month) in FAIRS else 0
                if spent:
                    named = channel not in ("추천", "파트너")
                    self.add(
                        "costs", category="marketing", amount=round(self.about(spent, 0.1), -4),
                        spent_at=first + timedelta(days=14), owner=None, channel=channel,
                        campaign=f"{channel} {quarter}" if named else None,
                    )  # fmt: skip
            for category, amount in SPENT:
                self.add(
                    "costs", category=category, amount=round(amount * (1 + number / 45), -4),
                    spent_at=pay, owner=None, channel=None, campaign=None,
                )  # fmt: skip

    # sales support, and how well the records are kept -------------------------------------------

    def asked(self, deal: Row, path: Sequence[tuple[datetime, str]]) -> None:
        """A proposal and a contract are asked of sales support as the deal gets there."""
        for at, stage in path:
            if stage in ("proposal", "contract") and at <= NOW:
                self.request(stage, at, deal, 70, None)

    def request(
        self, kind: str, at: datetime, deal: Row | None, minutes: float, limit: float | None
    ) -> None:
        busy = 1.6 if at.month in (3, 6, 12) else 1.0
        taken = self.about(minutes * busy, 0.8)
        done = later(at, taken)
        pauses = None
        if taken > 120 and self.chance(0.3):
            begun, ended = later(at, taken * 0.3), later(at, taken * 0.3 + 60)
            pauses, done = f"{begun.isoformat()}/{ended.isoformat()}", later(done, 60)
        due = later(at, 60 * (limit or 9))
        self.add(
            "requests", kind=kind, requested_at=at, due_at=due,
            completed_at=done if done <= NOW and self.chance(0.985) else None, pauses=pauses,
            requested_by=deal["owner"], owner=deal["owner"], customer=deal["customer"],
            deal=deal["id"],
        )  # fmt: skip

    def support(self) -> None:
        customers = [row for row in self.companies.values() if row["started_at"]]
        for number, first, end in months():
            there = [row for row in customers if row["started_at"] < first]
            for _ in range(self.count(4 + 0.12 * len(there)) if there else 0):
                asker = self.random.choice(there)["id"]
                found = {"owner": None, "customer": asker, "id": None}
                self.request("inquiry", self.moment(self.some_day(first, end)), found, 110, 4)
            for _ in range(self.count(0.06 * len(there))):
                asker = self.random.choice(there)["id"]
                found = {"owner": None, "customer": asker, "id": None}
                self.request("follow_up", self.moment(self.some_day(first, end)), found, 500, 24)
            self.materials(number, first)
        for asked in self.tables["requests"]:
            if asked["completed_at"] and self.chance(0.12):
                self.survey("internal", asked["completed_at"], asked["customer"], 4.3)
        for row in customers:
            self.survey("customer", datetime.combine(row["started_at"], time(9)), row["id"], 4.1)

        self.more_surveys(customers)

    def more_surveys(self, customers: Sequence[Row]) -> None:
        """How the onboarding went, and how complaints were dealt with: of chances of their own."""
        before, self.random = self.random, Random(self.seed + 2)
        for row in customers:
            start = datetime.combine(row["started_at"] + timedelta(days=45), time(9))
            self.survey("onboarding", start, row["id"], 4.6)
        for asked in list(self.tables["requests"]):
            if asked["kind"] == "inquiry" and asked["completed_at"] and self.chance(0.15):
                self.survey("complaint", asked["completed_at"], asked["customer"], 3.9)
        self.random = before

    def survey(self, kind: str, at: datetime, customer: str | None, mean: float) -> None:
        sent = later(at, 540)
        if sent > NOW:
            return
        answered = later(sent, self.about(800, 0.9)) if self.chance(0.58) else None
        answered = None if answered is None or answered > NOW else answered
        score = max(1, min(5, round(self.random.gauss(mean, 0.8)))) if answered else None
        self.add("surveys", kind=kind, sent_at=sent, answered_at=answered, score=score,
                 scale=5, customer=customer)  # fmt: skip

    def materials(self, number: int, first: date) -> None:
        """A report each month, insights now and then, guides that are brought up to date."""
        due = working(first + timedelta(days=6))
        out = due + timedelta(days=self.random.choice((0, 0, 0, 0, -1, 2)))
        self.add("deliverables", kind="report", material="월간 영업 리포트", due_at=due,
                 published_at=working(out), updated_at=None, used=self.chance(0.82))  # fmt: skip
        if self.chance(0.75):
            day = working(first + timedelta(days=self.random.randrange(8, 24)))
            self.add("deliverables", kind="insight", material=f"인사이트 {number + 1}", due_at=None,
                     published_at=day, updated_at=None, used=self.chance(0.6))  # fmt: skip
        for guide, each in (("제품 소개서", 1), ("가격표", 3), ("경쟁 비교", 2)):
            if number % each == 0:
                day = working(first + timedelta(days=self.random.randrange(3, 20)))
                self.add("deliverables", kind="guide", material=guide, due_at=None,
                         published_at=day, updated_at=None, used=None)  # fmt: skip

    def kept_records(self) -> None:
        for _, first, end in months():
            due = working(end - timedelta(days=3))
            for name, *_, begun, left, _, slow in SELLERS:
                if date.fromisoformat(begun) < first and (left is None or left > str(end)):
                    late = self.random.gauss(-1.5 + 0.9 * slow, 1.2)
                    on = datetime.combine(due, time(12)) + timedelta(days=late)
                    told = on.replace(minute=0, second=0, microsecond=0) if on <= NOW else None
                    self.add("expectations", record=f"월 마감 {first:%Y-%m}", due_at=due,
                             recorded_at=told, owner=name)  # fmt: skip
                    wrong = sum(self.chance(0.015 * slow) for _ in range(24))
                    self.add(
                        "checks", record="딜 표본", checked_at=working(end - timedelta(days=5)),
                        checked_fields=24, correct_fields=24 - wrong, owner=name,
                    )  # fmt: skip

    def shared(self) -> None:
        """What marketing did on the way to a deal, and who shares one."""
        for lead in self.tables["leads"]:
            opened = lead["opportunity_at"]
            if opened is None or opened > NOW:
                continue
            if lead["campaign"] is not None:
                self.touch(lead, lead["created_at"], lead["campaign"], lead["channel"], "첫 방문")
            for _ in range(self.random.choices((0, 1, 2, 3), (4, 4, 2, 1))[0]):
                at = lead["created_at"] + (opened - lead["created_at"]) * self.random.uniform(0, 2)
                month = f"{at.year}-{at.month:02d}"
                letter = (
                    "뉴스레터 " + month,
                    "이메일",
                    self.random.choice(("사례", "기능", "할인")),
                )
                self.touch(lead, at, *letter)
        sellers = [seller[0] for seller in SELLERS]
        for deal in self.tables["deals"]:
            if deal["stage"] == "won" and self.chance(0.1):
                share = self.random.choice(("0.5", "0.7", "0.8"))
                other = self.random.choice([name for name in sellers if name != deal["owner"]])
                rest = f"{1 - float(share):.1f}"
                for owner, part in ((deal["owner"], share), (other, rest)):
                    self.tables.setdefault("deal_credits", []).append(
                        {"deal": deal["id"], "owner": owner, "share": part}
                    )

    def in_lines(self) -> None:
        """What larger deals have of each product; of a few a discount stands in no line."""
        others = [key for key, *_ in PRODUCTS]
        for deal in self.tables["deals"]:
            if deal["amount"] is None or not self.chance(0.2):
                continue
            more = self.random.sample([key for key in others if key != deal["product"]], k=1)
            if self.chance(0.3):
                more += [key for key in others if key not in (deal["product"], *more)][:1]
            left = deal["amount"]
            for key in more:
                part = int(deal["amount"] * self.random.uniform(0.1, 0.3)) // 10_000 * 10_000
                left -= part
                self.line(deal, key, part)
            if self.chance(0.06):
                left += 500_000
            self.line(deal, deal["product"], left)

    def line(self, deal: Row, product: str, amount: int) -> None:
        self.tables.setdefault("deal_lines", []).append(
            {"deal": deal["id"], "product": product, "amount": amount}
        )

    # what sellers and managers said that quarters will bring -------------------------------------

    def called(self) -> None:
        """Calls of each seller in each quarter, drawn to what came as the quarter goes on."""
        won: dict[tuple[str, str], float] = {}
        for deal in self.tables["deals"]:
            if deal["stage"] == "won":
                key = (deal["owner"], quarter_of(deal["closed_at"]))
                won[key] = won.get(key, 0) + deal["amount"]
        for first in [after(date(2023, 7, 1), 3 * n) for n in range(10)]:
            quarter, sums = quarter_of(first), {}
            for name, team, _, since, until, _, _ in SELLERS:
                if since > str(first) or (until is not None and until <= str(first)):
                    continue
                came = won.get((name, quarter), 0) or 40_000_000
                hope = CALLED.get(name, self.random.uniform(0.85, 1.15))
                for days in CALLED_ON:
                    near = min(days / 90, 0.8)
                    amount = came * (hope + (1 - hope) * near) * self.about(1, 0.08)
                    sums[team, days] = sums.get((team, days), 0) + amount
                    self.call(first, days, quarter, name, None, None, amount)
                    self.call(first, days, quarter, name, None, "commit", amount * 0.8)
            for team in MANAGERS:
                trust = self.random.uniform(0.85, 1.05)
                for days in CALLED_ON[1:4]:
                    if amount := sums.get((team, days)):
                        self.call(first, days, quarter, None, team, None, amount * trust)

    def call(
        self, first: date, days: int, quarter: str, owner: str | None, team: str | None,
        category: str | None, amount: float,
    ) -> None:  # fmt: skip
        at = datetime.combine(working(first + timedelta(days=days)), time(10))
        if at <= NOW:
            self.add(
                "forecast_calls", owner=owner, team=team, period=quarter, category=category,
                amount=round(amount, -5), submitted_at=at,
            )  # fmt: skip

    def touch(self, lead: Row, at: datetime, campaign: str, channel: str, content: str) -> None:
        if at <= NOW:
            self.add(
                "touches", lead=lead["id"], touched_at=at, campaign=campaign, channel=channel,
                content=content,
            )  # fmt: skip


# What has not happened by the last day is not known: rows not born, fields not filled.
BORN = {"leads": "created_at", "requests": "requested_at", "checks": "checked_at",
        "costs": "spent_at", "revenues": "booked_at"}  # fmt: skip
HAPPENING = {
    "leads": ("mql_at", "sql_at", "opportunity_at", "handed_over_at", "first_response_at"),
    "deliverables": ("published_at", "used"),
}


def not_yet(row: Row, fields: Sequence[str]) -> str | None:
    """The first of these fields that lies after the last day."""
    for field in fields:
        at = row[field]
        if isinstance(at, date) and (at > NOW if isinstance(at, datetime) else at > LAST):
            return field
    return None


def dirty(tables: dict[str, list[Row]]) -> None:
    """Rows that are wrong on purpose, as the read-me lists them."""
    deals = tables["deals"]
    deals.append(dict(deals[3]))  # an id twice
    wrong = {"amount": "천만", "probability": "40", "closed_at": None, "customer": "없는 회사"}
    for at, (field, value) in enumerate(wrong.items()):
        won = next(row for row in deals[40 * at + 10 :] if row["stage"] == "won")
        deals.append({**won, "id": f"X{at + 1}", field: value})
    closed = [row for row in deals if row["closed_at"] is not None and row["id"][0] == "D"]
    early = closed[7]
    deals.append({**early, "id": "X5", "created_at": early["closed_at"] + timedelta(days=9)})
    deals.append({**closed[20], "id": "X6", "stage": "signed?"})
    deals.append({**closed[31], "id": "X7", "closed_at": "2024-02-30 10:00"})
    tables["activities"].append({**tables["activities"][5], "id": "X1", "owner": "홍길동"})
    tables["costs"].append({**tables["costs"][5], "id": "X1", "amount": None})
    tables["checks"].append({**tables["checks"][5], "id": "X1", "correct_fields": 99})


def written(value: Any) -> str:
    if isinstance(value, datetime):
        return value.isoformat(sep=" ", timespec="minutes")
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float):
        return str(round(value))
    return "" if value is None else str(value)


def main() -> None:
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else Path(__file__).parent
    made = Company(seed=20230102)
    made.tables["customers"] = list(made.companies.values())
    for name, born in BORN.items():
        made.tables[name] = [row for row in made.tables[name] if not_yet(row, (born,)) is None]
    for name, fields in HAPPENING.items():
        for row in made.tables[name]:
            while (field := not_yet(row, fields)) is not None:
                row[field] = None
    dirty(made.tables)
    for name, rows in made.tables.items():
        fields = [field for field in rows[0] if not field.startswith("_")]
        with (folder / f"{name}.csv").open("w", encoding="utf-8", newline="") as file:
            lines = csv.writer(file, lineterminator="\n")
            lines.writerow(fields)
            lines.writerows([written(row.get(field)) for field in fields] for row in rows)


if __name__ == "__main__":
    main()
