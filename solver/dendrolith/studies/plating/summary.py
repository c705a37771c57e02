"""What a run is about, before it starts, and what it found, when it ends."""

from __future__ import annotations

from pathlib import Path

import numpy as np

from dendrolith.studies.plating.scales import Scales
from dendrolith.studies.plating.schema import Config

CELLS = {
    "triangle": "triangles", "quadrilateral": "quadrilaterals",
    "tetrahedron": "tetrahedra", "hexahedron": "hexahedra",
}  # fmt: skip

SHORT_CIRCUITS = ("none", "soft", "hard")  # column short_circuit


def describe(config: Config, ranks: int) -> str:
    """Say what will be solved and the numbers that decide whether it can be trusted."""
    scales = Scales.of(config)
    geometry, pores = config.geometry, config.pores
    size = " x ".join(f"{1e6 * extent:.4g}" for extent in geometry.extents)
    solved = ["lithium (Allen-Cahn, Butler-Volmer)", "ionic and electronic charge"]
    if config.ion_transport is not None:
        solved.append("binary electrolyte")
    if pores is not None:
        kind = "frozen" if pores.evolution is None else "evolving"
        solved.append(f"{kind} pores ({pores.access})")
    if config.elasticity is not None:
        solved.append(f"elasticity (stress as {config.elasticity.coupling.replace('_', ' ')})")
    solved += [name for name in ("anisotropy", "noise") if getattr(config, name) is not None]
    lines = [
        config.title or "dendrolith",
        f"  solving    {', '.join(solved)}",
        f"  cell       {size} um, {CELLS[geometry.mesh_cell]}, h = "
        f"{1e6 * geometry.mesh_size:.3g} um, delta/h = {scales.delta_over_h:.3g}, {ranks} "
        f"rank{'s' if ranks > 1 else ''}",
        f"  front      W = {scales.W:.3g} J/m^3, kappa = {scales.kappa:.3g} J/m, "
        f"L_eta = {scales.L_eta:.3g} 1/s, Pe = {scales.peclet:.2g}",
        f"  control    {', then '.join(map(str, config.control))}; "
        f"{config.time.scheme.replace('_', ' ')} in time",
    ]
    lines += [f"  note: {note}" for note in scales.warnings()]
    return "\n".join(lines)


def said_of_short(rows: list[dict[str, float]]) -> str:
    """The class at the end, since when, and how far a signal left its floor."""
    now = rows[-1]["short_circuit [1]"]
    label = SHORT_CIRCUITS[int(now)]
    peak = max(row["leakage_over_floor [1]"] for row in rows)
    others = [row["time [s]"] for row in rows if row["short_circuit [1]"] != now]
    since = next(row["time [s]"] for row in rows if not others or row["time [s]"] > others[-1])
    when = f" from t = {since:.4g} s" if label != "none" else ""
    return f"{label}{when}; depth up to {peak:.3g} (1 is the floor)"


def summarise(
    config: Config, rows: list[dict[str, float]], steps: int, rejected: int, wall: float, path: Path
) -> str:
    """The outcome in a few lines, numbers with units."""
    if not rows:
        return f"no step was accepted; see {path}"
    last = rows[-1]
    errors = np.array([row["charge_error [1]"] for row in rows])
    newton = np.mean([row["newton_iterations [1]"] for row in rows])
    krylov = np.mean([row["krylov_iterations [1]"] for row in rows])
    inside, plated = (
        last[f"{name} [mol/m^2]"] for name in ("lithium_in_electrolyte", "lithium_plated")
    )
    bounded = int(sum(row["bounded_kinetics [1]"] for row in rows))
    lines = [
        f"reached t = {last['time [s]']:.4g} s in {steps} steps ({rejected} taken back), "
        f"{wall:.0f} s",
        f"  tip height           {1e6 * last['tip_height [m]']:.2f} um of "
        f"{1e6 * config.geometry.electrolyte_thickness:.4g} um",
        f"  ionic current        {last['ionic_current [A/m^2]']:.4g} A/m^2",
        f"  leakage (electronic) {last['electronic_current [A/m^2]']:.3g} A/m^2; after a short "
        f"set by sigma_el(Li) = {config.materials.lithium.electronic_conductivity:.3g} S/m and "
        f"R_c = {config.electrodes.electronic_resistance:.3g} Ohm m^2",
        f"  lithium              {inside:.4g} mol/m^2 in the electrolyte, {plated:.4g} plated",
        *_dead_lithium(rows),
        f"  short circuit        {said_of_short(rows)}",
        f"  charge error         median {np.median(errors):.1e}, largest {errors.max():.1e}",
        f"  solver               {newton:.1f} Newton, {krylov:.0f} Krylov iterations a step",
    ]
    if config.elasticity is not None:
        pressure, von_mises = (
            1e-6 * max(row[f"{name}_in_lithium [Pa]"] for row in rows)
            for name in ("pressure", "von_mises")
        )
        strength = 1e-6 * config.elasticity.yield_strength
        lines.insert(
            5,
            f"  stress in lithium    P_m up to {pressure:.3g} MPa, von Mises up to "
            f"{von_mises:.3g} MPa during the run (yield strength {strength:.3g})",
        )
    directly = int(sum(row["fallback_solves [1]"] for row in rows))
    if directly:
        lines.append(f"  note: {directly} systems were solved directly where their solver failed")
    if bounded:
        lines.append(
            f"  note: in {bounded} steps the overpotential left the range of the exponentials; "
            "their linear continuation was used (bounded_kinetics)"
        )
    lines.append(f"  pictures and data    {path}")
    return "\n".join(lines)


def _dead_lithium(rows: list[dict[str, float]]) -> list[str]:
    """How much is dead at the end, what the threshold makes of it, and who disagrees."""
    dead, low, high, adrift = (
        rows[-1][f"{name} [mol/m^2]"]
        for name in ("dead_lithium", "dead_lithium_0.3", "dead_lithium_0.7",
                     "electrically_dead_lithium")
    )  # fmt: skip
    lines = [
        f"  dead lithium         {dead:.2g} mol/m^2 ({low:.2g} for xi > 0.3, {high:.2g} for 0.7), "
        f"{adrift:.2g} by its potential"
    ]
    apart = int(sum(row["dead_disagreement [1]"] for row in rows))
    if apart:
        lines.append(
            f"  note: in {apart} steps lithium cut off by geometry and by potential differ by more "
            "than a tenth (dead_disagreement)"
        )
    return lines
