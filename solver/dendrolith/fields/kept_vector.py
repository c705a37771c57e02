"""A vector that is assembled anew when something in it has changed."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import ufl
from dolfinx import fem
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.parallel import all_agree


class KeptVector:
    """The vector of a linear form; it remembers the functions and constants that it was made of.

    Comparing them takes a twentieth of the time of an assembly.

    Args:
        form: linear.
    """

    def __init__(self, form: ufl.Form) -> None:
        self._form = fem.form(form)
        self._b = compat.create_vector(self._form)
        self._comm = self._form.mesh.comm
        self._functions, self._constants = form.coefficients(), form.constants()
        self._made_of: list[npt.NDArray[np.float64]] = []

    def __call__(self) -> PETSc.Vec:
        """The vector of now, to be read (collective)."""
        if not all_agree(self._comm, self._is_that_of_now()):
            self._made_of = [values.copy() for values in self._values()]
            compat.assemble_vector(self._b, self._form)
        return self._b

    def _is_that_of_now(self) -> bool:
        if not self._made_of:
            return False
        return all(map(np.array_equal, self._made_of, self._values()))

    def _values(self) -> list[npt.NDArray[np.float64]]:
        functions = [function.x.array for function in self._functions]
        return functions + [np.asarray(constant.value) for constant in self._constants]

    def destroy(self) -> None:
        """Free the PETSc object (collective)."""
        self._b.destroy()
