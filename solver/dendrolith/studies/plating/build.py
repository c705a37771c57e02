"""From a config to a problem of plating: mesh, microstructure, blocks, observables, output."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from dolfinx import fem
from mpi4py import MPI

from dendrolith.control.sequence import ControlSequence
from dendrolith.core.sections import present
from dendrolith.fields.output import Layout
from dendrolith.observables.base import Observable
from dendrolith.observables.contour import Contour
from dendrolith.observables.effort import SolverEffort
from dendrolith.observables.piece_listings import PieceListings
from dendrolith.observables.probes import Probes
from dendrolith.physics.impedance import SmallSignal, SpectraOverTime
from dendrolith.schemes.problem import Problem
from dendrolith.shapes.earlier import EarlierLithium
from dendrolith.studies.plating.blocks import Blocks, make_blocks
from dendrolith.studies.plating.counter import CounterReadings
from dendrolith.studies.plating.counter_side import CounterSide
from dendrolith.studies.plating.crack_nodes import CrackNodes
from dendrolith.studies.plating.domain import create_domain
from dendrolith.studies.plating.flat_front import sound_electrolyte
from dendrolith.studies.plating.initial import initialise
from dendrolith.studies.plating.local_counter import CounterProfile, LocalLithium
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.observables.balances import Balances
from dendrolith.studies.plating.observables.bridge_currents import BridgeCurrents
from dendrolith.studies.plating.observables.dead_lithium import DeadLithium
from dendrolith.studies.plating.observables.dendrite import Dendrite
from dendrolith.studies.plating.observables.dry_crack import DryCrack
from dendrolith.studies.plating.observables.electrode_currents import ElectrodeCurrents
from dendrolith.studies.plating.observables.filling import Filling
from dendrolith.studies.plating.observables.force_on_lithium import ForceOnLithium
from dendrolith.studies.plating.observables.front_width import FrontWidth
from dendrolith.studies.plating.observables.interface_rates import InterfaceRates
from dendrolith.studies.plating.observables.ledger import Ledger
from dendrolith.studies.plating.observables.migration import Migration
from dendrolith.studies.plating.observables.nodal_lithium import NodalLithium
from dendrolith.studies.plating.observables.paths import Paths
from dendrolith.studies.plating.observables.regions import Regions
from dendrolith.studies.plating.observables.short_circuit import ShortCircuit
from dendrolith.studies.plating.observables.spectra import Spectra
from dendrolith.studies.plating.observables.stress_in_lithium import StressInLithium
from dendrolith.studies.plating.output import DerivedFields, field_files, probe_sources
from dendrolith.studies.plating.pieces import LITHIUM
from dendrolith.studies.plating.schema import Config, Pores
from dendrolith.studies.plating.small_signal import LinearResponse
from dendrolith.studies.study import Setup

EFFORT = ("newton_iterations", "krylov_iterations", "fallback_solves", "bounded_kinetics")


def build(config: Config, comm: MPI.Comm) -> Setup:
    """The problem of a cell, its lithium and pores at their places (collective)."""
    return assemble(prepare(config, comm))


def prepare(config: Config, comm: MPI.Comm) -> Model:
    """A cell with its lithium and pores at their places (collective)."""
    model = Model(config, create_domain(comm, config.geometry))
    initialise(model)
    return model


def assemble(model: Model) -> Setup:
    """The problem of a cell whose fields are at their start (collective)."""
    config, domain, space = model.config, model.domain, model.f.scalar_space
    made = make_blocks(model)
    stresses = {
        name: field for stress in made.stresses for name, field in stress.nodal.fields.items()
    }
    derived = DerivedFields.of(model.f, model.laws.voltage)
    problem = Problem(
        domain.comm,
        made.blocks,
        state=model.f.state,
        starters=made.starters,
        control=ControlSequence(config.control, made.terminals, config.time.min_step),
        order=made.order,
        what="growth of lithium",
    )
    return Setup(
        problem,
        observables(model, made, derived, stresses),
        field_files(derived, stresses, model.laws.shown, stressed=bool(made.stresses)),
        [Layout.of(domain, space)],
    )


def response_now(model: Model, made: Blocks, law: SmallSignal) -> LinearResponse:
    """The response to a small signal, with the counter electrode as it is (collective)."""
    fractions = [stored.fraction for stored in made.stored]
    return LinearResponse(model, law, *fractions)


def _of_counter(model: Model, made: Blocks) -> list[Observable]:
    """What a counter electrode that stores lithium holds, and what a bridge does at it."""
    found: list[Observable] = [CounterReadings(stored) for stored in made.stored]
    sound, length = sound_electrolyte(model.config), model.config.geometry.electrolyte_thickness
    for _ in (stored for stored in made.stored if stored.law.stores):
        side = CounterSide(model.laws, model.domain)
        found.append(BridgeCurrents(made.terminals, side, sound, length))
    local = (stored for stored in made.stored if isinstance(stored, LocalLithium))
    return [*found, *(CounterProfile(stored) for stored in local)]


def observables(
    model: Model, made: Blocks, derived: DerivedFields, stresses: dict[str, fem.Function]
) -> Sequence[Observable]:
    """What is measured, in the order of the columns; a new one is a file and a line here."""
    f, laws, geometry, area = model.f, model.laws, model.config.geometry, made.terminals.area
    pieces, finder = model.pieces, model.pieces.finder
    volume, periods = finder.volume, geometry.periods
    regions = Regions(f, geometry, porous=bool(present(model.config, Pores)))
    contour = Contour(model.domain, f.scalar_space, finder.edges, periods)
    width = model.config.lithium_metal.interface_width
    shown = [field for name, field in stresses.items() if name != "volume_strain"]
    isolated = [*model.config.lithium_pieces, *present(model.config, EarlierLithium)]
    migration = [Migration(laws, pieces, geometry)] if isolated else []
    return [
        ElectrodeCurrents(made.terminals),
        Balances(
            made.terminals,
            model.domain.comm,
            NodalLithium(laws, volume).now,
            regions.electrolyte,
        ),
        Ledger(laws, pieces, regions, area),
        DeadLithium(laws, pieces, area),
        Dendrite(laws, pieces, geometry),
        Filling(f, volume, regions, geometry.electrolyte_thickness),
        FrontWidth(laws),
        ShortCircuit(
            made.terminals,
            sound_electrolyte(model.config),
            geometry.electrolyte_thickness,
            [stored.at_rest for stored in made.stored if stored.law.stores],
        ),
        SolverEffort(EFFORT),
        *migration,
        *(
            StressInLithium(f, s.mechanics, s.nodal, volume, s.stack_pressure)
            for s in made.stresses
        ),
        *(ForceOnLithium(f, s.mechanics, model.m) for s in made.stresses),
        *_of_counter(model, made),
        *(make(model.nodal_volume) for make in laws.observables),
        *(
            DryCrack(laws, model.domain, CrackNodes(laws, model.nodal_volume), geometry)
            for _ in laws.capacities
        ),
        *(
            Spectra(law, partial(response_now, model, made, law))
            for law in present(model.config, SpectraOverTime)
        ),
        PieceListings(
            finder,
            lambda _: pieces.now()[LITHIUM],
            f.scalar_space,
            periods,
            [moved.of_pieces for moved in migration],
        ),
        Paths(f, pieces, contour, model.domain, geometry, width),
        InterfaceRates(laws, contour, volume, shown),
        Probes(model.config.output.probes, f.scalar_space, probe_sources(derived, stresses)),
    ]
