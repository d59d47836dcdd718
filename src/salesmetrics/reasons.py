"""Reasons as data: why rows were left out, what stands in for something, why nothing is there.

A reason is a code with its parameters, and reads as its English words.  `reasons.json` has the
words of every code in English and Korean beside each other; nothing is translated by pattern.
"""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from functools import lru_cache
from pkgutil import get_data
from string import Formatter
from types import MappingProxyType
from typing import Any, NoReturn, Self

from .errors import SalesMetricsError, one_of

__all__ = [
    "LANGUAGES", "Param", "Reason", "RowsByReason", "all_needed", "as_one", "as_reason",
    "column_needed", "filled", "name_said", "named", "reason_of", "reason_told", "reasons_in",
    "rows_of", "so_many", "tables_needed", "without_advice",
]  # fmt: skip

LANGUAGES = ("en", "ko")
Param = Any  # a plain value, a reason, or a tuple of these
RowsByReason = Mapping[Any, int]  # looked up by a reason, or by its English words
PLAIN = (str, int, float, bool, type(None))


class Reason(str):
    """A reason: its `code`, its `params`, and as text its English words.

    Equality, hash, order and JSON are those of the words, so that a mapping from reasons to rows
    is looked up by them: `result.excluded["no amount"]`.

    >>> why = Reason("no_field", field="amount")
    >>> why, why.code, dict(why.params), why.said("ko")
    ('no amount', 'no_field', {'field': 'amount'}, '금액 없음')
    >>> rows: dict[str, int] = {why: 3}  # found by its words
    >>> why == "no amount" and rows["no amount"]
    3
    """

    __slots__ = ("code", "params")
    code: str
    params: Mapping[str, Param]

    def __new__(cls, code: str, /, **params: Param) -> Self:
        key = _key(code, params)
        if key is not None and (known := _MADE.get(key)) is not None:
            return known  # type: ignore[return-value]
        for name, value in params.items():
            _check_plain(code, name, value)
        made = super().__new__(cls, _words(code, params, "en"))
        object.__setattr__(made, "code", code)
        object.__setattr__(made, "params", MappingProxyType(params))
        if key is not None:
            if len(_MADE) >= MOST_MADE:
                _MADE.clear()
            _MADE[key] = made
        return made

    def said(self, lang: str) -> str:
        """In the words of a language, `"en"` or `"ko"`."""
        if lang not in LANGUAGES:
            raise SalesMetricsError(one_of("lang", lang, LANGUAGES))
        return str(self) if lang == "en" else _words(self.code, self.params, lang)

    def to_dict(self) -> dict[str, Any]:
        """Code, parameters and English words, in plain types."""
        params = {name: _plain(value) for name, value in self.params.items()}
        return {"code": self.code, "params": params, "text": str(self)}

    def __setattr__(self, name: str, value: object) -> NoReturn:
        raise AttributeError(f"a reason does not change: {name} cannot be set")

    def __reduce__(self) -> tuple[Any, ...]:
        return _made, (self.code, dict(self.params))

    def __copy__(self) -> Self:
        return self

    def __deepcopy__(self, memo: object) -> Self:
        return self


# Reasons do not change, and one is said of many figures: each is made once.
_MADE: dict[tuple[Any, ...], Reason] = {}
MOST_MADE = 4_096
SHORT = 100  # what is longer is not kept: a file can have cells of any length


def _key(code: str, params: Mapping[str, Param]) -> tuple[Any, ...] | None:
    """What tells a reason from others; None where only its parameters themselves do.

    Another reason is told by being the same one, as equal words may be of different data: while
    the one made of it is kept, so is it.
    """
    key: list[Any] = [code]
    for name, value in params.items():
        if type(value) is Reason:
            key += name, Reason, id(value)
        elif type(value) in (int, bool, type(None)) or (type(value) is str and len(value) <= SHORT):
            key += name, type(value), value
        else:
            return None
    return tuple(key)


def as_reason(text: str) -> Reason:
    """A text as a reason; one that is a reason already, unchanged."""
    return text if isinstance(text, Reason) else Reason("text", text=text)


def reason_of(error: Exception) -> Reason:
    """What an error says; as data where it was raised with a reason."""
    said = getattr(error, "message", error.args[0] if error.args else "")
    return said if isinstance(said, Reason) else as_reason(str(error))


def without_advice(text: str) -> Reason:
    """A reason for those who read figures, not for those who prepare the files."""
    reason = as_reason(text)
    return as_reason(reason.params["why"]) if reason.code == "with_advice" else reason


