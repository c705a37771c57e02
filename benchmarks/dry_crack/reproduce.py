"""A crack that runs dry ahead of its lithium: window, dry length, and where there is none.

    ./env.sh run python -m benchmarks.dry_crack.reproduce OUT

Runs `configs/fracture/dry_crack.yaml`, the field model, from its last checkpoint on. Compares it
with the slot without a mesh (`networks/slot.py`). Writes `OUT/figure.png` and `OUT/table.md`: the
slot in time, and a map over current and toughness. Some minutes.
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
from dendrolith.networks.slot import Race, Slot, arrest_ratio, race
from dendrolith.physics.griffith import line_crack_pressure
from dendrolith.results.open_run import RunResults, open_run

mpl.use("Agg")

CONFIG = Path(__file__).parents[2] / "configs" / "fracture" / "dry_crack.yaml"
UM, MPA = 1e6, 1e-6
SIGMA, MODULUS, MOLAR_VOLUME = 0.05, 160.9e9, 1.309e-5  # LLZO
FLAW, THICKNESS, REACH, END = 50e-6, 500e-6, 100e-6, 3.6e5  # m, s
CREEP, EXPONENT = 1e-3 / 0.89e6**6.6, 6.6
CURRENTS = np.geomspace(2.0, 100.0, 25)  # A/m²
TOUGHNESSES = np.linspace(0.3, 1.5, 25) * 1e6  # Pa √m
WITHIN = 0.08  # of a/b, at ℓ = b/20


def main() -> int:
    """Run, compare, draw, judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("out", type=Path)
    out = parser.parse_args().out
    command = [sys.executable, "-m", "dendrolith", "run", str(CONFIG), "--out", str(out / "field")]
    code = subprocess.run([*command, "--resume", "auto"], check=False).returncode
    if code:
        return code
    run = open_run(out / "field")
    mpl.rcParams.update(LOOK)
    draw(run).savefig(out / "figure.png", dpi=110)
    lines = [*compare(run), "", *cases()]
    (out / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 0


def grown(run: RunResults) -> tuple[np.ndarray, np.ndarray, np.ndarray]:
    """p/p_c(b), a/b of the field model and of the slot, where the crack has grown."""
    b, ell = run.config.loading.pressed, run.config.damage.length
    modulus, tough = run.config.solid.plane_strain_modulus, run.config.damage.toughness
    excess = run.series["pressure"] / line_crack_pressure(modulus, tough, b)
    ratio = run.series["crack_tip"] / b
    there = ratio > 1 + 2 * ell / b
    return excess[there], ratio[there], np.array([arrest_ratio(float(p)) for p in excess[there]])


def compare(run: RunResults) -> list[str]:
    """A row a step in which the crack had grown."""
    rows = [
        f"| {p:.3f} | {field:.3f} | {slot:.3f} | {100 * (field / slot - 1):+.1f} % |"
        for p, field, slot in zip(*grown(run), strict=True)
    ]
    _, field, slot = grown(run)
    worst = float(np.abs(field / slot - 1).max(initial=0.0))
    verdict = "yes" if len(field) and worst <= WITHIN else "**no**"
    return [
        *("| p/p_c(b) | a/b, field | a/b, slot | apart |", "|---|---|---|---|"),
        *rows,
        *("", f"within {100 * WITHIN:g} %: {verdict}, {100 * worst:.1f} % at most"),
    ]


def slot_of(current: float) -> Slot:
    """The slot behind a flaw full of lithium in the field j/σ.

    The tip of the flaw lies at η = jc/σ; p = Fη/V_m. Ions crowd at a slot of width w to
    j_b = πση/(w ln(R/w)), with w = 4pc/E′ the mouth of the crack under that pressure.
    """
    eta = current * FLAW / SIGMA
    pressure = FARADAY * eta / MOLAR_VOLUME
    width = 4 * pressure * FLAW / MODULUS
    crowded = math.pi * SIGMA * eta / (width * math.log(REACH / width))
    return Slot(MOLAR_VOLUME * crowded / FARADAY, CREEP, EXPONENT, width / 2, pressure)


def followed(current: float, toughness: float) -> Race:
    """Crack and lithium of a flaw at a current density [A/m²] and a toughness [Pa √m]."""
    return race(
        slot_of(current), flaw=FLAW, thickness=THICKNESS, toughness=toughness, end=END, points=200
    )


def cases() -> list[str]:
    """Some points of the map in words."""
    lines = ["| current [A/m²] | K_IC [MPa √m] | p [MPa] | v_p [µm/s] | verdict |"]
    lines.append("|---|---|---|---|---|")
    for current in (3.0, 10.0, 30.0):
        for toughness in (0.3e6, 0.6e6, 1.25e6):
            slot = slot_of(current)
            lines.append(
                f"| {current:g} | {MPA * toughness:g} | {MPA * slot.pressure:.0f} "
                f"| {UM * slot.plating:.2g} | {followed(current, toughness).verdict} |"
            )
    return lines


def draw(run: RunResults) -> Any:
    """Field model against slot, a race in time, window and dry length over the map."""
    import matplotlib.pyplot as plt

    figure, axes = plt.subplots(2, 2, figsize=(10, 8), layout="constrained")
    excess, field, _ = grown(run)
    line = np.linspace(1.0, 2.0, 101)
    axes[0, 0].plot(line, [arrest_ratio(float(p)) for p in line], label="slot")
    axes[0, 0].plot(excess, field, "o", label="field model, ℓ = b/20")
    axes[0, 0].set(xlabel="p/p_c(b)", ylabel="a/b", title="A crack pressed on |x| < b arrests dry")
    axes[0, 0].legend()
    found = followed(10.0, 0.6e6)
    axes[0, 1].plot(found.time, UM * found.crack, label="crack")
    axes[0, 1].plot(found.time, UM * found.lithium, label="lithium")
    axes[0, 1].set(xlabel="time [s]", ylabel="length [µm]", title=found.verdict)
    axes[0, 1].legend()
    races = [[followed(float(j), float(K)) for j in CURRENTS] for K in TOUGHNESSES]
    for panel, title, values in (
        (axes[1, 0], "window [s]", [[each.window for each in row] for row in races]),
        (axes[1, 1], "longest dry length [µm]", [[dry(each) for each in row] for row in races]),
    ):
        panel.set_facecolor("0.85")
        shown = np.ma.masked_invalid(np.array(values))
        norm = mpl.colors.LogNorm() if "window" in title else None
        image = panel.pcolormesh(CURRENTS, MPA * TOUGHNESSES, shown, norm=norm, shading="nearest")
        figure.colorbar(image, ax=panel)
        panel.set(xscale="log", xlabel="current density [A/m²]", ylabel="K_IC [MPa √m]")
        panel.set(title=f"{title}; grey: the flaw does not grow")
    return figure


def dry(found: Race) -> float:
    """Longest dry length [µm]; nan where the flaw does not grow."""
    return math.nan if math.isnan(found.window) else UM * found.dry_length


if __name__ == "__main__":
    sys.exit(main())
