"""Where the table of a text file is: encoding, delimiter, width, titles. No numbers yet."""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import ConfigError
from dendrolith.traces.blocks import BLANKS, Block, Blocks, is_data, line_of, split
from dendrolith.traces.cells import is_number

IntArray = npt.NDArray[np.int64]
TAB, SEMICOLON, COMMA = "\t", ";", ","
DELIMITERS = (TAB, SEMICOLON, COMMA, BLANKS)
TRACE = (
    "a trace is a text file with columns of time (seconds, another unit in the title, h:mm:ss, or "
    "date and time) and signal"
)
# Lines that are looked at to find delimiter and width.
SAMPLED = 300
# The first delimiter is taken that scores this part of the best.
NEARLY = 0.7
MINUS = "\N{MINUS SIGN}".encode()
# Letters, digits and brackets as wide as Chinese ones; commas and quotes among them are text.
WIDE = {0xFF01 + k: chr(0x21 + k) for k in range(94) if chr(0x21 + k) not in ",;\"'"}
DOUBLE_PRIME = "\N{DOUBLE PRIME}".encode()
# Words of Chinese programs: only they tell GB18030 from Latin-1.
CHINESE = re.compile("[时电步循测流压容日频阻部]")
# Words of other alphabets that tell their encodings.
WORDS = {"cp932": "電圧|電流|時間", "cp949": "전압|전류|시간", "windows-1251": "напряж|время|ток"}


@dataclass(frozen=True, slots=True)
class Layout:
    """Where the table of a file is.

    Attributes:
        path: the file.
        raw: its bytes in UTF-8, lines ended by a line feed.
        starts: (n_lines + 1,) where each line begins.
        delimiter: of its cells; one blank stands for any blanks.
        width: cells of a row.
        rows: (n_rows,) lines of the table, from 0.
        above: lines above it that have its width, as cells.
        left_out: other tables of its width, with titles of their own.
    """

    path: Path
    raw: bytes
    starts: IntArray
    delimiter: str
    width: int
    rows: IntArray
    above: list[list[str]]
    left_out: tuple[Block, ...] = ()

    @property
    def body(self) -> bytes:
        """The lines of the table."""
        breaks = np.flatnonzero(np.diff(self.rows) != 1) + 1
        runs = np.split(self.rows, breaks) if breaks.size else [self.rows]
        return b"".join(self.raw[self.starts[r[0]] : self.starts[r[-1] + 1]] for r in runs)

    def line(self, number: int) -> str:
        """A line, from 0."""
        return line_of(self.raw, self.starts, number)

    def cells(self, number: int) -> list[str]:
        """Cells of a line, from 0."""
        return split(self.line(number), self.delimiter)


def find_layout(path: Path, wanted: str = TRACE) -> Layout:
    """Find the table of a text file: the longest block of lines of one width with numbers.

    Blocks with the same titles, or with none, belong to it: a pause or a step may stand between.

    Args:
        path: the file.
        wanted: what it should be, for the message.

    Raises:
        ConfigError: no such file, or no table in it.
    """
    raw = _text(path)
    starts = np.flatnonzero(np.frombuffer(raw, np.uint8) == ord("\n")) + 1
    starts = np.r_[0, starts] if raw.endswith(b"\n") else np.r_[0, starts, len(raw)]
    count = starts.size - 1
    begin = _said_begin(raw, count)
    some = np.r_[np.linspace(begin, count - 1, SAMPLED), begin : min(count, begin + SAMPLED)]
    some = np.unique(some.astype(int))
    sample = [line_of(raw, starts, int(n)) for n in some]
    scores = [_score(sample, d) for d in DELIMITERS]
    if not any(scores):
        raise _no_table(path, wanted)
    good = [d for d, score in zip(DELIMITERS, scores, strict=True) if score > NEARLY * max(scores)]
    delimiter = good[0]
    counts, trailing = _counts(raw, starts, delimiter)
    rows = some[[is_data(split(x, delimiter)) for x in sample]]
    widths = counts + 1
    usual = counts == np.bincount(counts[rows]).argmax()
    if trailing[rows].all() and trailing[usual].all():  # each row ends with a delimiter
        widths = widths - trailing
    width = int(np.bincount(widths[rows]).argmax())
    fits = (widths == width) | (counts + 1 - trailing == width)
    fits[:begin] = False
    found = Blocks(raw, starts, delimiter, fits)
    if not found.table:
        raise _no_table(path, wanted)
    for odd in found.odd_rows():
        raise _ragged(path, odd, int(widths[odd]), width)
    above = found.above(begin, width)
    return Layout(path, raw, starts, delimiter, width, found.rows, above, found.left_out)


def _said_begin(raw: bytes, count: int) -> int:
    """Line from which on the table is, as EC-Lab and Gamry say it; 0 if the file does not."""
    said = re.search(rb"^Nb header lines *: *(\d+)", raw[:2000], re.MULTILINE)
    if said and 0 < int(said[1]) < count:
        return int(said[1]) - 1
    curve = re.search(rb"^Z?CURVE\d*\tTABLE", raw, re.MULTILINE) if b"EXPLAIN" in raw[:50] else None
    return raw.count(b"\n", 0, curve.start()) if curve else 0


