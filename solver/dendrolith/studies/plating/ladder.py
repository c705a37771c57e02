"""How a plating cell is refined: interface width and mesh together, mesh and step apart."""

from __future__ import annotations

import math

import numpy as np

from dendrolith.core.sections import present, speaking
from dendrolith.observables.crossings import first_seen, rises_to, value_at
from dendrolith.observables.show import Number, Reading, last, reduced
from dendrolith.studies.ladder import Ladder, Refinement, step_powers
from dendrolith.studies.plating.schema import Config, Pores
from dendrolith.studies.plating.show import (
    CELL_VOLTAGE,
    COLLECTOR,
    DEAD,
    IONIC,
    LEAKAGE,
    PLATED,
    PRESSURE,
    SHORT,
    TIP,
    VON_MISES,
)
from dendrolith.studies.plating.solver_input import BACKWARD_EULER, BDF2

BRIDGING = "bridging [1]"
SHARES = (0.25, 0.5, 0.75)  # of the electrolyte, at which the tip is timed
ERROR_POWER = {BDF2: 3.0}  # of a step in its error, which the tolerance bounds
HELD = (
    "lithium_metal.surface_energy",
    "lithium_metal.capillary_mobility",
    "kinetics.exchange_current_density",
    "lithium_metal.fill_fraction",
    "pores.walls.wall_width",
)


def ladder(config: Config) -> Ladder:
    """Rungs (δ, h)/√2, the step with the relaxation of the interface; (h, Δt)/2 apart.

    The split's step is a part of 1/(L_ξ W), which falls with δ². On a mesh of a file δ and h stay.
    """
    scheme = config.time.scheme
    order = 1 if scheme == BACKWARD_EULER else 2
    tolerance = {"time.error_tolerance": ERROR_POWER[scheme]} if scheme in ERROR_POWER else {}
    halved = step_powers(config) | {"time.max_relaxation": 1.0} | tolerance
    step = Refinement("dt", halved, order)
    if config.geometry.mesh_file is not None:
        note = "The mesh of a file stays: compare runs on finer files to see its error."
        return Ladder(step, held=HELD, observables=_numbers(config), at_events=AT, notes=(note,))
    lengths = {"lithium_metal.interface_width": 1.0, "geometry.mesh_size": 1.0}
    together = lengths | {"time.max_step": 2.0} | tolerance
    return Ladder(
        Refinement("delta, h", together, order, ratio=math.sqrt(2)),
        apart=(Refinement("h", {"geometry.mesh_size": 1.0}, order=2), step),
        rest="delta",
        held=HELD,
        observables=_numbers(config),
        at_events=AT,
        notes=_notes(config),
    )


AT = (
    Reading("lithium plated", PLATED, "mmol/m²", 1e3),
    Reading("ionic current", IONIC, "A/m²"),
)


def _notes(config: Config) -> tuple[str, ...]:
    notes = []
    if present(config, Pores):
        notes.append("The limit is that of pore walls of this width: they are held.")
    rough = ", ".join(name for name, section in speaking(config) if not section.smooth)
    if rough:
        notes.append(f"{rough}: differs from mesh to mesh, the runs are samples without an order.")
    return tuple(notes)


def _numbers(config: Config) -> tuple[Number, ...]:
    """Times of tip, contact and short; what the run has at its end."""
    thickness = config.geometry.electrolyte_thickness
    heights = [(share, share * thickness) for share in SHARES]
    return (
        *(
            Number(f"Time of the tip at {1e6 * height:.4g} µm", "s", rises_to(TIP, height))
            for _, height in heights
        ),
        *(
            Number(
                f"Lithium plated, tip at {1e6 * height:.4g} µm",
                "mmol/m²",
                value_at(PLATED, TIP, height, 1e3),
            )
            for _, height in heights
        ),
        Number("Time of contact", "s", first_seen(BRIDGING, 0.5)),
        Number("Time of the short circuit", "s", first_seen(SHORT, 0.5)),
        Number("Tip height", "µm", last(TIP, 1e6)),
        Number("Lithium plated", "mmol/m²", last(PLATED, 1e3)),
        Number("Dead lithium", "mmol/m²", last(DEAD, 1e3)),
        Number("Collector current", "A/m²", last(COLLECTOR)),
        Number("Leakage current", "A/m²", last(LEAKAGE)),
        Number("Cell voltage", "mV", last(CELL_VOLTAGE, 1e3)),
        Number("Largest pressure in lithium", "MPa", reduced(PRESSURE, np.max, 1e-6)),
        Number("Largest von Mises stress in lithium", "MPa", reduced(VON_MISES, np.max, 1e-6)),
    )
