"""The fields of plating: what the state holds, and what is derived from it for files."""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt
from dolfinx import fem

from dendrolith.fields.state import State
from dendrolith.fields.table import Field
from dendrolith.physics.ion_transport import CONCENTRATION_FLOOR
from dendrolith.studies.plating.field_table import OWNED, STATE
from dendrolith.studies.plating.schema import Config

ELECTRONIC, IONIC, CONCENTRATION = 0, 1, 2  # components of φ


@dataclass(frozen=True, slots=True)
class PlatingFields:
    """The state's functions under the names of the equations.

    Attributes:
        state: holds them.
        components: of `phi`: 2, or 3 where the salt moves.
        xi, rho: order parameters [1].
        phi: (φ_el, φ_ion[, c]): potentials relative to the collector [V] and concentration [1].
        c_old: concentration at the last accepted step [1].
        u: displacement [m].
        xi_stressed, rho_stressed: ξ and ρ for which `u` was solved; stress and elastic driving
            force use these three together [1].
        pressure: nodal P_m of that stress [Pa].
        xi_initial: ξ at the start of the run [1].
        zeta: white noise of the step, a standard normal number over √(V_i Δt) [1/√(m³ s)].
        potential_free_rate: part of r that does not depend on the potentials [1/s].
        rate, relaxation: ∂ξ/∂t of the step just taken, and its potential-free part [1/s].
        xi_middle: ξ at the middle of the step, for properties and rates [1].
        access: a at the nodes [1].
        open_part: ψ, 1 in the cells that lithium may fill, else 0 [1].
    """

    state: State
    components: int
    xi: fem.Function
    rho: fem.Function
    phi: fem.Function
    c_old: fem.Function
    u: fem.Function
    xi_stressed: fem.Function
    rho_stressed: fem.Function
    pressure: fem.Function
    xi_initial: fem.Function
    zeta: fem.Function
    potential_free_rate: fem.Function
    rate: fem.Function
    relaxation: fem.Function
    xi_middle: fem.Function
    access: fem.Function
    open_part: fem.Function

    @property
    def scalar_space(self) -> fem.FunctionSpace:
        """P1."""
        return self.state.scalar_space

    @property
    def concentrations(self) -> range:
        """Components of φ that are concentrations; none where the salt is fixed."""
        return range(CONCENTRATION, self.components)

    def component(self, kind: int) -> npt.NDArray[np.float64]:
        """Nodal values of one component of `phi` on this rank, ghosts included; a view."""
        values: npt.NDArray[np.float64] = self.phi.x.array[kind :: self.components]
        return values

    def at_rest(self, thermal_voltage: float) -> npt.NDArray[np.float64]:
        """The η at which lithium rests at the nodes of this rank, (RT/F) ln ĉ, of RT/F [V]."""
        rest: npt.NDArray[np.float64] = np.zeros(self.xi.x.array.size)
        for kind in self.concentrations:
            rest += thermal_voltage * np.log(np.maximum(self.component(kind), CONCENTRATION_FLOOR))
        return rest

    def begin(self) -> None:
        """Make the present fields the beginning of a run (collective)."""
        # a vectorised tanh may differ in its last digit between a node and its ghost
        for function in (self.xi, self.rho):
            function.x.scatter_forward()
        self.xi_initial.x.array[:] = self.xi_middle.x.array[:] = self.xi.x.array
        self.rho_stressed.x.array[:] = self.rho.x.array
        self.accept_salt()
        self.state.accept()

    def accept_salt(self) -> None:
        """Make the present concentration that of the last accepted step."""
        for kind in self.concentrations:
            self.c_old.x.array[:] = self.component(kind)

    def hold_midpoint(self) -> None:
        """Take the middle of the step for its beginning."""
        self.xi_middle.x.array[:] = self.xi.x.array
        self.rate.x.array[:] = self.relaxation.x.array[:] = 0.0


def make_fields(state_of: State, components: int) -> PlatingFields:
    """The fields of a state; the salt, if it moves, is at its reference."""
    names = [field.name for field in STATE]
    made = PlatingFields(state_of, components, **{name: state_of[name] for name in names})
    for kind in made.concentrations:
        made.component(kind)[:] = 1.0
    for function in (made.access, made.open_part):
        function.x.array[:] = 1.0
    return made


def table(components: int, config: Config) -> list[Field]:
    """Declarations of the state's fields with that many components of φ.

    Fields of optional laws come last, for the sections that the input has.
    """
    own = [replace(f, components=components) if f.name == "phi" else f for f in STATE]
    present = (fields for name, fields in OWNED.items() if getattr(config, name))
    return [*own, *(field for fields in present for field in fields)]
