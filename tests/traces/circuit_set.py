"""A set of measured-looking traces from an equivalent circuit, for judging `classify`.

A cell (open-circuit potential, ohmic and charge-transfer resistance, two RC elements, growth of a
half-cycle, Arrhenius temperature) lies in parallel with a conductor G(t). All traces of the set are
marched together, sample by sample. The class follows from G alone: no conductor, *none*; one that
takes a part of the current for a while, or the rest of a charge, *soft*; one of a few per cent of
the cell's resistance that stays to the end, *hard*. Nothing here is drawn from the classifier.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.float64]
SEED = 20_260_731
PER_CLASS = 100
CLASSES = ("none", "soft", "hard")
THERMAL = 2 * 8.314 * 298.15 / 96485  # 2RT/F [V]
ACTIVATION = 0.4 / 8.617e-5  # 0.4 eV over k_B [K]


@dataclass(frozen=True)
class Trace:
    """One trace: time [s], voltage [V], current [A] or none of it, class and what it is."""

    name: str
    truth: str
    time: Array
    voltage: Array
    current: Array | None


@dataclass
class Plan:
    """One cell and its test: parameters, current or voltage per sample, conductor per sample."""

    kind: str
    truth: str
    dt: Array  # [s] per sample
    applied: Array  # [A], or [V] where the voltage is held; for a full cell the size alone
    conductor: Array  # [1/Ohm] per sample
    growth: Array  # factor of the ohmic resistance per sample
    resistance: float  # [Ohm]
    exchange: float  # exchange current [A]
    elements: list[tuple[float, float]]  # (Ohm, s)
    capacity: float = 1.0  # [A s]
    flat: bool = False  # iron phosphate
    longest: int = 0  # samples of a half-cycle of a full cell
    extras: dict[str, Any] = field(default_factory=dict)


def open_circuit(q: Array, flat: Array) -> Array:
    """Potential [V] of a full cell over its state of charge, layered oxide or iron phosphate."""
    ends = 0.5 * np.exp(30 * np.minimum(q - 1, 0.05)) - 0.4 * np.exp(-30 * np.maximum(q, -0.03))
    layered = 3.45 + 0.62 * q + 0.08 * np.tanh(8 * (q - 0.6)) - 0.03 * np.sin(7 * q)
    return np.asarray(np.where(flat, 3.42 + 0.03 * q, layered) + ends)


def _cell(rng: np.random.Generator) -> dict[str, Any]:
    resistance = 10 ** rng.uniform(0.7, 2.7)
    return {
        "resistance": resistance,
        "elements": [
            (resistance * rng.uniform(0.05, 0.4), 10 ** rng.uniform(0.5, 2)),
            (resistance * rng.uniform(0.05, 0.4), 10 ** rng.uniform(2, 3.3)),
        ],
    }


def _slow(rng: np.random.Generator, time: Array, half: float) -> Array:
    """Growth of the interphase and swings of the temperature as a factor of the resistance."""
    part = time / time[-1]
    grown = 1 + rng.choice([0.0, rng.uniform(-0.25, 0.8)]) * part ** rng.uniform(0.5, 1.5)
    swing = rng.choice([0.0, rng.uniform(1, 8)])
    kelvin = 298.15 + swing * np.sin(
        2 * np.pi * (time / half / rng.uniform(1.5, 20) + rng.random())
    )
    return np.asarray(grown * np.exp(ACTIVATION * (1 / kelvin - 1 / 298.15)))


def _within(rng: np.random.Generator, phase: Array) -> Array:
    """Growth within a half-cycle: a peak of nucleation, then voids that narrow the contact."""
    peak = rng.choice([0.0, rng.uniform(0.1, 0.6)]) * np.exp(-phase / rng.uniform(0.02, 0.15))
    voids = rng.choice([0.0, rng.uniform(0.05, 0.7)]) * phase ** rng.uniform(1, 5)
    return np.asarray(1 + peak + voids)


def _wander(rng: np.random.Generator, count: int) -> Array:
    """A lognormal factor of a conductor that flickers."""
    steps = rng.normal(0, 1, count)
    kept = 1 - 1 / max(3.0, count / 30)
    walk = np.empty(count)
    value = 0.0
    for n in range(count):
        value = kept * value + np.sqrt(1 - kept**2) * steps[n]
        walk[n] = value
    return np.asarray(np.exp(0.15 * walk))


def _conductor(
    rng: np.random.Generator, truth: str, load: Array, active: Array, half: int, at: int | None
) -> Array:
    """The conductor G [1/Ohm] per sample; `load` is the cell's resistance without it [Ohm]."""
    count = load.size
    g = np.zeros(count)
    if truth == "none":
        return g
    live = np.flatnonzero(active)
    lowest, highest = int(0.25 * live.size), int(0.85 * live.size)
    if truth == "soft" or rng.random() < 0.4:
        for _ in range(int(rng.integers(1, 7 if truth == "soft" else 3))):
            start = live[rng.integers(lowest, highest)]
            length = int(max(4, half * 10 ** rng.uniform(-1, 0.4)))
            g[start : start + length] = 1 / rng.uniform(0.4, 1.2)
    start = at if at is not None else int(live[rng.integers(lowest, highest)])
    if truth == "hard":
        g[start:] = 1 / 10 ** rng.uniform(-2.3, -1.2)
    elif rng.random() < 0.25:
        g[start:] = 1 / rng.uniform(0.4, 1.2)
    return np.asarray(g * _wander(rng, count) / load)


