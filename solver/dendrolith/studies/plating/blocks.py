"""The blocks of a plating cell, in the order in which a step advances them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from dendrolith.core.sections import present
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.physics.crack_access import Cracks
from dendrolith.physics.lithium_pressure import LithiumPressure
from dendrolith.physics.pores import PoreEvolution
from dendrolith.schemes.block import Block
from dendrolith.schemes.predictor import Predictor
from dendrolith.solvers.options import choose, reused_factors
from dendrolith.studies.plating import split
from dendrolith.studies.plating.access import BoundedKinetics, PoreAccess
from dendrolith.studies.plating.allen_cahn import AllenCahn
from dendrolith.studies.plating.counter import ChangeOfCounter, StoredLithium
from dendrolith.studies.plating.counter_side import CounterSide
from dendrolith.studies.plating.coupled import CoupledBalance
from dendrolith.studies.plating.crack_nodes import CrackNodes, CrackWays
from dendrolith.studies.plating.damage import Damage
from dendrolith.studies.plating.direct_reduction import DirectReduction, SecondHalf
from dendrolith.studies.plating.implicit import Coupled
from dendrolith.studies.plating.lithium_pressure import CrackPressure
from dendrolith.studies.plating.local_counter import LocalLithium
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.nodal_reaction import NodalReaction
from dendrolith.studies.plating.pores import EvolvingPores
from dendrolith.studies.plating.scales import longest_step
from dendrolith.studies.plating.schema import Pores, pore_access
from dendrolith.studies.plating.solver_input import BDF2, SPLIT
from dendrolith.studies.plating.solver_options import ELASTICITY, LITHIUM
from dendrolith.studies.plating.stress import Stress
from dendrolith.studies.plating.stress_effect import StressEffect
from dendrolith.studies.plating.surface_transport import SurfaceTransport
from dendrolith.studies.plating.swelling import Swelling
from dendrolith.studies.plating.terminals import CellTerminals
from dendrolith.studies.plating.wall_current import WallCurrent


@dataclass(frozen=True, slots=True)
class Blocks:
    """What advances a cell.

    Attributes:
        blocks: in order.
        starters: those that find the fields at the start, at fixed lithium.
        terminals: of the cell.
        stresses: the block of the stress; empty without elasticity.
        stored: that of a counter electrode that stores lithium; empty without.
        order: of the scheme in time.
    """

    blocks: list[Block]
    starters: list[Block]
    terminals: CellTerminals
    stresses: list[Stress]
    stored: list[StoredLithium]
    order: int


def make_blocks(model: Model) -> Blocks:
    """The blocks of the scheme that the input asks for (collective)."""
    config, laws, time = model.config, model.laws, model.config.time
    is_split = time.scheme == SPLIT
    terminals = CellTerminals(model.charge, config.control)
    reaction = NodalReaction(laws, model.nodal_volume)
    access = PoreAccess(laws, model.nodal_volume, pore_access(config.pores))
    bounded = BoundedKinetics(laws, access)
    charge = split.Charge(model, reaction, terminals, bounded)
    middle = split.Middle(
        laws,
        reaction,
        Predictor(model.f.phi),
        most=time.max_change,
        longest=longest_step(config),
    )
    stresses = _stresses(model, at_middle=is_split)
    surroundings = [*_pores(model, access), *(make(model.nodal_volume) for make in laws.blocks)]
    allen_cahn = AllenCahn(laws, model.lithium, access, choose(config.solver, "lithium_", LITHIUM))
    walls = [WallCurrent(laws) for _ in laws.openings]
    damages = _damages(model, stresses, access, walls)
    fronts = [damage.find_fronts for damage in damages]
    ahead = [split.StageBegins(middle, allen_cahn, charge, fronts) for _ in laws.openings]
    find: list[Block] = [middle, *ahead, *stresses, *damages, allen_cahn, charge]
    reductions = [block for block in surroundings if isinstance(block, DirectReduction)]
    stored = _stored_lithium(model, terminals, reductions)
    before: list[Block] = [terminals, *stored, access, *surroundings]
    judged = [ChangeOfCounter(each, terminals, time.max_change) for each in stored]
    start = [*stored, access, *find]
    if is_split:
        lithium = split.Lithium(laws, reaction)
        after = [*_surface_transport(model), *map(SecondHalf, reductions)]
        blocks = [*before, *find, *walls, lithium, *after, *judged]
        return Blocks(blocks, [*start, *judged], terminals, stresses, stored, split.ORDER)
    order = 2 if time.scheme == BDF2 else 1
    coupled = Coupled(model, CoupledBalance(model), terminals, access, bounded, order)
    blocks = [*before, *stresses, *damages, coupled, *judged]
    return Blocks(blocks, [*start, coupled, *judged], terminals, stresses, stored, order)


def _stored_lithium(
    model: Model, terminals: CellTerminals, reductions: list[DirectReduction]
) -> list[StoredLithium]:
    """The counter electrode where it stores lithium."""
    parts = (model.laws, model.config.kinetics, terminals, reductions)
    face = model.config.local_lithium
    if face is not None:
        return [LocalLithium(face, *parts, CounterSide(model.laws, model.domain))]
    return [StoredLithium(law, *parts) for law in present(model.config, CounterElectrode)]


def _stresses(model: Model, *, at_middle: bool) -> list[Stress]:
    """Stress at the middle of the step, to serve further steps; or at its begin, for it alone."""
    # cracks: stiffness falls by 1e-6 within a cell, and changes with what opens and closes
    factors = reused_factors(model.domain.mesh.comm.size, model.config.geometry.dim)
    preset = factors if model.laws.damages else ELASTICITY
    options = choose(model.config.solver, "elastic_", preset)
    xi = model.f.xi_middle if at_middle else model.f.xi
    return [
        Stress(
            model.f,
            mechanics,
            options,
            model.nodal_volume,
            xi=xi,
            length=model.config.geometry.lithium_thickness,
            others=[(model.f.rho, model.f.rho_stressed), *model.laws.stressed],
            swelling=Swelling(model),
            effect=StressEffect(model.laws, model.nodal_volume, xi, model.lithium.forces),
            leads=at_middle,
        )
        for mechanics in model.laws.mechanics
    ]


def _damages(
    model: Model, stresses: Sequence[Stress], access: PoreAccess, walls: Sequence[WallCurrent]
) -> list[Damage]:
    """Damage beside the stress; cracks as ways of lithium and its pressure in them."""
    config, laws, volume = model.config, model.laws, model.nodal_volume
    nodes = [CrackNodes(laws, volume) for _ in laws.capacities]
    ways = [CrackWays(laws, nodes[0], law) for law in present(config, Cracks)]
    pressures = [
        CrackPressure(laws, model.domain, law, cracks, nodes[0], walls[0])
        for law in present(config, LithiumPressure)
        for cracks in present(config, Cracks)
    ]
    return [
        Damage(laws, config, volume, stress, ways, pressures, access)
        for stress in stresses
        if laws.damages
    ]


def _pores(model: Model, access: PoreAccess) -> list[EvolvingPores]:
    """Pores that evolve during plating."""
    return [
        EvolvingPores(model.laws, model.nodal_volume, pores.walls, evolution.mobility, access)
        for pores in present(model.config, Pores)
        for evolution in present(pores, PoreEvolution)
    ]


def _surface_transport(model: Model) -> list[SurfaceTransport]:
    return [
        SurfaceTransport(model.laws, model.lithium, law)
        for pores in present(model.config, Pores)
        for law in pores.surface_laws
    ]
