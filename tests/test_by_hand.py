"""The figures of the pages' examples, reckoned step by step as the pages show it."""

from __future__ import annotations

import ast
import json
import operator
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest

import salesmetrics as sm
from salesmetrics import examples
from salesmetrics.catalog import ENTRIES

PAGES = json.loads((Path(__file__).parents[1] / "docs" / "by_hand.json").read_text("utf-8"))
SIGNS: dict[type[ast.operator], Any] = {
    ast.Add: operator.add, ast.Sub: operator.sub, ast.Mult: operator.mul, ast.Div: operator.truediv
}  # fmt: skip


def reckoned(node: ast.AST, text: str) -> Fraction:
    """Sums, differences, products, quotients and abs, exactly."""
    match node:
        case ast.Expression(body):
            return reckoned(body, text)
        case ast.BinOp(left, sign, right):
            found: Fraction = SIGNS[type(sign)](reckoned(left, text), reckoned(right, text))
            return found
        case ast.Call(func=ast.Name(id="abs"), args=[inside]):
            return abs(reckoned(inside, text))
        case ast.Constant():
            return Fraction(text[node.col_offset : node.end_col_offset])
    raise AssertionError(f"{text!r} is no sum")


def shown_as(value: Fraction | float, shown: str) -> bool:
    """Whether it is what is shown, to the decimals that are shown."""
    step = Fraction(Decimal(1).scaleb(int(Decimal(shown).as_tuple().exponent)))
    return abs(Fraction(value) - Fraction(shown)) <= step / 2


@pytest.mark.parametrize("page", PAGES, ids=[page["kpi"] for page in PAGES])
def test_every_step_is_what_it_says_and_the_last_is_the_figure(page):
    for what, text, shown in page["steps"]:
        assert shown_as(reckoned(ast.parse(text, mode="eval"), text), shown), what
    known = {**vars(examples), page["kpi"]: getattr(sm, page["kpi"])}
    figure = eval(page["asked"], known)  # of our own file
    assert shown_as(figure, page["steps"][-1][2])


def test_the_pages_of_forecasts_have_one():
    pages = {page["kpi"] for page in PAGES}
    learned = {"retention_curve", "contractual_lifetime_value"}  # of published tables, elsewhere
    forecasts = {n for n, one in ENTRIES.items() if one.label.group == "forecast"}
    assert forecasts - learned <= pages
