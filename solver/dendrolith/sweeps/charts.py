"""Diagrams of a sweep: response curves, maps of the short class, distributions."""

from __future__ import annotations

import functools
import itertools
import math
import textwrap
from collections import Counter, defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeAlias, TypeGuard

import numpy as np

from dendrolith.core.formats import format_number, prefixed, typeset, with_prefix
from dendrolith.core.look import COLOURS, look
from dendrolith.observables.columns import split_column
from dendrolith.observables.show import Reading
from dendrolith.results.report.charts import svg
from dendrolith.sweeps.collect import SHORT, Cell, Rows

CLASSES = {"none": COLOURS[2], "soft": COLOURS[4], "hard": COLOURS[1]}  # from harmless to worst
MOST_LINES = 6  # of a response curve; more are points
ABOVE = {"frameon": False, "loc": "lower left", "bbox_to_anchor": (0, 1)}  # legends hide nothing
LEGEND_WIDTH = 60  # characters
OF_A_LINE = 10  # characters that the line before a name in a legend takes
FEWEST = 8  # points that make a distribution
LOG_RATIO = 30.0  # of the largest to the smallest value, from which an axis is logarithmic
SEED = "seed"  # last word of a key whose value tells nothing but which sample it is

Drawing: TypeAlias = tuple[str, str, str]  # title, words for those who do not see it, SVG


@dataclass(frozen=True, slots=True)
class Axis:
    """A number that varies: its column, and how it is called."""

    column: str

    @property
    def name(self) -> str:
        """Short name: the last words of its key."""
        return split_column(self.column)[0]

    def scale(self, axes: Any, values: Sequence[float], which: str) -> None:
        """Scale, ticks and label of one axis (x or y) of a diagram."""
        from matplotlib.ticker import FuncFormatter

        key, unit = split_column(self.column)
        if min(values) > 0 and max(values) / min(values) >= LOG_RATIO:
            getattr(axes, f"set_{which}scale")("log")
        elif unit.isalpha():
            factor, unit = prefixed(max(map(abs, values)), unit)
            ticks = FuncFormatter(lambda value, _: f"{value / factor:g}")
            getattr(axes, f"{which}axis").set_major_formatter(ticks)
        getattr(axes, f"set_{which}label")(f"{key} [{typeset(unit)}]" if unit else key)


def axes_of(rows: Rows, columns: Sequence[str]) -> list[Axis]:
    """The numbers that vary; seeds and words are none."""
    found = []
    for column in columns:
        values = {row.get(column) for row in rows} - {None}
        numbers = all(isinstance(value, int | float) for value in values)
        if len(values) > 1 and numbers and not split_column(column)[0].endswith(SEED):
            found.append(Axis(column))
    return found


def response_curves(
    rows: Rows, columns: Sequence[str], readings: Sequence[Reading]
) -> Iterator[Drawing]:
    """Each reading over each number that varies, a line for each value of what else varies.

    Points that differ in their seeds alone are one: their mean, within a band from the least to
    the greatest.
    """
    for axis, reading in itertools.product(axes_of(rows, columns), readings):
        others = [c for c in columns if c != axis.column and not split_column(c)[0].endswith(SEED)]
        lines = _lines(rows, axis, reading, others)
        if _vary(lines):
            title = f"{reading.label[:1].upper()}{reading.label[1:]} over {axis.name}"
            draw = functools.partial(_draw_lines, axis=axis, reading=reading, lines=lines)
            yield title, _in_words(reading, axis, lines), svg(title, draw)


def is_known(value: Cell) -> TypeGuard[float]:
    """Is it a number that has a place in a diagram?"""
    return isinstance(value, int | float) and math.isfinite(value)


Line: TypeAlias = dict[float, list[float]]  # place → the values there


def _lines(rows: Rows, axis: Axis, reading: Reading, others: list[str]) -> dict[str, Line]:
    """Name of a line → its points."""
    varying = [c for c in others if len({row.get(c) for row in rows}) > 1]
    lines: dict[str, Line] = defaultdict(lambda: defaultdict(list))
    for row in rows:
        place, value = row.get(axis.column), row.get(reading.column)
        if isinstance(place, int | float) and is_known(value):
            name = ", ".join(_named(column, row.get(column)) for column in varying)
            lines[name][float(place)].append(reading.factor * float(value))
    return dict(lines)


def _vary(lines: dict[str, Line]) -> bool:
    """Is there more than one value at all?"""
    return len({value for line in lines.values() for here in line.values() for value in here}) > 1


def _named(column: str, value: Cell) -> str:
    key, unit = split_column(column)
    unit = typeset(unit)
    if value is None:  # null left it out
        return f"no {key.rpartition('.')[2]}"
    said = in_unit(value, unit) if isinstance(value, int | float) else f"{value} {unit}"
    return f"{key.rpartition('.')[2]} {said}".rstrip()


