"""Everything an input file can say. Physics parameters are declared beside their equations.

A section that may be absent has the default None: absent means that physics is not solved.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import KW_ONLY, dataclass
from typing import ClassVar

from dendrolith.config.materials import set_choice
from dendrolith.control.stages import Stage
from dendrolith.core.declare import (
    borrowed,
    choice,
    file,
    quantity,
    section,
    sequence,
    text,
)
from dendrolith.core.sections import Section, present
from dendrolith.domain.extents import Box, BoxGeometry
from dendrolith.observables.probe_input import Probe
from dendrolith.observables.reference_input import ReferenceElectrode
from dendrolith.physics.anisotropy import Anisotropy
from dendrolith.physics.arrhenius import Arrhenius
from dendrolith.physics.bridge import FollowedBridge
from dendrolith.physics.collector import Collector
from dendrolith.physics.counter_face import CounterFace
from dendrolith.physics.crack_access import Cracks
from dendrolith.physics.direct_reduction import EQUATION, PRODUCT_EQUATION
from dendrolith.physics.elasticity import Elasticity
from dendrolith.physics.fracture import Fracture
from dendrolith.physics.impedance import SpectraOverTime
from dendrolith.physics.ion_transport import BinaryElectrolyte
from dendrolith.physics.kinetics import ButlerVolmer
from dendrolith.physics.lithium_metal import LithiumMetal
from dendrolith.physics.lithium_pressure import LithiumPressure
from dendrolith.physics.noise import Noise
from dendrolith.physics.nucleation import Nucleation
from dendrolith.physics.phases import Metal, Phase
from dendrolith.physics.pores import PoreEvolution, PoreWalls
from dendrolith.physics.stack_pressure import StackPressure
from dendrolith.physics.surface_transport import SurfaceMobility
from dendrolith.shapes.earlier import EARLIER, EarlierLithium
from dendrolith.shapes.pieces import Piece
from dendrolith.shapes.protrusions import Protrusions
from dendrolith.shapes.seed_crack import SeedCrack
from dendrolith.shapes.spheres import RandomSpheres
from dendrolith.studies.plating.electrolyte_input import CrackFilm, ElectrolyteLayer, Grains
from dendrolith.studies.plating.solver_input import SolverChoice, TimeControl
from dendrolith.studies.sections import Checkpointing

DEFAULT_PORE_CONDUCTIVITY_RATIO = 1e-2
ACCESS_BLOCKED = "blocked"
ACCESS_ACCESSIBLE = "accessible"
ACCESS_SURFACE = "surface_transport"
DARK_PORE, DARK_SOLID = "pore", "solid"


@dataclass(frozen=True, slots=True)
class Geometry(BoxGeometry):
    """Box-shaped cell: lithium on the left, electrolyte, counter electrode on the right."""

    lithium_thickness: float = quantity("m", "thickness of the lithium foil", above=0)
    electrolyte_thickness: float = quantity("m", "thickness of the electrolyte", above=0)
    height: float = quantity("m", "height of the cell (electrode length)", above=0)
    mesh_size: float = quantity("m", "edge length h of the mesh", above=0)
    depth: float | None = quantity(
        "m", "depth of the cell (electrode width); absent: 2-D", default=None, above=0
    )
    cell_type: str | None = borrowed(Box, "cell_type")
    periodic: bool = borrowed(Box, "periodic")
    mesh_file: str | None = file(
        "mesh of the cell instead of a structured one: .msh, .vtu, ... of the extents above, with "
        "regions lithium, electrolyte and boundaries left, right, bottom, top (front, back)",
        default=None,
    )
    mesh_unit: float | None = quantity(
        "m", "length of 1 in the mesh file (default: 1 m)", default=None, above=0
    )

    @property
    def length(self) -> float:
        """Thickness of lithium and electrolyte together [m]."""
        return self.lithium_thickness + self.electrolyte_thickness


@dataclass(frozen=True, slots=True)
class Pores(Section):
    """Pores in the electrolyte, random round ones or those of a picture, and how lithium enters."""

    fraction: float | None = borrowed(RandomSpheres, "fraction", default=None)
    mean_diameter: float | None = borrowed(RandomSpheres, "mean_diameter", default=None)
    _: KW_ONLY
    image: str | None = file(
        "picture of the electrolyte, such as a slice of a tomography, instead of fraction and "
        "mean_diameter; its left edge lies on the foil",
        default=None,
    )
    threshold: float | None = quantity(
        "1",
        "grey value between pore and solid, 0 black, 1 white (default: 0.5)",
        default=None,
        above=0,
        below=1,
    )
    dark_is: str | None = choice(
        (DARK_PORE, DARK_SOLID), "what is darker than the threshold (default: pore)", default=None
    )
    walls: PoreWalls = section("phase field of the pore walls")
    access: str = choice(
        (ACCESS_BLOCKED, ACCESS_ACCESSIBLE, ACCESS_SURFACE),
        "how lithium enters a pore: not at all; by plating with a poor ionic path; or by neutral "
        "lithium moving along its surface",
    )
    seed: int = borrowed(RandomSpheres, "seed")
    diameter_spread: float = borrowed(RandomSpheres, "diameter_spread")
    ionic_conductivity_ratio: float | None = quantity(
        "1",
        "ionic conductivity of a pore over the electrolyte's (access: accessible; default 1e-2)",
        default=None,
        at_least=1e-2,
        at_most=1,
    )
    surface_mobility: float | None = quantity(
        "m^5/(J s)",
        "mobility M_0 of neutral lithium (access: surface_transport)",
        default=None,
        above=0,
    )
    evolution: PoreEvolution | None = section(
        "pores that go on evolving during plating (absent: frozen)",
        default=None,
        source="hu2017; its steps eyre1998",
    )

    @property
    def conductivity_ratios(self) -> list[float]:
        """Ionic conductivity over the electrolyte's, where lithium plates in pores [1]."""
        accessible = self.access == ACCESS_ACCESSIBLE
        chosen = self.ionic_conductivity_ratio or DEFAULT_PORE_CONDUCTIVITY_RATIO
        return [chosen] if accessible else []

    @property
    def surface_laws(self) -> list[SurfaceMobility]:
        """How neutral lithium moves along walls; empty where it does not."""
        return [SurfaceMobility(M_0) for M_0 in [self.surface_mobility] if M_0]

    @property
    def spheres(self) -> RandomSpheres:
        """The random spheres of which they are made, where they are no picture's."""
        assert self.fraction is not None
        assert self.mean_diameter is not None
        return RandomSpheres(self.fraction, self.mean_diameter, self.seed, self.diameter_spread)

    @property
    def wall_ratio(self) -> float:
        """δ_ρ/d, width of the walls over the mean diameter [1]; 0 for the pores of a picture."""
        return self.walls.wall_width / self.mean_diameter if self.mean_diameter else 0.0

    def equations(self) -> list[tuple[str, str]]:
        """Of pores that are frozen, unless `evolution` replaces it."""
        moved = (line for law in self.surface_laws for line in law.equations())
        return [("pores", "ρ is frozen"), *moved]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return f"{'evolving' if self.evolution else 'frozen'} pores ({self.access})"

    @property
    def split_only(self) -> bool:
        """Neutral lithium moves beside the currents."""
        return bool(self.surface_laws)

    def unknowns(self, dim: int) -> int:
        """ρ."""
        return 1


