"""Keys that are fine by themselves and contradict each other, or the physics."""

from __future__ import annotations

import dataclasses
import math

from dendrolith.control.stages import Stage, Until
from dendrolith.core.declare import LARGEST, SMALLEST
from dendrolith.domain.extents import CELL_TYPES
from dendrolith.observables.probe_input import NAME, Probe
from dendrolith.physics.anisotropy import CUBIC, Anisotropy
from dendrolith.physics.arrhenius import Arrhenius
from dendrolith.physics.elasticity import OVERPOTENTIAL
from dendrolith.shapes.protrusions import Protrusions, pitch_ratio
from dendrolith.solvers.petsc_options import petsc_options
from dendrolith.studies.plating.schema import (
    ACCESS_ACCESSIBLE,
    ACCESS_SURFACE,
    BDF2,
    SPLIT,
    Config,
    Geometry,
    Pores,
)

MAX_NODES = 1e8
MAX_OUTPUTS = 1e5
# Protrusions count as evenly placed if neighbours are at most this much closer one way than the
# other.
MAX_PITCH_RATIO = 2.0


def _um(length: float) -> str:
    return f"{1e6 * length:.6g} um"


def inconsistencies(config: Config) -> list[tuple[str, str]]:
    """Find keys that contradict each other: (dotted path, what is wrong and how to mend it)."""
    found = _geometry_inconsistencies(config.geometry, config.lithium_metal.interface_width)
    if config.protrusions is not None:
        found += _protrusion_inconsistencies(config.protrusions, config.geometry)
    pores = config.pores
    if pores is not None:
        found += _pore_inconsistencies(pores, config.geometry)
    found += _option_inconsistencies(config)
    if config.time.end > MAX_OUTPUTS * config.output.every:
        outputs = config.time.end / config.output.every
        found.append(("output.every", f"makes {outputs:.0e} outputs, more than {MAX_OUTPUTS:.0e}"))
    found += _probe_inconsistencies(config.output.probes, config.geometry)
    if config.arrhenius is not None:
        found += _arrhenius_inconsistencies(config.arrhenius, config.kinetics.temperature)
    try:
        petsc_options(config.solver.petsc_options)
    except ValueError as error:
        found.append(("solver.petsc_options", str(error)))
    electrodes = config.electrodes
    found += _stage_inconsistencies(
        config.control, electrodes.ionic_resistance > 0 and electrodes.electronic_resistance > 0
    )
    return found


def _option_inconsistencies(config: Config) -> list[tuple[str, str]]:
    """Options that do not go together, or that would do nothing."""
    found: list[tuple[str, str]] = []
    scheme, pores, elastic = config.time.scheme, config.pores, config.elasticity
    if scheme != SPLIT and pores is not None and pores.access == ACCESS_SURFACE:
        found.append(("time.scheme", "pores.access: surface_transport needs scheme: split"))
    if scheme == BDF2 and config.noise is not None:
        found.append(
            ("time.scheme", "bdf2 needs rates that are smooth in time, and noise is not: use split "
             "or backward_euler")
        )  # fmt: skip
    if config.anisotropy is not None and config.geometry.dim == 3:
        found += _cubic_inconsistencies(config.anisotropy)
    if elastic is not None and elastic.sides == "free" and config.geometry.periodic:
        found.append(("elasticity.sides", "does nothing with geometry.periodic: no sides are left"))
    if elastic is not None and elastic.coupling == OVERPOTENTIAL:
        for part in ("eigenstrain_part", "electrolyte_modulus_part", "pore_modulus_part"):
            if not getattr(elastic, part):
                found.append((f"elasticity.{part}", "does nothing with coupling: overpotential"))
    return found