def _score(lines: list[str], delimiter: str) -> float:
    """Lines of one width with numbers, times the part of their cells that is a number."""
    data = [cells for cells in (split(line, delimiter) for line in lines) if is_data(cells)]
    data = [cells if cells[-1] else cells[:-1] for cells in data]
    if not data:
        return 0.0
    width = int(np.bincount([len(cells) for cells in data]).argmax())
    numeric = [sum(is_number(cell) for cell in c) / width for c in data if len(c) == width]
    return float(sum(numeric))


def _ragged(path: Path, number: int, have: int, width: int) -> ConfigError:
    return ConfigError(
        f"{path}:{number + 1}: has {have} cells, the lines above have {width}: correct or remove it"
    )


def _no_table(path: Path, wanted: str) -> ConfigError:
    return ConfigError(f"{path}: has no lines with two numbers or more: {wanted}")


def _text(path: Path) -> bytes:
    """The file in UTF-8 with line feeds."""
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise ConfigError(f"{path}: {error.strerror or error}") from None
    whole = raw.rstrip(b"\0")  # of a file that was being written when the power went
    raw = whole if b"\n" in whole and b"\0" not in whole else raw
    encoding = _encoding(path, raw)
    if encoding not in ("utf-8", "utf-8-sig"):
        raw = raw.decode(encoding, errors="replace").encode()
    raw = raw.removeprefix(b"\xef\xbb\xbf")
    raw = raw.replace(MINUS, b"-")
    if b"\xef\xbc" in raw or b"\xef\xbd" in raw:
        raw = raw.decode("utf-8", errors="replace").translate(WIDE).encode()
    if b"\r" in raw:
        raw = raw.replace(b"\r\n", b"\n").replace(b"\r", b"\n")
    return _without_stray_quotes(raw) if b'"' in raw else raw


def _without_stray_quotes(raw: bytes) -> bytes:
    """Quotes that neither open a cell nor close one, as in 1/2" or Z"/ohm, are double primes."""
    quotes = np.flatnonzero(np.frombuffer(raw, np.uint8) == ord('"'))
    ends = np.flatnonzero(np.frombuffer(raw, np.uint8) == ord("\n"))
    line, count = np.unique(np.searchsorted(ends, quotes), return_counts=True)
    parts, done, is_open = [], 0, False
    for number in line[count % 2 == 1].tolist():
        first = int(ends[number - 1]) + 1 if number else 0
        last = int(ends[number]) if number < ends.size else len(raw)
        if is_open:  # a cell of several lines ends here
            is_open = False
            continue
        text, is_open = _primed(raw[first:last])
        parts += [raw[done:first], text]
        done = last
    return b"".join([*parts, raw[done:]])


def _primed(line: bytes) -> tuple[bytes, bool]:
    """A line with its stray quotes as double primes, and whether a cell is still open."""
    found, is_open = [], False
    for at, sign in enumerate(line):
        if sign != ord('"'):
            continue
        before, after = line[:at].rstrip(b" "), line[at + 1 :].lstrip(b" ")
        if not is_open and (not before or before[-1:] in (b",", b";", b"\t")):
            is_open = True
        elif is_open and (not after or after[:1] in (b",", b";", b"\t", b'"')):
            is_open = False
        elif not is_open:
            found.append(at)
    for at in reversed(found):
        line = line[:at] + DOUBLE_PRIME + line[at + 1 :]
    return line, is_open


def _encoding(path: Path, raw: bytes) -> str:
    if raw.startswith((b"\xff\xfe", b"\xfe\xff")):
        return "utf-16"
    head = np.frombuffer(raw[:4000], np.uint8)
    even, odd = (float(np.mean(head[k::2] == 0)) if head.size > 1 else 0.0 for k in (0, 1))
    if max(even, odd) > 0.4 and min(even, odd) < 0.1:
        return "utf-16-le" if odd > even else "utf-16-be"
    if b"\0" in raw:
        raise ConfigError(f"{path}: is not a text file: export it as CSV")
    try:
        raw.decode("utf-8")
        return "utf-8"
    except UnicodeDecodeError:
        pass
    for encoding, words in WORDS.items():
        if re.search(words, raw[:20_000].decode(encoding, "ignore"), re.IGNORECASE):
            return encoding
    try:
        return "gb18030" if CHINESE.search(raw[:20_000].decode("gb18030", "ignore")) else "latin-1"
    except UnicodeDecodeError:
        return "latin-1"


def _counts(raw: bytes, starts: IntArray, delimiter: str) -> tuple[IntArray, IntArray]:
    """(n_lines,) delimiters of each line, but those in quotes, and whether it ends with one."""
    data = np.frombuffer(raw, np.uint8)
    if delimiter == BLANKS:
        cells = [len(line_of(raw, starts, n).split()) for n in range(starts.size - 1)]
        return np.array(cells) - 1, np.zeros(len(cells), dtype=np.int64)
    at = data == ord(delimiter)
    if b'"' in raw:
        at &= np.cumsum(data == ord('"'), dtype=np.uint8) % 2 == 0
    places = np.flatnonzero(at)
    counts = np.diff(np.searchsorted(places, starts))
    ends = np.maximum(starts[1:] - 1 - (data[np.maximum(starts[1:] - 1, 0)] == ord("\n")), 0)
    trailing = at[ends] & (ends >= starts[:-1])
    return counts, trailing.astype(np.int64)