def reason_told(code: str, params: Mapping[str, Param]) -> Reason:
    """A reason from what a model says: of its values, those that are put in words; whole ones
    without decimals."""
    said = {name: value for name, value in params.items() if name in _blanks(code)}
    whole = {n: int(v) for n, v in said.items() if isinstance(v, float) and v.is_integer()}
    return Reason(code, **{**said, **whole})


def named(name: str) -> Reason:
    """What a figure or a part of one is called; a reason unchanged."""
    return name if isinstance(name, Reason) else Reason("named", name=name)


def rows_of(table: str, *sets: str | tuple[Any, ...]) -> Reason:
    """What the rows of some row sets are called: `rows_of("deals", "won")` are won deals.

    >>> rows_of("deals", "won", "of a customer"), rows_of("deals", "won").said("ko")
    ('won deals of a customer', '수주 딜')
    """
    each = tuple((one,) if isinstance(one, str) else tuple(map(_as_param, one)) for one in sets)
    return Reason("rows", table=table, sets=each)


def so_many(counts: RowsByReason) -> tuple[Reason, ...]:
    """Rows by reason, each as one: "3 no amount", "2 no exchange rate"."""
    return tuple(Reason("so_many", rows=n, why=as_reason(why)) for why, n in counts.items())


def as_one(reason: Reason, reasons: Sequence[Reason]) -> Reason:
    """The reason with the rows that all of its kind count, of several figures without a number."""
    alike = [one for one in reasons if one.code == reason.code]
    params: dict[str, object] = {}
    for name, value in reason.params.items():
        each = [one.params[name] for one in alike if name in one.params]
        params[name] = value
        if isinstance(value, Reason):
            params[name] = as_one(value, [one for one in each if isinstance(one, Reason)])
        elif isinstance(value, tuple) and all(getattr(v, "code", "") == "so_many" for v in value):
            rows: Counter[Reason] = Counter()
            for counted in (one for many in each if isinstance(many, tuple) for one in many):
                rows[counted.params["why"]] += counted.params["rows"]
            params[name] = so_many(rows)
    return Reason(reason.code, **params)


def reasons_in(reason: Reason) -> set[str]:
    """The reasons that one is made of, at any depth, and itself."""
    found = {str(reason)}
    inside = list(reason.params.values())
    while inside:
        value = inside.pop()
        if isinstance(value, Reason):
            found |= reasons_in(value)
        elif isinstance(value, tuple):
            inside += value
    return found


def tables_needed(*names: str) -> Reason:
    """One of these tables, as what something needs."""
    each = tuple(Reason("table", table=name) for name in names)
    return each[0] if len(each) == 1 else Reason("any_of", items=each)


def all_needed(each: Sequence[Reason]) -> Reason:
    """All of these, as what something needs."""
    return Reason("all_of", items=tuple(each)) if len(each) > 1 else each[0]


def column_needed(table: str, column: str) -> Reason:
    """A column of a table, as what something needs."""
    return Reason("column", table=table, column=column)


def name_said(name: str, lang: str, of: str = "") -> str:
    """What a column, or a part of the figure `of`, is called in a language."""
    if lang == "en":
        return name
    names = _table()["names"]
    if found := names.get(f"{of}.{name}", names.get(name)):
        return str(found)
    head, dot, tail = name.partition(".")  # of a linked record, or a part of the calendar
    if dot and head in names and tail in names:
        return f"{names[head]} {names[tail]}"
    return name


def _made(code: str, params: dict[str, Param]) -> Reason:
    return Reason(code, **params)


def _as_param(value: Any) -> Any:
    return value if isinstance(value, PLAIN) else str(value)


def _check_plain(code: str, name: str, value: Any) -> None:
    if isinstance(value, tuple):
        for each in value:
            _check_plain(code, name, each)
    elif not isinstance(value, PLAIN):
        raise SalesMetricsError(
            f"{name} of the reason {code!r} is {value!r}; give plain values, reasons or tuples"
        )


def _plain(value: Any) -> Any:
    if isinstance(value, Reason):
        return value.to_dict()
    return [_plain(each) for each in value] if isinstance(value, tuple) else value


# words -------------------------------------------------------------------------------------------


@lru_cache(maxsize=1)
def _table() -> Mapping[str, Mapping[str, Any]]:
    text = get_data(__package__ or "salesmetrics", "reasons.json") or b""
    table: Mapping[str, Mapping[str, Any]] = json.loads(text)
    return table


@lru_cache(maxsize=1024)
def _blanks(code: str) -> frozenset[str]:
    """The parameters of a reason."""
    pieces = _pieces(_table()["why"][code][0])
    return frozenset(name for _, name, _, _ in pieces if name is not None)