def _arrhenius_inconsistencies(laws: Arrhenius, temperature: float) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    for field in dataclasses.fields(laws):
        factor = laws.factor(getattr(laws, field.name), temperature)
        if field.name != "reference_temperature" and not SMALLEST <= factor <= LARGEST:
            found.append(
                (f"arrhenius.{field.name}", f"changes the property by {factor:.1e} between "
                 f"{laws.reference_temperature:g} K and {temperature:g} K: beyond any process")
            )  # fmt: skip
    return found


def _cubic_inconsistencies(crystal: Anisotropy) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if crystal.mode != CUBIC:
        found.append(("anisotropy.mode", f"must be {CUBIC} (cubic) in 3-D"))
    if crystal.angle != 0:
        found.append(("anisotropy.angle", "does nothing in 3-D: the crystal lies along x, y, z"))
    return found


def _geometry_inconsistencies(geometry: Geometry, delta: float) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    h = geometry.mesh_size
    if h > delta / 2:
        found.append(
            ("geometry.mesh_size", f"h = {_um(h)} cannot resolve the interface width {_um(delta)}: "
             f"use h <= {_um(delta / 4)} (delta/4)")
        )  # fmt: skip
    nodes = math.prod(geometry.extents) / h**geometry.dim
    if nodes > MAX_NODES:
        found.append(
            ("geometry.mesh_size", f"makes {nodes:.1e} nodes, more than {MAX_NODES:.0e}: use about "
             f"{_um(delta / 4)} (delta/4)")
        )  # fmt: skip
    if geometry.periodic and min(geometry.face) < 3 * h:
        found.append(("geometry.periodic", "needs at least three cells across"))
    if h > min(geometry.lithium_thickness, geometry.electrolyte_thickness, *geometry.face):
        found.append(("geometry.mesh_size", "is larger than the cell"))
    fitting = CELL_TYPES[geometry.dim]
    if geometry.mesh_cell not in fitting:
        cure = "leave depth out" if geometry.dim == 3 else "give a depth"
        found.append(
            ("geometry.cell_type", f"a {geometry.mesh_cell} does not mesh a {geometry.dim}-D cell: "
             f"use {' or '.join(fitting)}, or {cure}")
        )  # fmt: skip
    return found


def _protrusion_inconsistencies(
    protrusions: Protrusions, geometry: Geometry
) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if protrusions.height >= geometry.electrolyte_thickness:
        found.append(("protrusions.height", "reaches through the electrolyte"))
    # first what bounds their number: to look for a grid of any number would take for ever
    smallest = 0.1 * geometry.mesh_size
    if protrusions.width < smallest:
        found.append(("protrusions.width", f"is far below the mesh size {_um(geometry.mesh_size)}"))
    crowd = protrusions.count * max(protrusions.width, smallest) ** (geometry.dim - 1)
    if crowd > geometry.electrode_area * (1 + 1e-9):
        return [*found, ("protrusions.width", "the protrusions do not fit beside each other")]
    grid = protrusions.grid(geometry)
    if protrusions.count > 1 and pitch_ratio(geometry, grid) > MAX_PITCH_RATIO:
        found.append(
            ("protrusions.count", f"{protrusions.count} protrusions cannot be spaced evenly over "
             f"{_um(geometry.height)} x {_um(geometry.depth or 0)}: the best grid is {grid[0]} x "
             f"{grid[1]}; choose a number with better factors")
        )  # fmt: skip
    if protrusions.width > min(protrusions.pitches(geometry)):
        found.append(("protrusions.width", "the protrusions do not fit beside each other"))
    return found


