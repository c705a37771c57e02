"""Nucleation of lithium where electrons that leak meet ions, off both electrodes.

    r += (ξ* − ξ)/(τ_n + Δt) max(0, 1 − e^{F(η + η_nuc)/RT}) while a nucleus forms
    ξ* = ½[1 − tanh(2(|x − x_n| − R)/δ)]

η_nuc  overpotential that a site asks for [V]        τ_n  time in which a nucleus forms at least [s]
x_n  a site with η < −η_nuc                          R  radius of a nucleus [m]
ξ*  lithium of a nucleus that has formed [1]         η    less (RT/F) ln c where the salt moves [V]

It is part of the one rate r: electrons and ions of a nucleus are paid. Where they come slowly it
forms slowly, at η = −η_nuc. Until it has formed its surface is not relaxed: surface tension would
dissolve it, as it does not dissolve a sharp nucleus of nanometres. In a homogeneous solid
nucleation is out (16πγ³V_m²/3(Fη)² = 945 RT/N_A at 0.1 V), so η_nuc is a parameter of the sites:
boundaries of grains, walls of pores, cracks. No value of it is measured.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

import ufl

from dendrolith.core.constants import FARADAY, GAS_CONSTANT
from dendrolith.core.declare import choice, quantity
from dendrolith.core.sections import Section
from dendrolith.physics.interpolation import Expr
from dendrolith.physics.kinetics import bounded_exp

DEFECTS, ANYWHERE = "defects", "anywhere"


@dataclass(frozen=True, slots=True)
class Nucleation(Section):
    """Parameters of the nucleation; its absence means none."""

    equation: ClassVar[str] = (
        "r += (ξ* − ξ)/(τ_n + Δt) max(0, 1 − e^{F(η + η_nuc)/RT}) while a nucleus forms"
    )

    overpotential: float = quantity(
        "V", "overpotential eta_nuc that a site asks for", default=0.01, at_least=0,
        source="not measured; to be varied from 1 to 50 mV",
    )  # fmt: skip
    time: float = quantity(
        "s", "time tau_n in which a nucleus forms at least", default=30.0, above=0
    )
    radius: float | None = quantity(
        "m", "radius R of a nucleus (default: 2 delta)", default=None, above=0
    )
    sites: str = choice(
        (DEFECTS, ANYWHERE),
        "defects: boundaries of grains, walls of pores, cracks and films in them; anywhere: the "
        "electrolyte",
        default=DEFECTS,
    )

    def rate(self, xi: Expr, target: Expr, eta: Expr, dt: Expr, temperature: Expr) -> Expr:
        """What a nucleus adds to r [1/s]; it falls with η.

        Args:
            xi: ξ at the beginning of the step [1].
            target: ξ* [1]; 0 where no nucleus forms.
            eta: η, less that at which lithium rests [V].
            dt: step [s].
            temperature: T [K].
        """
        excess = FARADAY * (eta + self.overpotential) / (GAS_CONSTANT * temperature)
        drive = ufl.max_value(0.0, 1 - bounded_exp(excess))
        return ufl.max_value(target - xi, 0.0) / (self.time + dt) * drive

    @property
    def split_only(self) -> bool:
        """A nucleus forms beside the relaxation of the surface."""
        return True

    def equations(self) -> list[tuple[str, str]]:
        """The part of the rate."""
        return [("nucleation", self.equation)]

    def solved(self) -> str:
        """A phrase for the list of what is solved."""
        return "nucleation"
