"""What is held while a trace is taken, and the stages of it: current against voltage."""

from __future__ import annotations

from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.ndimage import median_filter

from dendrolith.control.stages import CURRENT, VOLTAGE

FloatArray = npt.NDArray[np.float64]
BoolArray = npt.NDArray[np.bool_]

# A held quantity steps by more than this part of itself, and by this many deviations of its noise.
STEP, NOISE = 0.05, 8.0
# A current below this part of its largest is a rest.
RESTS = 0.003
# So is one below this part that the trace comes back to as often: an instrument has an offset.
NEAR_REST, OFTEN = 0.01, 3
# The part of a trace, from its begin, that shows what is held: shorts come later.
EARLY = 0.4
# A column is not held whose steps per sample and straying, so many times the part of it, are more.
STRAYS, WEIGHT = 1.1, 5.0
# Less than this of them is not seen; a held voltage strays by less than the second, and a current
# that strays by less than the third is a staircase.
SEEN, STEADY, FLAT = 5e-3, 0.01, 1e-3
# One column is held rather than another if it strays by so much less.
CLEARER = 2.0
# A voltage that breaks down while the current rises by this is no change of control, but a short.
BREAKDOWN = 3.0
# No more than so many samples of an instrument, or this part of them, are overloads.
FEW, RARE = 3, 0.01
# A value stands by chance in a series of so many.
CHANCE = 1e-6
# Voltages of both signs are a reversal beyond this part of the usual size.
REVERSED = 0.3


@dataclass(frozen=True, slots=True)
class Segment:
    """Samples under one control.

    Attributes:
        kind: current or voltage.
        signal, label: its title in the file; the same with the unit that it has here.
        time, value: (n,) in SI; NaN is a gap.
        held: what is held meanwhile, with its sign, in SI; None where the file does not say.
        left: (n,) voltage of a run over what its electrodes have at rest [1]; empty: not known.
        control: (n,) what is held, sample by sample; empty: not known.
        rest_time, rest_value: (m,) time and signal of the rest that follows.
    """

    kind: str
    signal: str
    label: str
    time: FloatArray
    value: FloatArray
    held: float | None = None
    left: FloatArray = field(default_factory=lambda: np.empty(0))
    control: FloatArray = field(default_factory=lambda: np.empty(0))
    rest_time: FloatArray = field(default_factory=lambda: np.empty(0))
    rest_value: FloatArray = field(default_factory=lambda: np.empty(0))


def deviation(values: FloatArray) -> float:
    """Standard deviation of the noise of a series, by its second differences: a slope has none."""
    bends = np.abs(np.diff(values[np.isfinite(values)], 2))
    return float(1.4826 * np.median(bends) / np.sqrt(6)) if bends.size else 0.0


def noise_of(values: FloatArray) -> float:
    """Standard deviation of a sample whose error is its own; that of a display in steps, too.

    A value that is shown m times over, on average, is one sample: an error of a step q, q/√12,
    counts √(m − 1) times. The steps hide a noise that is smaller.
    """
    known = values[np.isfinite(values)]
    moves = np.abs(np.diff(known))
    if not moves.any():
        return deviation(values)
    times = known.size / (1 + np.count_nonzero(moves))
    step = float(np.median(moves[moves > 0]))
    return float(np.hypot(deviation(values), step * np.sqrt((times - 1) / 12)))


def stuck(values: FloatArray) -> BoolArray:
    """(n,) samples of a value that stands longer than chance lets it: of a sensor that sticks.

    How often a value repeats is known from the rest of the series.
    """
    same = np.diff(values) == 0
    edges = np.flatnonzero(np.diff(np.r_[False, same, False].astype(np.int8))).reshape(-1, 2)
    lengths = edges[:, 1] - edges[:, 0]
    longest = lengths.max(initial=0)
    share = (same.sum() - longest) / max(same.size - longest, 1)
    least = np.log(CHANCE / max(values.size, 1)) / np.log(np.clip(share, 0.5, 1 - CHANCE))
    found = np.zeros(values.size, dtype=bool)
    for begin, end in edges[lengths > least]:
        found[begin : end + 1] = True
    return found


