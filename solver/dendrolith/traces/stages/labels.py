"""The stages of a trace, by the rates of its pressure and its voltage.

Each sample is judged by limits halved, as they are and doubled, and with r lower, as it is and
higher: by a standard deviation of κ beyond the clean part, and by what noise takes it off once in
twenty charges, for the rule forgets nothing. Noise is what r shows in the clean part, where it is
1: that of samples, and slower changes, as those of a temperature. A label is as sure as the part of
these nine that agree; below two thirds, or where it holds for less than a window, it is `UNSURE`.
II and III have a doubt besides: what a window shows as a loss may be lost in falls shorter than it,
which are III, and what follows them IV. No window excludes them.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
from scipy.stats import norm

from dendrolith.core.errors import ConfigError
from dendrolith.traces.decouple.cell_facts import CellFacts, ModelErrors
from dendrolith.traces.decouple.decouple import (
    CLEAN,
    charges_of,
    long_charges,
    stuck_notes,
    window_of,
)
from dendrolith.traces.decouple.estimate import passed_charge
from dendrolith.traces.decouple.observer import observed_charge
from dendrolith.traces.held import noise_of
from dendrolith.traces.local_lines import local_lines, slope_noise
from dendrolith.traces.signals import Signals
from dendrolith.traces.stages.rule import DISCHARGE, REST, THREE, TWO, UNSURE, Limits, StageRule

FloatArray = npt.NDArray[np.float64]

FACTORS, SIDES = (0.5, 1.0, 2.0), (-1.0, 0.0, 1.0)
SURE = 2 / 3
SELDOM = 0.05  # charges in which noise alone goes beyond what is allowed for it [1]
FALLS = 0.75  # confidence of II and III at most: falls shorter than a window look like them
PRECISE = 0.02  # noise of r in a window, for a limit halved is 0.05 from 1


@dataclass(frozen=True, slots=True)
class Span:
    """Samples with one label.

    Attributes:
        label: of the stage.
        begin, end: [s].
        ratio: mean of r [1]; NaN outside charges.
        voltage, pressure: change over it [V], [Pa]; NaN without such a signal.
        confidence: part of the judgements that agree, on average, with the doubt of II and III
            [1]; NaN of what is not sure.
    """

    label: str
    begin: float
    end: float
    ratio: float
    voltage: float
    pressure: float
    confidence: float


@dataclass(frozen=True, slots=True)
class Stages:
    """The stages of a trace.

    Attributes:
        signals: the trace.
        spans: one after another.
        window: of the rates [s].
        source: the signal that r is from.
        notes: what the user should know.
    """

    signals: Signals
    spans: tuple[Span, ...]
    window: float
    source: str
    notes: tuple[str, ...]


def stages_of(
    signals: Signals, facts: CellFacts | None = None, clean: tuple[float, float] = CLEAN
) -> Stages:
    """Label a trace.

    Args:
        signals: the trace, with a voltage; without a pressure r is from the voltage.
        facts: of the cell; they are needed where there is no pressure.
        clean: begin and end of the clean part, as parts of the charge that passed.

    Raises:
        ConfigError: a signal is missing, or the trace is too short.
    """
    if signals.voltage is None:
        raise ConfigError(
            f"{signals.path}: no column is a voltage: stages are those of voltage and pressure"
        )
    notes, by_pressure = list(signals.notes), signals.pressure is not None
    if by_pressure:
        ratios = _by_pressure(signals, clean)
        notes += stuck_notes(signals)
    elif facts is not None and not facts.is_flat:
        notes.append("r is from the voltage: lithium that is buried does not show in it")
        ratios = _by_voltage(signals, facts)
    else:
        other = ", or the cell with --cell, whose U(x) tells the stages less surely"
        if facts is not None:
            other = "; U(x) of the cell file is flat and tells no stages"
        raise ConfigError(
            f"{signals.path}: no column is a pressure: give one, like pressure [MPa]{other}"
        )
    labels = np.full(signals.time.size, REST, dtype=object)
    labels[signals.direction < 0] = DISCHARGE
    labels[signals.direction > 0] = UNSURE  # of a charge that is too short
    ratio, trust = np.full(labels.size, np.nan), np.ones(labels.size)
    for found in ratios:
        ratio[found.part] = found.ratio
        labels[found.part], trust[found.part] = _label(signals, found)
    source = "pressure" if by_pressure else "voltage"
    spans = tuple(_spans(signals, labels, ratio, trust))
    return Stages(signals, spans, ratios[0].window, source, tuple(notes))


@dataclass(frozen=True, slots=True)
class _Ratio:
    """r of one charge: where it is, (n,) r and how far it may be off, the window of both [s]."""

    part: slice
    ratio: FloatArray
    off: FloatArray
    window: float


def _by_pressure(signals: Signals, clean: tuple[float, float]) -> list[_Ratio]:
    charges, slope, _ = charges_of(signals, clean, precise=PRECISE)
    found, strays = [], 0.0
    for part, charge in zip(long_charges(signals), charges, strict=True):
        lines, shown = charge.lines(charge.pressure), slope * charge.lines(charge.passed).slope
        ratio = np.where(charge.blind, np.nan, lines.slope / shown)
        if charge is charges[0]:  # r is 1 in its clean part, by which κ is found
            strays = float(np.sqrt(np.mean((lines.slope / shown - 1)[charge.clean] ** 2)))
        noise = np.maximum(slope_noise(charge.noise, lines) / shown, strays)
        off = np.hypot(_most(charge.time, charge.window) * noise, ModelErrors().slope * ratio)
        found.append(_Ratio(part, ratio, off, charge.window))
    return found


def _by_voltage(signals: Signals, facts: CellFacts) -> list[_Ratio]:
    found = []
    assert signals.voltage is not None
    for part in long_charges(signals):
        time, current, V = (s[part] for s in (signals.time, signals.current, signals.voltage))
        voltage = facts.inside(V, current)
        noise = noise_of(voltage) * facts.capacity / facts.flatness()
        held = float(np.median(current))
        window = window_of(signals, time, noise / held, PRECISE, "voltage")
        lines = local_lines(time, observed_charge(time, current, voltage, facts), window)
        given = local_lines(time, passed_charge(time, current), window).slope
        ratio, deviations = lines.slope / given, slope_noise(noise, lines) / given
        found.append(_Ratio(part, ratio, _most(time, window) * deviations, window))
    return found


def _most(time: FloatArray, window: float) -> float:
    """Standard deviations that noise reaches in `SELDOM` of the charges, in any of the windows."""
    return float(norm.isf(SELDOM / 2 / max(1.0, float(time[-1] - time[0]) / window)))


def _label(signals: Signals, found: _Ratio) -> tuple[npt.NDArray[np.object_], FloatArray]:
    """(n,) labels of a charge, and how sure they are."""
    assert signals.voltage is not None
    time, current = signals.time[found.part], signals.current[found.part]
    rate = local_lines(time, signals.voltage[found.part], found.window).slope
    judged = np.array(
        [
            _judge(found.ratio + side * found.off, rate, current, Limits().scaled(factor))
            for factor in FACTORS
            for side in SIDES
        ],
        dtype=object,
    )
    middle = judged[len(judged) // 2]
    trust = (judged == middle).mean(axis=0)
    falling = np.isin(middle, (TWO, THREE))
    labels = np.where((trust >= SURE) & np.isfinite(found.ratio), middle, UNSURE)
    return _held_for(labels, time, found.window), np.where(falling, FALLS * trust, trust)


def _judge(ratio: FloatArray, rate: FloatArray, current: FloatArray, limits: Limits) -> list[str]:
    rule = StageRule(limits)
    return [rule.next(*sample) for sample in zip(ratio, rate, current, strict=True)]


def _held_for(
    labels: npt.NDArray[np.object_], time: FloatArray, window: float
) -> npt.NDArray[np.object_]:
    """The labels, unsure where one holds for less than a window."""
    held = labels.copy()
    for begin, end in _runs(labels):
        if time[end - 1] - time[begin] < window:
            held[begin:end] = UNSURE
    return held


def _runs(labels: npt.NDArray[np.object_]) -> list[tuple[int, int]]:
    """First and one after last sample of each run of one label."""
    edges = np.flatnonzero(labels[1:] != labels[:-1]) + 1
    return list(zip([0, *edges], [*edges, labels.size], strict=True))


def _spans(
    signals: Signals, labels: npt.NDArray[np.object_], ratio: FloatArray, trust: FloatArray
) -> list[Span]:
    def change(series: FloatArray | None, begin: int, end: int) -> float:
        return float("nan") if series is None else float(series[end - 1] - series[begin])

    spans = []
    for begin, end in _runs(labels):
        known = ratio[begin:end][np.isfinite(ratio[begin:end])]
        spans.append(
            Span(
                str(labels[begin]),
                float(signals.time[begin]),
                float(signals.time[end - 1]),
                float(known.mean()) if known.size else float("nan"),
                change(signals.voltage, begin, end),
                change(signals.pressure, begin, end),
                float("nan") if labels[begin] == UNSURE else round(trust[begin:end].mean(), 2),
            )
        )
    return spans
