"""Voltage, its rate and stack pressure of an anode-free soft short, and what of the paper it bears.

    ./env.sh run python configs/cells/anode_free/stages_figure.py FOLDER

Five seconds. Writes stages.png and claims.csv: each claim of huang2024 with what the model gives.
"""

from __future__ import annotations

import csv
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np

import dendrolith
from dendrolith.core.constants import FARADAY
from dendrolith.studies.cell.facts import facts_of
from dendrolith.traces.decouple.decouple import Hidden, decouple
from dendrolith.traces.signals import Signals
from dendrolith.traces.stages.labels import Stages, stages_of
from dendrolith.traces.stages.output import draw_stages

CONFIG = Path(__file__).with_name("soft_short.yaml")
CYCLE = [
    "time.end=17 h",
    "time.max_step=40 s",
    "control=[{current: 0.5 A/m^2, until: {time: 8 h, voltage_above: 4.2 V}}, "
    "{current: -0.5 A/m^2, until: {voltage_below: 2.4 V}}]",
]
NO_FEED = "dendrites.infiltration_current=0 A/m^2"
CELLS = {
    "dendrites, reduction, infiltration": [],
    "no infiltration, bridge ten times": [NO_FEED, "dendrites.conductance=0.4 S/m^2"],
    "no dendrites": ["dendrites=null"],
}
RESISTANCE, HEIGHT, CONDUCTIVITY = 0.08, 0.9e-3, 0.5  # Ω m², m, W/(m K): of the cell, of the pellet
VISIBLE = 10.0  # mV, in a figure from 2.4 to 4.2 V
Claim = tuple[str, str, str, str]


@dataclass
class Cell:
    """A run of a cell: its columns, its stages, what is hidden in its charge."""

    columns: dict[str, np.ndarray]
    stages: Stages
    hidden: Hidden

    def during(self, label: int, column: str) -> np.ndarray:
        """Samples of a column while the cell is in a stage."""
        return self.columns[column][self.columns["cell_stage"] == label]

    @property
    def labels(self) -> str:
        """Stages of its charge by its own rates, one after another."""
        numbers = self.columns["cell_stage"].astype(int)
        kept = numbers[np.concatenate([[True], np.diff(numbers) != 0])]
        return ", ".join(("rest", "I", "II", "III", "IV", "V")[k] for k in kept)


def ran(name: str, changes: list[str]) -> Cell:
    """A cell through its cycle."""
    config = dendrolith.load(CONFIG, [*CYCLE, *changes])
    rows = []
    with dendrolith.Simulation(config) as cell:
        for step in dendrolith.march(cell):
            rows.append({"time [s]": step.time, **cell.measure(step)})
    columns = {key.split(" [")[0]: np.array([row[key] for row in rows]) for key in rows[0]}
    signals = Signals(
        Path(name), *(columns[key] for key in ("time", "total_current", "cell_pressure", "voltage"))
    )
    return Cell(columns, stages_of(signals), decouple(signals, facts_of(config)).charges[0])