@dataclass(frozen=True, slots=True)
class Materials:
    """The three phases; sets are files of values with sources, what is given here overrides them.

    The electrolyte's set brings the pore too, and what regularises lithium beside it.
    """

    lithium: Metal = section("lithium metal; what lithium_set does not say")
    electrolyte: Phase = section("solid electrolyte; what electrolyte_set does not say")
    pore: Phase | None = section(
        "pore; what electrolyte_set does not say (absent: there are no pores)", default=None
    )
    lithium_set: str | None = set_choice("lithium", "material set of lithium, with sources")
    electrolyte_set: str | None = set_choice(
        "electrolyte", "material set of the electrolyte and its pores, with sources"
    )

    @property
    def phases(self) -> dict[str, Phase]:
        """The phases as they are solved; a pore that is not there is the electrolyte."""
        lithium = self.lithium.beside(self.electrolyte)
        pore = self.electrolyte if self.pore is None else self.pore
        return {"lithium": lithium, "electrolyte": self.electrolyte, "pore": pore}


@dataclass(frozen=True, slots=True)
class Electrodes(Section):
    """Contacts of the counter electrode, and the lithium that it takes up where it is touched."""

    ionic_resistance: float = quantity(
        "Ohm m^2", "R_ct of the counter electrode (0: ideal contact)", default=1e-5, at_least=0
    )
    electronic_resistance: float = quantity(
        "Ohm m^2", "R_c of the counter electrode (0: ideal contact)", default=1e-5, at_least=0
    )
    direct_reduction: float = quantity(
        "A/m^2",
        "current density k at which a charged counter electrode takes up lithium that touches it "
        "(0: not at all)",
        default=0.0,
        source="cao2023 names it; no rate is published",
        at_least=0,
    )

    product_charge: float = quantity(
        "C/m^2",
        "charge q_p of direct reduction whose product doubles the resistance of a contact "
        "(0: no product)",
        default=0.0,
        source="assumption: parabolic law of a film that ions and electrons pass",
        at_least=0,
    )

    @property
    def reductions(self) -> list[float]:
        """The k of direct reduction [A/m²]; empty without it."""
        return [k for k in [self.direct_reduction] if k > 0]

    @property
    def products(self) -> list[float]:
        """The q_p of what direct reduction leaves [C/m²]; empty without it."""
        return [q_p for q_p in [self.product_charge] if q_p > 0]

    def equations(self) -> list[tuple[str, str]]:
        """That of the lithium taken up, and of its product."""
        taken = [("contact", EQUATION)] if self.reductions else []
        return [*taken, ("product", PRODUCT_EQUATION)] if self.products else taken

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return "direct reduction at contacts" if self.reductions else ""

    @property
    def split_only(self) -> bool:
        """Lithium goes beside the currents."""
        return bool(self.reductions)


