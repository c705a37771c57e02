"""A decoupling as text, as a dictionary, as a table and as a picture."""

from __future__ import annotations

import csv
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np

from dendrolith.core.constants import HOUR
from dendrolith.core.errors import ConfigError
from dendrolith.core.look import LOOK, head
from dendrolith.traces.decouple.decouple import Decoupling, Hidden
from dendrolith.traces.decouple.estimate import Bars

# Name in the table, attribute of an estimate, its unit.
OUTPUT = (
    ("lithium_current", "lithium_current", "A/m^2"),
    ("hidden_current", "hidden_current", "A/m^2"),
    ("hidden_charge", "hidden_charge", "C/m^2"),
    ("leak_current", "leak_current", "A/m^2"),
    ("leak_charge", "leak_charge", "C/m^2"),
    ("buried_charge", "buried_charge", "C/m^2"),
)
NEVER = ("leakage_alone [A/m^2]", "direct_reduction_alone [A/m^2]")


def text(found: Decoupling) -> str:
    """What people read."""
    first, count = found.charges[0].charge, len(found.charges)
    lines = [
        f"{found.signals.path}: {count} charge{'s' if count > 1 else ''}",
        f"  pressure per charge  {found.slope:.4g} ± {2 * found.slope_noise:.2g} Pa m^2/C",
        f"  noise of pressure    {found.noise:.3g} Pa",
        f"  window               {first.window:.4g} s",
    ]
    for number, hidden in enumerate(found.charges, 1):
        lines += _of_charge(number, hidden)
    for why in dict.fromkeys(found.unknown.values()):
        names = [name for name, reason in found.unknown.items() if reason == why]
        lines.append(f"  not known: {', '.join(names)}: {why}")
    return "\n".join([*lines, *(f"  note: {note}" for note in found.notes)])


def _of_charge(number: int, hidden: Hidden) -> list[str]:
    charge, found, r = hidden.charge, hidden.estimate, hidden.correlation
    lines = [
        f"  charge {number}, {charge.time[0]:.6g} s to {charge.time[-1]:.6g} s",
        f"    passed             {charge.passed[-1]:.5g} C/m^2",
        f"    hidden             {_at_end(found.hidden_charge)}",
        f"    leak and reduction {_at_end(found.leak_charge)}",
        f"    buried             {_at_end(found.buried_charge)}",
    ]
    bars = found.hidden_current
    peak = int(np.argmax(np.nan_to_num(bars.value, nan=-np.inf)))
    lines.append(
        f"    largest hidden     {bars.value[peak]:.3g} ({bars.low[peak]:.3g} to "
        f"{bars.high[peak]:.3g}) A/m^2 at {charge.time[peak]:.6g} s"
        if np.isfinite(bars.value[peak])
        else "    largest hidden     not known"
    )
    if r is not None:
        lines += [
            f"    r of V and p       {r.plain:.3f}, which is no evidence",
            "    r of their rates   "
            + (
                "not known"
                if np.isnan(r.rates)
                else f"{r.rates:.2f} ({r.low:.2f} to {r.high:.2f}), normalised"
            ),
            f"    plated of passed   {_ratio(r.mean_ratio)}",
        ]
    return lines


def _ratio(value: float) -> str:
    return "not known" if np.isnan(value) else f"{value:.3f} on average"


def _at_end(bars: Bars) -> str:
    value, low, high = bars.value[-1], bars.low[-1], bars.high[-1]
    return "not known" if np.isnan(value) else f"{value:.4g} ({low:.4g} to {high:.4g}) C/m^2"


def as_dict(found: Decoupling) -> dict[str, Any]:
    """For programs; in SI units, None where it is not known."""
    charges = []
    for hidden in found.charges:
        entry: dict[str, Any] = {
            "begin [s]": float(hidden.charge.time[0]),
            "end [s]": float(hidden.charge.time[-1]),
            "window [s]": hidden.charge.window,
            "passed [C/m^2]": float(hidden.charge.passed[-1]),
        }
        for name, attribute, unit in OUTPUT:
            bars: Bars = getattr(hidden.estimate, attribute)
            if unit == "C/m^2":
                entry[f"{name} [{unit}]"] = _number(bars.value[-1])
                entry[f"{name}_low [{unit}]"] = _number(bars.low[-1])
                entry[f"{name}_high [{unit}]"] = _number(bars.high[-1])
        if hidden.correlation is not None:
            r = hidden.correlation
            entry["correlation"] = {
                "voltage and pressure, no evidence": _number(r.plain),
                "normalised rates": _number(r.rates),
                "low": _number(r.low),
                "high": _number(r.high),
                "lag [s]": _number(r.lag),
                "mean ratio": _number(r.mean_ratio),
            }
        charges.append(entry)
    return {
        "pressure_per_charge [Pa m^2/C]": found.slope,
        "deviation [Pa m^2/C]": found.slope_noise,
        "noise [Pa]": found.noise,
        "charges": charges,
        "unknown": found.unknown,
        "notes": list(found.notes),
    }


