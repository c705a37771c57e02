"""What an attempted step did, for the march and for observables."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StepReport:
    """What one attempted step did.

    Attributes:
        change: largest |Δξ| [1].
        plated: ∫ i that the step transferred [A, in 2-D A/m].
        newton_iterations, krylov_iterations: of the charge balance.
        elastic_iterations: Krylov iterations of the stress, 0 if it was not solved.
        bounded_kinetics: the linear continuation of the exponentials is active at an interface.
        fallback_solves: systems solved directly because the chosen solver failed.
        error: estimated error of ξ [1]; 0 where the scheme has no estimate.
    """

    change: float
    plated: float
    newton_iterations: int
    krylov_iterations: int
    elastic_iterations: int
    bounded_kinetics: bool
    fallback_solves: int
    error: float = 0.0


# At the start no step has been taken.
NO_STEP = StepReport(0.0, 0.0, 0, 0, 0, bounded_kinetics=False, fallback_solves=0)
