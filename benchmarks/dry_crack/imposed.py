"""A crack under an imposed pressure runs ahead at once; lithium follows by its reaction alone.

    ./env.sh run python -m benchmarks.dry_crack.imposed OUT

Runs the cell of `plated.yaml` under the literature's law, p = ½F|η|/V_m, each variant from its last
checkpoint on. Writes `OUT/imposed.md`, arrest beside a sharp crack, windows, speeds, a crack that
hardly grows with two widths, a cell that is crossed, and `OUT/imposed.png`. Half an hour of CPU.

An imposed pressure is that of the slot model. Its lithium is as well pressed at its root as at its
end, so η has to be uniform: i₀ is 1/40 of the shipped one, and σRT/(F i₀) is 10 flaws long.
Capillary mobility goes with i₀, so capillarity takes the same part of η.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping
from pathlib import Path

import matplotlib as mpl
import numpy as np

from benchmarks.dry_crack.plated import (
    CONFIG,
    FINE,
    MPA,
    TOUGHNESS,
    UM,
    draw,
    run_all,
    sharp_cell,
    table,
)
from benchmarks.dry_crack.windows import windows
from dendrolith.core.look import LOOK
from dendrolith.results.open_run import RunResults

FLAW = 44e-6  # m
PLACES = (46e-6, 48e-6, 50e-6, 52e-6)  # m from the foil
CROSSED = "18 mV, 84 um of electrolyte"


def changes(
    voltage: float, i_0: float = 2.5, L_xi_kappa: float = 5.5e-15, end: float = 2400.0
) -> tuple[str, ...]:
    """What differs from `plated.yaml`.

    Args:
        voltage: of the cell [mV].
        i_0: exchange current density [A/m²].
        L_xi_kappa: capillary mobility [m²/s].
        end: of the run [s].
    """
    return (
        "lithium_pressure.mode=equilibrium",
        "lithium_pressure.share=0.5",
        f"control.0.voltage={voltage} mV",
        f"kinetics.exchange_current_density={i_0} A/m^2",
        f"lithium_metal.capillary_mobility={L_xi_kappa} m^2/s",
        "time.first_step=0.1 s",
        f"time.max_step={end / 40} s",
        f"time.end={end} s",
        f"output.every={end / 24} s",
    )


VARIANTS = {
    "18 mV": changes(18),
    "18 mV, twice i_0": changes(18, i_0=5, L_xi_kappa=1.1e-14, end=1200),
    "14 mV": changes(14, L_xi_kappa=4e-15),
}
# as "14 mV", with half of every width; capillarity takes the same part of η, and Pe is the same
HALF = "14 mV, half of all widths"
NARROW = (
    *changes(14, L_xi_kappa=2e-15),
    *("damage.length=2.75 um", "geometry.mesh_size=0.5 um"),
    *("lithium_metal.interface_width=2 um", "protrusions.width=7 um"),
)
SHORTER = (
    *changes(18, end=5000),
    *("geometry.electrolyte_thickness=84 um", "time.max_step=60 s", "output.every=100 s"),
)


def main() -> int:
    """Run and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    runs = run_all(CONFIG, VARIANTS | {CROSSED: SHORTER, HALF: NARROW}, out)
    through, narrow = crossing(runs.pop(CROSSED)), runs.pop(HALF)
    hardly = near_threshold({"14 mV": runs["14 mV"], HALF: narrow})
    lines = [*arrests(runs), "", *table(runs, PLACES), "", *hardly, "", *through]
    (out / "imposed.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    mpl.rcParams.update(LOOK)
    draw(runs, "18 mV").savefig(out / "imposed.png", dpi=100)
    return 0


def arrests(runs: Mapping[str, RunResults]) -> list[str]:
    """Where the crack stands before lithium has moved, beside a sharp one.

    Cracks do not heal: the largest p counts. That is at the start, when the ions do not crowd yet.
    """
    rows = ["| run | p̂ | crack [µm] | largest p [MPa] | of a sharp crack there [MPa] |"]
    rows.append("|---|---|---|---|---|")
    for name, run in runs.items():
        cell, columns = sharp_cell(run), run.series
        unmoved = columns["tip_height"] < FLAW + FINE
        crack = round(columns["crack_tip"][unmoved][-1] / FINE) * FINE
        p = columns["lithium_pressure_max"][unmoved]
        opens, there = (cell.critical_pressure(a, FLAW, TOUGHNESS) for a in (FLAW, crack))
        rows.append(
            f"| {name} | {p[-1] / opens:.2f} | {UM * crack:.0f} | {MPA * p.max():.1f} "
            f"| {MPA * there:.1f} |"
        )
    return rows


def near_threshold(runs: Mapping[str, RunResults]) -> list[str]:
    """How far a crack at p̂ → 1⁺ is ahead of its lithium, once it grows as lithium fills it."""
    rows = ["| run | ℓ [µm] | ahead, mean [µm] | in ℓ | window where it grows first [s] |"]
    rows.append("|---|---|---|---|---|")
    for name, run in runs.items():
        columns, ell = run.series, run.config.damage.length
        arrested = columns["crack_tip"][columns["tip_height"] < FLAW + FINE][-1]
        grows = columns["crack_tip"] > arrested * (1 + 1e-9)
        ahead = np.mean((columns["crack_tip"] - columns["tip_height"])[grows])
        (first,) = windows(columns, [columns["crack_tip"][grows][0]])
        rows.append(
            f"| {name} | {UM * ell:.2f} | {UM * ahead:.2f} | {ahead / ell:.2f} "
            f"| {first.length:.0f} |"
        )
    return rows


def crossing(run: RunResults) -> list[str]:
    """When crack and lithium have crossed the cell, and what electrons carry until then."""
    columns, numbers = run.series, []
    for name in ("crack_through", "lithium_through"):
        crossed = columns["time"] >= columns[name]  # nan: not yet
        numbers.append(columns["time"][crossed][0] if crossed.any() else np.inf)
    dry = (columns["time"] >= numbers[0]) & (columns["time"] <= numbers[1])
    carried, floor = columns["electronic_current"][dry].max(), columns["electronic_current"][0]
    return [
        "| crack through [s] | lithium through [s] | electrons at first, at most between [A/m²] |",
        "|---|---|---|",
        f"| {numbers[0]:.4g} | {numbers[1]:.4g} | {floor:.3g}, {carried:.3g} |",
    ]


if __name__ == "__main__":
    sys.exit(main())
