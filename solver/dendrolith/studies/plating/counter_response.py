"""What the ions of a small signal meet at the counter electrode.

    uniform    y_c ∫ u v ds            one y_c for the whole electrode
    at nodes   Σ_k y_c,k A_k u_k v_k   with j′(η_k), x_k and C_χ,k = Q/|U′(x_k)| of each node

Charge transfer by Butler–Volmer, and an x that varies, differ from place to place.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
import numpy.typing as npt
from petsc4py import PETSc

from dendrolith.core.sections import present
from dendrolith.domain.domain import Domain
from dendrolith.physics.counter_electrode import CounterElectrode
from dendrolith.physics.impedance import SmallSignal
from dendrolith.studies.plating.counter_side import CounterSide, each
from dendrolith.studies.plating.fields import IONIC
from dendrolith.studies.plating.laws import Laws
from dendrolith.studies.plating.response_terms import Term
from dendrolith.studies.plating.schema import Config

FloatArray = npt.NDArray[np.float64]
ComplexArray = npt.NDArray[np.complex128]
Parts = tuple[PETSc.Mat, PETSc.Mat]  # Re A, Im A


class CounterResponse(Protocol):
    """The ions' contact as a part of A u = r."""

    @property
    def ideal(self) -> bool:
        """It has no resistance: it holds the potential of the ions."""
        ...

    def add(self, A: Parts, right_side: ComplexArray, omega: float, terms: list[Term]) -> complex:
        """Add it to Re A, Im A and r; returns its part of c (collective)."""
        ...


@dataclass(frozen=True, slots=True)
class UniformCounter:
    """One charge transfer resistance and one storage.

    Attributes:
        law: what conduction lacks.
        resistance: of the charge transfer [Ω m²].
    """

    law: SmallSignal
    resistance: float

    @property
    def ideal(self) -> bool:
        """Without any impedance."""
        return self.law.counter(1.0, self.resistance) == 0

    def add(self, A: Parts, right_side: ComplexArray, omega: float, terms: list[Term]) -> complex:
        """y_c times the term."""
        constant, same = 0j, PETSc.Mat.Structure.SAME_NONZERO_PATTERN
        for term in terms:
            y = 1 / self.law.counter(omega, self.resistance)
            for matrix, part in zip(A, (y.real, y.imag), strict=True):
                matrix.axpy(part, term.matrix, structure=same)
            right_side += y * term.right_side
            constant += y * term.constant
        return constant


class CounterAtNodes:
    """A charge transfer and a storage of each node of the counter electrode.

    Args:
        law: what conduction lacks.
        side: nodes of the electrode.
        resistance: (n,) 1/j′ of the nodes of this rank [Ω m²].
        capacitance: (n,) their C_χ, inf where U is flat [F/m²].
        differ: nodes may differ from each other.

    Attributes:
        differ: as given.
        shown: the law with the mean C_χ.
    """

    ideal = False

    def __init__(
        self,
        law: SmallSignal,
        side: CounterSide,
        resistance: FloatArray,
        capacitance: FloatArray,
        *,
        differ: bool,
    ) -> None:
        self._law, self._side, self.differ = law, side, differ
        mean = side.mean(capacitance)
        self.shown = replace(law, counter_capacitance=mean) if np.isfinite(mean) else law
        self._resistance, self._capacitance = resistance, capacitance

    def add(self, A: Parts, right_side: ComplexArray, omega: float, terms: list[Term]) -> complex:
        """y_c,k A_k on the diagonal of the ions."""
        law, side = self._law, self._side
        storage = law.storage(omega) - 1j * (1 / (omega * self._capacitance))
        y = side.area / (law.fast(omega, self._resistance) + storage)
        diagonal = A[0].createVecLeft()
        places = side.nodes * A[0].getBlockSize() + IONIC
        for matrix, part in zip(A, (y.real, y.imag), strict=True):
            diagonal.set(0.0)
            diagonal.array[places] = part
            matrix.setDiagonal(diagonal, addv=PETSc.InsertMode.ADD_VALUES)
        diagonal.destroy()
        right_side[places] += y
        real, imaginary = side.sums(np.array([y.real.sum(), y.imag.sum()]))
        return complex(real, imaginary)


def counter_response(
    law: SmallSignal, config: Config, laws: Laws, domain: Domain, resistance: float, x: float
) -> tuple[SmallSignal, CounterResponse]:
    """The counter electrode of a cell as its fields are (collective).

    Args:
        law: what conduction lacks.
        config: input of the cell.
        laws: their fields are those of an accepted step.
        domain: mesh and its sides.
        resistance: of a charge transfer that is linear [Ω m²].
        x: lithium fraction of an electrode in which it is uniform [1].

    Returns:
        The law with the mean C_χ of an electrode that stores, and the response.
    """
    for counter in present(config, CounterElectrode):
        at_nodes = counter_at_nodes(law, counter, config, laws, CounterSide(laws, domain), x)
        if at_nodes.differ:
            return at_nodes.shown, at_nodes
        law = at_nodes.shown
    return law, UniformCounter(law, resistance)


def counter_at_nodes(
    law: SmallSignal,
    counter: CounterElectrode,
    config: Config,
    laws: Laws,
    side: CounterSide,
    x: float,
) -> CounterAtNodes:
    """The nodes of a counter electrode that stores lithium; arguments as above (collective)."""
    local = config.local_lithium is not None
    fractions: FloatArray = np.full(len(side.nodes), x)
    if local:
        fractions = laws.f.state["counter_fraction"].x.array[side.nodes]
    curve = counter.open_circuit()
    slope = np.abs(each(curve.slope, fractions))
    storing = counter.stores and law.counter_capacitance is None
    storing = storing and law.diffusion_resistance is None
    capacitance = np.full(len(fractions), np.inf)
    if storing:
        capacitance[slope > 0] = counter.capacity / slope[slope > 0]
    kinetics = counter.kinetics(config.kinetics.temperature)
    resistance: FloatArray = np.full(len(fractions), counter.charge_transfer_resistance or 0.0)
    eta = float(laws.voltage.value) - laws.f.component(IONIC)[side.nodes]
    eta -= each(curve, fractions)
    for reaction in kinetics:
        pairs = zip(eta, each(counter.exchange, fractions), strict=True)
        resistance = np.array([1 / reaction.conductance(*pair) for pair in pairs])
    return CounterAtNodes(law, side, resistance, capacitance, differ=local or bool(kinetics))
