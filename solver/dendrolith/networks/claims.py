"""The claims of the abstract on random short circuits, as a table: put in, came out, verdict.

"Unveiling the Topological Origins of Random Short-Circuit Failure in Solid-State Batteries":
critical currents are Weibull distributed; they spread over 0.03–1.0 mA/cm²; cracks outrun lithium
and leave a dry window; topology decides in dense electrolytes; local connectivity and the largest
cluster are among the descriptors.
"""

from __future__ import annotations

import numpy as np

from dendrolith.networks.analysis import Findings, currents, windows_of
from dendrolith.networks.dominance import DENSITY, TOPOLOGY
from dendrolith.networks.sample import CENSORED, DRAWN
from dendrolith.networks.sample import DENSITY as CELL
from dendrolith.networks.schema import Config
from dendrolith.networks.weibull_report import SIGNIFICANT

HEADER = ("claim", "put in", "came out", "verdict")
CLAIMED_SPREAD = (0.03, 1.0)  # mA/cm²
CONNECTIVITY = {"k", "k2", "C"}
LARGEST = {"g_max", "A_max", "s_max"}

Claim = tuple[str, str, str, str]


def claims(config: Config, found: Findings) -> list[Claim]:
    """A row for each claim that the ensemble can speak to."""
    return [
        _weibull(config, found),
        _spread(config, found),
        _dry_window(config, found),
        _dense(config, found),
        _descriptors(found),
    ]


def _weibull(config: Config, found: Findings) -> Claim:
    reports = [report for cell in found.cells.values() for report in cell.values()]
    good = sum(report.bootstrap.probability >= SIGNIFICANT for report in reports)
    first = sum(report.rivals[0].family.name.startswith("Weibull") for report in reports)
    law = config.electrolyte
    whole = found.overall
    out = f"All cells together: {whole.verdict}"
    if reports:
        shapes = [report.weibull.shape for report in reports]
        out = (
            f"{good} of {len(reports)} cells of the design are not rejected (Anderson-Darling, "
            f"5 %); a Weibull form has the least AIC in {first}; m from {min(shapes):.2g} to "
            f"{max(shapes):.2g}. {out}"
        )
    put = (
        f"log-normal scatter of toughness ({law.toughness_scatter:g}) and flaws "
        f"({law.flaw_scatter:g}); no Weibull law anywhere"
    )
    if not reports:
        verdict = "not tested: no cell has a fit"
    elif good == len(reports):
        verdict = "holds in each cell"
    else:
        verdict = f"holds in {good} of {len(reports)} cells"
    if reports and found.unfitted:
        verdict += f"; without a fit: {len(found.unfitted)}"
    return ("critical currents are Weibull distributed", put, out, verdict)


def _spread(config: Config, found: Findings) -> Claim:
    rows = np.flatnonzero(found.table[CELL] != DRAWN)
    j = currents(found.table, rows)
    low, high = (float(q) for q in np.percentile(j, [5, 95]))
    law, claimed = config.electrolyte, CLAIMED_SPREAD[1] / CLAIMED_SPREAD[0]
    put = (
        f"flaws of {law.flaw_ratio * config.structure.grain_size * 1e6:.3g} µm with a scatter of "
        f"{law.flaw_scatter:g}, G_gb/G_c = {law.boundary_ratio:g}, open facets without toughness; "
        "not adjusted to the claim"
    )
    out = (
        f"{low:.2g} to {high:.2g} mA/cm² (5 to 95 %), a factor of {high / low:.2g}; extremes "
        f"{j.min():.2g} and {j.max():.2g}, a factor of {j.max() / j.min():.2g}; "
        f"{100 * float(found.table[CENSORED][rows].mean()):.1f} % censored"
    )
    inside = float(np.mean((j >= CLAIMED_SPREAD[0]) & (j <= CLAIMED_SPREAD[1])))
    verdict = (
        f"a factor of {claimed:.0f} {'is' if j.max() / j.min() >= claimed else 'is not'} reached; "
        f"{100 * inside:.0f} % of the networks lie within 0.03 to 1.0"
    )
    return ("critical currents spread over 0.03 to 1.0 mA/cm²", put, out, verdict)


def _dry_window(config: Config, found: Findings) -> Claim:
    put = (
        "cracks run at once and lithium follows at the speed that ions allow: κ ≫ 1 is an input, "
        f"crack opening {config.defects.crack_opening * 1e9:.3g} nm"
    )
    claim = "cracks outrun lithium and leave a dry window"
    windows = [times for times in windows_of(found.table).values() if times.size]
    if not windows:
        return (claim, put, "static networks have no time", "not tested")
    times = np.concatenate(windows)
    shorts = int(np.count_nonzero(found.table[CENSORED] == 0))
    share = np.count_nonzero(times > 0) / max(shorts, 1)
    out = (
        f"a dry path precedes {100 * share:.0f} % of {shorts} short circuits, by "
        f"{np.median(times) / 60:.2g} min in the median (5 to 95 %: "
        f"{np.percentile(times, 5) / 60:.2g} to {np.percentile(times, 95) / 60:.2g} min)"
    )
    return (
        claim,
        put,
        out,
        "present; its length follows from the opening, its sign from the input",
    )


def _dense(config: Config, found: Findings) -> Claim:
    claim = "topology decides in dense electrolytes"
    put = "densities and arrangements of the design; density and topology by their descriptors"
    if not found.windows:
        return (claim, put, "too few networks with descriptors", "not tested")
    lowest = min(window.centre[0] for window in found.windows)
    dense = [window for window in found.windows if window.centre[0] == lowest]
    counts = {kind: sum(window.decided == kind for window in dense) for kind in (TOPOLOGY, DENSITY)}
    whole = {
        kind: sum(window.decided == kind for window in found.windows)
        for kind in (TOPOLOGY, DENSITY)
    }
    out = (
        f"windows of the least defective fifth: {counts[TOPOLOGY]} topology, {counts[DENSITY]} "
        f"density, {len(dense) - sum(counts.values())} undecided; of all {len(found.windows)}: "
        f"{whole[TOPOLOGY]}, {whole[DENSITY]}, {len(found.windows) - sum(whole.values())}"
    )
    if counts[TOPOLOGY] == len(dense):
        verdict = "holds"
    elif counts[TOPOLOGY] > counts[DENSITY]:
        verdict = "holds in part of the windows"
    else:
        verdict = "does not hold here"
    return (claim, put, out, verdict)


def _descriptors(found: Findings) -> Claim:
    claim = "local connectivity and the largest cluster are among the descriptors that decide"
    if found.law is None:
        return (claim, "", "too few networks with descriptors", "not tested")
    law = found.law.discovery
    put = f"{law.candidates} candidate formulas of eight descriptors"
    words = set(
        law.law.text.replace("(", " ").replace(")", " ").replace("/", " ").replace("^", " ").split()
    )
    strongest = ", ".join(
        f"{d.symbol} ({rho:+.2f})" for d, rho in reversed(found.correlations[-4:])
    )
    out = (
        f"ln CCD = {law.law.text}; R² {law.law.score:.2f}, held out "
        f"{law.held_out[law.dimension - 1]:.2f}; {law.verdict}. Largest rank correlations: "
        f"{strongest}"
    )
    has = [
        f"{name} {'is' if words & symbols else 'is not'} in the law"
        for name, symbols in (("connectivity", CONNECTIVITY), ("the largest cluster", LARGEST))
    ]
    verdict = "; ".join(has)
    if not law.accepted:
        verdict = f"not decided: no law is accepted ({verdict})"
    return (claim, put, out, verdict)