def overloads_of(values: FloatArray) -> BoolArray:
    """(n,) samples that stand alone or with one more, above three times all that lasts.

    They are few, else it is short pulses that are driven. A step of a current lasts.
    """
    known = np.flatnonzero(np.isfinite(values))
    size = np.abs(values[known])
    lasting = float(median_filter(size, 5, mode="constant").max(initial=0.0))
    over = size > BREAKDOWN * lasting
    found = np.zeros(values.size, dtype=bool)
    if lasting > 0.0 and over.sum() <= max(FEW, RARE * over.size):
        found[known] = over
    return found


def without_overloads(values: FloatArray) -> tuple[FloatArray, int]:
    """A series whose overloads have the value before them, and how many there are."""
    over = overloads_of(values)
    good = np.where(over | ~np.isfinite(values), 0, np.arange(values.size))
    first = int(np.argmax(~over & np.isfinite(values)))
    before = np.maximum(np.maximum.accumulate(good), first)
    return np.where(over, values[before], values), int(over.sum())


def steps_of(values: FloatArray) -> BoolArray:
    """(n,) where a series steps: by a part of itself and beyond its noise; a gap does not."""
    known = np.isfinite(values)
    found = np.zeros(values.size, dtype=bool)
    if known.sum() < 2:
        return found
    series = values[known]
    size = np.maximum(np.abs(series[1:]), np.abs(series[:-1]))
    least = np.maximum(STEP * size, RESTS * size.max(initial=0.0))
    least = np.maximum(least, min(NOISE * deviation(series), 0.2 * size.max(initial=0.0)))
    found[np.flatnonzero(known)[1:]] = np.abs(np.diff(series)) > least
    return found


def strays(values: FloatArray) -> tuple[float, float]:
    """How a series differs from a constant: steps per sample, and how far it strays from them.

    A square wave of ten samples a half-cycle has 0.1 and 0; a voltage has more than the current
    that drives it.
    """
    series = values[np.isfinite(values)]
    if series.size < 2 or not np.any(series):
        return 0.0, 0.0
    number = np.cumsum(steps_of(series))
    first = np.searchsorted(number, np.arange(number[-1] + 1))
    begin = series[np.minimum(first + 1, np.r_[first[1:], series.size] - 1)]
    size = np.abs(series[np.abs(series) > RESTS * np.abs(series).max()])
    rest = np.median(np.abs(series - begin[number])) / np.median(size)
    return float(number[-1] / series.size), float(rest)


def held_of(voltage: FloatArray, current: FloatArray) -> str | None:
    """Which of the two is held, `CURRENT` or `VOLTAGE`; None where neither is.

    The early part decides if it is clear, else the whole. A tie means a held current, for its
    voltage steps when it does; but not where the voltage breaks down as the current rises.
    """
    live = np.isfinite(voltage) & np.isfinite(current)
    early = np.flatnonzero(live)[: max(10, int(EARLY * live.sum()))]
    undecided = None
    for part in (early, np.flatnonzero(live)):
        (volt_steps, volts), (amp_steps, amps) = strays(voltage[part]), strays(current[part])
        of_volt, of_amp = (
            SEEN + steps + WEIGHT * rest for steps, rest in ((volt_steps, volts), (amp_steps, amps))
        )
        if min(of_volt, of_amp) > STRAYS:
            continue
        undecided = CURRENT
        if of_amp * CLEARER < of_volt:
            return CURRENT
        size = np.abs(voltage[part])
        level = volts < FLAT and bool(np.median(size) > REVERSED * size.max())  # not one of 0
        steady = volts < STEADY and (amps > FLAT or level)
        if of_volt * CLEARER < of_amp and steady:
            return VOLTAGE
    return VOLTAGE if undecided and _breaks_down(voltage[live], current[live]) else undecided


