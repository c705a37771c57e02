"""Synthetic traces with a known class, in closed form: the set that `classify` must hold to.

The voltage is the current times a polarisation that grows, swings and arcs, plus the curved
open-circuit potential of a full cell. A short leaves a fraction of it: `leak` is that fraction over
time. The class is that of the fraction: 1 throughout is *none*; falls that heal or stay above a
fifth are *soft*; one that ends below a tenth is *hard*. A held voltage has the current divided by
the fraction. All random numbers come from one seed; nothing is drawn from the classifier.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from tests.traces.circuit_set import CLASSES, PER_CLASS, Array, Trace

SEED = 4711
Generator = np.random.Generator


def _one_of(rng: Generator, low: float, high: float, share: float = 0.5) -> float:
    """Zero, or for this share of the traces a number of the range."""
    return float(rng.uniform(low, high)) if rng.random() < share else 0.0


def _clock(rng: Generator, samples: int, duration: float) -> Array:
    """Times within a half-cycle [s]: even, jittered, or dense after the step."""
    even = np.arange(samples) / samples
    kind = rng.integers(0, 3)
    if kind == 1:
        even = np.sort(np.clip(even + rng.uniform(-0.3, 0.3, samples) / samples, 0, 0.999))
        even += np.arange(samples) * 1e-9
    if kind == 2:
        even = even ** rng.uniform(1.1, 1.6)
    return even * duration


def _polarisation(rng: Generator, time: Array, phase: Array, duration: float) -> Array:
    """Factor of the overpotential: growth over the test, temperature, arcs, peaks at reversal."""
    part = time / time[-1]
    aged = 1 + _one_of(rng, -0.3, 1.0) * part
    warm = 1 + _one_of(rng, 0.02, 0.3) * np.sin(
        2 * np.pi * (time / (duration * rng.uniform(1.7, 15)) + rng.random())
    )
    peak = _one_of(rng, 0.1, 1.0) * np.exp(-phase / rng.uniform(0.02, 0.2))
    arc = _one_of(rng, 0.1, 0.8) * phase ** rng.uniform(1.5, 6)
    rise = 1 - _one_of(rng, 0.1, 0.5) * np.exp(-phase / rng.uniform(0.03, 0.3))
    return np.asarray(aged * warm * (rise + peak + arc))


def _heals(rng: Generator, since: Array, length: float) -> Array:
    """The fraction that a soft short leaves, over the time since it began [s]."""
    deep = rng.uniform(0.25, 0.65)
    shape = rng.integers(0, 3)
    if shape == 0:  # at once, and away at once
        healed = (since > length).astype(float)
    elif shape == 1:  # at once, then it heals slowly
        healed = np.clip(since / length, 0, 1) ** 2
    else:  # it flickers
        period = length / rng.integers(2, 5)
        healed = np.where(since > length, 1.0, (since % period > 0.6 * period).astype(float))
    return np.asarray(np.where(since < 0, 1.0, deep + (1 - deep) * healed))


def _leak(rng: Generator, truth: str, time: Array, live: Array, duration: float) -> Array:
    """The fraction of the polarisation that is left, over time; `live` where current flows."""
    left = np.ones(time.size)
    if truth == "none":
        return left
    places = np.flatnonzero(live)
    places = places[int(0.3 * places.size) : int(0.85 * places.size)]
    if truth == "soft" or rng.random() < 0.3:
        for place in rng.choice(places, int(rng.integers(1, 6)) if truth == "soft" else 1):
            least = 5 * float(np.median(np.diff(time)))
            length = max(least, duration * rng.uniform(0.2, 1.5))
            left = np.minimum(left, _heals(rng, time - time[place], length))
    if truth == "hard":
        began = time - time[rng.choice(places)]
        ends = rng.uniform(0.005, 0.07)
        fall = _one_of(rng, 0.05, 0.3, 0.3) * duration
        share = np.clip(began / max(fall, 1e-9), 0, 1)
        low = (1 - share) + share * ends
        left = np.where(began < 0, left, np.minimum(left, low))
    return left


def _cycles(rng: Generator, levels: Array, samples: int, duration: float) -> tuple[Array, ...]:
    """Time [s], phase of the half-cycle and level of each sample, with rests for some."""
    rest = _one_of(rng, 0.05, 0.4)
    pause = int(np.ceil(rest * samples)) if rest else 0
    clock = _clock(rng, samples, duration)
    block = np.r_[clock, duration * (1 + rest * np.arange(pause) / max(pause, 1))]
    phase = np.r_[clock / duration, np.ones(pause)]
    starts = np.arange(levels.size) * duration * (1 + rest)
    time = (starts[:, None] + block).ravel()
    level = (levels[:, None] * np.r_[np.ones(samples), np.zeros(pause)]).ravel()
    return time, np.tile(phase, levels.size), level


def symmetric(rng: Generator, truth: str) -> tuple[Array, Array, Array]:
    """Li|Li, the current reversed at each half-cycle."""
    samples = int(10 ** rng.uniform(1, 3.3))
    halves = int(min(rng.integers(6, 31), max(6, 10000 // samples)))
    duration = float(rng.choice([300.0, 3600.0, 18000.0]))
    levels = np.where(np.arange(halves) % 2, -1.0, rng.choice([1.0, 1.0, rng.uniform(0.7, 1.3)]))
    time, phase, i = _cycles(rng, levels, samples, duration)
    factor = _polarisation(rng, time, phase, duration)
    left = _leak(rng, truth, time, i != 0, duration)
    volt = 10 ** rng.uniform(-2, -0.3)
    unequal = np.where(i < 0, rng.choice([1.0, rng.uniform(0.8, 1.25)]), 1.0)
    return time, volt * i * factor * left * unequal, i * 10 ** rng.uniform(-5, -2)


def ramp(rng: Generator, truth: str) -> tuple[Array, Array, Array]:
    """A critical-current test: steps up, one way or there and back, each once or twice."""
    samples = int(10 ** rng.uniform(1, 2.5))
    steps, twice = int(rng.integers(7, 18)), int(rng.integers(1, 3))
    ways = np.array([1.0, -1.0]) if rng.random() < 0.6 else np.array([1.0])
    size = np.arange(1, steps + 1) * 1.0 if rng.random() < 0.7 else 1.4 ** np.arange(steps)
    levels = np.concatenate([np.tile(s * ways, twice) for s in size])
    duration = float(rng.choice([300.0, 1800.0, 3600.0]))
    time, phase, i = _cycles(rng, levels, samples, duration)
    factor = _polarisation(rng, time, phase, duration)
    left = _leak(rng, truth, time, i != 0, duration)
    if truth == "hard" and rng.random() < 0.5:  # it begins with a step of the current
        began = int(np.argmax(left < 0.1))
        step = int(np.flatnonzero((phase == phase[0]) & (np.arange(i.size) <= began))[-1])
        left[step:began] = np.min(left[step : began + 1])
    bend = rng.uniform(0.05, 1.0) / np.abs(i).max()
    volt = 10 ** rng.uniform(-2.3, -1)
    return time, volt * np.arcsinh(bend * i) / bend * factor * left, i * 1e-4


def held(rng: Generator, truth: str) -> tuple[Array, Array, Array]:
    """A voltage that is held: the current falls as an interphase grows, or creeps up."""
    count = int(10 ** rng.uniform(2, 3.6))
    duration = 10 ** rng.uniform(3, 5.3)
    time = np.arange(count) * duration / count
    part = time / duration
    course = 1 + _one_of(rng, -0.4, 0.6) * part + _one_of(rng, 0.2, 2.0) * np.exp(-part / 0.05)
    warm = 1 + _one_of(rng, 0.02, 0.15) * np.sin(2 * np.pi * part * rng.uniform(1, 6))
    left = _leak(rng, truth, time, np.ones(count, bool), duration * 0.1)
    volt = rng.uniform(0.02, 0.5)
    ways = np.where((part * 6).astype(int) % 2, -1.0, 1.0) if rng.random() < 0.25 else 1.0
    current = 10 ** rng.uniform(-5, -2) * course * warm / left * ways
    return time, volt * np.ones(count) * ways, current


def full(rng: Generator, truth: str) -> tuple[Array, Array, Array]:
    """A full cell: its shorts dip or stop a charge, or take the whole of the voltage."""
    samples = int(10 ** rng.uniform(1.8, 3))
    halves = 2 * int(rng.integers(3, 7))
    duration = float(rng.choice([3600.0, 36000.0]))
    time, phase, i = _cycles(rng, np.where(np.arange(halves) % 2, -1.0, 1.0), samples, duration)
    charge = np.where(phase == 1, 0.5, phase)
    half = np.minimum((time / (time[-1] / halves * (1 + 1e-9))).astype(int), halves - 1)
    filled = np.where(half % 2, 1 - charge, charge)
    rest = i == 0
    filled[rest] = np.where(half[rest] % 2, 0.0, 1.0)
    span, foot = rng.uniform(0.1, 0.9), rng.uniform(1.4, 3.6)
    ocv = foot + span * (filled + 0.15 * np.tanh(10 * (filled - 0.55)))
    ocv += 0.35 * np.exp(25 * (filled - 1)) - 0.4 * np.exp(-25 * filled)
    loss = rng.uniform(0.02, 0.15)
    volts = ocv + loss * i * _polarisation(rng, time, phase, duration)
    if truth == "soft" and rng.random() < 0.4:  # a charge that rises no further
        first = 2 * int(rng.integers(1, halves // 2 - 1))
        top = ocv[half == 0].max() + loss
        stop = foot + span * rng.uniform(0.4, 0.7)
        stop = min(stop, top - 0.2)
        hit = (half >= first) & (volts > stop)
        return time, np.where(hit, stop + 0.003 * rng.normal() * phase, volts), i * 1e-3
    left = _leak(rng, truth, time, ~rest, duration * 0.2)
    if truth == "soft":  # a cell of low resistance loses tens to hundreds of millivolts
        return time, volts - (1 - left) * rng.uniform(0.2, 1.0), i * 1e-3
    return time, volts * left, i * 1e-3


def _instrument(rng: Generator, kind: str, time: Array, v: Array, i: Array) -> tuple[Array, ...]:
    """Noise of 0-5 %, an offset that drifts, digits, rows that are lost."""
    signal, other = (i, v) if kind == "held" else (v, i)
    scale = 0.05 if kind == "full" else float(np.median(np.abs(signal[signal != 0])))
    noise = _one_of(rng, 0.001, 0.05, 0.8)
    signal += noise * scale * rng.normal(size=signal.size)
    signal += _one_of(rng, -0.05, 0.05) * scale * time / time[-1]
    other += _one_of(rng, 1e-5, 1e-3) * np.abs(other).max() * rng.normal(size=other.size)
    if rng.random() < 0.3:
        signal[:] = np.round(signal / scale, 3) * scale
    kept = np.ones(time.size, bool)
    if rng.random() < 0.3:
        lost = rng.random(time.size) < rng.uniform(0.001, 0.03)
        if rng.random() < 0.5:
            kept = ~lost
        else:
            signal[lost] = np.nan
    return time[kept], v[kept], i[kept]


def traces() -> list[Trace]:
    """The set: 100 of each class, drawn from the four kinds of test in turn."""
    rng = np.random.default_rng(SEED)
    makers: tuple[Callable[..., tuple[Array, Array, Array]], ...]
    makers = (symmetric, symmetric, ramp, full, held)
    made = []
    for number in range(len(CLASSES) * PER_CLASS):
        make, truth = makers[number % len(makers)], CLASSES[number // PER_CLASS]
        kind = make.__name__
        time, v, i = _instrument(rng, kind, *make(rng, truth))
        alone = kind == "symmetric" and rng.random() < 0.1
        made.append(Trace(f"{number:03d}_{kind}_{truth}", truth, time, v, None if alone else i))
    return made
