"""Keys that are fine by themselves and contradict each other, or the physics."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from dendrolith.control.stages import inconsistent_stages
from dendrolith.core.declare import dotted_name
from dendrolith.core.errors import ConfigError
from dendrolith.core.formats import in_um
from dendrolith.core.sections import conflicts, present, sections, speaking
from dendrolith.domain.extents import CELL_TYPES, too_many_nodes
from dendrolith.domain.place import outside
from dendrolith.observables.probe_input import inconsistent_probes
from dendrolith.observables.reference_input import ReferenceElectrode
from dendrolith.physics.collector import Collector
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.physics.counter_face import CounterFace
from dendrolith.physics.crack_access import Cracks
from dendrolith.physics.elasticity import PRESSURE, Elasticity
from dendrolith.physics.fracture import COARSEST, Fracture
from dendrolith.physics.impedance import SpectraOverTime
from dendrolith.physics.ion_transport import BinaryElectrolyte
from dendrolith.physics.lithium_pressure import LithiumPressure
from dendrolith.physics.stack_pressure import StackPressure
from dendrolith.shapes.earlier import EarlierLithium
from dendrolith.shapes.pieces import Piece
from dendrolith.shapes.protrusions import Protrusions, pitch_ratio
from dendrolith.shapes.seed_crack import SeedCrack
from dendrolith.solvers.petsc_options import petsc_options
from dendrolith.studies.plating.crack_rules import (
    crack_problems,
    pressure_problems,
    seed_problems,
)
from dendrolith.studies.plating.electrolyte_input import overlapping
from dendrolith.studies.plating.pressure_course import read_course
from dendrolith.studies.plating.schema import (
    ACCESS_ACCESSIBLE,
    ACCESS_SURFACE,
    Config,
    Electrodes,
    Geometry,
    Output,
    Pores,
)
from dendrolith.studies.plating.solver_input import (
    BACKWARD_EULER,
    BDF2,
    FIELD,
    SPLIT,
    SolverChoice,
    TimeControl,
)

THINNEST_FILM, THICKEST_FILM = 1.5, 3.0  # of delta, on a bare collector
MAX_OUTPUTS = 1e5
# Protrusions count as evenly placed if neighbours are at most this much closer one way than the
# other.
MAX_PITCH_RATIO = 2.0

Problems = list[tuple[str, str]]  # (key below the section, what is wrong and how to mend it)


def inconsistencies(config: Config) -> Problems:
    """Find keys that contradict each other: (dotted path, what is wrong and how to mend it)."""
    found = conflicts(config)
    for name, section in sections(config):
        if type(section) in RULES:
            problems = RULES[type(section)](section, config)
            found += [(dotted_name(name, key), problem) for key, problem in problems]
    return found


def _cell(config: Config, _: Config) -> Problems:
    """What drives the cell, at the top of the input."""
    found = [(f"control{key}", problem) for key, problem in inconsistent_stages(config.control)]
    if config.materials.pore is None and present(config, Pores):
        cure = "give its conductivities and moduli, or an electrolyte_set that has them"
        found.append(("materials.pore", f"is missing beside the section pores: {cure}"))
    found += [(f"layers.{key}", problem) for key, problem in overlapping(config.layers)]
    contacts = config.electrodes
    if contacts.ionic_resistance > 0 and contacts.electronic_resistance > 0:
        return found
    held = (n for n, stage in enumerate(config.control) if stage.current_density is not None)
    cure = (
        "a held current needs both contacts of the counter electrode to be resistive: raise "
        "electrodes.ionic_resistance and electronic_resistance above 0"
    )
    return [*found, *((f"control.{n}", cure) for n in held)]


def _electrodes(electrodes: Electrodes, _: Config) -> Problems:
    if electrodes.reductions or not electrodes.products:
        return []
    cure = "is left by direct_reduction, which is 0: give that current density, or leave this out"
    return [("product_charge", cure)]


def _time(time: TimeControl, config: Config) -> Problems:
    rough = [name for name, section in speaking(config) if not section.smooth]
    beside = [name for name, section in speaking(config) if section.split_only]
    alone = [f"must be split: in {name} lithium moves beside the currents" for name in beside]
    smooth = "bdf2 needs rates that are smooth in time, and {} is not: use split or backward_euler"
    unsmooth = [smooth.format(" and ".join(rough))] if rough else []
    found = {SPLIT: [], BACKWARD_EULER: alone, BDF2: [*unsmooth, *alone]}
    return [("scheme", problem) for problem in found[time.scheme]]


def _output(output: Output, config: Config) -> Problems:
    found: Problems = []
    if config.time.end > MAX_OUTPUTS * output.every:
        outputs = config.time.end / output.every
        found.append(("every", f"makes {outputs:.0e} outputs, more than {MAX_OUTPUTS:.0e}"))
    problems = inconsistent_probes(output.probes, config.geometry.extents)
    return [*found, *((f"probes.{key}", problem) for key, problem in problems)]


def _solver(solver: SolverChoice, _: Config) -> Problems:
    try:
        petsc_options(solver.petsc_options)
    except ValueError as error:
        return [("petsc_options", str(error))]
    return []


def _geometry(geometry: Geometry, config: Config) -> Problems:
    found: Problems = []
    h, delta = geometry.mesh_size, config.lithium_metal.interface_width
    if h > delta / 2:
        cure = f"use h <= {in_um(delta / 4)} (delta/4)"
        cannot = f"h = {in_um(h)} cannot resolve the interface width {in_um(delta)}: {cure}"
        found.append(("mesh_size", cannot))
    nodes = math.prod(geometry.extents) / h**geometry.dim
    if geometry.mesh_file is None:
        found += too_many_nodes(nodes, f"use about {in_um(delta / 4)} (delta/4)")
    if geometry.periodic and min(geometry.face) < 3 * h:
        found.append(("periodic", "needs at least three cells across"))
    if h > min(geometry.lithium_thickness, geometry.electrolyte_thickness, *geometry.face):
        found.append(("mesh_size", "is larger than the cell"))
    fitting = CELL_TYPES[geometry.dim]
    if geometry.mesh_cell not in fitting:
        cure = "leave depth out" if geometry.dim == 3 else "give a depth"
        wrong = f"a {geometry.mesh_cell} does not mesh a {geometry.dim}-D cell"
        found.append(("cell_type", f"{wrong}: use {' or '.join(fitting)}, or {cure}"))
    return [*found, *_mesh_file(geometry)]


def _mesh_file(geometry: Geometry) -> Problems:
    """What only the structured mesh can do, and what does nothing there."""
    if geometry.mesh_file is None:
        useless = geometry.mesh_unit is not None
        return [("mesh_unit", "does nothing without mesh_file")] if useless else []
    found: Problems = []
    if geometry.periodic:
        cure = "leave mesh_file or periodic out"
        found.append(("periodic", f"only the structured mesh can have joined sides: {cure}"))
    simplex = CELL_TYPES[geometry.dim][0]
    if geometry.cell_type not in (None, simplex):
        own = f"a mesh file has cells of its own, {simplex}s in {geometry.dim}-D"
        found.append(("cell_type", f"{own}: leave cell_type out"))
    return found


def _protrusions(protrusions: Protrusions, config: Config) -> Problems:
    found: Problems = []
    geometry, crowded = config.geometry, "the protrusions do not fit beside each other"
    reaches = protrusions.height >= geometry.electrolyte_thickness
    if reaches and not protrusions.bridge:
        meant = "lower it, or say bridge: true where that is meant"
        found.append(("height", f"reaches through the electrolyte: {meant}"))
    if protrusions.bridge and not reaches:
        found.append(("bridge", "is true, but height ends in the electrolyte"))
    # first what bounds their number: to look for a grid of any number would take for ever
    smallest = 0.1 * geometry.mesh_size
    if protrusions.width < smallest:
        found.append(("width", f"is far below the mesh size {in_um(geometry.mesh_size)}"))
    crowd = protrusions.count * max(protrusions.width, smallest) ** (geometry.dim - 1)
    if crowd > math.prod(geometry.face) * (1 + 1e-9):
        return [*found, ("width", crowded)]
    grid = protrusions.grid(geometry)
    if protrusions.count > 1 and pitch_ratio(geometry, grid) > MAX_PITCH_RATIO:
        face = " x ".join(map(in_um, geometry.face))
        uneven = f"{protrusions.count} protrusions cannot be spaced evenly over {face}"
        best = f"the best grid is {grid[0]} x {grid[1]}; choose a number with better factors"
        found.append(("count", f"{uneven}: {best}"))
    if protrusions.width > min(protrusions.pitches(geometry)):
        found.append(("width", crowded))
    return found


def _earlier(_: EarlierLithium, config: Config) -> Problems:
    """Lithium of a plane cell without pores."""
    found: Problems = []
    if config.geometry.dim == 3:
        found.append(("file", "is of a plane cell: leave geometry.depth out"))
    if present(config, Pores):
        found.append(("file", "does nothing for pores, which would lie in it: leave pores out"))
    return found


def _piece(piece: Piece, config: Config) -> Problems:
    """A piece has the keys of its shape, and lies clear of both electrodes."""
    found = piece.mistakes()
    geometry, clear = config.geometry, 2 * config.lithium_metal.interface_width
    if piece.width < clear:
        found.append(("width", f"is below what the interface resolves: {in_um(clear)} (2 delta)"))
    places = {f"through.{n}": place for n, place in enumerate(piece.through)}
    if piece.centre is not None:
        places["centre"] = piece.centre
    found += outside(places, geometry.extents)
    if found:
        return found
    low, high = piece.reach
    if low < geometry.lithium_thickness + clear or high > geometry.length - clear:
        ends = f"{in_um(low)} to {in_um(high)} along x"
        room = f"{in_um(geometry.lithium_thickness + clear)} to {in_um(geometry.length - clear)}"
        must = f"reaches from {ends}: keep it within {room}, 2 delta off the electrodes"
        found.append(("shape", must))
    return found


def _pores(pores: Pores, config: Config) -> Problems:
    found = _pore_source(pores, config.geometry)
    h, width, where = config.geometry.mesh_size, pores.walls.wall_width, "walls.wall_width"
    if pores.mean_diameter is not None and width > pores.mean_diameter / 2:
        thick = f"is not small against the mean pore diameter {in_um(pores.mean_diameter)}"
        found.append((where, f"{thick}: use at most a quarter of it"))
    if width < 2 * h:
        cure = f"use at least {in_um(3 * h)} (3h)"
        found.append((where, f"is not resolved by the mesh size {in_um(h)}: {cure}"))
    if pores.access == ACCESS_SURFACE and not pores.surface_mobility:
        required = "is required by access: surface_transport, for example 1e-18 m^5/(J s)"
        found.append(("surface_mobility", required))
    elsewhere = {
        "surface_mobility": ACCESS_SURFACE,
        "ionic_conductivity_ratio": ACCESS_ACCESSIBLE,
    }
    for key, access in elsewhere.items():
        if getattr(pores, key) and pores.access != access:
            found.append((key, f"does nothing unless access: {access}"))
    return found


def _pore_source(pores: Pores, geometry: Geometry) -> Problems:
    """Pores are random or those of a picture, one of the two."""
    random, drawn = ("fraction", "mean_diameter"), ("threshold", "dark_is")
    if pores.image is None:
        found = [(key, "does nothing without image") for key in drawn if getattr(pores, key)]
        missing = [key for key in random if getattr(pores, key) is None]
        if len(missing) == len(random):
            either = "give fraction and mean_diameter for random pores, or image"
            return [*found, ("fraction", f"is missing: {either}")]
        return [*found, *((key, "is missing: the other of the two is given") for key in missing)]
    given = [key for key in random if getattr(pores, key) is not None]
    given += ["seed"] if pores.seed else []
    found = [(key, "does nothing beside image: leave one of them out") for key in given]
    if geometry.dim == 3:
        found.append(("image", "is a slice, for a 2-D cell: leave geometry.depth out"))
    if geometry.periodic:
        edges = "top and bottom of a picture do not continue each other"
        found.append(("image", f"{edges}: leave geometry.periodic out"))
    return found


def _elasticity(elastic: Elasticity, config: Config) -> Problems:
    found: Problems = []
    if elastic.sides == "free" and config.geometry.periodic:
        found.append(("sides", "does nothing with geometry.periodic: no sides are left"))
    idle = "does nothing with coupling: overpotential"
    return [*found, *((part, idle) for part in elastic.idle_parts)]


def _counter(counter: CounterFace, config: Config) -> Problems:
    """A counter electrode in a cell with a mesh: a resistance, and particles without a profile."""
    found: Problems = []
    if config.solver.kind != FIELD:
        return found
    if counter.charge_transfer_resistance == 0:
        found.append(("charge_transfer_resistance", "must be above 0 in a cell with a mesh"))
    if counter.diffusion_time:
        found.append(("diffusion_time", "does nothing in a cell with a mesh: leave it out"))
    return found


def _reference(reference: ReferenceElectrode, config: Config) -> Problems:
    """A wire is as wide as the interface resolves."""
    least, found = config.lithium_metal.interface_width, list[tuple[str, str]]()
    if not reference.wire:
        return found
    if reference.radius is not None and reference.radius < least:
        found.append(("radius", f"is below what the interface resolves: {in_um(least)} (delta)"))
    around = [place[:2] for place in reference.outline(least)]
    if any(
        not 0 <= x <= size
        for at in around
        for x, size in zip(at, config.geometry.extents, strict=False)
    ):
        found.append(
            ("at", f"puts the wire within {in_um(least)} (delta) of a side: move it inwards")
        )
    loses_shape = [("wire", "keeps its shape with time.scheme: split alone")]
    return found + {SPLIT: list[tuple[str, str]]()}.get(config.time.scheme, loses_shape)


def _impedance(chosen: SpectraOverTime, config: Config) -> Problems:
    """Spectra at output times, of a single-ion conductor."""
    every = config.output.every
    ratio, found = chosen.every / every, list[tuple[str, str]]()
    if round(ratio) < 1 or abs(ratio - round(ratio)) > 1e-6:
        found.append(("every", f"is no multiple of output.every = {every:g} s"))
    single = "needs a single-ion conductor: leave ion_transport out"
    return [*found, *(("every", single) for _ in present(config, BinaryElectrolyte))]


def _damage(damage: Fracture, config: Config) -> Problems:
    found: Problems = []
    if not present(config, Elasticity):
        found.append(("toughness", "does nothing without stress: add the section elasticity"))
    if config.geometry.mesh_size > COARSEST * damage.length:
        h = in_um(config.geometry.mesh_size)
        found.append(("length", f"is not resolved by the mesh size {h}: use at least twice that"))
    return found


def _stack_pressure(chosen: StackPressure, config: Config) -> Problems:
    """A table that presses on something, and covers the run."""
    pressed = present(config, Elasticity)
    found = [] if pressed else [("table", "does nothing without the section elasticity: add it")]
    for elastic in pressed:
        if elastic.right != PRESSURE:
            wrong = f"contradicts elasticity.right: {elastic.right}: use right: pressure"
            found.append(("table", wrong))
        if elastic.pressure != 0:
            found.append(("table", "is in the place of elasticity.pressure: leave one of them out"))
    try:
        course = read_course(chosen)
    except ConfigError as error:
        return [*found, *(("table", problem) for problem in error.problems)]
    begin, end = course.time[0], course.time[-1]
    if begin > 0:
        found.append(("start", f"is {begin:g} s before the first row of the table"))
    if end < config.time.end:
        cure = "make time.end that, or start earlier"
        found.append(("table", f"ends {end:g} s after the start of the run: {cure}"))
    if course.pressure.min() < 0:
        found.append(("table", f"has a pressure of {course.pressure.min():g} Pa: 0 or more"))
    return found


def _collector(chosen: Collector, config: Config) -> Problems:
    """A film that is a numerical one; no lithium that dies."""
    found: Problems = []
    film, delta = config.geometry.lithium_thickness, config.lithium_metal.interface_width
    if not THINNEST_FILM * delta * (1 - 1e-9) <= film <= THICKEST_FILM * delta * (1 + 1e-9):
        ends = " to ".join(in_um(ratio * delta) for ratio in (THINNEST_FILM, THICKEST_FILM))
        cure = f"make geometry.lithium_thickness {ends}, 1.5 to 3 delta"
        found.append(("coverage_charge", f"lies below a film of {in_um(film)}: {cure}"))
    if chosen.stranded_fraction:
        found.append(("stranded_fraction", "needs study: cell: a mesh shows what is cut off"))
    if not present(config, CounterElectrode):
        found.append(("coverage_charge", "needs counter_electrode: all lithium comes from there"))
    return found


# class of a section → what is wrong with it, beside the whole config
RULES: dict[type, Callable[[Any, Config], Problems]] = {
    Config: _cell,
    Geometry: _geometry,
    Electrodes: _electrodes,
    TimeControl: _time,
    Output: _output,
    Protrusions: _protrusions,
    EarlierLithium: _earlier,
    Piece: _piece,
    Pores: _pores,
    Elasticity: _elasticity,
    StackPressure: _stack_pressure,
    Collector: _collector,
    Fracture: _damage,
    SeedCrack: seed_problems,
    Cracks: crack_problems,
    LithiumPressure: pressure_problems,
    CounterFace: _counter,
    ReferenceElectrode: _reference,
    SpectraOverTime: _impedance,
    SolverChoice: _solver,
}
