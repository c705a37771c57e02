"""The graph model of defect networks against the field model, on 24 microstructures.

    ./env.sh run python -m benchmarks.calibration.reproduce OUT

Runs what is missing of the field model, a file a microstructure. When all are there it fits, tests
once, and writes figure and table. What `results` holds counts as run; `--anew` runs it again.
"""

from __future__ import annotations

import argparse
import json
import shutil
import sys
from pathlib import Path
from typing import Any

import numpy as np

from benchmarks.calibration.design import (
    FILLING,
    FIT,
    MEDIAN,
    TEST,
    Case,
    FloatArray,
    Verdict,
    cases,
    fit,
    graph_current,
    graph_table,
    judge,
    read_config,
)
from benchmarks.calibration.drawing import Drawing
from benchmarks.calibration.field import Cell
from benchmarks.calibration.numerics import BROKEN, Numerics
from dendrolith.core.errors import DendrolithError
from dendrolith.core.look import LOOK
from dendrolith.networks.schema import Config

KEPT = Path(__file__).with_name("results")
FLAT = 1.1  # rms over the best within which a prefactor counts as good as it


def main() -> int:
    """Run what is missing; where nothing is missing any more fit, test once, draw."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawTextHelpFormatter
    )
    parser.add_argument("out", type=Path)
    parser.add_argument("--next", action="store_true", help="run one microstructure and stop")
    parser.add_argument(
        "--fit", action="store_true", help="run nothing; those to be tested stay closed"
    )
    parser.add_argument("--anew", action="store_true", help="do not begin with what is kept")
    parser.add_argument(
        "--part", metavar="K/N", default="1/1", help="run the K-th of N parts, for N processes"
    )
    arguments = parser.parse_args()
    out, config = arguments.out, read_config()
    begin(out, anew=arguments.anew)
    found = cases(config)
    if not arguments.fit and not run_missing(
        out, found, config, arguments.part, one=arguments.next
    ):
        print("not all have run: give the command again")
        return 0
    shown = [case for case in found if case.role == FIT] if arguments.fit else found
    lines = report(out, shown, config)
    (out / "table.md").write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))
    return 0


def begin(out: Path, *, anew: bool) -> None:
    """Make the folder; what is kept counts as run, unless all is to be run anew."""
    out.mkdir(parents=True, exist_ok=True)
    for kept in sorted(KEPT.glob("*.json")):
        if not anew and not (out / kept.name).exists():
            shutil.copy(kept, out)


def run_missing(out: Path, found: list[Case], config: Config, part: str, *, one: bool) -> bool:
    """Run what is missing of a part, fitted ones first; is there a result of all then?"""
    first, step = (int(word) for word in part.split("/"))
    for case in sorted(found, key=lambda case: case.role != FIT)[first - 1 :: step]:
        if not result_of(out, case).exists():
            run(out, case, config)
            if one:
                break
    return all(result_of(out, case).exists() for case in found)


def result_of(out: Path, case: Case) -> Path:
    """The file of a microstructure."""
    return out / f"{case.index:03d}.json"


def fields_of(out: Path, case: Case) -> Path:
    """The file of what was and is broken in it."""
    return result_of(out, case).with_suffix(".npz")


def run(out: Path, case: Case, config: Config) -> None:
    """Run the field model and keep what it found."""
    numerics = Numerics()
    cell = Cell(Drawing(case.graph, numerics.h), config, numerics)
    d = cell.state["d"].x.array
    start = d.copy()
    try:
        found = cell.run()
    except DendrolithError as error:  # counts as missing, and is named on the page
        found = {"failed": str(error)}
    np.savez_compressed(
        fields_of(out, case), x=cell.x, start=start, end=d.copy(),
        phi=cell.state["phi"].x.array.copy(),
    )  # fmt: skip
    broken = [float(np.mean(values > BROKEN)) for values in (start, d)]
    row = {
        "index": case.index, "topology": case.topology, "density": case.density,
        "role": case.role, "broken": broken, **found,
    }  # fmt: skip
    result_of(out, case).write_text(json.dumps(row) + "\n", encoding="utf-8")
    print(json.dumps(row), flush=True)


def table_of(out: Path, case: Case, config: Config) -> FloatArray:
    """CCD of the graph model over the grid of factors, kept in a file."""
    kept = out / f"{case.index:03d}.graph.npy"
    if not kept.exists():
        np.save(kept, graph_table(case.graph, config))
    found: FloatArray = np.load(kept)
    return found


def report(out: Path, found: list[Case], config: Config) -> list[str]:
    """Fit, test, figure; the page's tables."""
    rows = {
        case.index: json.loads(result_of(out, case).read_text(encoding="utf-8"))
        for case in found
        if result_of(out, case).exists()
    }
    good = [case for case in found if "failed" not in rows.get(case.index, {"failed": "not run"})]
    top = config.protocol.highest
    field = {case.index: float(rows[case.index]["current"] or top) for case in good}
    fitted, tested = ([case for case in good if case.role == role] for role in (FIT, TEST))
    tables = [table_of(out, case, config) for case in fitted]
    factors, errors = fit(tables, np.array([field[case.index] for case in fitted]))
    plain, best = (
        {case.index: graph_current(case.graph, config, *pair) for case in good}
        for pair in ((1.0, 1.0), factors)
    )

    def verdict(part: list[Case], graph: dict[int, float]) -> Verdict:
        return judge(
            [case.topology for case in part],
            np.array([field[case.index] for case in part]),
            np.array([graph[case.index] for case in part]),
        )

    verdicts = {"factors 1, fitted ones": verdict(fitted, plain), "fit": verdict(fitted, best)}
    word = "not tested"
    if tested:
        verdicts["factors 1, tested ones"] = verdict(tested, plain)
        verdicts["**test**"] = verdict(tested, best)
        word = "validated" if verdicts["**test**"].validated else "not validated"
    draw(out, good, field, plain, best, word)
    flat = FILLING[errors <= FLAT * errors.min()]
    return [
        f"{len(good)} of {len(found)} microstructures; "
        f"{sum(rows[c.index]['cpu'] for c in good):.0f} CPU s of the field model",
        f"Y {factors[0]:.3f}, κ 1, prefactor of v_f {factors[1]:.3g} "
        f"(rms {errors.min():.3f}; within {FLAT:g} times that from {flat.min():.3g} "
        f"to {flat.max():.3g})",
        "",
        *_verdict_rows(verdicts),
        "",
        f"verdict: **{word}**",
        "",
        *_case_rows(out, found, rows, field, plain, best),
    ]


