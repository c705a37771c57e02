"""The page of an ensemble."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dendrolith.core.formats import typeset
from dendrolith.networks import figures
from dendrolith.networks.analysis import (
    GRID,
    LEAST_FOR_LAW,
    LEAST_FOR_MAP,
    WINDOW_SIZE,
    Findings,
    cell_rows,
    currents,
    static_ratio,
    windows_of,
)
from dendrolith.networks.ccd_table import SHOWN_UNIT
from dendrolith.networks.claims import HEADER, claims
from dendrolith.networks.discovery import FOLDS
from dendrolith.networks.sample import make_sample
from dendrolith.networks.schema import Config
from dendrolith.results.figure_page import Cell, FigureEntry, PageSection, TableEntry, write_page

KIND = "Defect networks"


def make_page(config: Config, found: Findings, folder: Path) -> Path:
    """Write the page with its figures and tables; returns where it is."""
    title = config.title or "Critical currents of defect networks"
    sections = [
        _claims(config, found),
        _networks(config),
        _distributions(config, found),
        _sizes(found),
        *_windows(found),
        *_law(found),
        *_map(found),
    ]
    return write_page(folder, title, KIND, sections)


def _claims(config: Config, found: Findings) -> PageSection:
    rows: list[list[Cell]] = [list(row) for row in claims(config, found)]
    caption = (
        "What was put in and what came out. The network model is not validated on the field model "
        "(benchmarks/calibration)."
    )
    return PageSection(
        "Claims of the abstract", tables=[TableEntry("claims", HEADER, rows, caption)]
    )


def _networks(config: Config) -> PageSection:
    middle = len(config.densities) // 2
    graphs = {
        topology.name: make_sample(config, middle * len(config.topologies) + number).graph
        for number, topology in enumerate(config.topologies)
    }
    caption = (
        "One network of each arrangement at the middle density. Grey: sound facets. Black: open "
        "ones. Blue: pores. The anode is on the left."
    )
    return PageSection(
        "Networks", figures=[FigureEntry("networks", figures.draw_networks(graphs), caption)]
    )


def _distributions(config: Config, found: Findings) -> PageSection:
    ratio = static_ratio(config, found.table)
    text = [f"All networks of the design: {found.overall.verdict}."]
    if ratio is not None:
        text.append(
            f"The ramp ends at {ratio:.2g} times the static bottleneck in the median: lithium "
            "behind a tip lengthens the flaw."
        )
    rows_of = cell_rows(config, found.table)
    values = {
        density: {name: currents(found.table, rows) for name, rows in cell.items()}
        for density, cell in rows_of.items()
    }
    pictures = [
        FigureEntry(
            "quantiles",
            figures.quantile_bars(values, SHOWN_UNIT),
            "5, 25, 50, 75 and 95 % of the critical currents.",
        ),
        FigureEntry(
            "overall",
            figures.weibull_plot(found.overall),
            "All networks of the design with all distributions that were fitted.",
        ),
    ]
    if found.cells:
        panels = figures.weibull_panels(found.cells, SHOWN_UNIT)
        caption = "A Weibull distribution is a straight line. Points: Kaplan-Meier."
        pictures.insert(0, FigureEntry("weibull", panels, caption))
    return PageSection(
        "Distributions",
        text,
        [*([_fits(found)] if found.cells else []), *_unfitted(found)],
        pictures,
    )


def _fits(found: Findings) -> TableEntry:
    header = (
        "density",
        "topology",
        "networks",
        "censored",
        "m",
        "m unbiased",
        "95 % of m",
        f"J0 [{typeset(SHOWN_UNIT)}]",
        "p (Anderson-Darling)",
        "least AIC",
    )
    rows: list[list[Cell]] = [
        [
            density,
            topology,
            int(r.data.total),
            int(r.data.total - r.data.failures),
            r.weibull.shape,
            r.unbiased,
            f"{r.shape[0]:.3g} to {r.shape[1]:.3g}",
            r.weibull.scale,
            r.bootstrap.probability,
            r.rivals[0].family.name,
        ]
        for density, cell in found.cells.items()
        for topology, r in cell.items()
    ]
    return TableEntry("weibull", header, rows, "Fits with censoring, each step an interval.")


def _unfitted(found: Findings) -> list[TableEntry]:
    header = ("density", "topology", "networks", "short circuits", "no fit, for")
    rows: list[list[Cell]] = [
        [u.density, u.topology, u.networks, u.failures, u.why] for u in found.unfitted
    ]
    caption = "Cells of the design without a distribution: no claim counts them."
    return [TableEntry("without_fit", header, rows, caption)] if rows else []


def _sizes(found: Findings) -> PageSection:
    header = ("along", "size", "m", "J0 over that of a facet", "weakest link", "deviation [%]")
    rows: list[list[Cell]] = [
        [e.along, e.factor, e.shape, e.scale, e.predicted, 100 * (e.scale / e.predicted - 1)]
        for e in found.effects
    ]
    picture = FigureEntry(
        "size_effect",
        figures.size_effect_plot(found.effects),
        "Static networks on a square lattice with independent facets.",
    )
    return PageSection(
        "Size of the cell",
        ["Side by side the weakest part decides. In thickness a path is a chain: it does not."],
        [TableEntry("size_effect", header, rows, "J0 of larger cells, and the weakest link.")],
        [picture],
    )


def _windows(found: Findings) -> list[PageSection]:
    windows = {name: times for name, times in windows_of(found.table).items() if times.size}
    if not windows:
        return []
    header = ("topology", "networks", "5 % [min]", "median [min]", "95 % [min]")
    rows: list[list[Cell]] = [
        [name, times.size, *(float(q) / 60 for q in np.percentile(times, [5, 50, 95]))]
        for name, times in windows.items()
    ]
    return [
        PageSection(
            "Dry window",
            [
                "Time from the first path of cracks and pores between the electrodes to the short "
                "circuit. Cracks run at once in this model."
            ],
            [
                TableEntry(
                    "dry_window", header, rows, "Networks with a dry path and a short circuit."
                )
            ],
            [FigureEntry("dry_window", figures.dry_windows(windows), "Distribution by topology.")],
        )
    ]


def _law(found: Findings) -> list[PageSection]:
    if found.law is None:
        return [
            PageSection(
                "Law of the descriptors",
                [
                    f"Needs {LEAST_FOR_LAW} networks with descriptors, {FOLDS} of them with a "
                    "short circuit."
                ],
            )
        ]
    law = found.law.discovery
    held_out = ", ".join(
        f"{score:.3f} with {k} features" for k, score in enumerate(law.held_out, 1)
    )
    caption = f"The law and rivals within the bootstrap error of {law.spread:.2g} of R²."
    text = [
        f"ln CCD = {law.law.text}",
        f"{law.candidates} formulas were screened. R² is {law.law.score:.3f}, held out {held_out}.",
        f"A larger pool finds {'the same law' if law.same_pool else 'another law'}. "
        f"{law.stability:.0%} of the bootstraps find it. Shuffled targets: "
        f"p = {law.probability:.3g}. Verdict: {law.verdict}.",
    ]
    if found.law.with_censored is not None:
        text.append(f"With censored networks at their limit: {found.law.with_censored.law.text}")
    rivals: list[list[Cell]] = [[rival.text, rival.score] for rival in [law.law, *law.rivals]]
    bars = [(f"{d.name}  {d.symbol}", d.group, rho) for d, rho in found.correlations]
    return [
        PageSection(
            "Law of the descriptors",
            text,
            [TableEntry("laws", ("law", "R²"), rivals, caption)],
            [
                FigureEntry(
                    "law",
                    figures.law_scatter(
                        found.law.predicted,
                        found.law.observed,
                        "the law, in the samples that it was found with",
                    ),
                    "Observed over predicted.",
                ),
                FigureEntry("correlations", figures.correlation_bars(bars), "All descriptors."),
            ],
        )
    ]


def _map(found: Findings) -> list[PageSection]:
    if not found.windows:
        return [PageSection("Dominance", [f"Needs {LEAST_FOR_MAP} networks with descriptors."])]
    header = (
        "density rank",
        "topology rank",
        "networks",
        "V(M)",
        "V(T)",
        "V(MT)",
        "Δ",
        "Δ low",
        "Δ high",
        "decides",
        "variance at density",
    )
    rows: list[list[Cell]] = [
        [*w.centre, w.size, *w.explained, w.dominance, *w.band, w.decided, w.at_density]
        for w in found.windows
    ]
    return [
        PageSection(
            "Dominance of density or topology",
            [
                f"Each window holds the {WINDOW_SIZE} networks nearest to its middle, so windows "
                "overlap. Hatched: undecided."
            ],
            [TableEntry("dominance", header, rows, "V: cross-validated R² of ln CCD.")],
            [
                FigureEntry(
                    "dominance",
                    figures.dominance_picture(found.windows, GRID),
                    "Left: Δ. Right: variance of ln CCD left at fixed density.",
                )
            ],
        )
    ]
