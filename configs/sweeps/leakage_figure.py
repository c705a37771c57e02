"""Lithium that forms off the electrodes over the leakage of boundaries: threshold, and its movers.

    ./env.sh run python configs/sweeps/leakage_figure.py runs/leakage figure.png

Called again, it computes nothing that is there.
"""

from __future__ import annotations

import sys
from pathlib import Path

import matplotlib as mpl
import numpy as np

from dendrolith.core.look import LOOK
from dendrolith.results.open_run import RunResults, open_run
from dendrolith.sweeps.engine import How, run_sweep
from dendrolith.sweeps.expand import expand

mpl.use("Agg")

SWEEP = Path(__file__).with_name("leakage.yaml")
THRESHOLD = 0.01  # of the charge
PER_CM = 1e-2  # S/m → S/cm


def main() -> int:
    """Expand, run, draw and print the thresholds; returns the exit code of the sweep."""
    import matplotlib.pyplot as plt

    out, picture = sys.argv[1:]
    code = run_sweep(expand(SWEEP, out).folder, How(cores=1), print)
    runs = [open_run(path / "run") for path in sorted((Path(out) / "points").iterdir())]
    mpl.rcParams.update(LOOK)
    figure, axes = plt.subplots(figsize=(6.4, 4.4), layout="constrained")
    for title in dict.fromkeys(run.config.title for run in runs):
        sigma, part = curve([run for run in runs if run.config.title == title])
        axes.loglog(sigma, np.maximum(part, 1e-7), "o-", ms=3, label=title)
        print(f"{title:24s} {threshold(sigma, part)}")
    axes.axhline(THRESHOLD, color="0.6", ls=":")
    axes.set(
        xlabel="conductivity of a boundary [S/cm]", ylabel="lithium off the electrodes / charge"
    )
    axes.legend(fontsize=7)
    figure.savefig(picture, dpi=120)
    return code


def curve(runs: list[RunResults]) -> tuple[np.ndarray, np.ndarray]:
    """Conductivity in the band [S/cm], and part of the plated lithium that lies off [1]."""
    found = sorted(
        (
            PER_CM * run.config.grains.electronic_conductance / run.config.grains.width,
            run.series["lithium_isolated"][-1] / run.series["lithium_plated"][-1],
        )
        for run in runs
    )
    sigma, part = np.array(found).T
    return sigma, part


def threshold(sigma: np.ndarray, part: np.ndarray) -> str:
    """Where the part passes 1 %, between points on logarithmic scales."""
    if part[-1] < THRESHOLD:
        return f"{100 * part[-1]:.2g} % at most: no threshold up to {sigma[-1]:.0e} S/cm"
    above = int(np.argmax(part >= THRESHOLD))
    if above == 0:
        return f"{100 * part[0]:.2g} % at {sigma[0]:.0e} S/cm already"
    logs = np.log(np.maximum(part[above - 1 : above + 1], 1e-12))
    share = (np.log(THRESHOLD) - logs[0]) / (logs[1] - logs[0])
    at = sigma[above - 1] * (sigma[above] / sigma[above - 1]) ** share
    return f"1 % at {at:.1e} S/cm, {100 * part[-1]:.2g} % at {sigma[-1]:.0e} S/cm"


if __name__ == "__main__":
    sys.exit(main())