def _verdict_rows(verdicts: dict[str, Verdict]) -> list[str]:
    """A row for each part and each set of factors."""
    lines = [
        "| | median abs. Δ ln CCD | Spearman | topologies in one order | mean ln CCD, field/graph |"
    ]
    lines.append("|---|---|---|---|---|")
    for name, found in verdicts.items():
        means = ", ".join(f"{key} {a:.2f}/{b:.2f}" for key, (a, b) in found.means.items())
        order = "yes" if found.same_order else "no"
        lines.append(f"| {name} | {found.median:.3f} | {found.spearman:.2f} | {order} | {means} |")
    return lines


def _case_rows(
    out: Path,
    found: list[Case],
    rows: dict[int, dict[str, Any]],
    field: dict[int, float],
    plain: dict[int, float],
    best: dict[int, float],
) -> list[str]:
    """A row for each microstructure."""
    lines = [
        "| network | topology | density | part | field [A/m²] | graph, factors 1 | fitted "
        "| broken, start → end | growths | sweeps | CPU [s] |"
    ]
    lines.append("|---|---|---|---|---|---|---|---|---|---|---|")
    for case in found:
        head = f"| {case.index} | {case.topology} | {case.density} | {case.role} |"
        row = rows.get(case.index, {"failed": "not run"})
        if "failed" in row:
            lines.append(f"{head} {row['failed']} | | | | | | |")
            continue
        start, end = (100 * share for share in row["broken"])
        lines.append(
            f"{head} {field[case.index]:g} | {plain[case.index]:g} | {best[case.index]:g} "
            f"| {start:.0f} → {end:.0f} % | {row['growths']} | {row['sweeps']} | {row['cpu']:.0f} |"
        )
    return lines


def draw(
    out: Path,
    good: list[Case],
    field: dict[int, float],
    plain: dict[int, float],
    best: dict[int, float],
    word: str,
) -> None:
    """Graph against field, and cracks of one microstructure of each topology."""
    import matplotlib as mpl

    mpl.use("Agg")
    import matplotlib.pyplot as plt

    mpl.rcParams.update(LOOK)
    figure, axes = plt.subplots(1, 5, figsize=(17, 3.7), layout="constrained")
    panel = axes[0]
    line = np.array([3.0, 110.0])
    panel.plot(line, line, "0.6", lw=0.8)
    panel.fill_between(line, line * np.exp(-MEDIAN), line * np.exp(MEDIAN), color="0.92")
    for role, mark in ((FIT, "o"), (TEST, "s")):
        part = [case.index for case in good if case.role == role]
        if not part:
            continue
        x = [field[k] for k in part]
        panel.plot(
            x, [plain[k] for k in part], mark, mfc="none", mec="0.6", label=f"{role}, factors 1"
        )
        panel.plot(x, [best[k] for k in part], mark, label=f"{role}, fitted")
    panel.set(xscale="log", yscale="log", xlim=line, ylim=line)
    panel.set(xlabel="CCD, field model [A/m²]", ylabel="CCD, graph model [A/m²]")
    panel.set_title(word)
    panel.legend(fontsize=7)
    shown = {
        case.topology: case
        for case in good
        if case.density == 1 and case.role == FIT and fields_of(out, case).exists()
    }
    for panel, (name, case) in zip(axes[1:], shown.items(), strict=False):
        _picture(panel, out, case)
        panel.set_title(f"{name}: {field[case.index]:g} A/m², graph {best[case.index]:g}")
    figure.savefig(out / "figure.png", dpi=100)


def _picture(panel: Any, out: Path, case: Case) -> None:
    """What was broken at the start, dark, and at the end, over the facets."""
    h, graph = Numerics().h, case.graph
    with np.load(fields_of(out, case)) as data:
        place = np.rint(data["x"] / h).astype(int)
        counts = place.max(axis=0) + 1
        image = np.zeros(counts)
        image[place[:, 0], place[:, 1]] = data["start"] + data["end"]
    extent = (0, 1e6 * graph.thickness, 0, 1e6 * graph.width)
    panel.imshow(image.T, origin="lower", extent=extent, cmap="Greys", vmin=0, vmax=2.4)
    for (first, _), vector, is_open in zip(graph.edges, graph.vectors, graph.is_open, strict=True):
        start = graph.points[first]
        panel.plot(*(1e6 * np.array([start, start + vector]).T), "C3" if is_open else "C0", lw=0.6)
    panel.set(xlim=extent[:2], ylim=extent[2:], xlabel="x [µm]")


if __name__ == "__main__":
    sys.exit(main())