@dataclass(frozen=True, slots=True)
class Output:
    """What is written when; field output times are hit exactly."""

    every: float = quantity("s", "interval of field output", above=0)
    probes: tuple[Probe, ...] = sequence("points and lines to record the fields at", default=())


@dataclass(frozen=True, slots=True)
class Config:
    """One simulation."""

    refused_keys: ClassVar[Mapping[str, str]] = dict.fromkeys(("initial", "from_run"), EARLIER)

    geometry: Geometry = section("the cell and its mesh")
    materials: Materials = section("bulk properties")
    lithium_metal: LithiumMetal = section("phase field of lithium", source="cao2023, eq. 3")
    kinetics: ButlerVolmer = section(
        "charge transfer at the lithium surface", source="chen2015; cao2023, eq. 3"
    )
    control: tuple[Stage, ...] = sequence(
        "how the cell is driven: stages, one after another; '- repeat: 3' with 'stages: [...]' "
        "goes through those three times",
        repeats="stages",
    )
    time: TimeControl = section("length of the run, and how the step is controlled")
    output: Output = section("what is written when")
    study: str = choice(("plating",), "what is simulated", default="plating")
    title: str = text("one line on the run", default="")
    electrodes: Electrodes = section("contacts of the counter electrode", default=Electrodes())
    ion_transport: BinaryElectrolyte | None = section(
        "binary electrolyte (absent: single-ion conductor)", default=None, source="chen2015"
    )
    arrhenius: Arrhenius | None = section(
        "activation energies (absent: nothing depends on temperature but kinetics)", default=None
    )
    anisotropy: Anisotropy | None = section(
        "anisotropic surface energy (absent: isotropic)", default=None, source="kobayashi1993"
    )
    noise: Noise | None = section(
        "noise of the reaction (absent: none)", default=None, source="hong2018"
    )
    protrusions: Protrusions | None = section("lithium nuclei", default=None)
    lithium_pieces: tuple[Piece, ...] = sequence(
        "lithium in the electrolyte that touches no electrode (absent: none)", default=()
    )
    earlier_lithium: EarlierLithium | None = section(
        "lithium that an earlier run has left in its electrolyte (absent: none)", default=None
    )
    pores: Pores | None = section(
        "porous electrolyte (absent: dense)", default=None, source="hu2017; cao2023"
    )
    damage: Fracture | None = section(
        "damage of the electrolyte by its stress (absent: none)",
        default=None,
        source="bourdin2000; ambati2015",
    )
    layers: tuple[ElectrolyteLayer, ...] = sequence(
        "slabs of the electrolyte with properties of their own (absent: none)", default=()
    )
    grains: Grains | None = section(
        "grains of the electrolyte and their boundaries (absent: none)", default=None
    )
    films: tuple[CrackFilm, ...] = sequence(
        "films that electrons pass along empty cracks (absent: none)", default=()
    )
    nucleation: Nucleation | None = section(
        "nucleation of lithium within the electrolyte (absent: none)", default=None
    )
    seed_cracks: tuple[SeedCrack, ...] = sequence(
        "cracks that are there from the start (absent: none)", default=()
    )
    cracks: Cracks | None = section(
        "cracks as ways of lithium (absent: lithium takes the place of electrolyte anywhere)",
        default=None,
    )
    lithium_pressure: LithiumPressure | None = section(
        "pressure of lithium in cracks (absent: none)", default=None, source="porz2017"
    )
    elasticity: Elasticity | None = section(
        "mechanics (absent: none)", default=None, source="cao2023, eq. S4"
    )
    counter_electrode: CounterFace | None = section(
        "counter electrode that stores lithium (absent: one of lithium, U = 0)",
        default=None,
        source="chen2020",
    )
    counter_set: str | None = set_choice(
        "counter", "material set of the counter electrode, with sources"
    )
    reference_electrode: ReferenceElectrode | None = section(
        "where a reference electrode reads the potential of the ions (absent: none)", default=None
    )
    collector: Collector | None = section(
        "bare collector below the film that lithium_thickness then is (absent: a foil)",
        default=None,
    )
    bridge: FollowedBridge | None = section(
        "bridge of a table, with solver.kind: reduced (absent: none)", default=None
    )
    impedance: SpectraOverTime | None = section(
        "spectra around the running state (absent: none)", default=None
    )
    stack_pressure: StackPressure | None = section(
        "stack pressure over the time, in the place of elasticity.pressure (absent: constant)",
        default=None,
    )
    checkpoint: Checkpointing = section("what a killed run loses at most", default=Checkpointing())
    solver: SolverChoice = section(
        "how the systems of equations are solved", default=SolverChoice()
    )

    @property
    def local_lithium(self) -> CounterFace | None:
        """The counter electrode where its x varies along the face."""
        return next((face for face in present(self, CounterFace) if face.varies), None)


def pore_access(pores: Pores | None) -> str | None:
    """How lithium enters a pore; None where there are no pores."""
    return None if pores is None else pores.access
