"""Isolated lithium of Avadanii et al. 2025 (10.1021/acsenergylett.5c00101): claims with numbers.

    ./env.sh run python -m benchmarks.avadanii2025.reproduce OUT

Runs the inputs of `configs/isolated` and a scan of the length of the leaf, each from its last
checkpoint on, and writes `OUT/figure.png` and `OUT/table.md`. Called again, it computes nothing
that is there. Ten minutes on one core.
"""

from __future__ import annotations

import argparse
import math
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from dendrolith.core.constants import FARADAY
from dendrolith.core.look import LOOK
from dendrolith.physics.griffith import bipolar_shape, isolated_critical_length
from dendrolith.results.open_run import RunResults, open_run
from dendrolith.results.pictures import Snapshot, paint
from dendrolith.studies.plating.show import SHOW

mpl.use("Agg")

CONFIGS = Path(__file__).parents[2] / "configs" / "isolated"
PLATING = ("slit", "reversal", "dendrite", "separator")
LENGTHS = (35, 50)  # half-lengths of the leaf [µm], on both sides of l_c
FIELD = 10.0 / 4.54e-2  # E₀ of 10 A/m² in LLZO [V/m]
MOLAR_VOLUME = 1.309e-5
UM, MPA, HOUR = 1e6, 1e-6, 3600.0
JOINED = 1e-3  # V between leaf and foil: below it they are one electrode
METAL = 0.05  # ξ from which on a point holds lithium
OUTER = 0.2  # of the crack, from its tip
CURRENT = (8.6e-6, 6.3)  # m/s and A/cm² of the paper


