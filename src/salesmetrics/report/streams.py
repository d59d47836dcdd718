"""Standard output as it is: any encoding, a terminal or a pipe.

What people read is written in the stream's own encoding, with stand-ins for signs that it lacks;
what programs read is UTF-8 wherever it goes.
"""

from __future__ import annotations

import codecs
import io
import sys
import unicodedata

__all__ = ["put_document", "with_stand_ins"]

NAME = "salesmetrics.stand_in"
# The first that the encoding has; a Korean one has a wide won sign.
STAND_INS: dict[str, tuple[str, ...]] = {
    "₩": ("￦", "KRW "), "€": ("EUR ",), "£": ("GBP ",), "¥": ("￥", "JPY "), "₪": ("ILS ",),
    "₹": ("INR ",), "₱": ("PHP ",), "₫": ("VND ",), "…": ("..",), "—": ("-",), "–": ("-",),
    "−": ("-",), "→": ("->",), "×": ("x",), "·": (".",),
}  # fmt: skip


def with_stand_ins() -> None:
    """Let no sign that the encoding lacks end a command: for the program, which owns its streams.

    Into a file or a pipe of cp949, cp1252 or ASCII Python would write nothing and raise.
    """
    codecs.register_error(NAME, _stand_in)
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            stream.reconfigure(errors=NAME)


def put_document(text: str) -> None:
    """A text in UTF-8 for other programs, whatever the terminal or the locale says."""
    data = (text + "\n").encode("utf-8", "backslashreplace")
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.flush()
        sys.stdout.buffer.write(data)
        sys.stdout.buffer.flush()
    else:
        sys.stdout.write(data.decode())


def _stand_in(wrong: UnicodeError) -> tuple[str | bytes, int]:
    if not isinstance(wrong, UnicodeEncodeError):
        raise wrong
    signs = wrong.object[wrong.start : wrong.end]
    return "".join(_sign(sign, wrong.encoding) for sign in signs), wrong.end


def _sign(sign: str, encoding: str) -> str:
    """What is written for one sign: a stand-in, a letter without its accent, or a question mark."""
    plain = "".join(c for c in unicodedata.normalize("NFKD", sign) if not unicodedata.combining(c))
    for other in (*STAND_INS.get(sign, ()), plain):
        if other and other != sign and _has(encoding, other):
            return other
    return "?" * (2 if unicodedata.east_asian_width(sign) in "WF" else 1)


def _has(encoding: str, text: str) -> bool:
    try:
        text.encode(encoding)
    except UnicodeError:
        return False
    return True