def _pore_inconsistencies(pores: Pores, geometry: Geometry) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    if pores.walls.wall_width > pores.mean_diameter / 2:
        found.append(
            ("pores.walls.wall_width", f"is not small against the mean pore diameter "
             f"{_um(pores.mean_diameter)}: use at most a quarter of it")
        )  # fmt: skip
    if pores.walls.wall_width < 2 * geometry.mesh_size:
        found.append(
            ("pores.walls.wall_width", f"is not resolved by the mesh size "
             f"{_um(geometry.mesh_size)}: use at least {_um(3 * geometry.mesh_size)} (3h)")
        )  # fmt: skip
    if pores.access == ACCESS_SURFACE and pores.surface_mobility is None:
        found.append(
            (
                "pores.surface_mobility",
                "is required by access: surface_transport, for example 1e-18 m^5/(J s)",
            )
        )
    if pores.access != ACCESS_SURFACE and pores.surface_mobility is not None:
        found.append(("pores.surface_mobility", "does nothing unless access: surface_transport"))
    if pores.access != ACCESS_ACCESSIBLE and pores.ionic_conductivity_ratio is not None:
        found.append(("pores.ionic_conductivity_ratio", "does nothing unless access: accessible"))
    return found


def _probe_inconsistencies(probes: tuple[Probe, ...], geometry: Geometry) -> list[tuple[str, str]]:
    found: list[tuple[str, str]] = []
    names = [probe.name for probe in probes]
    for number, probe in enumerate(probes):
        where = f"output.probes.{number}"
        if NAME.fullmatch(probe.name) is None:
            found.append(
                (f"{where}.name", "must be 1 to 40 letters, digits, - or _: it names a file")
            )
        elif probe.name in names[:number]:
            found.append((f"{where}.name", f"'{probe.name}' is taken by another probe"))
        for key, place in (("at", probe.at), ("to", probe.to)):
            sizes = (*geometry.extents, 0.0)[:3]
            for axis, x, size in zip(
                "xyz", place.coordinates if place else (), sizes, strict=False
            ):
                if x > size:
                    found.append(
                        (f"{where}.{key}.{axis}", f"is outside the cell, which ends at {_um(size)}")
                    )
        if probe.to is not None and probe.length == 0:
            found.append((f"{where}.to", "is where the line begins: leave it out for a point"))
    return found


def _stage_inconsistencies(stages: tuple[Stage, ...], resistances: bool) -> list[tuple[str, str]]:
    """Stages that make no sense; `resistances`: both counter contacts have one."""
    found: list[tuple[str, str]] = []
    if not stages:
        found.append(("control", "has no stage: give at least '- voltage: 0.1 V'"))
    for number, stage in enumerate(stages):
        where = f"control.{number}"
        given = [n for n in ("voltage", "current", "rest") if getattr(stage, n) is not None]
        if len(given) != 1:
            says = " and ".join(given) if given else "none"
            found.append((where, f"needs one of voltage, current and rest; has {says}"))
        if stage.current_density is not None and not resistances:
            found.append(
                (where, "a held current needs both contacts of the counter electrode to be "
                 "resistive: raise electrodes.ionic_resistance and electronic_resistance above 0")
            )  # fmt: skip
        found += [(f"{where}.until.{key}", why) for key, why in _empty_conditions(stage)]
        endless = stage.duration is None and stage.until == Until()
        if endless and number < len(stages) - 1:
            found.append((where, "never ends, so the next stage is never reached: give 'until'"))
    return found


def _empty_conditions(stage: Stage) -> list[tuple[str, str]]:
    """Conditions that can never end the stage, or always would: (key, what is wrong)."""
    until, found = stage.until, []
    low, high = until.voltage_below, until.voltage_above
    if stage.rest is not None and until.time is not None:
        found.append(("time", "is given twice: rest says how long already"))
    if stage.voltage is not None and (low is not None or high is not None):
        key = "voltage_above" if high is not None else "voltage_below"
        found.append((key, "does nothing under a held voltage"))
    if low is not None and high is not None and low >= high:
        found.append(("voltage_below", "is not below voltage_above: every voltage ends the stage"))
    if stage.current_density == 0 and until.charge is not None:
        found.append(("charge", "does nothing at rest: no charge passes"))
    if stage.current_density == 0 and until.short:
        found.append(("short", "means nothing at rest: electronic and ionic current are equal"))
    return found
