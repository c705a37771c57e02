"""Decouple a trace: its charges, κ from a clean part, what is hidden and what cannot be told."""

from __future__ import annotations

import dataclasses
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from dendrolith.core.errors import ConfigError
from dendrolith.traces.decouple.cell_facts import CellFacts, ModelErrors
from dendrolith.traces.decouple.correlation import Correlation, correlation
from dendrolith.traces.decouple.estimate import (
    BARS,
    Charge,
    Estimate,
    estimate,
    passed_charge,
    slope_of,
)
from dendrolith.traces.decouple.observer import observed_charge
from dendrolith.traces.held import noise_of, stuck
from dendrolith.traces.local_lines import LEAST_SAMPLES, WINDOWS, window_for
from dendrolith.traces.signals import Signals, need_pressure

FloatArray = npt.NDArray[np.float64]

PRECISE = 0.05  # a window is long enough where the noise of j_a is this part of the current
CLEAN = (0.05, 0.25)  # of the charge that passed in the first charge
FLAT = 0.25  # an error of q_c by that of U beyond this part of the charge: U is flat
CLEARLY = 0.3  # κ that differs from that of the cell by more is named
MARGIN = 0.2  # V, beyond U(x)
OTHER_CELL = "it is that of another cell, or the voltage is not that of the whole cell"
TOGETHER = (
    "two signals cannot tell three unknowns: leakage and lithium that reduces the counter "
    "electrode chemically show as one sum"
)


@dataclass(frozen=True, slots=True)
class Hidden:
    """What is hidden in one charge.

    Attributes:
        charge: its signals.
        estimate: what is hidden.
        correlation: of voltage and pressure; None without a voltage.
    """

    charge: Charge
    estimate: Estimate
    correlation: Correlation | None


@dataclass(frozen=True, slots=True)
class Decoupling:
    """What was found in a trace.

    Attributes:
        signals: the trace.
        charges: one after another.
        slope, slope_noise: κ and its standard deviation by the noise and slow changes [Pa m²/C].
        noise: of the pressure [Pa].
        unknown: output that is NaN → the reason.
        notes: what the user should know.
    """

    signals: Signals
    charges: tuple[Hidden, ...]
    slope: float
    slope_noise: float
    noise: float
    unknown: dict[str, str]
    notes: tuple[str, ...]


def long_charges(signals: Signals) -> list[slice]:
    """The charges of a trace that have samples enough.

    Raises:
        ConfigError: there is none; says the least length.
    """
    slices, least = signals.charges(), WINDOWS * LEAST_SAMPLES
    if not slices:
        raise ConfigError(f"{signals.path}: is never charged: the current of a charge is positive")
    longest = max(part.stop - part.start for part in slices)
    if longest < least:
        interval = float(np.median(np.diff(signals.time))) if signals.time.size > 1 else 0.0
        raise ConfigError(
            f"{signals.path}: too short: its longest charge has {longest} samples; at least "
            f"{least} are needed, {least * interval:.3g} s at one in {interval:.3g} s"
        )
    return [part for part in slices if part.stop - part.start >= least]


def charges_of(
    signals: Signals,
    clean: tuple[float, float] = CLEAN,
    *,
    drift: float = 0.0,
    calibrated: int = 1,
    precise: float = PRECISE,
) -> tuple[list[Charge], float, float]:
    """The charges of a trace that are long enough, κ, and its standard deviation [Pa m²/C].

    Args:
        signals: the trace, with a pressure.
        clean: begin and end of the clean part, as parts of the charge that passed.
        drift: of the pressure without any current [Pa/s].
        calibrated: number of the charge, from 1, whose clean part gives κ.
        precise: noise of j_a in a window, over the current [1].

    Raises:
        ConfigError: no pressure, no charge, one too short, or no clean part; says the least length.
            The pressure sticks in the clean part.
    """
    pressure = need_pressure(signals) - drift * (signals.time - signals.time[0])
    charges = [_charge(signals, pressure, part, clean) for part in long_charges(signals)]
    if calibrated > len(charges):
        raise ConfigError(
            f"{signals.path}: has {len(charges)} charges: --calibrate {calibrated} is not one"
        )
    used = charges[calibrated - 1]
    if (used.sticks & used.clean).any():
        raise ConfigError(
            f"{signals.path}: the pressure sticks in the clean part of charge {calibrated}: name "
            "another part with --clean, or another charge with --calibrate"
        )
    slope, slope_noise = slope_of(used)
    if slope <= 0:
        raise ConfigError(
            f"{signals.path}: the pressure does not rise over {clean[0]:.0%} to {clean[1]:.0%} "
            "of the charge: no clean part; name another with --clean, or check which column "
            "is the pressure"
        )
    for number, charge in enumerate(charges):
        noise = charge.noise / (slope * float(np.median(charge.current)))
        window = window_of(signals, charge.time, noise, precise, "pressure")
        charges[number] = dataclasses.replace(charge, window=window)
    return charges, slope, slope_noise