def _number(value: float) -> float | None:
    return float(value) if np.isfinite(value) else None


def write_table(path: Path, found: Decoupling) -> None:
    """A row for each sample of each charge; what is not known is NaN.

    Raises:
        ConfigError: it cannot be written.
    """
    header = ["time [s]", "charge_number [1]", "current [A/m^2]", "passed_charge [C/m^2]"]
    for name, _, unit in OUTPUT:
        header += [f"{name} [{unit}]", f"{name}_low [{unit}]", f"{name}_high [{unit}]"]
    try:
        with path.open("w", encoding="utf-8", newline="") as file:
            writer = csv.writer(file, lineterminator="\n")
            writer.writerow([*header, *NEVER])
            for number, hidden in enumerate(found.charges, 1):
                writer.writerows(_rows(number, hidden))
    except OSError as error:
        raise ConfigError(f"{path}: cannot be written: {error.strerror}") from None


def _rows(number: int, hidden: Hidden) -> list[list[str]]:
    charge = hidden.charge
    n = charge.time.size
    columns = [charge.time, np.full(n, number), charge.current, charge.passed]
    for _, attribute, _ in OUTPUT:
        bars: Bars = getattr(hidden.estimate, attribute)
        columns += [bars.value, bars.low, bars.high]
    columns += [np.full(n, np.nan)] * len(NEVER)
    return [[f"{value:.8g}" for value in row] for row in np.column_stack(columns)]


PANELS = (
    ("hidden current [A/m²]", ("hidden_current", "leak_current")),
    ("charge [C/m²]", ("hidden_charge", "leak_charge", "buried_charge")),
)
COLOURS = {
    "hidden_current": "#8b1e3f",
    "leak_current": "#5b7fa6",
    "hidden_charge": "#8b1e3f",
    "leak_charge": "#5b7fa6",
    "buried_charge": "#e0a526",
}
LABELS = {
    "hidden_current": "hidden: plates no dense lithium",
    "leak_current": "leakage and direct reduction",
    "hidden_charge": "hidden",
    "leak_charge": "leakage and direct reduction",
    "buried_charge": "buried in paths and pores",
}


def draw(path: Path, found: Decoupling) -> None:
    """Draw voltage, pressure, hidden currents and charges over time.

    Raises:
        ConfigError: the picture cannot be written.
    """
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    plt.rcParams.update(LOOK)
    figure, axes = plt.subplots(4, 1, figsize=(7, 8), sharex=True, layout="constrained")
    signals = found.signals
    hours = signals.time / HOUR
    if signals.voltage is not None:
        axes[0].plot(hours, signals.voltage, color="0.2", lw=0.9)
    axes[0].set_ylabel("voltage [V]")
    assert signals.pressure is not None
    axes[1].plot(hours, signals.pressure / 1e6, color="0.2", lw=0.6)
    axes[1].set_ylabel("pressure [MPa]")
    for panel, (label, names) in zip(axes[2:], PANELS, strict=True):
        _draw_bars(panel, found.charges, names)
        panel.set_ylabel(label)
        panel.axhline(0.0, color="0.6", lw=0.6)
        panel.legend(frameon=False, fontsize=8, loc="upper left")
    if found.charges:
        first = found.charges[0].charge
        clean = first.time[first.clean] / HOUR
        axes[1].axvspan(clean[0], clean[-1], color="0.9", lw=0)
        place = {"transform": axes[1].get_xaxis_transform(), "va": "top"}
        axes[1].text(clean[0], 0.95, " clean part", color="0.4", **place)
    axes[-1].set_xlabel("time [h]")
    head(figure, f"{signals.path}: bars cover 95 %", 9)
    try:
        figure.savefig(path)
    except (OSError, ValueError) as error:
        raise ConfigError(f"{path}: cannot be drawn: {error}") from None
    finally:
        plt.close(figure)


def _draw_bars(axes: Any, charges: Sequence[Hidden], names: Sequence[str]) -> None:
    for name in names:
        for number, hidden in enumerate(charges):
            bars: Bars = getattr(hidden.estimate, name)
            if np.all(np.isnan(bars.value)):
                continue
            t = hidden.charge.time / HOUR
            axes.fill_between(t, bars.low, bars.high, color=COLOURS[name], alpha=0.25, lw=0)
            label = None if number else LABELS[name]
            axes.plot(t, bars.value, color=COLOURS[name], lw=1.0, label=label)