def claims(cells: dict[str, Cell]) -> list[Claim]:
    """Claim of the paper, what the model gives, from what, and the verdict."""
    short, bare, healthy = cells.values()
    r = {name: cell.hidden.correlation for name, cell in cells.items()}
    plain = ", ".join(f"{found.plain:.3f}" for found in r.values() if found)
    rates = ", ".join(f"{found.rates:.2f}" for found in r.values() if found)
    rise = healthy.columns["cell_pressure"].max() / 1e6 - 15
    passed = healthy.columns["ion_charge"].max()
    thick = 1.3148e-5 * passed / FARADAY * 1e6
    third = [
        cell.columns["cell_pressure"][cell.columns["cell_stage"] == 3] for cell in (short, bare)
    ]
    least = ", ".join(f"{p.min() / 1e6 - 15:.2f}" for p in third)
    ionic = ", ".join(f"{cell.during(3, 'ionic_current').mean():.2f}" for cell in (short, bare))
    step = np.diff(short.columns["reduction_charge"], prepend=0.0)
    total = np.diff(short.columns["ion_charge"] - short.columns["reduction_charge"], prepend=0.0)
    in_third = short.columns["cell_stage"] == 3
    share = -step[in_third].sum() / total[in_third].sum()
    G = short.columns["bridge_conductance"].max()
    change = 100 * RESISTANCE * G / (1 + RESISTANCE * G)
    heat = float(np.max(short.columns["electronic_current"] * short.columns["voltage"]))
    warm = heat * HEIGHT / (2 * CONDUCTIVITY)
    at_end = short.columns["voltage"][short.columns["time"] <= 28800][-1]
    rises = 1e3 * float(np.diff(short.during(5, "voltage")).max())
    paths = short.columns["lithium_infiltrated"].max() * FARADAY
    buried = short.hidden.estimate.buried_charge
    bars = float(
        np.max(buried.high[np.isfinite(buried.high)] - buried.value[np.isfinite(buried.high)])
    )
    return [
        ("the pressure rises by plated lithium, less 6 % of NCA", f"{rise:.3f} MPa, {thick:.2f} um",
         "stiffness assumed", "agrees in sign; the amplitude is in no text"),
        ("I, II, III, IV in the ninth charge", short.labels, "dendrites tuned to it",
         "can be had; no proof"),
        ("the voltage does not reach 4.2 V", f"{at_end:.2f} V after 8 h", "follows", "agrees"),
        ("voltage and pressure go together: r", plain, "follows",
         "no evidence: the healthy cell has it too"),
        ("normalised rates go together: r", rates, "follows", "evidence where it is high"),
        ("stage III means that lithium infiltrates", bare.labels, "k_i = 0, G_b ten times",
         "refuted: it comes without infiltration"),
        ("the pressure stays above its start in III [MPa]", least, "p_off is an input of the first",
         "agrees, with and without infiltration"),
        ("no lithium is plated in III [A/m^2]", ionic, "follows", "agrees: some is stripped"),
        ("reduction of NCA dominates the fall of V", f"{100 * share:.0f} % of what NCA takes back",
         "tau and k_i assumed", "a share; without reduction V falls too"),
        ("impedance does not show it", f"resistance falls by {change:.1f} %", "follows", "agrees"),
        ("discharges show nothing", f"V rises by {max(rises, 0):.0f} mV, as the bridge opens",
         "follows", "agrees" if rises < VISIBLE else "refuted"),
        ("Joule heat melts dendrites", f"{heat:.1f} W/m^2 on average, {1e3 * warm:.0f} mK",
         "follows", "not on average; one wire is not in the model"),
        ("p and V can show where lithium is", f"{paths:.0f} C/m^2 in paths, bars of {bars:.0f}",
         "10 mV, 20 %, 5 %", "refuted for this cell: below the bars"),
    ]  # fmt: skip


def main() -> None:
    """March the cells, draw them and write the claims."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    folder = Path(sys.argv[1])
    folder.mkdir(parents=True, exist_ok=True)
    cells = {name: ran(name, changes) for name, changes in CELLS.items()}
    figure, axes = plt.subplots(
        3, len(cells), figsize=(11, 6), sharex="col", sharey="row", layout="constrained"
    )
    for number, (name, cell) in enumerate(cells.items()):
        column = axes[:, number]
        draw_stages(list(column), cell.stages)
        column[0].set_title(name, fontsize=9, pad=16)
        for panel in column if number else ():
            panel.set_ylabel("")
    axes[1, 0].set_ylim(-400, 400)
    figure.savefig(folder / "stages.png", dpi=90)
    found = claims(cells)
    with (folder / "claims.csv").open("w", encoding="utf-8", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(("claim", "model", "from", "verdict"))
        writer.writerows(found)
    for claim in found:
        print("{}: {} ({}); {}".format(*claim))


if __name__ == "__main__":
    main()
