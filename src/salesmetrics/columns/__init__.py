"""The columns of a table: times, names, numbers and keys in compact whole numbers.

What is missing is kept apart from every value: a time that has not come is later than all
others, a name that is missing has code 0, and a number says why it is not known.
"""

from .codes import Codes, Labels, code_dtype, common_labels
from .column import (
    Column,
    all_owned,
    arrays_of,
    as_before,
    by_name,
    kept_once,
    owned,
    the_same,
    where,
)
from .keys import (
    PIECE,
    Keys,
    all_distinct,
    counted_before,
    distinct_numbers,
    gathered,
    marked,
    pieces,
    places_among,
    rows_where,
)
from .numbering import in_one_numbering, numbered
from .numbers import (
    AS_NOW,
    KNOWN,
    LISTED,
    MISSING,
    NO_CURRENCY,
    NO_RATE,
    NOT_YET,
    REST,
    SAME_CURRENCY,
    Numbers,
    in_one_scale,
    rescaled,
)
from .numerals import Numerals
from .repeated import Repeated
from .short_texts import ShortTexts, mixed, rows_among
from .times import AskedTimes, Times, chosen, joined_times, later_of, never, never_where, with_each

__all__ = [
    "AS_NOW",
    "KNOWN",
    "LISTED",
    "MISSING",
    "NOT_YET",
    "NO_CURRENCY",
    "NO_RATE",
    "PIECE",
    "REST",
    "SAME_CURRENCY",
    "AskedTimes",
    "Codes",
    "Column",
    "Keys",
    "Labels",
    "Numbers",
    "Numerals",
    "Repeated",
    "ShortTexts",
    "Times",
    "all_distinct",
    "all_owned",
    "arrays_of",
    "as_before",
    "by_name",
    "chosen",
    "code_dtype",
    "common_labels",
    "counted_before",
    "distinct_numbers",
    "gathered",
    "in_one_numbering",
    "in_one_scale",
    "joined_times",
    "kept_once",
    "later_of",
    "marked",
    "mixed",
    "never",
    "never_where",
    "numbered",
    "owned",
    "pieces",
    "places_among",
    "rescaled",
    "rows_among",
    "rows_where",
    "the_same",
    "where",
    "with_each",
]  # fmt: skip
