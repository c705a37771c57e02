"""A crack under an imposed pressure runs ahead at once; lithium follows by its reaction alone.

    ./env.sh run python -m benchmarks.dry_crack.imposed OUT

Runs the cell of `plated.yaml` under the literature's law, p = ½F|η|/V_m, each variant from its last
checkpoint on. Writes `OUT/imposed.md`, arrest beside a sharp crack, windows and speeds, and
`OUT/imposed.png`. Five minutes of CPU.

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
from dendrolith.core.look import LOOK
from dendrolith.results.open_run import RunResults

FLAW = 44e-6  # m
PLACES = (46e-6, 48e-6, 50e-6, 52e-6)  # m from the foil


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


def main() -> int:
    """Run and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    runs = run_all(CONFIG, VARIANTS, out)
    lines = [*arrests(runs), "", *table(runs, PLACES)]
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


if __name__ == "__main__":
    sys.exit(main())
