"""The frame that holds a pressed cell: force at first, a stiff spring once it is locked.

    p = p₀ + k (h − h_lock),  1/k = 1/k_f + H/M,  M = E (1 − ν)/((1 + ν)(1 − 2ν))
    closed cell:  dp/dh_pl = 1/(1/k + h/K_Li)

p   mean pressure on the rod [Pa]          h_lock  thickness of lithium at the locking [m]
p₀  that of the stacking [Pa]              h_pl    thickness plated since [m]
k_f stiffness of the frame [Pa/m]          H, E, ν thickness [m] and elasticity of the pellet
h   thickness of lithium [m]               K_Li    bulk modulus of lithium [Pa]

Without a pellet all but frame and lithium is rigid. Source: springs in series. Deviation: the tube
does not hold the pellet back.
"""

from dataclasses import dataclass
from typing import ClassVar

from dendrolith.core.declare import quantity, section
from dendrolith.core.sections import Section

NOT_GIVEN = "assumption: not published"


@dataclass(frozen=True, slots=True)
class Pellet:
    """The electrolyte as a spring under uniaxial strain."""

    thickness: float = quantity("m", "thickness H", above=0)
    young_modulus: float = quantity("Pa", "Young's modulus E of the pressed pellet", above=0)
    poisson_ratio: float = quantity("1", "Poisson's ratio nu", above=-1, below=0.5)

    @property
    def compliance(self) -> float:
        """H/M [m/Pa]."""
        E, nu = self.young_modulus, self.poisson_ratio
        return self.thickness * (1 + nu) * (1 - 2 * nu) / (E * (1 - nu))


@dataclass(frozen=True, slots=True)
class LockedFrame(Section):
    """What presses on a rod whose frame is locked."""

    equation: ClassVar[str] = "p = p₀ + k (h − h_lock),  1/k = 1/k_f + H/M"

    pressure: float = quantity(
        "Pa", "stacking pressure p_0", default=10e6, above=0, source="cao2023"
    )
    stiffness: float = quantity(
        "Pa/m",
        "stiffness k_f of the locked frame",
        default=0.5e12,
        above=0,
        at_most=1e14,
        source=NOT_GIVEN,
    )
    pellet: Pellet | None = section("the pellet as a spring (absent: rigid)", default=None)

    @property
    def compliance(self) -> float:
        """1/k [m/Pa]."""
        return 1 / self.stiffness + (0.0 if self.pellet is None else self.pellet.compliance)

    def locked_pressure(self, h: float, h_lock: float) -> float:
        """Pressure of the locked frame at a thickness of lithium [m]; never a pull [Pa]."""
        return max(self.pressure + (h - h_lock) / self.compliance, 0.0)

    def sealed_slope(self, h: float, bulk_modulus: float) -> float:
        """dp/dh_pl where lithium cannot leave [Pa/m].

        Args:
            h: thickness of lithium [m].
            bulk_modulus: K_Li [Pa].
        """
        return 1 / (self.compliance + h / bulk_modulus)

    def equations(self) -> list[tuple[str, str]]:
        """That of the pressure."""
        return [("frame", self.equation)]


@dataclass(frozen=True, slots=True)
class Frame(LockedFrame):
    """What presses on the rod: a force at first, locked later."""

    hold: float = quantity(
        "s",
        "how long p_0 is held, without current, before the frame is locked",
        default=60.0,
        at_least=0,
        source=NOT_GIVEN,
    )
