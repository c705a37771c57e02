"""Linear response of a cell whose lithium stands still: its impedance.

    A(ω) = Σ_k s_k(ω) M_k,     A u = r,     I = c − 2 r·u + u·A u,     Z = area/I

s_k: 1 for conduction and charge transfer, Q(iω)^n for the double layer, iωε for the dielectric, y_c
for the ions at the counter electrode. u is δφ for a change of 1 V between the terminals, I the
current that it drives. A is complex symmetric, so I is stationary in u: the error of Z is the
square of that of u.
"""

from __future__ import annotations

import math
from collections.abc import Mapping

import numpy as np
import numpy.typing as npt
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core.parallel import Collective, global_sum, global_sums
from dendrolith.core.sections import present
from dendrolith.fields.sampling import Sampler
from dendrolith.observables.reference_input import ReferenceElectrode
from dendrolith.physics.impedance import SmallSignal
from dendrolith.solvers.presb import ComplexSolver
from dendrolith.studies.plating.counter_response import counter_response
from dendrolith.studies.plating.fields import ELECTRONIC, IONIC
from dendrolith.studies.plating.model import Model
from dendrolith.studies.plating.response_terms import (
    CONDUCTION,
    COUNTER,
    DIELECTRIC,
    DOUBLE_LAYER,
    Term,
    make_terms,
    reacting_surface,
)
from dendrolith.studies.plating.solver_options import response_options

COMPONENTS = 2  # φ_el and φ_ion at each node
ComplexArray = npt.NDArray[np.complex128]
WHAT = "the response to a small signal"


class LinearResponse(Collective):
    """Impedance of a cell at its present fields (collective).

    Args:
        model: its fields are those of an accepted step.
        law: what conduction lacks.
        fraction: x of a counter electrode in which it is uniform; NaN: none stores lithium [1].

    Attributes:
        law: as given, with the mean C_χ of a counter electrode that stores.
        area: of the electrode [m²], of a cell in 2-D per depth [m].
        is_solid: the cell is three-dimensional.
        surface: ∫ a|∇m| of the lithium that reacts, over the area of the electrode [1].
        terms: the parts of A.
        solver: of A u = r.
        iterations: of the last solve.
    """

    def __init__(self, model: Model, law: SmallSignal, fraction: float = math.nan) -> None:
        self._comm, self.area = model.domain.comm, model.domain.area("right")
        self.is_solid = model.domain.mesh.geometry.dim == 3
        parts = (model.config, model.laws, model.domain, model.resistances[IONIC])
        self.law, self._counter = counter_response(law, *parts, fraction)
        ideal = {ELECTRONIC: model.resistances[ELECTRONIC] == 0, IONIC: self._counter.ideal}
        held = [kind for kind, is_held in ideal.items() if is_held]
        surface = reacting_surface(model.laws)
        self.surface = global_sum(self._comm, float(surface.sum())) / self.area
        self.terms: Mapping[int, Term] = make_terms(
            model.laws, model.domain, surface, model.resistances, held
        )
        conduction = self.terms[CONDUCTION].matrix
        self._K, self._C = conduction.duplicate(copy=True), conduction.duplicate(copy=True)
        self._work = conduction.createVecs()
        self._u: ComplexArray = np.zeros(conduction.getLocalSize()[0], dtype=complex)
        self._references = [
            (Sampler.at(model.f.scalar_space, np.array(reference.points())), reference.wire)
            for reference in present(model.config, ReferenceElectrode)
        ]
        options = response_options(model.config.solver)
        self.solver = ComplexSolver(self._K, self._C, "impedance_", options, WHAT)
        self.iterations = 0

    def impedance(self, frequency: float, *, directly: bool = False) -> complex:
        """Z at a frequency [Hz] [Ω m²] (collective).

        Args:
            frequency: above 0 [Hz].
            directly: by a factorisation, for tests.

        Raises:
            SolverDiverged: the solve failed.
        """
        right_side, constant = self._assemble(2 * math.pi * frequency)
        if directly:
            self._u[:] = self.solver.solve_directly(right_side)
        else:
            self.iterations = self.solver.solve(right_side, self._u)
        return self.area / self._current(right_side, constant)

    def reference_shares(self) -> list[complex]:
        """What a change of 1 V between the terminals does at the reference electrode [1].

        Of the last solve (collective); empty without a reference.
        """
        found = []
        for sampler, wire in self._references:
            nodal, kind = fem.Function(sampler.space), ELECTRONIC if wire else IONIC
            parts = []
            for values in (self._u.real, self._u.imag):
                own = values.reshape(-1, COMPONENTS)[:, kind]
                nodal.x.array[: len(own)] = own
                nodal.x.scatter_forward()
                parts.append(nodal.x.array.copy())
            real, imaginary = sampler.values(parts).mean(axis=0)
            found.append(complex(real, imaginary))
        return found

    def factors(self, omega: float) -> dict[int, complex]:
        """s_k of the terms but that of the counter electrode."""
        return {
            CONDUCTION: 1 + 0j,
            DOUBLE_LAYER: self.law.interface(omega),
            DIELECTRIC: 1j * omega * self.law.permittivity,
        }

    def _assemble(self, omega: float) -> tuple[ComplexArray, complex]:
        """Put Re A and Im A into the matrices of the solver; returns r and c."""
        same = PETSc.Mat.Structure.SAME_NONZERO_PATTERN
        self.terms[CONDUCTION].matrix.copy(self._K, structure=same)
        self._C.zeroEntries()
        right_side, constant = np.zeros(len(self._u), dtype=complex), 0j
        for kind, s in self.factors(omega).items():
            term = self.terms[kind]
            if kind != CONDUCTION:
                self._K.axpy(s.real, term.matrix, structure=same)
                self._C.axpy(s.imag, term.matrix, structure=same)
            right_side += s * term.right_side
            constant += s * term.constant
        counter = [term for kind, term in self.terms.items() if kind == COUNTER]
        constant += self._counter.add((self._K, self._C), right_side, omega, counter)
        return right_side, constant

    def _current(self, right_side: ComplexArray, constant: complex) -> complex:
        """I of the present u [A, in 2-D A/m] (collective)."""
        part, image = self._work
        local = -2 * complex(right_side @ self._u)
        for unit, values in ((1, self._u.real), (1j, self._u.imag)):
            part.array[:] = values
            for factor, matrix in ((1, self._K), (1j, self._C)):
                matrix.mult(part, image)
                local += unit * factor * complex(self._u @ image.array_r)
        real, imaginary = global_sums(self._comm, np.array([local.real, local.imag]))
        return constant + complex(real, imaginary)

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        self.solver.destroy()
        for term in self.terms.values():
            term.matrix.destroy()
        for thing in (self._K, self._C, *self._work):
            thing.destroy()