def _load(plan: dict[str, Any], current: Array, growth: Array) -> Array:
    """Resistance of the cell without a conductor at this current [Ohm]."""
    size = np.maximum(np.abs(current), 1e-3 * np.abs(current).max())
    transfer = 2 * THERMAL * np.arcsinh(size / (2 * plan["exchange"])) / size
    return np.asarray(plan["resistance"] * growth + transfer)


def symmetric(rng: np.random.Generator, truth: str) -> Plan:
    """Li|Li at a current of fixed size that is reversed, with or without rests."""
    cell = _cell(rng)
    samples = int(10 ** rng.uniform(1, 3.3))
    halves = int(np.clip(rng.integers(6, 41), 6, max(6, 12000 // samples)))
    rest = int(samples * rng.choice([0.0, rng.uniform(0.05, 0.3)]))
    block = samples + rest
    phase = np.tile(np.r_[np.arange(samples) / samples, np.ones(rest)], halves)
    sign = np.repeat(np.where(np.arange(halves) % 2, -1.0, 1.0), block)
    active = np.tile(np.r_[np.ones(samples, bool), np.zeros(rest, bool)], halves)
    size = rng.uniform(0.02, 0.2) / cell["resistance"]
    cell["exchange"] = size * 10 ** rng.uniform(-0.5, 1)
    duration = rng.choice([600.0, 1800.0, 3600.0, 36000.0])
    dt = np.full(phase.size, duration / samples)
    growth = _slow(rng, np.cumsum(dt), duration) * _within(rng, phase)
    current = size * sign * active
    g = _conductor(rng, truth, _load(cell, size * sign, growth), active, samples, None)
    return Plan("symmetric", truth, dt, current, g, growth, **cell)


def ramp(rng: np.random.Generator, truth: str) -> Plan:
    """A critical-current test: the current grows in steps, each there and back or one way."""
    cell = _cell(rng)
    samples = int(10 ** rng.uniform(1, 2.6))
    steps = int(rng.integers(8, 16))
    back = bool(rng.random() < 0.6)
    rest = int(samples * rng.choice([0.0, rng.uniform(0.1, 0.5)]))
    signs = [1.0, -1.0] if back else [1.0]
    unit = rng.uniform(0.01, 0.05) / cell["resistance"]
    cell["exchange"] = unit * 10 ** rng.uniform(-0.3, 1.3)
    last = steps
    at = None
    if truth == "hard":
        began = int(rng.integers(3, steps - 1))
        last = min(steps, began + int(rng.integers(1, 4)))
        at = began * len(signs) * (samples + rest)
        at += 0 if rng.random() < 0.5 else int(rng.integers(0, samples))
    levels = [unit * (n + 1) * s for n in range(last) for s in signs]
    current = np.concatenate([np.r_[np.full(samples, i), np.zeros(rest)] for i in levels])
    loaded = np.repeat(levels, samples + rest)
    phase = np.tile(np.r_[np.arange(samples) / samples, np.ones(rest)], len(levels))
    dt = np.full(current.size, rng.choice([600.0, 1800.0, 3600.0]) / samples)
    growth = _slow(rng, np.cumsum(dt), dt[0] * samples) * _within(rng, phase)
    load = _load(cell, loaded, growth)
    g = _conductor(rng, truth, load, current != 0, samples, at)
    return Plan("ramp", truth, dt, current, g, growth, **cell)


def held(rng: np.random.Generator, truth: str) -> Plan:
    """A voltage that is held; the current follows."""
    cell = _cell(rng)
    count = int(10 ** rng.uniform(2, 3.7))
    volt = rng.uniform(0.02, 0.3)
    cell["exchange"] = volt / cell["resistance"] * 10 ** rng.uniform(-0.5, 1)
    applied = np.full(count, volt)
    if rng.random() < 0.3:
        applied *= np.repeat([1.0, -1.0, 1.0, -1.0], -(-count // 4))[:count]
    dt = np.full(count, 10 ** rng.uniform(3, 5) / count)
    time = np.cumsum(dt)
    growth = _slow(rng, time, time[-1] / 5) * (1 + rng.uniform(0, 0.6) * np.sqrt(time / time[-1]))
    load = _load(cell, applied / cell["resistance"], growth)
    g = _conductor(rng, truth, load, np.ones(count, bool), max(8, count // 12), None)
    plan = Plan("held", truth, dt, applied, g, growth, **cell)
    if rng.random() < 0.5:
        plan.extras["limit"] = rng.uniform(8, 20)
    return plan


def full(rng: np.random.Generator, truth: str) -> Plan:
    """A full cell between two voltages, each charge and discharge with a longest time."""
    cell = _cell(rng)
    samples = int(10 ** rng.uniform(2, 3))
    halves = 2 * int(rng.integers(3, 6))
    size = rng.uniform(0.02, 0.12) / cell["resistance"]
    cell["exchange"] = size * 10 ** rng.uniform(0, 1)
    duration = rng.choice([3600.0, 7200.0, 36000.0])
    count = samples * halves
    dt = np.full(count, duration / samples)
    growth = _slow(rng, np.cumsum(dt), duration)
    g = np.zeros(count)
    start = int(count * rng.uniform(0.4, 0.75))
    load = float(_load(cell, np.full(1, size), np.ones(1))[0])
    if truth == "hard":
        g[start:] = 1 / (load * 10 ** rng.uniform(-2.3, -1.2))
    elif truth == "soft" and rng.random() < 0.5:
        g[start:] = size / rng.uniform(3.55, 3.85)
    elif truth == "soft":
        for _ in range(int(rng.integers(2, 9))):
            begin = int(rng.integers(int(0.25 * count), int(0.9 * count)))
            length = int(max(4, samples * rng.uniform(0.02, 0.1)))
            g[begin : begin + length] = 1 / (load * rng.uniform(4, 12))
    plan = Plan("full", truth, dt, np.full(count, size), g * _wander(rng, count), growth, **cell)
    plan.capacity, plan.flat = size * duration / 0.95, bool(rng.random() < 0.3)
    plan.longest = int(1.4 * samples)
    return plan


def march(plans: list[Plan]) -> tuple[Array, Array]:
    """Voltage [V] and current [A] of all plans together, shape (samples, plans)."""
    longest = max(p.dt.size for p in plans)

    def table(name: str) -> Array:
        rows = [np.pad(getattr(p, name), (0, longest - p.dt.size), mode="edge") for p in plans]
        return np.ascontiguousarray(np.array(rows).T)

    dt, applied, g, growth = (table(n) for n in ("dt", "applied", "conductor", "growth"))
    ohm = np.array([p.resistance for p in plans])
    exchange = np.array([p.exchange for p in plans])
    r = np.array([[e[0] for e in p.elements] for p in plans]).T
    tau = np.array([[e[1] for e in p.elements] for p in plans]).T
    holds = np.array([p.kind == "held" for p in plans])
    is_full = np.array([p.kind == "full" for p in plans])
    flat = np.array([p.flat for p in plans])
    capacity = np.array([p.capacity for p in plans])
    limit = np.array([p.longest for p in plans])
    u, q = np.zeros_like(r), np.full(ohm.size, 0.05)
    way, since = np.ones(ohm.size), np.zeros(ohm.size)
    i = np.zeros(ohm.size)
    volts, currents = np.empty_like(applied), np.empty_like(applied)
    for k in range(longest):
        decay = np.exp(-dt[k] / tau)
        base = np.where(is_full, open_circuit(q, flat), 0.0) + (decay * u).sum(0)
        slope = ohm * growth[k] + ((1 - decay) * r).sum(0)
        drive = np.where(is_full, way, 1.0) * applied[k]
        for _ in range(8):  # Newton: current balance, or voltage balance where it is held
            x = i / (2 * exchange)
            v = base + slope * i + 2 * THERMAL * np.arcsinh(x)
            dv = slope + THERMAL / exchange / np.sqrt(1 + x**2)
            wrong = np.where(holds, v - drive, g[k] * v + i - drive)
            i = i - wrong / np.where(holds, dv, g[k] * dv + 1)
        v = base + slope * i + 2 * THERMAL * np.arcsinh(i / (2 * exchange))
        volts[k], currents[k] = v, np.where(holds, i + g[k] * v, drive)
        u = decay * u + (1 - decay) * r * i
        q = np.clip(q + np.where(is_full, i * dt[k] / capacity, 0), -0.03, 1.05)
        since += 1
        ends = np.where(flat, 3.75, 4.3), np.where(flat, 2.9, 3.0)
        turn = np.where(way > 0, v > ends[0], v < ends[1]) | (since > limit)
        way, since = np.where(turn & is_full, -way, way), np.where(turn, 0, since)
    return volts, currents


def _measured(rng: np.random.Generator, name: str, plan: Plan, v: Array, i: Array) -> Trace:
    """What an instrument writes: limit, noise, offset, rows that are lost, glitches."""
    v, i, time = v.copy(), i.copy(), np.cumsum(plan.dt)
    signal = i if plan.kind == "held" else v
    if "limit" in plan.extras:
        most = plan.extras["limit"] * np.median(np.abs(i[: i.size // 5]))
        v *= np.minimum(1, most / np.maximum(np.abs(i), 1e-30))
        i[:] = np.clip(i, -most, most)
    scale = float(np.median(np.abs(signal[: signal.size // 4][np.abs(i[: i.size // 4]) > 0])))
    if plan.kind == "full":
        scale = float(np.median(plan.applied) * plan.resistance)
    signal += (
        rng.choice([0.0, 0.003, 0.01, rng.uniform(0.01, 0.05)]) * scale * rng.normal(size=v.size)
    )
    signal += rng.choice([0.0, rng.uniform(-0.03, 0.03)]) * scale * np.linspace(0, 1, v.size)
    other = v if plan.kind == "held" else i
    other += rng.choice([0.0, 2e-4]) * np.abs(other).max() * rng.normal(size=v.size)
    kept = np.ones(v.size, bool)
    if rng.random() < 0.3:
        lost = rng.random(v.size) < rng.uniform(0.005, 0.03)
        if rng.random() < 0.5:
            signal[lost] = np.nan
        else:
            kept = ~lost
    if rng.random() < 0.1:
        signal[rng.integers(0, v.size, int(rng.integers(1, 4)))] = 0.0
    alone = plan.kind == "symmetric" and rng.random() < 0.15
    return Trace(name, plan.truth, time[kept], v[kept], None if alone else i[kept])


def traces() -> list[Trace]:
    """The set: 100 of each class; four in ten symmetric cells, a fifth of each other kind."""
    rng = np.random.default_rng(SEED)
    makers = (symmetric, symmetric, full, ramp, held)
    plans = [makers[n % 5](rng, truth) for truth in CLASSES for n in range(PER_CLASS)]
    made: list[Trace | None] = [None] * len(plans)
    order = np.argsort([p.dt.size for p in plans])
    for some in np.array_split(order, 4):
        volts, currents = march([plans[n] for n in some])
        for column, n in enumerate(some):
            size = plans[n].dt.size
            name = f"{n:03d}_{plans[n].kind}_{plans[n].truth}"
            made[n] = _measured(rng, name, plans[n], volts[:size, column], currents[:size, column])
    return [t for t in made if t is not None]