def main() -> int:
    """Run, draw, judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    for name in PLATING:
        if code := march(CONFIGS / f"{name}.yaml", out / name):
            return code
    for half in LENGTHS:
        words = (
            f"geometry.notch={half} um",
            f"geometry.width={max(600, 10 * half)} um",
            f"loading.volume_rate={0.05 * (half / 45) ** 1.5:.3g} um^2/s",
        )
        if code := march(CONFIGS / "bipolar_crack.yaml", out / f"crack_{half}", *words):
            return code
    runs = {name: open_run(out / name) for name in PLATING}
    cracks = {half: open_run(out / f"crack_{half}") for half in LENGTHS}
    mpl.rcParams.update(LOOK)
    draw(runs, cracks).savefig(out / "figure.png", dpi=110)
    lines = [*claims(runs), "", *scan(cracks)]
    (out / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 0


def march(config: Path, out: Path, *overrides: str) -> int:
    """One run, or what is left of it; its exit code."""
    sets = [part for override in overrides for part in ("--set", override)]
    command = [sys.executable, "-m", "dendrolith", "run", str(config), "--out", str(out)]
    return subprocess.run([*command, "--resume", "auto", *sets], check=False).returncode


def claims(runs: dict[str, RunResults]) -> list[str]:
    """A row a claim."""
    slit, back = runs["slit"].series, runs["reversal"]
    x, mass = slit["isolated_centre_x"], slit["lithium_isolated"]
    drift = np.abs(mass / mass[0] - 1).max()
    left, right = ends(runs["slit"])
    part, pieces, reach, time = replated(back)
    forward = (right[-1] - right[0]) / (slit["time"][-1] - slit["time"][0])
    joined = {name: contact(runs[name]) for name in ("dendrite", "separator")}
    moved = (
        f"{UM * x[0]:.1f} to {UM * x[-1]:.1f} um, polarity {slit['isolated_polarity'].min():.4f}"
    )
    shifts = UM * (left[-1] - left[0]), UM * (right[-1] - right[0])
    empty = f"left end {shifts[0]:+.1f} um, right end {shifts[1]:+.1f} um"
    outer = f"{100 * part:.0f} % of it in the outer 20 % of the crack at {time:.0f} s"
    ratio = reach / time / forward
    speeds = f"{UM * reach / time:.2g} against {UM * forward:.2g} um/s: {ratio:.0f} times"
    tip = f"{FARADAY / MOLAR_VOLUME * CURRENT[0] * 1e-4:.2f} A/cm^2, in the paper {CURRENT[1]}"
    own = f"{FARADAY / MOLAR_VOLUME * forward:.1f} A/m^2 at a nominal 10 A/m^2"
    later, never = joined["dendrite"], joined["separator"]
    joins = 0 < later < math.inf
    rows = [
        ("(i) the centre moves to the positive electrode", moved, x[-1] > x[0]),
        ("(i) its lithium stays", f"within {drift:.1e}", drift < 1e-6),
        ("(ii) an empty crack on the other side", empty, left[-1] > left[0]),
        ("(iv) after reversal lithium forms at the tip first", outer, part > 0.5),
        ("(iv) in patches", f"{pieces} pieces", pieces > 1),
        ("(v) that front is faster than the leaf in its crack", speeds, ratio > 1),
        ("(vi) a later dendrite joins the leaf to its electrode", said(later), joins),
        ("(vi) with a separator none", said(never), never == math.inf),
        ("j_tip = F c dx/dt at 8.6 um/s", tip, True),
        ("j_tip of the leaf of this run", own, True),
    ]
    table = ["| claim | number | holds |", "|---|---|---|"]
    return table + [f"| {a} | {b} | {'yes' if c else '**no**'} |" for a, b, c in rows]


def said(time: float) -> str:
    """When leaf and foil are one electrode, in words."""
    return "never" if math.isinf(time) else f"at {time:.0f} s"


def line_of(run: RunResults, time: float) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """The x [m], ξ and φ_el on the axis of the piece, in the order of x."""
    fields = run.fields(time)
    y = run.config.lithium_pieces[0].centre.y
    near = np.abs(fields.points[:, 1] - y)
    on = near <= near.min() + 1e-9
    order = np.argsort(fields.points[on, 0])
    return tuple(
        values[on][order]
        for values in (fields.points[:, 0], fields.values["xi"], fields.values["phi_el"])
    )


def ends(run: RunResults) -> tuple[np.ndarray, np.ndarray]:
    """Left and right end of the leaf on its axis at the output times [m]."""
    found = []
    for time in run.times:
        x, xi, _ = line_of(run, time)
        off = x > run.config.geometry.lithium_thickness + 10e-6
        inside = x[off & (xi > 0.5)]
        found.append((crossing(x, xi, inside[0], -1), crossing(x, xi, inside[-1], 1)))
    left, right = np.array(found).T
    return left, right


def crossing(x: np.ndarray, xi: np.ndarray, at: float, step: int) -> float:
    """Where ξ falls to ½ beside the node `at` [m]."""
    n = int(np.argmin(np.abs(x - at)))
    return float(x[n] + (x[n + step] - x[n]) * (xi[n] - 0.5) / (xi[n] - xi[n + step]))


def replated(run: RunResults) -> tuple[float, int, float, float]:
    """At the first output: share in the outer part, pieces, reach from the tip [m], time [s]."""
    time = run.times[1]
    film = run.config.films[0]
    tip, end = film.through[0].x, film.through[-1].x
    x, xi, _ = line_of(run, time)
    crack = (x > tip - 10e-6) & (x < end - 10e-6)
    held = np.where(xi > METAL, xi, 0.0)[crack]
    outer = x[crack] < tip + OUTER * (end - tip)
    filled = np.flatnonzero(held > 0)
    pieces = 1 + int(np.count_nonzero(np.diff(filled) > 1))
    reach = float(x[crack][filled[-1]] - tip)
    return float(held[outer].sum() / held.sum()), pieces, reach, float(time)


def contact(run: RunResults) -> float:
    """Output time from which on leaf and foil have one potential [s]; ∞: they never have."""
    place = run.config.lithium_pieces[0].centre.x
    for time in run.times:
        x, _, phi = line_of(run, time)
        if abs(phi[np.argmin(np.abs(x - place))] - phi[0]) < JOINED:
            return float(time)
    return math.inf


def growth(run: RunResults) -> tuple[float, float, float]:
    """p₀ at which the crack grew [Pa], and what its right and left end have grown by [m]."""
    series, half = run.series, run.config.geometry.notch
    return (
        float(series["pressure"].max()),
        float(series["crack_tip"][-1] - half),
        float(series["crack_tip_left"][-1] - half),
    )


def scan(cracks: dict[int, RunResults]) -> list[str]:
    """Claim (iii): the pressure that a crack needs against that of a leaf in the field."""
    lines = [
        "| half-length [um] | p_0 of 10 A/m^2 [MPa] | p_0 at which it grows [MPa] "
        "| sharp crack [MPa] | grows | right, left end in the run [um] |",
        "|---|---|---|---|---|---|",
    ]
    for half, run in cracks.items():
        driven, sharp = pressures(run)
        needed, right, left = growth(run)
        lines.append(
            f"| {half} | {MPA * driven:.1f} | {MPA * needed:.1f} | {MPA * sharp:.1f} "
            f"| {'yes' if driven > needed else 'no'} | {UM * right:.1f}, {UM * left:.1f} |"
        )
    found, exact = critical_lengths(cracks)
    return [*lines, "", f"l_c {found:.1f} um by the scan, {exact:.1f} um of a sharp crack"]


def pressures(run: RunResults) -> tuple[float, float]:
    """FE₀l/V_m, and the p₀ at which a sharp crack grows [Pa]."""
    half, solid = run.config.geometry.notch, run.config.solid
    tough = math.sqrt(solid.plane_strain_modulus * run.config.damage.toughness)
    driven = FARADAY * FIELD * half / MOLAR_VOLUME
    return driven, tough / (bipolar_shape() * math.sqrt(math.pi * half))


def critical_lengths(cracks: dict[int, RunResults]) -> tuple[float, float]:
    """Half-length l_c [µm] where both pressures are equal, by the runs and of a sharp crack."""
    runs = list(cracks.values())
    halves = np.log([run.config.geometry.notch for run in runs])
    excess = np.log([pressures(run)[0] / growth(run)[0] for run in runs])
    found = float(np.exp(np.interp(0.0, excess, halves)))
    modulus, tough = runs[0].config.solid.plane_strain_modulus, runs[0].config.damage.toughness
    return UM * found, UM * isolated_critical_length(modulus, tough, MOLAR_VOLUME, FIELD)


def draw(runs: dict[str, RunResults], cracks: dict[int, RunResults]) -> Any:
    """Lithium at the start, in the middle and at the end of each run; damage; the scan."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(len(runs) + 1, 3, figsize=(12, 11), layout="constrained")
    for row, (name, run) in zip(axes, runs.items(), strict=False):
        for panel, part in zip(row, (0.0, 0.5, 1.0), strict=True):
            fields = run.fields(min(run.times, key=lambda t: abs(t - part * run.times[-1])))
            shot = Snapshot(
                fields.points[:, :2], fields.cells, fields.values, fields.time, show=SHOW
            )
            paint(panel, shot, SHOW.morphology)
            panel.set(title=f"{name}, t = {fields.time:.4g} s", xticks=[], yticks=[])
    longest = cracks[LENGTHS[1]]
    fields = longest.fields(longest.times[-1])
    plate = longest.config.geometry
    middle, wide = UM * np.array([plate.centre, plate.height / 2]), 1.6 * LENGTHS[1]
    panel = axes[-1, 0]
    x, y = (UM * fields.points[:, :2]).T
    panel.tripcolor(x, y, triangles(fields.cells), fields.values["d"], shading="gouraud")
    panel.set(title="(iii) damage: the plating end grew", aspect="equal")
    panel.set(xlim=(middle[0] - wide, middle[0] + wide), ylim=(middle[1] - 20, middle[1] + 20))
    halves = np.array(list(cracks))
    driven, sharp = np.array([pressures(run) for run in cracks.values()]).T
    axes[-1, 1].loglog(halves, MPA * driven, label="p₀ of the leaf in 10 A/m²")
    axes[-1, 1].loglog(halves, MPA * sharp, ":", label="grows, sharp crack")
    needed = [MPA * growth(run)[0] for run in cracks.values()]
    axes[-1, 1].loglog(halves, needed, "o", label="grows, damage")
    axes[-1, 1].set(xlabel="half-length [µm]", ylabel="pressure at the end [MPa]")
    axes[-1, 1].legend(fontsize=7)
    times, way = runs["slit"].series["time"], runs["slit"].series["isolated_centre_x"]
    axes[-1, 2].plot(times, UM * (way - way[0]))
    axes[-1, 2].set(xlabel="time [s]", ylabel="way of the centre of mass [µm]", title="slit")
    return figure


def triangles(cells: np.ndarray) -> np.ndarray:
    """(n, 3) triangles; a quadrilateral, with corners in tensor order, makes two."""
    if cells.shape[1] == 3:
        return cells
    return np.concatenate([cells[:, [0, 1, 2]], cells[:, [1, 3, 2]]])


if __name__ == "__main__":
    sys.exit(main())
