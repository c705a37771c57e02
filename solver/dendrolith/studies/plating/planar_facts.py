"""What is said of a plating cell that is solved without a mesh, and what it cannot carry."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Any

from dendrolith.control.stages import in_words
from dendrolith.core.constants import FARADAY
from dendrolith.core.sections import present, sections
from dendrolith.observables.columns import split_column
from dendrolith.observables.probe_input import Probe
from dendrolith.observables.reference_input import ReferenceElectrode
from dendrolith.observables.show import Number, last
from dendrolith.physics.bridge import FollowedBridge
from dendrolith.physics.collector import Collector
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.physics.counter_face import CounterFace
from dendrolith.physics.elasticity import DRIVING_FORCE, STRESS_FREE_INITIALLY, Elasticity
from dendrolith.physics.fracture import Fracture
from dendrolith.physics.impedance import SpectraOverTime
from dendrolith.physics.ion_transport import BinaryElectrolyte
from dendrolith.physics.nucleation import Nucleation
from dendrolith.physics.stack_pressure import StackPressure
from dendrolith.shapes.earlier import EarlierLithium
from dendrolith.shapes.pieces import Piece
from dendrolith.shapes.protrusions import Protrusions
from dendrolith.studies.bridge_table import read_bridge
from dendrolith.studies.ladder import Ladder, Refinement, step_powers
from dendrolith.studies.plating.electrolyte_input import CrackFilm, ElectrolyteLayer, Grains
from dendrolith.studies.plating.schema import Config, Electrodes, Pores
from dendrolith.studies.plating.solver_input import FIELD, REDUCED, SPLIT
from dendrolith.studies.plating.summary import format_short
from dendrolith.studies.plating.temperature import at_temperature

Rows = list[tuple[str, str]]

# what has no place where nothing varies along the face
NOT_PLANAR: tuple[type, ...] = (
    *(Protrusions, Piece, EarlierLithium, Pores, Fracture),
    *(ElectrolyteLayer, Grains, CrackFilm, Nucleation),
    *(BinaryElectrolyte, ReferenceElectrode, StackPressure, Probe, SpectraOverTime, Collector),
)
CURE = f"needs the mesh: leave it out, or say solver.kind: {FIELD}"


def is_reduced(config: Config) -> bool:
    """The cell is solved without a mesh."""
    return config.solver.kind == REDUCED


def refusals(config: Config) -> Rows:
    """(dotted path, what is wrong) of what a cell with a flat front cannot carry."""
    if not is_reduced(config):
        why = f"does nothing with solver.kind: {FIELD}: there a bridge grows"
        return [("bridge.table", why) for _ in present(config, FollowedBridge)]
    found = [
        (name, CURE)
        for name, section in sections(config)
        if isinstance(section, NOT_PLANAR) or not getattr(section, "flat", True)
    ]
    if config.geometry.mesh_file:
        found.append(("geometry.mesh_file", CURE))
    if config.time.scheme != SPLIT:
        found.append(("time.scheme", f"does nothing with solver.kind: {REDUCED}: leave it out"))
    checks: dict[type, Callable[[Any], Rows]] = {
        Electrodes: _contacts,
        Elasticity: _stress,
        CounterFace: _along_face,
    }
    for name, section in sections(config):
        for kind, check in checks.items():
            if isinstance(section, kind):
                found += [(f"{name}.{key}", why) for key, why in check(section)]
    return found


def _contacts(electrodes: Electrodes) -> Rows:
    return [("direct_reduction", CURE) for _ in electrodes.reductions]


def _along_face(face: CounterFace) -> Rows:
    return [("lateral_diffusivity", CURE)] if face.varies else []


def _stress(law: Elasticity) -> Rows:
    unable = {
        "coupling": DRIVING_FORCE,
        "sides": "free",
        "stress_free": STRESS_FREE_INITIALLY,
    }
    found = [
        (key, f"{value} {CURE}") for key, value in unable.items() if getattr(law, key) == value
    ]
    return [*found, *((key, CURE) for key in ("activation_volume",) if getattr(law, key))]


def describe(config: Config) -> list[str]:
    """The head of a run."""
    thickness = 1e6 * config.geometry.electrolyte_thickness
    return [
        config.title or "dendrolith",
        f"  solving    a flat front without a mesh: {thickness:.4g} um of electrolyte",
        f"  control    {in_words(config.control)}; midpoint rule in time",
    ]


def numbers(config: Config) -> Rows:
    """The resistance of the electrolyte, and of a bridge."""
    electrolyte = at_temperature(config).materials.electrolyte
    resistance = config.geometry.electrolyte_thickness / electrolyte.ionic_conductivity
    tables = [read_bridge(Path(bridge.table)) for bridge in present(config, FollowedBridge)]
    return [
        ("ionic resistance", f"{resistance:.4g} Ohm m^2"),
        *(("bridge resistance", str(table)) for table in tables),
    ]


def ladder(config: Config) -> Ladder:
    """The step alone."""
    columns = (("cell_voltage [V]", "V"), ("lithium_plated [mol/m^2]", "mol/m²"))
    return Ladder(
        Refinement("dt", step_powers(config), order=2),
        held=("geometry.electrolyte_thickness",),
        observables=tuple(Number(split_column(key)[0], unit, last(key)) for key, unit in columns),
    )


def summary(config: Config, rows: list[dict[str, float]]) -> list[str]:
    """What a run found."""
    end = rows[-1]
    plated = end["lithium_plated [mol/m^2]"]
    lines = [
        f"  cell voltage         {end['cell_voltage [V]']:.6g} V",
        f"  ionic current        {end['ionic_current [A/m^2]']:.4g} A/m^2",
        f"  leakage (electronic) {end['electronic_current [A/m^2]']:.3g} A/m^2",
        f"  lithium              {plated:.4g} mol/m^2 plated, {FARADAY * plated:.6g} C/m^2",
        f"  front                {1e6 * end['tip_height [m]']:.4g} um of "
        f"{1e6 * config.geometry.electrolyte_thickness:.4g} um",
    ]
    if present(config, CounterElectrode):
        lines.append(f"  x                    {end['counter_fraction [1]']:.5g}")
    if present(config, Elasticity):
        lines.append(f"  stack pressure       {1e-6 * end['stack_pressure [Pa]']:.5g} MPa")
    return [*lines, f"  short circuit        {format_short(rows)}"]