@lru_cache(maxsize=4096)
def _pieces(template: str) -> tuple[tuple[str, str | None, str, str], ...]:
    """A template in pieces: text, and the parameter that follows with its kind and particle."""
    return tuple(
        (text, name, *_kind(spec or "", conversion or ""))
        for text, name, spec, conversion in Formatter().parse(template)
    )


def _kind(spec: str, conversion: str) -> tuple[str, str]:
    kind, _, particle = spec.partition("|")
    return (kind or conversion), particle


def _words(code: str, params: Mapping[str, Param], lang: str) -> str:
    if code == "rows":
        return _rows(params, lang, single=False)
    table = _table()
    if code not in table["why"]:
        raise SalesMetricsError(one_of("reason", code, ("rows", *table["why"])))
    both = table["why"][code]
    if more := params.keys() - _blanks(code):
        raise SalesMetricsError(f"the reason {code!r} takes {', '.join(_blanks(code))}, not {more}")
    if code == "so_many" and isinstance(params.get("why"), Reason):
        both = table["counted"].get(params["why"].code, both)
    if code == "counted" and lang == "en" and params.get("n") == 1:
        return f"1 {_rows(params['rows'].params, lang, single=True)}"
    return filled(both[LANGUAGES.index(lang)], params, lang)


def filled(template: str, params: Mapping[str, Param], lang: str) -> str:
    """A template with its parameters said: `{field:name}` is a column's name in the language."""
    found = []
    for text, name, kind, particle in _pieces(template):
        found.append(text)
        if name is not None:
            if name not in params:
                raise SalesMetricsError(f"{template!r} needs {name}; given are {[*params]}")
            value = _said(params[name], kind, lang)
            found.append(value + (_particle(value, particle) if particle else ""))
    return "".join(found)


def _said(value: Param, kind: str, lang: str) -> str:
    if isinstance(value, tuple):
        between = (
            {"name": " or ", "or": " or "} if lang == "en" else {"name": " 또는 ", "or": " 또는 "}
        )
        return between.get(kind, ", ").join(_said(each, kind, lang) for each in value)
    if isinstance(value, Reason):
        return value.said(lang)
    if kind in SAID:
        return SAID[kind](value, lang)
    return f"{value:,}" if isinstance(value, (int, float)) else str(value)


SAID: Mapping[str, Callable[[Any, str], str]] = {
    "name": lambda value, lang: _called(str(value), lang),
    "table": lambda value, lang: _table_said(str(value), lang),
    "code": lambda value, lang: f"'{value}'",
    "r": lambda value, lang: repr(value),
    "s": lambda value, lang: "" if value == 1 else "s",
}


def _called(name: str, lang: str) -> str:
    """A field by its name; in words, what no file has."""
    return str(_table()["called"].get(name, name)) if lang == "en" else name_said(name, lang)


def _table_said(name: str, lang: str, single: bool = False) -> str:
    plural, one, korean = _table()["tables"].get(name, (name, name, name))
    return str(korean if lang == "ko" else one if single else plural)


def _rows(params: Mapping[str, Param], lang: str, single: bool) -> str:
    """The rows with what each row set says of them: before the rows what they are, then the rest.

    In Korean all of it stands before them, and the first row set nearest.
    """
    said, at = _table_said(params["table"], lang, single), LANGUAGES.index(lang)
    each = [
        (_table()["sets"].get(name, (f"{{rows}} {name}", f"{name} {{rows}}"))[at], arguments)
        for name, *arguments in params["sets"]
    ]
    after = [one for one in each if lang != "en" or one[0].startswith("{rows}")]
    for template, arguments in (*after, *reversed([one for one in each if one not in after])):
        given = {"rows": said, **{str(place): value for place, value in enumerate(arguments)}}
        said = filled(template, given, lang)
    return said


# The particle after a final consonant, and after a vowel.
PARTICLES = {
    "이": ("이", "가"),
    "은": ("은", "는"),
    "을": ("을", "를"),
    "으로": ("으로", "로"),
    "과": ("과", "와"),
}
CONSONANT_DIGITS = "013678"
CONSONANT_LETTERS = "LMNRlmnr"  # as their names are said


def _particle(word: str, wanted: str) -> str:
    after = word.rstrip("`'\")")[-1:]
    if "가" <= after <= "힣":
        final = (ord(after) - ord("가")) % 28
        closed = bool(final) and not (wanted == "으로" and final == 8)
    else:
        closed = after in CONSONANT_DIGITS + CONSONANT_LETTERS
    return PARTICLES[wanted][0 if closed else 1]
