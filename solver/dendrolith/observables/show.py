"""What a study shows of its runs, as data: charts, numbers, pictures. Nothing here draws."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, TypeVar

import numpy as np
import numpy.typing as npt

from dendrolith.core.formats import length_unit
from dendrolith.fields.table import Field

FloatArray = npt.NDArray[np.float64]
T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class Chart:
    """One diagram over time.

    Attributes:
        title: its heading.
        axis: what the axis shows.
        unit, factor: of the axis, and factor to it from the columns.
        curves: (column, name) of each line; columns that a run does not have are left out, and the
            whole chart without the first.
        log: logarithmic, where positive values are far apart.
        absolute: values are drawn without their signs.
        level: key of the input whose value is drawn as a line across.
    """

    title: str
    axis: str
    unit: str
    factor: float
    curves: tuple[tuple[str, str], ...]
    log: bool = False
    level: str = ""
    absolute: bool = False


@dataclass(frozen=True, slots=True)
class Reading:
    """A column as people read it, in the progress of a run and in its status.

    Attributes:
        label: what it is.
        column: of the time series.
        unit, factor: of what is printed, and factor to it from the column.
        digits: significant digits.
        decimals: digits behind the point, where these are fixed instead.
        words: what the values 0, 1, 2 … of the column stand for; no chart shows such a column.
    """

    label: str
    column: str
    unit: str = ""
    factor: float = 1.0
    digits: int = 4
    decimals: int | None = None
    words: tuple[str, ...] = ()

    def format(self, value: float) -> str:
        """A value of the column as text, with its unit."""
        if self.words:
            return self.words[int(value)]
        form = f".{self.digits}g" if self.decimals is None else f".{self.decimals}f"
        return f"{self.factor * value:{form}} {self.unit}".rstrip()

    @property
    def heading(self) -> str:
        """Label and unit, for a column or an axis."""
        return f"{self.label} [{self.unit}]" if self.unit else self.label

    def line(self, row: Mapping[str, float]) -> str:
        """Its line in the summary of a run that ends with a row."""
        return f"  {self.label:<20} {self.format(row[self.column])}"


class Results(Protocol):
    """A run, as its numbers see it."""

    @property
    def series(self) -> Mapping[str, FloatArray]:
        """Column → (n_rows,) of the time series; empty without one."""
        ...

    @property
    def time(self) -> FloatArray:
        """(n_rows,) [s]."""
        ...

    @property
    def config(self) -> Any:
        """The input; None where it cannot be read."""
        ...

    @property
    def short_circuit(self) -> Any:
        """What its signals show; None where that is not known."""
        ...


Value = float | str | None


@dataclass(frozen=True, slots=True)
class Number:
    """A row in a table of numbers.

    Attributes:
        label, unit: of the quantity; the unit of a pure number is ``"1"``, that of words empty.
        find: its value in a run; None where the run has none.
    """

    label: str
    unit: str
    find: Callable[[Results], Value]


def last(column: str, factor: float = 1.0) -> Callable[[Results], Value]:
    """The last value of a column."""
    return reduced(column, lambda values: float(values[-1]), factor)


def reduced(
    column: str, reduce: Callable[[FloatArray], float], factor: float = 1.0
) -> Callable[[Results], Value]:
    """One number made of all values of a column, such as the largest."""

    def find(run: Results) -> Value:
        values = run.series.get(column)
        return None if values is None or not values.size else factor * float(reduce(values))

    return find


def verdict(run: Results) -> Value:
    """Class, onset and confidence of its short circuit; None where that is not known."""
    return None if run.short_circuit is None else str(run.short_circuit.in_brief)


def of_input(key: str, factor: float = 1.0) -> Callable[[Results], Value]:
    """A number of the input, by its dotted key; None in a run whose input does not have it."""

    def find(run: Results) -> Value:
        value = run.config
        for name in key.split("."):
            value = getattr(value, name, None)
        return None if value is None else factor * float(value)

    return find


@dataclass(frozen=True, slots=True)
class Layer:
    """A phase in the picture of the morphology: where `level` is positive; later ones lie on top.

    Attributes:
        name, colour: of the phase.
        level: from the (n,) nodal values of all fields by name; None: the ground below all others.
        opacity: in a view in three dimensions: 1 is a solid body, 0 leaves the phase out.
    """

    name: str
    colour: str
    level: Callable[[Mapping[str, FloatArray]], FloatArray] | None = None
    opacity: float = 0.0


@dataclass(frozen=True, slots=True)
class Profile:
    """A table of the run directory that is drawn as steps over a coordinate, at its last time.

    Attributes:
        table: name of the file, without its ending.
        title: heading; the time follows.
        axis: the coordinate.
        edges: columns of the lower and the upper edge of a step [m].
        value: what the other axis shows.
        curves: (column, name) of each line; runs side by side show the first.
        ends: what the first and the last step are called.
    """

    table: str
    title: str
    axis: str
    edges: tuple[str, str]
    value: str
    curves: tuple[tuple[str, str], ...]
    ends: tuple[str, str] = ("at the begin", "at the end")


@dataclass(frozen=True, slots=True)
class Show:
    """What a study shows.

    The groups ``series`` and ``solver`` of `charts` and ``key`` and ``solver`` of `numbers` have
    their place on the page of every run. Any other group is a part of the page by itself.

    Attributes:
        fields: those that pictures, layers and the contour use, by name: symbol, unit and meaning.
        pictures: names of the fields that are drawn at the end of a run, the first four together.
        stresses: of these and of further fields, those that a report puts into its part on stress.
        layers: phases of the morphology, drawn as the field `morphology`; empty: there is none.
        morphology: name of the field that stands for the layers.
        legend: names of the layers as a legend lists them, where that is not their order.
        view: title of the view in three dimensions, where the names of its layers are not enough.
        contour: a field and the value at which a white line is drawn on every picture.
        colour_maps: field → name of a colour map where it is not the usual one.
        progress: what is printed of a run that goes on.
        status: what ``dendrolith status`` prints of the last row.
        charts: group → diagrams of a report. What no chart names is drawn by itself.
        numbers: group → rows of a table of a report.
        checks: groups that only decide whether a run can be trusted; papers do not show them.
        titles: group → heading of its part; ``pictures`` is that of the fields.
        series: the charts of the picture ``timeseries.png``; the time step follows them.
        profiles: tables of the run directory that a report draws.
        signals: kind of a signal (current, voltage) → the column that shows a short circuit in it.
        path: the column of the path of electrons; then it decides.
        lengths: unit of the coordinates: m, or empty where they are pure numbers.
    """

    fields: Mapping[str, Field] = field(default_factory=dict)
    pictures: tuple[str, ...] = ()
    stresses: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = ()
    morphology: str = ""
    legend: tuple[str, ...] = ()
    view: str = ""
    contour: tuple[str, float] | None = None
    colour_maps: Mapping[str, str] = field(default_factory=dict)
    progress: tuple[Reading, ...] = ()
    status: tuple[Reading, ...] = ()
    charts: Mapping[str, tuple[Chart, ...]] = field(default_factory=dict)
    numbers: Mapping[str, tuple[Number, ...]] = field(default_factory=dict)
    checks: frozenset[str] = frozenset({"solver"})
    titles: Mapping[str, str] = field(default_factory=dict)
    series: tuple[Chart, ...] = ()
    profiles: tuple[Profile, ...] = ()
    signals: Mapping[str, str] = field(default_factory=dict)
    path: str = ""
    lengths: str = "m"

    @property
    def drawn(self) -> tuple[str, ...]:
        """All fields that a report draws, in its order; the morphology comes first."""
        first = [self.morphology] if self.layers else []
        return tuple(dict.fromkeys((*first, *self.pictures, *self.stresses)))

    @property
    def used(self) -> frozenset[str]:
        """Names of all fields that pictures are made of."""
        contour = () if self.contour is None else (self.contour[0],)
        return frozenset((*self.fields, *self.drawn, *contour))

    def declared(self, name: str) -> Field:
        """Declaration of a field; one without a declaration is a pure number."""
        return self.fields.get(name) or Field(name, name, "1", name.replace("_", " "))

    def length_unit(self, extent: float) -> tuple[float, str]:
        """Factor and unit of lengths in pictures of a domain of this extent."""
        return length_unit(extent) if self.lengths else (1.0, "")

    def in_legend(self, layers: Iterable[Layer]) -> list[Layer]:
        """Layers in the order of the legend."""
        names = self.legend or tuple(layer.name for layer in self.layers)
        return sorted(layers, key=lambda layer: names.index(layer.name))

    @classmethod
    def joined(cls, shows: Iterable[Show]) -> Show:
        """Pictures, charts and titles of several studies on one page.

        What the first of them says of a name counts; `numbers` stay with their studies.
        """
        several = list({id(show): show for show in shows}.values())
        if len(several) == 1:
            return several[0]
        groups = dict.fromkeys(group for show in several for group in show.charts)
        return cls(
            fields=_first_counts(show.fields for show in several),
            pictures=_once(show.pictures for show in several),
            stresses=_once(show.stresses for show in several),
            layers=_once(show.layers for show in several),
            morphology=next((show.morphology for show in several if show.morphology), ""),
            view=next((show.view for show in several if show.view), ""),
            colour_maps=_first_counts(show.colour_maps for show in several),
            status=_once(show.status for show in several),
            charts={g: _once(show.charts.get(g, ()) for show in several) for g in groups},
            titles=_first_counts(show.titles for show in several),
            profiles=_once(show.profiles for show in several),
        )


def _once(parts: Iterable[tuple[T, ...]]) -> tuple[T, ...]:
    """All entries in order, each once."""
    return tuple(dict.fromkeys(entry for part in parts for entry in part))


def _first_counts(parts: Iterable[Mapping[str, T]]) -> dict[str, T]:
    """One mapping of several."""
    return {key: value for part in reversed(list(parts)) for key, value in part.items()}


# Charts and numbers of any study that counts the iterations of its solvers.
EFFORT_CHARTS = (
    Chart(
        "Iterations of a step",
        "iterations",
        "1",
        1.0,
        (("newton_iterations [1]", "Newton"), ("krylov_iterations [1]", "Krylov")),
    ),
    Chart("Solves by the fallback", "solves", "1", 1.0, (("fallback_solves [1]", "solves"),)),
)
EFFORT_NUMBERS = (
    Number("Newton iterations of a step, mean", "1", reduced("newton_iterations [1]", np.mean)),
    Number("Newton iterations of a step, most", "1", reduced("newton_iterations [1]", np.max)),
    Number("Krylov iterations of a step, mean", "1", reduced("krylov_iterations [1]", np.mean)),
    Number("Krylov iterations of a step, most", "1", reduced("krylov_iterations [1]", np.max)),
    Number("Solves by the fallback", "1", reduced("fallback_solves [1]", np.sum)),
)
