"""Fig. 4 of Cao et al. 2023 (10.1002/adfm.202307998): three pressures, a figure, a verdict a row.

    ./env.sh run python -m benchmarks.cao2023.reproduce OUT [--ranks 2] [--set KEY=VALUE ...]

Runs `configs/cao2023/{0,5,10}MPa.yaml` one after another, each from its last checkpoint on, and
writes `OUT/figure.png`, `OUT/table.md`, and `OUT/report.html` with a film of each. Called again, it
computes nothing that is there.
"""

from __future__ import annotations

import argparse
import subprocess
import sys
from pathlib import Path
from typing import Any

import matplotlib as mpl
import numpy as np

from benchmarks.cao2023.verdicts import excursions, table
from dendrolith.core.constants import FARADAY
from dendrolith.core.look import LOOK
from dendrolith.results.open_run import RunResults, open_run
from dendrolith.results.pictures import Snapshot, layer_patches, paint
from dendrolith.results.report.report import make_report
from dendrolith.studies.plating.show import SHOW

mpl.use("Agg")

CONFIGS = Path(__file__).parents[2] / "configs" / "cao2023"
PRESSURES = ("0MPa", "5MPa", "10MPa")
COLOURS = dict(zip(PRESSURES, ("tab:blue", "tab:orange", "tab:red"), strict=True))
MORPHOLOGIES = 4  # times at which lithium is drawn
MPA = 1e-6


def main() -> int:
    """Run, draw, judge."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--ranks", type=int, default=1)
    parser.add_argument("--set", action="append", default=[], metavar="KEY=VALUE")
    options = parser.parse_args()
    for name in PRESSURES:
        code = march(name, options)
        if code:
            return code
    runs = {name: open_run(options.out / name) for name in PRESSURES}
    mpl.rcParams.update(LOOK)
    draw(runs).savefig(options.out / "figure.png", dpi=130)
    lines = table({name: run.series for name, run in runs.items()})
    (options.out / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    folders = [options.out / name for name in PRESSURES]
    made = make_report(folders, options.out / "report.html", animation=True)
    print("\n".join([*map(str, made.paths), *made.warnings]))
    return 0


def march(name: str, options: argparse.Namespace) -> int:
    """One run, or what is left of it; its exit code."""
    ranks = ["mpirun", "-n", str(options.ranks)] if options.ranks > 1 else []
    sets = [part for override in options.set for part in ("--set", override)]
    here = ["--out", str(options.out / name), "--resume", "auto"]
    command = [sys.executable, "-m", "dendrolith", "run", str(CONFIGS / f"{name}.yaml")]
    return subprocess.run([*ranks, *command, *here, *sets], check=False).returncode


def draw(runs: dict[str, RunResults]) -> Any:
    """Morphology through time, P_m and volume strain at the end, and four histories."""
    import matplotlib.pyplot as plt

    columns = MORPHOLOGIES + 2
    figure = plt.figure(figsize=(3.3 * columns, 10.5), layout="constrained")
    above, below = figure.subfigures(2, 1, height_ratios=(2.2, 1))
    panels = above.subplots(len(runs), columns)
    ends = [Ending(run) for run in runs.values()]
    spans = {name: spread(end.at_end, name) for end in ends[-1:] for name in ("pressure",)}
    spans["volume_strain"] = spread(ends[0].at_end, "volume_strain")
    for row, (name, end) in zip(panels, zip(runs, ends, strict=True), strict=True):
        for axes, snapshot in zip(row, end.snapshots, strict=False):
            paint(axes, snapshot, SHOW.morphology)
            axes.set_title(f"{name.replace('M', ' M')}, t = {snapshot.time:.4g} s")
        for axes, field in zip(row[MORPHOLOGIES:], spans, strict=True):
            bar = paint(axes, end.at_end, field, spans[field])
            figure.colorbar(bar, ax=axes, shrink=0.8)
            axes.set_title(f"{field.replace('_', ' ')}, t = {end.at_end.time:.4g} s")
        for axes in row:
            axes.set(xticks=[], yticks=[])
    above.legend(handles=layer_patches(SHOW.layers), loc="outside lower left", ncols=4)
    histories(below.subplots(1, 4), runs)
    return figure


class Ending:
    """What is drawn of a run.

    Attributes:
        snapshots: at equal distances in time, the last one at the end.
        at_end: the last.
    """

    def __init__(self, run: RunResults) -> None:
        wanted = run.times[-1] * np.arange(1, MORPHOLOGIES + 1) / MORPHOLOGIES
        self.snapshots = [snapshot_of(run, time) for time in wanted]
        self.at_end = self.snapshots[-1]


def snapshot_of(run: RunResults, time: float) -> Snapshot:
    """The fields at the output time next to `time` [s]."""
    fields = run.fields(min(run.times, key=lambda t: abs(t - time)))
    return Snapshot(fields.points[:, :2], fields.cells, fields.values, fields.time, show=SHOW)


def contact_of(run: RunResults) -> float:
    """When lithium touches the counter electrode [s]; NaN where it does not."""
    touches = run.series["time"][run.series["bridging"] > 0]
    return float(touches[0]) if touches.size else float("nan")


def value_at(run: RunResults, time: float, column: str) -> float:
    """A column of the time series at a time [s], in its unit."""
    return float(np.interp(time, run.series["time"], run.series[column]))


def spread(snapshot: Snapshot, name: str) -> tuple[float, float]:
    """Span of colours that leaves a hundredth of the nodes out at either end."""
    low, high = np.percentile(snapshot.scaled(name), [1, 99])
    return float(low), float(high)


def histories(panels: Any, runs: dict[str, RunResults]) -> None:
    """Leakage, lithium, its dead part, and what stress does to the reaction."""
    leakage, lithium, dead, force = panels
    for name, run in runs.items():
        series, colour = run.series, COLOURS[name]
        time, held = series["time"], series["lithium_in_electrolyte"]
        label = f"{name.replace('M', ' M')}, {excursions(time, series['electronic_current'])} back"
        leakage.semilogy(time, series["electronic_current"], color=colour, label=label)
        lithium.plot(time, held, color=colour)
        dead.plot(time, 100 * series["dead_lithium"] / held, color=colour)
        times, parts = driving(run)
        force.plot(times, parts[0], color=colour)
        force.plot(times, parts[1], color=colour, ls=":")
    leakage.set(ylabel="leakage [A/m²]", title="Leakage; excursions that came back")
    leakage.legend(fontsize=7)
    lithium.set(ylabel="[mol/m²]", title="Lithium in the electrolyte")
    dead.set(ylabel="[%]", title="Dead part of it")
    force.set(ylabel="[mV]", title="Mean on the surface: η (solid), of it by stress (dotted)")
    for axes in panels:
        axes.set_xlabel("time [s]")


def driving(run: RunResults) -> tuple[Any, Any]:
    """Times [s], and means over the surface of η and of the part that stress has in it [mV]."""
    table, config = run.tables["interface"], run.config
    per_pascal = config.elasticity.stress_coupling * config.lithium_metal.molar_volume / FARADAY
    times = np.unique(table["time"])
    at = [table["time"] == time for time in times]
    eta = [1e3 * table["overpotential"][here].mean() for here in at]
    by_stress = [1e3 * per_pascal * table["pressure"][here].mean() for here in at]
    return times, (eta, by_stress)


if __name__ == "__main__":
    sys.exit(main())
