"""How owners share deals."""

from __future__ import annotations

from collections.abc import Mapping
from decimal import Decimal
from typing import Any, ClassVar

import numpy as np

from ..columns import Codes, Column, Numbers
from ..models import DealCredit, Record
from ..reading.raw import Raw
from ..reading.reader import ColumnReader
from ..reasons import Reason
from .table import Table

__all__ = ["DealCredits"]


class DealCredits(Table):
    """How owners share deals."""

    __slots__ = ()
    record: ClassVar[type[Record]] = DealCredit
    name = "deal_credits"

    @classmethod
    def _checked(
        cls, reading: ColumnReader, columns: dict[str, Column], raw: Mapping[str, Raw], stages: Any
    ) -> None:
        deal, owner, share = (columns.get(name) for name in ("deal", "owner", "share"))
        if (
            not isinstance(deal, Codes)
            or not isinstance(owner, Codes)
            or not isinstance(share, Numbers)
        ):
            return
        faulty = {fault.row for fault in reading.faults}
        for name, missing, reason in (
            ("deal", deal.codes == 0, Reason("whose_deal")),
            ("owner", owner.codes == 0, Reason("whose_share")),
            ("share", share.reasons() != 0, Reason("share_needed")),
        ):
            for row in sorted(set(np.flatnonzero(missing).tolist()) - faulty):
                reading.fault(name, raw[name], row, reason)
                faulty.add(row)
        _shared_whole(reading, raw, deal, share, faulty)


def _shared_whole(
    reading: ColumnReader, raw: Mapping[str, Raw], deal: Codes, share: Numbers, faulty: set[int]
) -> None:
    """Faults where the shares of a deal do not sum to 1, or one of them cannot be used.

    All rows of such a deal go, so that it counts whole for its own owner: no part of it is lost.
    """
    sums = np.zeros(len(deal.labels), dtype=object)
    np.add.at(sums, deal.codes, share.values.astype(object))
    broken = set(deal.codes[sorted(faulty)].tolist()) - {0}
    wrong = sums != share.scale
    wrong[0], wrong[sorted(broken)] = False, True
    for row in np.flatnonzero(wrong[deal.codes]).tolist():
        code = int(deal.codes[row])
        if row in faulty:
            continue
        reason = Reason("other_share_unusable", deal=str(deal.labels[code]))
        if code not in broken:
            total = Decimal(int(sums[code])) / share.scale
            reason = Reason("shares_off", deal=str(deal.labels[code]), total=str(total))
        reading.fault("share", raw["share"], row, reason)
