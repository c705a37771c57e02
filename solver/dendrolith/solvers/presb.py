"""Complex symmetric systems (K + iC) u = f in real arithmetic, K and C positive semidefinite.

    [K −C] [a]   [g]        PRESB, with P = K + C:   P h = g₁ + g₂
    [C  K] [b] = [h]                                 P b = g₂ − C h,    a = h − b

With P⁻¹ exact the preconditioned eigenvalues lie between ½ and 1, for any K and C, and two solves
with P are an application. Source: Axelsson, Neytcheva and Ahmad 2014 (10.1007/s11075-013-9764-1).
"""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from dendrolith.core import compat
from dendrolith.core.errors import SolverDiverged
from dendrolith.solvers.linear import (
    Fallback,
    can_be_mended,
    options_read,
    refusals_named,
    set_options,
    stopped_with,
)
from dendrolith.solvers.options import Options

ComplexArray = npt.NDArray[np.complex128]

# The preconditioned residual is that of the solution, whatever the rows weigh.
OUTER: Options = {
    "ksp_type": "gmres",
    "ksp_rtol": 1e-12,
    "ksp_max_it": 300,
    "ksp_gmres_restart": 100,
    "pc_type": "python",
}


class ComplexSolver:
    """Solves with values that change from one call to the next; made once (collective).

    Args:
        K, C: real and imaginary part; their values may change between solves.
        prefix: unique options prefix, ending in ``_``.
        inner: PETSc options of the preconditioner of K + C, without prefix.
        what: what is solved, in physical words, for error messages.

    Attributes:
        fallback: the direct solver.
    """

    def __init__(
        self,
        K: PETSc.Mat,
        C: PETSc.Mat,
        prefix: str,
        inner: Options,
        what: str,
    ) -> None:
        self._K, self._C, self._what = K, C, what
        self._P = K.duplicate(copy=True)
        comm, (rows, _) = K.comm, K.getSizes()
        sizes = ((2 * rows[0], 2 * rows[1]), (2 * rows[0], 2 * rows[1]))
        self._presb = Presb(K, C, self._P, f"{prefix}inner_", inner)
        self._A = PETSc.Mat().createPython(sizes, self._presb, comm=comm)
        self._A.setUp()
        self._x, self._b = self._A.createVecs()
        self._ksp = PETSc.KSP().create(comm)
        self._ksp.setOptionsPrefix(prefix)
        self._ksp.setOperators(self._A)
        set_options(prefix, OUTER)
        with options_read(prefix):
            self._ksp.setFromOptions()
        self._ksp.getPC().setPythonContext(self._presb)
        self._ksp.setInitialGuessNonzero(True)
        self.fallback = Fallback(comm, prefix)

    def solve(self, f: ComplexArray, u: ComplexArray) -> int:
        """Solve for `u` from the guess in it, all of this rank; returns the iterations.

        Raises:
            SolverDiverged: with PETSc's reason.
        """
        self._K.copy(self._P, structure=PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        self._P.axpy(1.0, self._C, structure=PETSc.Mat.Structure.SAME_NONZERO_PATTERN)
        compat.coarsen_reproducibly(self._ksp.comm)
        self._b.array[:] = np.concatenate((f.real, f.imag))
        self._x.array[:] = np.concatenate((u.real, u.imag))
        with refusals_named(self._what):
            self._presb.set_up()
            self._ksp.solve(self._b, self._x)
        iterations, reason = int(self._ksp.getIterationNumber()), self._ksp.getConvergedReason()
        if can_be_mended(reason):
            self.fallback.announce(self._what, stopped_with(reason))
            reason = self._solve_directly()
        if reason <= 0:
            raise SolverDiverged(self._what, stopped_with(reason))
        n = len(u)
        u.real, u.imag = self._x.array_r[:n], self._x.array_r[n:]
        return iterations

    def solve_directly(self, f: ComplexArray) -> ComplexArray:
        """(n,) the solution on this rank by MUMPS, on the real form (collective)."""
        self._b.array[:] = np.concatenate((f.real, f.imag))
        self._x.set(0.0)
        reason = self._solve_directly()
        assert reason > 0, stopped_with(reason)
        n = len(f)
        solution: ComplexArray = self._x.array_r[:n] + 1j * self._x.array_r[n:]
        return solution

    def _solve_directly(self) -> int:
        """Factorise the real form, solve, forget the factors; returns PETSc's reason."""
        minus = self._C.duplicate(copy=True)
        minus.scale(-1.0)
        nest = PETSc.Mat().createNest([[self._K, minus], [self._C, self._K]], comm=self._K.comm)
        A = nest.convert("aij")
        ksp = self.fallback.ksp
        ksp.setOperators(A)
        ksp.solve(self._b, self._x)
        reason = int(ksp.getConvergedReason())
        self.fallback.forget()
        for thing in (A, nest, minus):
            thing.destroy()
        return reason

    def destroy(self) -> None:
        """Free the PETSc objects (collective)."""
        self._ksp.destroy()
        self._presb.free()
        self.fallback.destroy()
        for thing in (self._A, self._P, self._x, self._b):
            thing.destroy()


class Presb:
    """PETSc's context of the real form, as a matrix, and of its preconditioner.

    Args:
        K, C: real and imaginary part.
        P: K + C.
        prefix, inner: of the preconditioner of P.
    """

    def __init__(
        self,
        K: PETSc.Mat,
        C: PETSc.Mat,
        P: PETSc.Mat,
        prefix: str,
        inner: Options,
    ) -> None:
        self._K, self._C, self._P = K, C, P
        self._work = [K.createVecRight() for _ in range(5)]
        self._ksp = PETSc.KSP().create(K.comm)
        self._ksp.setOptionsPrefix(prefix)
        self._ksp.setOperators(P)
        set_options(prefix, {**inner, "ksp_type": "preonly"})
        with options_read(prefix):
            self._ksp.setFromOptions()

    def set_up(self) -> None:
        """Make the preconditioner of the present P (collective)."""
        self._ksp.setOperators(self._P)
        self._ksp.setUp()

    def mult(self, _: PETSc.Mat, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """Put [K a − C b, C a + K b] into `y`."""
        a, b, p, q, _z = self._work
        n = a.getLocalSize()
        a.array[:], b.array[:] = x.array_r[:n], x.array_r[n:]
        self._K.mult(a, p)
        self._C.mult(b, q)
        y.array[:n] = p.array_r - q.array_r
        self._C.mult(a, p)
        self._K.mult(b, q)
        y.array[n:] = p.array_r + q.array_r

    def apply(self, _: PETSc.PC, x: PETSc.Vec, y: PETSc.Vec) -> None:
        """Put the answer of PRESB to `x` into `y`."""
        f, g, h, b, work = self._work
        n = f.getLocalSize()
        g.array[:] = x.array_r[n:]
        f.array[:] = x.array_r[:n] + g.array_r
        self._ksp.solve(f, h)
        self._C.mult(h, work)
        g.axpy(-1.0, work)
        self._ksp.solve(g, b)
        y.array[:n] = h.array_r - b.array_r
        y.array[n:] = b.array_r

    def free(self) -> None:
        """Free the PETSc objects (collective)."""
        for thing in (self._ksp, *self._work):
            thing.destroy()
