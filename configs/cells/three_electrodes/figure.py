"""A soft short seen by three electrodes, a pressure gauge and impedance, and what it bears out.

    ./env.sh run python configs/cells/three_electrodes/figure.py FOLDER

Three minutes. Runs lto_soft_short.yaml in FOLDER/run unless it is there, and the same cell without
its protrusion and its mesh in FOLDER/healthy. Writes three_electrodes.png and claims.csv: each
claim of Xu et al. 2026 (10.1016/j.jechem.2026.02.014) with what the model gives.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

import dendrolith
from dendrolith.cli import main as command
from dendrolith.results.spectra import spectra_of
from dendrolith.traces.decouple.cell_facts import CellFacts
from dendrolith.traces.decouple.decouple import Hidden, decouple
from dendrolith.traces.signals import Signals
from dendrolith.traces.spectra.filament import Filament
from dendrolith.traces.spectra.picture import nyquist

CONFIG = Path(__file__).with_name("lto_soft_short.yaml")
HEALTHY = ["protrusions=null", "reference_electrode=null", "impedance=null", "solver.kind=reduced"]
HOUR, SLOPE = 3600.0, None
PELLET, AREA = 800e-6, 3.17e-5  # m, m²: of a cell in a quarter-inch die, for the size of filaments
STRONG = 0.9  # an ohmic resistance that falls by a tenth is a drop
RED, BLUE = "#b3232a", "#5b7fa6"
Claim = tuple[str, str, str, str]


@dataclass
class Cell:
    """Both runs, and what the pressure of the shorted one tells of its current."""

    soft: Any
    healthy: Any
    hidden: Hidden
    spectra: list[Any]

    @property
    def onset(self) -> int:
        """Row from which electrons carry a tenth of the current."""
        share = self.soft["electronic_current"] / self.soft["total_current"]
        return int(np.argmax(share > 0.1))

    @property
    def apart(self) -> tuple[float, float]:
        """Root mean square of j from the pressure less j [A/m²], part of samples in the bars."""
        bars = self.hidden.estimate.lithium_current
        time = self.hidden.charge.time
        truth = np.interp(time, self.soft["time"], self.soft["ionic_current"])
        known = np.isfinite(bars.value)
        inside = (bars.low <= truth) & (truth <= bars.high)
        rms = float(np.sqrt(np.mean((bars.value - truth)[known] ** 2)))
        return rms, float(inside[known].mean())


def series_of(folder: Path, changes: list[str]) -> Any:
    """Time series of a run, which is made where it is absent."""
    if not (folder / "timeseries.csv").exists():
        sets = [word for change in changes for word in ("--set", change)]
        assert command(["run", str(CONFIG), "--out", str(folder), *sets]) == 0
    return dendrolith.open_run(folder).series


def measured(folder: Path) -> Cell:
    """Both cells."""
    soft, healthy = series_of(folder / "run", []), series_of(folder / "healthy", HEALTHY)
    config = dendrolith.load(CONFIG)
    counter, metal = config.counter_electrode, config.lithium_metal.molar_volume
    loss = float(soft["cell_voltage"][0] - soft["open_circuit_potential"][0])
    facts = CellFacts(
        counter.open_circuit(), *counter.limits, counter.capacity,
        loss / float(soft["total_current"][0]), metal, counter.molar_volume, SLOPE,
    )  # fmt: skip
    names = ("time", "total_current", "stack_pressure", "cell_voltage")
    signals = Signals(folder / "run", *(np.asarray(soft[name]) for name in names))
    cell = Cell(soft, healthy, decouple(signals, facts).charges[0], [])
    closes = float(soft["time"][cell.onset])
    pairs = [(spectrum, at["time"]) for spectrum, at in spectra_of(folder / "run")]
    before = [spectrum for spectrum, time in pairs if time <= closes]
    cell.spectra = [before[-1], pairs[-1][0]]
    return cell


def claims(cell: Cell) -> list[Claim]:
    """Claim of the paper, what the model gives, from what, and the verdict."""
    soft, healthy, onset = cell.soft, cell.healthy, cell.onset
    voltage, time = np.asarray(soft["cell_voltage"]), np.asarray(soft["time"]) / HOUR
    top = int(np.argmax(voltage[onset // 2 :])) + onset // 2
    rise = {name: 1e-6 * np.ptp(of["stack_pressure"]) for name, of in (("s", soft), ("h", healthy))}
    rms, inside = cell.apart
    charge = np.sum((soft["total_current"] - soft["ionic_current"]) * soft["dt"])
    high, low = np.asarray(soft["hf_resistance"]), np.asarray(soft["lf_resistance"])
    ratio, slow = high[-1] / high[onset], low[-1] / low[onset]
    expected = 100 * (1 - 1 / (1 + low[onset] * soft["electronic_current"][-1] / voltage[-1]))
    anode, counter = (np.asarray(soft[f"{of}_potential"]) for of in ("anode", "counter"))
    back = voltage[-1] - voltage[top:].min()
    bridge = voltage[-1] / soft["electronic_current"][-1]
    wires = Filament(PELLET)
    ohm = float(bridge / AREA)
    one, (few, many) = wires.diameter(ohm, 1), wires.counts(ohm, 1e-9, 1e-7)
    return [
        ("the voltage does not collapse", f"{voltage[-1]:.3f} V of {voltage[top]:.3f} V are left",
         "R_c of the narrowest bridge", "agrees: calibrated at the plateau"),
        ("it does not rise any further in the charge",
         f"{voltage[-1]:.3f} V after {time[-1]:.0f} h; without a short "
         f"{healthy['cell_voltage'][-1]:.2f} V and full after {healthy['time'][-1] / HOUR:.1f} h",
         "follows", "agrees"),
        ("it fluctuates", f"one rise, one fall of {1e3 * (voltage[top] - voltage[-1]):.1f} mV",
         "follows", "not in this model: the bridge limits itself smoothly"),
        ("it recovers in part", f"{1e3 * max(back, 0.0):.2f} mV above its lowest", "follows",
         "agrees" if back > 1e-3 else "not in this model: the bridge stays, and widens"),
        ("a reference tells both electrodes apart",
         f"anode {1e3 * anode[onset]:.2f} to {1e3 * anode[-1]:.2f} mV, counter electrode "
         f"{counter[onset]:.4f} to {counter[-1]:.4f} V", "follows",
         "agrees: the anode loses its overpotential, which in the cell voltage is within the rest"),
        ("the pressure shows the Faradaic current", f"j within {rms:.2f} A/m^2, "
         f"{100 * inside:.0f} % of samples in the bars", "kappa from 5 to 25 % of the charge",
         "agrees" if inside >= 0.9 else "agrees in part"),
        ("reactions decouple from the applied current",
         f"{charge:.0f} C/m^2 of electrons; +{rise['s']:.2f} MPa, healthy +{rise['h']:.2f} MPa",
         "frame of 0.5 MPa/um assumed", "agrees"),
        ("the ohmic resistance drops as it bridges",
         f"to {100 * ratio:.1f} % at 1 MHz, to {100 * slow:.1f} % at 1 mHz", "follows",
         "agrees" if ratio < STRONG else "refuted for a bridge that stops the voltage: R_e is "
         f"{bridge / low[onset]:.0f} times the cell's resistance, {expected:.1f} % of it"),
        ("filaments are 1 to 100 nm thick", f"{ohm / 1e3:.0f} kOhm: one of {1e9 * one:.0f} nm, or "
         f"{few:.2g} of 100 nm to {many:.2g} of 1 nm", "800 um, 0.32 cm^2 assumed",
         "can be had: only a curve d(n) is known"),
    ]  # fmt: skip


def draw(cell: Cell, picture: Path) -> None:
    """Potentials, pressure, currents and spectra."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    figure, ((left, pressure), (current, spectra)) = plt.subplots(
        2, 2, figsize=(10, 6.4), layout="constrained"
    )
    soft, healthy = cell.soft, cell.healthy
    time, other = np.asarray(soft["time"]) / HOUR, np.asarray(healthy["time"]) / HOUR
    left.plot(time, soft["counter_potential"], color=RED, label="LTO against the wire")
    left.plot(other, healthy["cell_voltage"], ":", color="0.4", label="cell without a short")
    left.set(ylabel="E of LTO [V]", xlabel="time [h]")
    anode = left.twinx()
    anode.plot(time, 1e3 * np.asarray(soft["anode_potential"]), color=BLUE, label="lithium")
    anode.set_ylabel("E of lithium [mV]", color=BLUE)
    left.legend(frameon=False, loc="upper left", fontsize=8)
    pressure.plot(time, 1e-6 * np.asarray(soft["stack_pressure"]), color=RED, label="soft short")
    pressure.plot(other, 1e-6 * np.asarray(healthy["stack_pressure"]), ":", color="0.4",
                  label="without a short")  # fmt: skip
    pressure.set(ylabel="stack pressure [MPa]", xlabel="time [h]")
    pressure.legend(frameon=False, fontsize=8)
    bars, at = cell.hidden.estimate.lithium_current, cell.hidden.charge.time / HOUR
    current.fill_between(at, bars.low, bars.high, color=BLUE, alpha=0.3, lw=0)
    current.plot(at, bars.value, color=BLUE, label="from the pressure")
    current.plot(time, soft["ionic_current"], "--", color="k", lw=1, label="of the ions")
    current.plot(time, soft["total_current"], color=RED, lw=1, label="applied")
    current.set(ylabel="current density [A/m²]", xlabel="time [h]", ylim=(-2, 3))
    current.legend(frameon=False, fontsize=8)
    nyquist(spectra, cell.spectra)
    figure.savefig(picture, dpi=90)


def main() -> None:
    """Run, draw, and write the claims."""
    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    cell = measured(folder)
    draw(cell, folder / "three_electrodes.png")
    found = claims(cell)
    with (folder / "claims.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("claim", "model", "from", "verdict"))
        writer.writerows(found)
    for claim in found:
        print("{}: {} ({}); {}".format(*claim))


if __name__ == "__main__":
    main()