def window_of(signals: Signals, time: FloatArray, noise: float, precise: float, what: str) -> float:
    """Window of a charge [s]: long enough for the noise, a twentieth of the charge at most.

    Args:
        signals: of the charge, for the message.
        time: (n,) of the charge [s].
        noise: standard deviation of a sample over the rate that a clean cell has [s].
        precise: noise of a rate in a window, over that rate [1].
        what: is noisy.

    Raises:
        ConfigError: a whole charge is not enough; says the least length.
    """
    interval, length = float(np.median(np.diff(time))), float(time[-1] - time[0])
    window = window_for(noise, interval, precise)
    if window > length:
        raise ConfigError(
            f"{signals.path}: too short: noise of the {what} hides its rate; at one sample in "
            f"{interval:.3g} s a charge of {window:.3g} s at least is needed, this has "
            f"{length:.3g} s"
        )
    return min(window, length / WINDOWS)


def _charge(
    signals: Signals, pressure: FloatArray, part: slice, clean: tuple[float, float]
) -> Charge:
    """One charge; its window is still to be found."""
    time, current, p = signals.time[part], signals.current[part], pressure[part]
    voltage = None if signals.voltage is None else signals.voltage[part]
    q = passed_charge(time, current)
    inside = (q >= clean[0] * q[-1]) & (q <= clean[1] * q[-1])
    if np.count_nonzero(inside) < LEAST_SAMPLES:
        raise ConfigError(
            f"{signals.path}: the clean part has {np.count_nonzero(inside)} of the "
            f"{LEAST_SAMPLES} samples that it needs: widen --clean"
        )
    assert signals.pressure is not None
    sticks = stuck(signals.pressure[part])
    noise = noise_of(p if sticks.all() else p[~sticks])
    return Charge(time, current, p, voltage, 0.0, inside, noise, sticks)


def decouple(
    signals: Signals,
    facts: CellFacts,
    *,
    errors: ModelErrors | None = None,
    clean: tuple[float, float] = CLEAN,
    drift: float = 0.0,
    calibrated: int = 1,
) -> Decoupling:
    """Find what is hidden in a trace.

    Args:
        signals: the trace.
        facts: of the cell.
        errors: of the facts.
        clean: begin and end of the part without a short, of the charge that passed.
        drift: of the pressure without any current [Pa/s].
        calibrated: number of the charge, from 1, whose clean part gives κ.

    Raises:
        ConfigError: the trace does not do, or it is not that of this cell.
    """
    errors = errors or ModelErrors()
    charges, slope, slope_noise = charges_of(signals, clean, drift=drift, calibrated=calibrated)
    charges = [_without_leads(charge, facts) for charge in charges]
    slope_noise = float(np.hypot(slope_noise, _slow(charges[calibrated - 1], errors)))
    notes = [*signals.notes, *_slope_note(slope, facts), *stuck_notes(signals)]
    unknown = {"leakage alone": TOGETHER, "direct reduction alone": TOGETHER}
    passed = max(charge.passed[-1] for charge in charges)
    why = _voltage_tells_nothing(signals, charges[calibrated - 1], passed, facts, errors)
    if why:
        unknown |= {name: why for name in ("leak current", "leak charge", "buried charge")}
        notes.append("hidden current and charge take no lithium to be buried in pores or cracks")
    found = []
    for charge in charges:
        correlated = (
            None if charge.voltage is None else correlation(charge, None if why else facts, slope)
        )
        used = dataclasses.replace(charge, voltage=None) if why else charge
        hidden = estimate(used, facts, slope, slope_noise, errors)
        found.append(Hidden(charge, hidden, correlated))
    notes += _clean_notes(charges, slope, slope_noise, errors) + _impossible(found)
    noise = charges[0].noise
    return Decoupling(signals, tuple(found), slope, slope_noise, noise, unknown, tuple(notes))


def _without_leads(charge: Charge, facts: CellFacts) -> Charge:
    """A charge with the voltage between its electrodes."""
    if charge.voltage is None:
        return charge
    return dataclasses.replace(charge, voltage=facts.inside(charge.voltage, charge.current))


def _slope_note(slope: float, facts: CellFacts) -> list[str]:
    known = facts.slope
    if known is None or abs(slope - known) < CLEARLY * abs(known):
        return []
    return [
        f"the pressure rises by {slope:.3g} Pa m^2/C in the clean part, by {known:.3g} in the "
        "cell file: the frame is another one, or the part is not clean (--clean)"
    ]


