"""Lithium that cannot move its front: it goes into the opening of the crack it lies in.

    i = A i₀-reaction of ξ − s m′(ξ) G i₀B,   ∂w/∂t = (V_m/F)(−s m′ G i₀B)
    s = 1 − A where it plates;  where it strips, 1 while the segment holds w, else 0

G is the nodal average of |∇ξ|: ∫ m′ G dn = 1 through any front. A front that the opening feeds
strips ξ with 1 − s.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem

from dendrolith.fields.state import State
from dendrolith.physics.interpolation import Expr, metal_fraction_prime


@dataclass(frozen=True, slots=True)
class Openings:
    """Fields of what goes into openings.

    Attributes:
        volume: w, lithium beyond ξ over volume [1].
        fitting: ξ of the lithium that fits its crack: that of the start [1].
        pressure: p of the lithium [Pa].
        segment: number of the segment at a node, 0 where there is none.
        density: G [1/m].
        plates, strips: s [1].
        current: i of openings in the last step [A/m³].
        threshold: ξ_c [1].
    """

    volume: fem.Function
    fitting: fem.Function
    pressure: fem.Function
    segment: fem.Function
    density: fem.Function
    plates: fem.Function
    strips: fem.Function
    current: fem.Function
    threshold: Expr

    @classmethod
    def of(cls, state: State, threshold: Expr) -> Openings:
        """Those of a state."""
        return cls(
            state["in_openings"],
            state["fitting"],
            state["lithium_pressure"],
            state["segment"],
            state["front_density"],
            state["plates_in_opening"],
            state["strips_opening"],
            state["opening_current"],
            threshold,
        )

    def number(self) -> npt.NDArray[np.int64]:
        """(n_local,) number of the segment, from 1; 0: none."""
        number: npt.NDArray[np.int64] = np.rint(self.segment.x.array).astype(np.int64)
        return number

    def charge(self, xi: Expr, at_rest: Expr) -> Expr:
        """The part of i that goes into openings [A/m³].

        Args:
            xi: lithium.
            at_rest: i₀B, positive strips [A/m²].
        """
        share = ufl.conditional(ufl.lt(at_rest, 0.0), self.plates, self.strips)
        return -share * metal_fraction_prime(xi, self.threshold) * self.density * at_rest

    def access_to_front(self, access: Expr, B: Expr) -> Expr:
        """What gates the reaction of ξ: the access where it plates, 1 − s where it strips [1]."""
        without_wall = access + self.plates
        return ufl.conditional(ufl.lt(B, 0.0), access, without_wall * (1 - self.strips))

    def elsewhere(self, shift: Expr) -> Expr:
        """What η gains by the mean stress: in segments the lithium's pressure counts alone [V]."""
        return ufl.conditional(ufl.gt(self.segment, 0.5), 0.0, shift)
