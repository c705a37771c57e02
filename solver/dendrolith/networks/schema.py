"""What an input of ``dendrolith network`` can say."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any, ClassVar

from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.declare import borrowed, choice, count, flag, quantity, section, sequence, text
from dendrolith.core.sections import Section
from dendrolith.networks.critical_current import ANODE_FACTOR
from dendrolith.physics.lithium_metal import LithiumMetal

VORONOI, SQUARE, SELF_DUAL = "voronoi", "square", "self_dual"
STATIC, DYNAMIC = "static", "dynamic"
MOST_CELLS, MOST_STEPS, MOST_PARTS = 10**5, 10**5, 10**5  # grains, steps of a ramp, part files


@dataclass(frozen=True, slots=True)
class Electrolyte(Section):
    """The ceramic."""

    equation: ClassVar[str] = "K_IC = (E' G_c)^1/2,  E' = E/(1 − ν²);  facets: G_gb = ratio · G_c"

    ionic_conductivity: float = quantity(
        "S/m", "ionic conductivity sigma", default=0.05, above=0, source="hu2021, rounded (LLZO)"
    )
    young_modulus: float = quantity(
        "Pa", "Young's modulus E", default=150e9, above=0, source="ni2012, rounded"
    )
    poisson_ratio: float = quantity(
        "1", "Poisson's ratio nu", default=0.26, above=-1, below=0.5, source="ni2012"
    )
    toughness: float = quantity(
        "J/m^2",
        "critical energy release rate G_c of a grain",
        default=2.24,
        above=0,
        source="K_IC = 0.6 MPa m^1/2 of an LLZO single crystal",
    )
    boundary_ratio: float = quantity(
        "1",
        "G_gb/G_c of a grain boundary",
        default=0.5,
        above=0,
        at_most=1,
        source="assumption; below 1 by the separation energies of Xie et al., arXiv 2312.05294",
    )
    toughness_scatter: float = quantity(
        "1",
        "standard deviation of ln K_IC from facet to facet",
        default=0.1,
        at_least=0,
        source="assumption",
    )
    flaw_ratio: float = quantity(
        "1",
        "median inherent flaw a_e of a facet over the grain size",
        default=1.0,
        above=0,
        source="assumption: as long as a grain",
    )
    flaw_scatter: float = quantity(
        "1",
        "standard deviation of ln a_e from facet to facet",
        default=0.3,
        at_least=0,
        source="assumption; with toughness_scatter a Weibull modulus of strength of about 7, "
        "ceramics have 5 to 15",
    )

    @property
    def plane_modulus(self) -> float:
        """E' [Pa]."""
        return self.young_modulus / (1.0 - self.poisson_ratio**2)

    @property
    def boundary_toughness(self) -> float:
        """K_IC of a boundary [Pa m^½]."""
        return math.sqrt(self.plane_modulus * self.toughness * self.boundary_ratio)

    def equations(self) -> list[tuple[str, str]]:
        """Toughness."""
        return [("toughness", self.equation)]


@dataclass(frozen=True, slots=True)
class Lithium(Section):
    """Lithium and its kinetics, linear: j = g η, g = i₀F/RT."""

    equation: ClassVar[str] = (
        "K = k₁ (F/V_m) |η| (πc)^1/2 + 1.12 S (πc)^1/2;  v_f = (V_m/F) π σ |η| / (w ln(c/w))"
    )

    molar_volume: float = borrowed(LithiumMetal, "molar_volume")
    exchange_current_density: float = quantity(
        "A/m^2", "exchange current density i_0", default=100.0, above=0, source="assumption"
    )
    temperature: float = quantity("K", "temperature", default=298.15, above=0)
    wall_reactivity: float = quantity(
        "1",
        "share of the walls of filled facets that reacts; 0: pressure stops all of it",
        default=1.0,
        at_least=0,
        at_most=1,
        source="assumption",
    )

    @property
    def conductance(self) -> float:
        """Conductance g of the surface [S/m²]."""
        return self.exchange_current_density * FARADAY / (GAS_CONSTANT * self.temperature)

    def equations(self) -> list[tuple[str, str]]:
        """Stress intensity and filling."""
        return [("propagation", self.equation)]


