"""Scouting runs: `./env.sh run python benchmarks/scouting/scout.py FOLDER [CHANGE… | --table]`.

The cell of `base.yaml` under no pressure and under 10 MPa, with one thing changed at a time: the
coupling χ_m, the exchange current density i₀, what lithium may do with pores. Runs go to FOLDER,
one directory each, and go on where they stopped; `--table` only prints what is there, and draws it.
"""

from __future__ import annotations

import csv
import json
import subprocess
import sys
from pathlib import Path

import matplotlib as mpl

from dendrolith.results.pictures import layer_patches
from dendrolith.studies.plating.show import SHOW

HERE = Path(__file__).parent
PRESSURES = (0, 10)  # MPa
CHANGES = {
    "base": {},
    "chi 300": {"elasticity.stress_coupling": "300"},
    "chi 1": {"elasticity.stress_coupling": "1"},
    "i0 100": {"kinetics.exchange_current_density": "100 A/m^2"},
    "accessible": {"pores.access": "accessible"},
    "surface": {"pores.access": "surface_transport", "pores.surface_mobility": "1e-18 m^5/(J s)"},
}
LONGEST = "8 min"  # on the clock; a slower run is left where it is, and the table says where


def folder_of(root: Path, change: str, pressure: int) -> Path:
    """Where a run is."""
    return root / f"{change.replace(' ', '-')}-{pressure}MPa"


def run(root: Path, change: str, pressure: int) -> None:
    """Run one case to its end, or as far as `LONGEST` takes it."""
    values = {"elasticity.pressure": f"{pressure} MPa", **CHANGES[change]}
    overrides = [word for key, value in values.items() for word in ("--set", f"{key}={value}")]
    out = folder_of(root, change, pressure)
    subprocess.run(
        ["dendrolith", "run", str(HERE / "base.yaml"), "--out", str(out), "--resume", "auto",
         "--max-wall", LONGEST, *overrides], check=False,
    )  # fmt: skip


def line(out: Path) -> str:
    """A row of the table."""
    rows = list(csv.DictReader((out / "timeseries.csv").open(encoding="utf-8")))
    state = json.loads((out / "status.json").read_text(encoding="utf-8"))["state"]
    if not rows:
        return f"| {out.name} | {state} at the start |" + " |" * (len(COLUMNS) - 2)

    def last(name: str) -> float:
        return float(rows[-1][name])

    inside, dead = last("lithium_in_electrolyte [mol/m^2]"), last("dead_lithium [mol/m^2]")
    isolated = last("lithium_isolated [mol/m^2]")
    pressure = max(float(row["pressure_in_lithium [Pa]"]) for row in rows)
    leakage = [float(row["electronic_current [A/m^2]"]) for row in rows]
    return (
        f"| {out.name} | {state} | {last('time [s]'):.0f} | {1e6 * last('tip_height [m]'):.0f} | "
        f"{inside:.3f} | {dead:.2g} | {100 * dead / inside if inside > 0 else 0:.2f} | "
        f"{last('dead_pieces [1]'):.0f} | {isolated:.2g} | "
        f"{1e-6 * pressure:.1f} | {leakage[-1]:.2g} | {max(leakage):.2g} |"
    )


COLUMNS = (
    "run", "state", "t (s)", "tip (µm)", "Li in electrolyte (mol/m²)", "dead (mol/m²)", "dead (%)",
    "dead pieces", "isolated (mol/m²)", "P_m in Li up to (MPa)", "leakage (A/m²)", "largest",
)  # fmt: skip


def picture(root: Path, target: Path) -> None:
    """The last phases of all runs, a column a change, a row a pressure."""
    mpl.use("Agg")
    from matplotlib import pyplot as plt

    figure, axes = plt.subplots(
        len(PRESSURES),
        len(CHANGES),
        figsize=(2.4 * len(CHANGES), 2.6 * len(PRESSURES) + 0.4),
        squeeze=False,
        layout="constrained",
    )
    for row, pressure in zip(axes, PRESSURES, strict=True):
        for ax, change in zip(row, CHANGES, strict=True):
            ax.axis("off")
            out = folder_of(root, change, pressure)
            reached = json.loads((out / "status.json").read_text(encoding="utf-8"))["time"]
            ax.set_title(f"{change}, {pressure} MPa, {float(reached):.0f} s", fontsize=11)
            if (out / "label.png").exists():
                image = plt.imread(out / "label.png")
                height, width = image.shape[:2]  # without its titles and its legend
                ax.imshow(image[int(0.16 * height) :, : int(0.76 * width)])
            else:
                ax.text(0.5, 0.5, "no balance\nat the start", ha="center", fontsize=11)
    figure.legend(
        handles=layer_patches(SHOW.in_legend(SHOW.layers)), loc="outside lower center",
        ncols=len(SHOW.layers),
        frameon=False, fontsize=11,
    )  # fmt: skip
    figure.savefig(target, dpi=90)


def main() -> None:
    """Run what is left, or the changes that are named, then show all."""
    root, *wanted = (Path(sys.argv[1]), *sys.argv[2:])
    for change in [] if "--table" in wanted else wanted or CHANGES:
        for pressure in PRESSURES:
            run(root, change, pressure)
    print("|", " | ".join(COLUMNS), "|")
    print("|" + "---|" * len(COLUMNS))
    for change in CHANGES:
        for pressure in PRESSURES:
            out = folder_of(root, change, pressure)
            if (out / "status.json").exists():
                print(line(out))
    picture(root, root / "scouting.png")


if __name__ == "__main__":
    main()
