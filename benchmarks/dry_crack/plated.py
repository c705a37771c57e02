"""A crack that lithium opens as it plates, and the lithium that follows: window at each place.

    ./env.sh run python -m benchmarks.dry_crack.plated OUT

Runs `plated.yaml` and its variants, each from its last checkpoint on.
Writes `OUT/plated.md`, pressures beside those of a sharp crack and windows, and `OUT/plated.png`.
A quarter of an hour of CPU.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from benchmarks.dry_crack.sharp import SharpCell
from benchmarks.dry_crack.windows import speed, windows
from dendrolith.core.look import LOOK
from dendrolith.results.open_run import RunResults, open_run

mpl.use("Agg")

CONFIG = Path(__file__).with_name("plated.yaml")
UM, MPA = 1e6, 1e-6
VARIANTS = {
    "shipped": (),
    "twice i_0": (
        "kinetics.exchange_current_density=200 A/m^2",
        *("time.max_step=2 s", "time.end=56 s"),
    ),
    "38 mV": ("control.0.voltage=38 mV", "time.max_step=6 s", "time.end=130 s"),
}
STATIC = ("damage.toughness=2000 J/m^2", "time.max_step=25 s", "time.end=150 s")
PLACES = (48e-6, 50e-6, 52e-6, 54e-6, 56e-6)  # m from the foil
LENGTHS = (50.0, 60.0, 70.0, 80.0, 90.0, 100.0)  # µm, of the crack beside a sharp one
TOUGHNESS, FINE = 0.6e6, 1e-6  # Pa √m, m


def main() -> int:
    """Run, compare, draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    runs = run_all(CONFIG, VARIANTS | {"static": STATIC}, out)
    static = runs.pop("static").series["lithium_pressure_max"][-1]
    lines = [f"lithium of a flaw that stays presses by {MPA * static:.1f} MPa at 60 mV", ""]
    lines += [*beside_sharp(runs["shipped"]), "", *table(runs, PLACES)]
    (out / "plated.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    mpl.rcParams.update(LOOK)
    draw(runs, "shipped").savefig(out / "plated.png", dpi=100)
    return 0


def run_all(
    config: Path, variants: Mapping[str, Sequence[str]], out: Path
) -> dict[str, RunResults]:
    """Run an input with changes, each variant in a folder of `out`; what has run is used again.

    Raises:
        SystemExit: with the exit code of a run that failed; it has said why.
    """
    runs = {}
    for name, changes in variants.items():
        folder = out / name.replace(" ", "_")
        words = [sys.executable, "-m", "dendrolith", "run", str(config), "--out", str(folder)]
        words += ["--resume", "auto", *(f"--set={change}" for change in changes)]
        if code := subprocess.run(words, check=False).returncode:
            raise SystemExit(code)
        runs[name] = open_run(folder)
    return runs


def sharp_cell(run: RunResults) -> SharpCell:
    """The same cell with a sharp crack."""
    box, materials = run.config.geometry, run.config.materials
    moduli = [(part.young_modulus, part.poisson_ratio) for part in
              (materials.lithium, materials.electrolyte)]  # fmt: skip
    return SharpCell(box.length, box.height / 2, box.lithium_thickness, *moduli, FINE)


def beside_sharp(run: RunResults) -> list[str]:
    """Pressure of lithium, and that of a sharp crack as long, with lithium as far."""
    rows = ["| time [s] | crack [µm] | lithium [µm] | p [MPa] | of a sharp crack [MPa] |"]
    rows.append("|---|---|---|---|---|")
    cell, columns = sharp_cell(run), run.series
    for length in LENGTHS:
        there = np.flatnonzero(columns["crack_tip"] >= length / UM)
        for k in there[:1]:
            crack, lithium = (columns[name][k] for name in ("crack_tip", "tip_height"))
            sharp = cell.critical_pressure(round(crack / FINE) * FINE, lithium, TOUGHNESS)
            rows.append(
                f"| {columns['time'][k]:.1f} | {UM * crack:.0f} | {UM * lithium:.1f} "
                f"| {MPA * columns['lithium_pressure_max'][k]:.1f} | {MPA * sharp:.1f} |"
            )
    return rows


def table(runs: Mapping[str, RunResults], places: Sequence[float]) -> list[str]:
    """Windows of each run at places [m], and how fast lithium is over the 2 µm before."""
    rows = ["| place [µm] | " + " | ".join(f"{name} [s], v [µm/s]" for name in runs) + " |"]
    rows.append("|---|" + "---|" * len(runs))
    for place in places:
        cells = []
        for run in runs.values():
            (found,) = windows(run.series, [place])
            v = UM * speed(run.series, place - 2 / UM, place)
            cells.append(f"{found.length:.1f}, {v:.2g}" if found.length < np.inf else "none yet")
        rows.append(f"| {UM * place:.0f} | " + " | ".join(cells) + " |")
    return rows


def draw(runs: Mapping[str, RunResults], shown: str) -> Any:
    """Crack and lithium over time; damage and lithium of the run that is shown, at its end."""
    import matplotlib.pyplot as plt

    figure, (left, right) = plt.subplots(1, 2, figsize=(11, 4), layout="constrained")
    for number, (name, run) in enumerate(runs.items()):
        time = run.series["time"]
        left.plot(time, UM * run.series["crack_tip"], color=f"C{number}", label=f"{name}: crack")
        left.plot(time, UM * run.series["tip_height"], color=f"C{number}", ls="--", label="lithium")
    left.set(xlabel="time [s]", ylabel="from the foil [µm]")
    left.legend()
    stored = runs[shown].fields()
    x, y, _ = UM * stored.points.T
    image = right.tricontourf(
        x, y, stored.values["d"], levels=np.linspace(0, 1 + 1e-6, 21), cmap="Greys"
    )
    right.tricontour(x, y, stored.values["xi"], levels=[0.5], colors="C1")
    figure.colorbar(image, ax=right, label="damage")
    right.set(title=f"damage, and ξ = ½, at {stored.time:.0f} s", xlabel="x [µm]", ylabel="y [µm]")
    right.set_aspect("equal")
    return figure


if __name__ == "__main__":
    sys.exit(main())