@dataclass(frozen=True, slots=True)
class Structure(Section):
    """The network of facets."""

    layout: str = choice((VORONOI, SQUARE, SELF_DUAL), "how facets are laid out", default=VORONOI)
    thickness: float = quantity("m", "distance of the electrodes", default=400e-6, above=0)
    width: float = quantity(
        "m", "extent along the electrodes, periodic but for self_dual", default=400e-6, above=0
    )
    grain_size: float = quantity(
        "m", "square root of the mean area of a grain; spacing of a lattice", default=20e-6, above=0
    )
    relaxation: int = count(
        "steps of Lloyd's relaxation of the grains (0: Poisson)", default=0, at_least=0, at_most=100
    )

    @property
    def cells(self) -> tuple[int, int]:
        """Grains along x and y."""
        return round(self.thickness / self.grain_size), round(self.width / self.grain_size)

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """Too few or too many grains."""
        along, across = self.cells
        if min(along, across) < 4:
            return [("grain_size", f"gives {along} x {across} grains: 4 x 4 at least")]
        if along * across > MOST_CELLS:
            return [("grain_size", f"gives {along} x {across} grains: {MOST_CELLS} at most")]
        if self.layout == SELF_DUAL and along != across:
            return [("width", "must be the thickness for the layout self_dual")]
        return []


@dataclass(frozen=True, slots=True)
class Defects(Section):
    """Pores and cracked facets."""

    pore_diameter: float = quantity("m", "diameter of a pore", default=8e-6, above=0)
    crack_opening: float = quantity(
        "m", "opening w of a crack", default=100e-9, above=0, source="assumption, tens of nm up"
    )
    isolated_lithium: float = quantity(
        "1", "share of the pores that hold lithium at the start", default=0.0, at_least=0, at_most=1
    )

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """A pore larger than a grain."""
        if self.pore_diameter > config.structure.grain_size:
            return [("pore_diameter", "must not exceed structure.grain_size")]
        return []


@dataclass(frozen=True, slots=True)
class Density(Section):
    """How much of each defect there is; every sample has it within 0.1 % absolute."""

    porosity: float = quantity("1", "area of pores over that of the cell", at_least=0, at_most=0.3)
    cracked: float = quantity(
        "1",
        "length of cracked facets over the expected length of all, 2/grain_size per area",
        at_least=0,
        at_most=0.6,
    )


@dataclass(frozen=True, slots=True)
class Topology(Section):
    """Where the defects are."""

    name: str = text("as tables call it")
    correlation_length: float = quantity(
        "m", "length over which defects cluster", default=0.0, at_least=0
    )
    clustering: float = quantity(
        "1", "weight of the clusters; 0: independent places", default=0.0, at_least=0, at_most=1
    )
    attachment: float = quantity(
        "1",
        "share of the pores on boundaries; the others lie in grains",
        default=1.0,
        at_least=0,
        at_most=1,
    )
    orientation: float = quantity(
        "1",
        "preference of cracks: 1 along the field, -1 across it",
        default=0.0,
        at_least=-1,
        at_most=1,
    )

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """A cluster needs a size."""
        if self.clustering > 0 and self.correlation_length == 0:
            return [("correlation_length", "must be above 0 where clustering is")]
        return []


