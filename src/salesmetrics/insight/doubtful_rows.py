"""All doubtful rows of a company, of those that its tables are filtered to."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import chain

import numpy as np
import numpy.typing as npt

from ..crm import CRM
from ..tables import Table
from ..tables.filtering import cannot_meet
from ..tables.grouping import allowed_rows
from .doubtful_names import name_suspects
from .suspects import Suspect, suspects
from .totals_left import total_suspects

__all__ = ["doubtful_rows", "rows_asked"]


def doubtful_rows(crm: CRM) -> Iterator[Suspect]:
    """What is doubtful by all rows, where it is in some of those that a filter leaves.

    Of a table that cannot be filtered so nothing is said: none of its figures is asked for.
    """
    for one in chain(suspects(crm), name_suspects(crm), total_suspects(crm)):
        table = crm.tables[one.table]
        if not table.condition:
            yield one
        elif not cannot_meet(table) and (allowed := allowed_rows(table)) is not None:
            rows = one.rows[allowed[one.rows]]
            if len(rows):
                yield replace(one, rows=rows)


def rows_asked(table: Table) -> npt.NDArray[np.int64]:
    """The rows that a filter of the table leaves; all without one."""
    allowed = None if cannot_meet(table) else allowed_rows(table)
    return np.arange(table.size) if allowed is None else np.flatnonzero(allowed)