def in_unit(value: float, unit: str) -> str:
    """A value in SI as people write it: with a prefix, or with a power of ten."""
    if unit.isalpha():
        return with_prefix(float(value), unit)
    return f"{format_number(float(value))} {unit}".rstrip()


def _draw_lines(diagram: Any, axis: Axis, reading: Reading, lines: dict[str, Line]) -> None:
    few = len(lines) <= MOST_LINES
    for place, (name, line) in enumerate(lines.items()):
        x = sorted(line)
        y = [float(np.mean(line[value])) for value in x]
        if not few:
            diagram.plot(x, y, ".", color=COLOURS[0])
            continue
        label = "\n".join(textwrap.wrap(name.replace("$", r"\$"), LEGEND_WIDTH - OF_A_LINE))
        diagram.plot(x, y, marker=".", label=label or None, **look(place))
        low, high = ([end(line[value]) for value in x] for end in (min, max))
        if low != high:
            diagram.fill_between(x, low, high, color=look(place)["color"], alpha=0.2, linewidth=0)
    axis.scale(diagram, [value for line in lines.values() for value in line], "x")
    diagram.set_ylabel(reading.heading)
    if few and len(lines) > 1:
        columns = max(1, min(3, LEGEND_WIDTH // (OF_A_LINE + max(map(len, lines)))))
        diagram.legend(fontsize=7, ncols=columns, **ABOVE)


def _in_words(reading: Reading, axis: Axis, lines: dict[str, Line]) -> str:
    values = [value for line in lines.values() for there in line.values() for value in there]
    low, high = format_number(min(values)), format_number(max(values))
    return f"{reading.label} from {low} to {high} {reading.unit} over {axis.name}".strip()


def class_maps(rows: Rows, columns: Sequence[str]) -> Iterator[Drawing]:
    """The class of the short circuit over each pair of numbers that vary.

    Where several points lie on one place, most of them have the class shown.
    """
    for x, y in itertools.combinations(axes_of(rows, columns), 2):
        found = classes_at(rows, x, y)
        if len(found) > 1:
            counted = Counter(found.values())
            words = ", ".join(f"{counted[label]} {label}" for label in CLASSES if counted[label])
            title = f"Short circuit over {x.name} and {y.name}"
            draw = functools.partial(draw_map, x=x, y=y, found=found)
            yield title, f"{title}: {words}", svg(title, draw)


def classes_at(rows: Rows, x: Axis, y: Axis) -> dict[tuple[float, float], str]:
    """(x, y) → the class that most points have there; points without a class are left out."""
    places: dict[tuple[float, float], list[str]] = defaultdict(list)
    for row in rows:
        across, up, label = row.get(x.column), row.get(y.column), row.get(SHORT)
        if label in CLASSES and isinstance(across, int | float) and isinstance(up, int | float):
            places[float(across), float(up)].append(str(label))
    return {place: most(labels) for place, labels in places.items()}


def most(labels: Sequence[str]) -> str:
    """The class that most have; of several the worst."""
    order = list(CLASSES)
    counted = Counter(labels)
    return max(counted, key=lambda label: (counted[label], order.index(label)))


def draw_map(diagram: Any, x: Axis, y: Axis, found: dict[tuple[float, float], str]) -> None:
    """A mark for each place, coloured by its class, each class with a mark of its own."""
    for (label, colour), mark in zip(CLASSES.items(), "osD", strict=True):
        here = [place for place, kind in found.items() if kind == label]
        if here:
            across, up = zip(*here, strict=True)
            diagram.scatter(across, up, s=64, marker=mark, color=colour, label=label, zorder=2)
    across, up = zip(*found, strict=True)
    x.scale(diagram, across, "x")
    y.scale(diagram, up, "y")
    diagram.margins(0.12)
    diagram.legend(fontsize=8, ncols=3, **ABOVE)


def distributions(rows: Rows, readings: Sequence[Reading]) -> Iterator[Drawing]:
    """How often each reading has which value, over all points."""
    for reading in readings:
        values = [
            reading.factor * float(value)
            for row in rows
            if is_known(value := row.get(reading.column))
        ]
        if len(values) < FEWEST or np.ptp(values) == 0:
            continue
        title = f"Distribution of {reading.label}"
        draw = functools.partial(_draw_distribution, reading=reading, values=values)
        middle = format_number(float(np.median(values)))
        yield title, f"{title} of {len(values)} points, median {middle}", svg(title, draw)


def _draw_distribution(diagram: Any, reading: Reading, values: list[float]) -> None:
    diagram.hist(values, bins="auto", color=COLOURS[0], alpha=0.8)
    diagram.axvline(float(np.median(values)), color=COLOURS[1], linewidth=1.2)
    diagram.set_xlabel(reading.heading)
    diagram.set_ylabel("points")