@dataclass(frozen=True, slots=True)
class Protocol(Section):
    """The ramp of current; the critical current is that of the step with the short circuit."""

    step: float = quantity("A/m^2", "rise of the current per step", default=0.5, above=0)
    duration: float = quantity("s", "length of a step", default=3600.0, above=0)
    highest: float = quantity(
        "A/m^2", "current of the last step; no short circuit: censored", default=100.0, above=0
    )
    capacity: float = quantity(
        "C/m^2", "a step ends after this charge too (0: by time alone)", default=0.0, at_least=0
    )
    stack_pressure: float = quantity(
        "Pa", "pressure on the electrodes, > 0 closes cracks", default=0.0, at_least=0
    )

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """Too many steps, and a last one that is not the highest current."""
        if self.steps > MOST_STEPS:
            return [("step", f"gives {self.steps} steps up to highest: {MOST_STEPS} at most")]
        if abs(self.steps * self.step / self.highest - 1) > 1e-6:
            return [("highest", f"is no multiple of step = {self.step:g} A/m^2")]
        return []

    @property
    def steps(self) -> int:
        """Number of steps."""
        return max(1, round(self.highest / self.step))


@dataclass(frozen=True, slots=True)
class Calibration(Section):
    """Factors of the network model; 1 is the law as derived."""

    geometry_factor: float = quantity("1", "factor of k_1", default=1.0, above=0)
    concentration_factor: float = quantity(
        "1", "local over network overpotential at a tip", default=1.0, above=0
    )
    filling_factor: float = quantity("1", "factor of v_f", default=1.0, above=0)

    @property
    def intensity(self) -> float:
        """Y κ, factor of the stress intensity by lithium [1]."""
        return self.geometry_factor * self.concentration_factor


@dataclass(frozen=True, slots=True)
class Ensemble(Section):
    """How many networks, of which seed."""

    samples: int = count("networks of each topology at each density", at_least=2)
    model: str = choice((STATIC, DYNAMIC), "static bottleneck or ramp", default=DYNAMIC)
    seed: int = count("of the ensemble", default=1, at_least=0)
    part: int = count("networks a part file: what a kill can cost", default=50, at_least=1)
    continuous: int = count(
        "further networks whose density is drawn between the first and the last listed one",
        default=0,
        at_least=0,
    )
    descriptors: bool = flag("measure topology and density of each network", default=True)


@dataclass(frozen=True, slots=True)
class Config(Section):
    """One ensemble."""

    densities: tuple[Density, ...] = sequence("densities of defects")
    topologies: tuple[Topology, ...] = sequence("arrangements of defects")
    ensemble: Ensemble = section("how many networks")
    study: str = choice(("network",), "what is simulated", default="network")
    title: str = text("one line on the ensemble", default="")
    electrolyte: Electrolyte = section("the ceramic", default=Electrolyte())
    lithium: Lithium = section("lithium and its kinetics", default=Lithium())
    structure: Structure = section("the network of facets", default=Structure())
    defects: Defects = section("pores and cracked facets", default=Defects())
    protocol: Protocol = section("the ramp of current", default=Protocol())
    calibration: Calibration = section("factors of the network model", default=Calibration())

    @property
    def networks(self) -> int:
        """Number of networks of the design and between its densities."""
        cells = len(self.densities) * len(self.topologies)
        return cells * self.ensemble.samples + self.ensemble.continuous

    def conflicts(self, config: Any) -> list[tuple[str, str]]:
        """Empty lists, names that are not unique, too many files."""
        found = [
            (key, "must have an entry")
            for key in ("densities", "topologies")
            if not getattr(self, key)
        ]
        parts = self.networks / self.ensemble.part
        if parts > MOST_PARTS:
            found.append(("ensemble.part", f"gives {parts:.0f} files: {MOST_PARTS} at most"))
        names = [topology.name for topology in self.topologies]
        if len(set(names)) < len(names):
            found.append(("topologies", "two have the same name"))
        return found

    def equations(self) -> list[tuple[str, str]]:
        """One flaw, and the static limit."""
        return [
            ("one flaw", f"J_c = σ V_m K_IC / ({ANODE_FACTOR} F π^1/2 c^3/2)"),
            ("static", "CCD = min over paths of max over facets of J_c"),
        ]