def _breaks_down(voltage: FloatArray, current: FloatArray) -> bool:
    """Does a voltage that has been steady fall, as the current rises by much?"""
    at = np.flatnonzero(steps_of(current))
    at = at[at >= 3]
    volts, amps = np.abs(voltage), np.abs(current)
    high = volts[at - 1] > 0.5 * volts.max(initial=0.0)
    steady = np.abs(volts[at - 1] - volts[at - 3]) < STEP * volts[at - 1]
    jumps = (amps[at] > BREAKDOWN * amps[at - 1]) & (volts[at] < 0.5 * volts[at - 1])
    return bool(np.any(high & steady & jumps & (amps[at - 1] > 0)))


def is_driven(current: FloatArray) -> bool:
    """Is a current that stands alone what is held: a square wave, on and off, or a staircase?"""
    series = current[np.isfinite(current)]
    if series.size < 4:
        return False
    number = np.cumsum(steps_of(series))
    levels = np.bincount(number, series) / np.bincount(number)
    spread = np.sqrt(np.bincount(number, (series - levels[number]) ** 2) / np.bincount(number))
    flat = np.median(spread) < 0.01 * np.abs(series).max()
    sizes = np.abs(levels)
    both = levels.min() < 0 < levels.max() and -levels.min() > 0.5 * levels.max()
    back = both and levels.max() > 0.5 * -levels.min()
    rises = levels.size >= 4 and bool(np.all(np.diff(sizes[sizes > RESTS * sizes.max()]) > 0))
    return bool(flat and (back or rises))


def stages_of(
    kind: str, time: FloatArray, value: FloatArray, held: FloatArray, cuts: BoolArray
) -> list[tuple[npt.NDArray[np.int64], float | None]]:
    """Rows and held value of each stage without the rests, for a signal under what is held.

    Args:
        kind: what the signal is.
        time: (n,) [s].
        value: (n,) the signal.
        held: (n,) what is held.
        cuts: (n,) further places where a stage begins.
    """
    cuts = cuts | steps_of(held)
    size = np.abs(held)
    rests = size <= RESTS * np.nanmax(size, initial=0.0)
    if kind == CURRENT:  # no voltage is no rest where much flows: a source that breaks down
        flows = np.abs(value)
        rests &= flows <= NEAR_REST * np.nanmax(flows, initial=0.0)
    near = size <= NEAR_REST * np.nanmax(size, initial=0.0)
    if kind == VOLTAGE and np.sum(near[1:] & ~near[:-1]) >= OFTEN:
        rests = near
    cuts[1:] |= rests[1:] != rests[:-1]
    parts = np.split(np.arange(time.size), np.flatnonzero(cuts[1:]) + 1)
    stages = []
    for part in parts:
        known = held[part][np.isfinite(held[part])]
        level = float(np.median(known)) if known.size else None
        if part.size and not rests[part[0]]:
            stages.append((part, level))
    return stages


def signs_of(voltage: FloatArray) -> FloatArray:
    """(n,) 1 or -1: the side of a voltage, which changes only where it is clearly on the other."""
    known = median_filter(np.where(np.isfinite(voltage), voltage, 0.0), 3, mode="nearest")
    size = np.abs(known[: max(10, known.size // 3)])
    usual = np.median(size[size > 0.1 * size.max(initial=0.0)]) if size.any() else 0.0
    clear = np.where(np.abs(known) > REVERSED * usual, np.sign(known), 0.0)
    last = np.maximum.accumulate(np.where(clear != 0, np.arange(clear.size), -1))
    first = clear[np.flatnonzero(clear)[0]] if clear.any() else 1.0
    return np.asarray(np.where(last < 0, first, clear[np.maximum(last, 0)]))