def _slow(charge: Charge, errors: ModelErrors) -> float:
    """Deviation of κ by slow changes of the pressure, at both ends of the clean part [Pa m²/C]."""
    return float(np.sqrt(2) * errors.pressure / np.ptp(charge.passed[charge.clean]))


def _clean_notes(
    charges: list[Charge], slope: float, slope_noise: float, errors: ModelErrors
) -> list[str]:
    """Says which charges have a clean part in which pressure rises as it does not by κ."""
    notes = []
    for number, charge in enumerate(charges, 1):
        own, noise = slope_of(charge)
        off = np.hypot(errors.slope, np.hypot(noise, slope_noise) / slope)
        if abs(own / slope - 1) > BARS * off:
            notes.append(
                f"charge {number}: the pressure of its clean part rises by {own / slope:.2f} of "
                "the pressure per charge: it is not clean, and what it hides is not counted"
            )
    return notes


def _impossible(charges: list[Hidden]) -> list[str]:
    """Says what is below 0 at the end, with its bars: no cell does that."""
    notes = []
    for number, hidden in enumerate(charges, 1):
        found = hidden.estimate
        ends = {
            "hidden charge": found.hidden_charge.high[-1],
            "leak charge": found.leak_charge.high[-1],
            "buried charge": found.buried_charge.high[-1],
        }
        notes += [
            f"charge {number}: the {name} is below 0 beyond its bars, which no cell does: capacity "
            "or U(x) of the cell file are off, or the pressure drifts, more than the bars hold"
            for name, high in ends.items()
            if high < 0
        ]
    return notes


def stuck_notes(signals: Signals) -> list[str]:
    """Says where the pressure of a charge sticks; empty where it does not."""
    found, t = np.zeros(signals.time.size, dtype=bool), signals.time
    for part in long_charges(signals):
        found[part] = stuck(need_pressure(signals)[part])
    edges = np.flatnonzero(np.diff(np.r_[False, found, False].astype(np.int8))).reshape(-1, 2)
    return [
        f"the pressure keeps one value from {t[begin]:.6g} s to {t[end - 1]:.6g} s, as of a sensor "
        "that sticks: it tells nothing there"
        for begin, end in edges
    ]


def _voltage_tells_nothing(
    signals: Signals, clean: Charge, passed: float, facts: CellFacts, errors: ModelErrors
) -> str:
    """Why q_c cannot be found from the voltage; empty where it can.

    Args:
        signals: the trace, for messages.
        clean: charge whose clean part is known to be clean.
        passed: in the longest charge [C/m²].
        facts: of the cell.
        errors: of the facts.

    Raises:
        ConfigError: the voltage is not that of this cell.
    """
    if clean.voltage is None:
        return "no column is a voltage: the charge of the counter electrode is not known"
    if not np.isfinite(facts.capacity):
        return "the counter electrode of the cell file stores nothing: its charge is not in U"
    _, potential = facts.table()
    low, high = float(potential[0]) - MARGIN, float(potential[-1]) + MARGIN
    rest = float(np.median((clean.voltage - facts.loss(clean.current))[clean.clean]))
    if not low <= rest <= high:
        raise ConfigError(
            f"{signals.path}: {rest:.3g} V at rest in the clean part is not between {low:.3g} "
            f"and {high:.3g} V, which U of the cell file allows: {OTHER_CELL}"
        )
    flatness = facts.flatness()
    off = facts.capacity * errors.potential / max(flatness, 1e-12)
    if off > FLAT * passed:
        amount = "any charge" if facts.is_flat else f"{off:.3g} C/m^2"
        return f"U(x) is flat: {1e3 * errors.potential:g} mV of it are {amount}"
    _check_clean_part(signals, clean, off, facts)
    return ""


def _check_clean_part(signals: Signals, clean: Charge, off: float, facts: CellFacts) -> None:
    """Refuse a voltage that rises in the clean part as no charge of this cell makes it rise.

    Args:
        signals: the trace, for messages.
        clean: its charge.
        off: what the error of U makes of q_c [C/m²].
        facts: of the cell.

    Raises:
        ConfigError: the charge by the voltage is off by more than three deviations.
    """
    assert clean.voltage is not None
    taken = observed_charge(clean.time, clean.current, clean.voltage, facts)
    inside = np.flatnonzero(clean.clean)
    by_voltage, passed = (
        float(series[inside[-1]] - series[inside[0]]) for series in (taken, clean.passed)
    )
    if abs(by_voltage - passed) > 3 * np.sqrt(2) * off:
        raise ConfigError(
            f"{signals.path}: in the clean part {passed:.4g} C/m^2 passed, and the voltage "
            f"rose as with {by_voltage:.4g} C/m^2 in the cell file: the part is not clean "
            f"(--clean), or {OTHER_CELL}"
        )
