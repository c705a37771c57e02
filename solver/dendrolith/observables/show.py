"""What a study shows of its runs, as data: charts, numbers, pictures. Nothing here draws."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt

from dendrolith.fields.table import Field

FloatArray = npt.NDArray[np.float64]


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
        level: key of the input whose value is drawn as a line across.
    """

    title: str
    axis: str
    unit: str
    factor: float
    curves: tuple[tuple[str, str], ...]
    log: bool = False
    level: str = ""


@dataclass(frozen=True, slots=True)
class Reading:
    """A column as people read it, in the progress of a run and in its status.

    Attributes:
        label: what it is.
        column: of the time series.
        unit, factor: of what is printed, and factor to it from the column.
        digits: significant digits.
    """

    label: str
    column: str
    unit: str
    factor: float = 1.0
    digits: int = 4


@dataclass(frozen=True, slots=True)
class Layer:
    """A phase in the picture of the morphology: where `level` is positive; later ones lie on top.

    Attributes:
        name, colour: of the phase.
        level: from the (n,) nodal values of all fields by name; None: the ground below all others.
        solid: part of a view in three dimensions as an opaque body; else one can see through it.
    """

    name: str
    colour: str
    level: Callable[[Mapping[str, FloatArray]], FloatArray] | None = None
    solid: bool = False


@dataclass(frozen=True, slots=True)
class Show:
    """What a study shows.

    Attributes:
        fields: those in its pictures, by name: symbol, unit and meaning.
        pictures: names of the fields that are drawn at the end of a run, the first four together.
        stresses: of these and of further fields, those that a report puts into its part on stress.
        layers: phases of the morphology, drawn as the field `morphology`; empty: there is none.
        morphology: name of the field that stands for the layers.
        contour: a field and the value at which a white line is drawn on every picture.
        colour_maps: field → name of a colour map where it is not the usual one.
        progress: what a running command tells.
        status: what ``dendrolith status`` tells of the last row.
        charts: group → diagrams of a report. What no chart names is drawn by itself.
        series: the charts of the picture ``timeseries.png``.
        signals: kind of a signal (current, voltage) → the column that shows a short circuit in it.
    """

    fields: Mapping[str, Field] = field(default_factory=dict)
    pictures: tuple[str, ...] = ()
    stresses: tuple[str, ...] = ()
    layers: tuple[Layer, ...] = ()
    morphology: str = ""
    contour: tuple[str, float] | None = None
    colour_maps: Mapping[str, str] = field(default_factory=dict)
    progress: tuple[Reading, ...] = ()
    status: tuple[Reading, ...] = ()
    charts: Mapping[str, tuple[Chart, ...]] = field(default_factory=dict)
    series: tuple[Chart, ...] = ()
    signals: Mapping[str, str] = field(default_factory=dict)
