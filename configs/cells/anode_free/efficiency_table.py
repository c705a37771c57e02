"""Coulombic efficiencies of anode-free cells (huang2024): what is calibrated, what is predicted.

    ./env.sh run python configs/cells/anode_free/efficiency_table.py efficiencies.csv

Half a minute. One stranded fraction and one growth constant for each electrolyte or temperature
are found from one number of the paper each; all else follows.
"""

from __future__ import annotations

import csv
import functools
import itertools
import math
import sys
from pathlib import Path

from scipy.optimize import brentq

import dendrolith
from dendrolith.core.constants import FARADAY, GAS_CONSTANT

HALF, FULL = (Path(__file__).with_name(f"{kind}_cell.yaml") for kind in ("half", "full"))
TOLERATED = 2.0  # points within which a prediction agrees
INTERLAYER = "interlayer={thickness: 100 um, ionic_conductivity: 1.3e-3 S/m}"
CHARGED = 14080.0  # C/m², of full_cell.yaml
# Efficiencies in %, as the paper gives them; with and without the interlayer at 25, 60, 100 °C.
FULL_CELLS = {25: (65.9, 66.4), 60: (78.0, 53.1), 100: (80.5, 20.1)}


@functools.cache
def efficiencies(config: Path, *overrides: str) -> list[float]:
    """Of each cycle, in %."""
    passed: list[float] = []
    with dendrolith.Simulation(dendrolith.load(config, list(overrides))) as cell:
        for step in dendrolith.march(cell):
            values = cell.measure(step)
            if step.stage == len(passed):
                passed.append(0.0)
            passed[-1] = values["ion_charge [C/m^2]"] + values["electronic_charge [C/m^2]"]
    passed = [end - begin for begin, end in itertools.pairwise([0.0, *passed])]
    return [-100 * out / into for into, out in zip(passed[::2], passed[1::2], strict=True)]


def half(stranded: float, growth: float | None) -> list[float]:
    """Of two cycles of the half cell; without growth it has the interlayer."""
    set_ = [f"collector.stranded_fraction={stranded!r}"]
    if growth is None:
        return efficiencies(HALF, *set_, "interphase=null", INTERLAYER)
    return efficiencies(HALF, *set_, f"interphase.growth_constant={growth!r} m^2/s")


def full(stranded: float, growth: float, celsius: float, taken: float) -> float:
    """Of the first cycle of the full cell, where NCA takes back `taken` % of the charge."""
    return efficiencies(
        FULL,
        f"collector.stranded_fraction={stranded!r}",
        f"interphase.growth_constant={growth!r} m^2/s",
        f"kinetics.temperature={celsius + 273.15!r} K",
        f"control.1.until.charge={taken / 100 * CHARGED!r} C/m^2",
    )[0]


def growth_for(wanted: float, efficiency: functools.partial[float]) -> float:
    """The growth constant at which an efficiency comes out [m²/s]."""
    found = brentq(lambda k: efficiency(10**k) - wanted, -19.5, -15.5, xtol=1e-3)
    return float(10**found)


def rows() -> list[tuple[str, str, str, str]]:
    """Quantity, measured, model, what it is: calibrates, predicted and whether it agrees."""
    f = float(brentq(lambda f: half(f, None)[0] - 94.7, 0.01, 0.2, xtol=1e-5))
    argyrodite = growth_for(70.3, functools.partial(lambda k: half(f, k)[0]))
    glass = growth_for(77.3, functools.partial(lambda k: half(f, k)[0]))
    found = [
        _row("half cell, LBHI, cycle 1", 94.7, half(f, None)[0], f"calibrates f = {f:.4f}"),
        _row("half cell, LBHI, cycle 2", 95.5, half(f, None)[1]),
        _row("half cell, LPSCl, cycle 1", 70.3, half(f, argyrodite)[0],
             f"calibrates k = {argyrodite:.3g} m^2/s"),
        _row("half cell, LPSCl, cycle 2", 73.2, half(f, argyrodite)[1]),
        _row("half cell, LPS, cycle 1", 77.3, half(f, glass)[0],
             f"calibrates k = {glass:.3g} m^2/s"),
    ]  # fmt: skip
    growth = {}
    for celsius in (60, 100):
        taken, wanted = FULL_CELLS[celsius]
        growth[celsius] = growth_for(
            wanted, functools.partial(lambda T, taken, k: full(f, k, T, taken), celsius, taken)
        )
        got = full(f, growth[celsius], celsius, taken)
        what = f"calibrates k = {growth[celsius]:.3g} m^2/s; NCA takes back {taken} %"
        found.append(_row(f"full cell, LPSCl, {celsius} degC", wanted, got, what))
    inverse = 1 / 333.15 - 1 / 373.15
    energy = GAS_CONSTANT * math.log(growth[100] / growth[60]) / inverse
    cold = growth[60] * math.exp(-energy / GAS_CONSTANT * (1 / 298.15 - 1 / 333.15))
    taken, wanted = FULL_CELLS[25]
    found.append(_row("full cell, LPSCl, 25 degC", wanted, full(f, cold, 25, taken)))
    found.append(("activation energy of k", "-", f"{energy / 1e3:.1f} kJ/mol", "follows"))
    ratio = f"{cold:.3g} and {argyrodite:.3g} m^2/s"
    found.append(
        ("k at 25 degC, full and half cell", "-", ratio, f"off by {cold / argyrodite:.2f}")
    )
    plated = 0.2 * 3.5 * 3600 * 1.3148e-5 / FARADAY * 1e6
    found.append(("lithium of 0.02 mA/cm^2 in 3.5 h", "0.35 um", f"{plated:.3f} um", "predicted"))
    return found


def _row(name: str, measured: float, model: float, what: str = "") -> tuple[str, str, str, str]:
    off = model - measured
    verdict = "agrees" if abs(off) <= TOLERATED else "refuted"
    return name, f"{measured:.1f} %", f"{model:.1f} %", what or f"predicted: {verdict}, {off:+.1f}"


def main() -> None:
    """Print the table and write it."""
    found = rows()
    with Path(sys.argv[1]).open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("quantity", "paper", "model", "role and verdict"))
        writer.writerows(found)
    for row in found:
        print("{:<34}{:>9}{:>30}  {}".format(*row))


if __name__ == "__main__":
    main()
