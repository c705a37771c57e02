"""Plating: the study that an input means when it names none."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING

from dendrolith.core.sections import present
from dendrolith.observables.reference_input import ReferenceElectrode
from dendrolith.physics.bridge import FollowedBridge
from dendrolith.shapes.earlier import EarlierLithium
from dendrolith.studies.bridge_table import read_bridge
from dendrolith.studies.capacity import rated_current
from dendrolith.studies.ladder import Ladder
from dendrolith.studies.plating import check, planar_facts, scales, summary
from dendrolith.studies.plating import ladder as refinement
from dendrolith.studies.plating.consistency import inconsistencies
from dendrolith.studies.plating.electrolyte_input import Grains
from dendrolith.studies.plating.legend import LEGEND
from dendrolith.studies.plating.planar_facts import is_reduced
from dendrolith.studies.plating.schema import Config, Pores
from dendrolith.studies.plating.show import SHOW
from dendrolith.studies.plating.solver_input import BDF2
from dendrolith.studies.study import Setup, Study

if TYPE_CHECKING:
    from mpi4py import MPI
    from ruamel.yaml.nodes import MappingNode

    from dendrolith.traces.decouple.cell_facts import CellFacts


LINEAR_SOLVERS = {
    "iterative": "henson2002; baker2011; tang2009; eisenstat1996",
    "mumps": "amestoy2001",
}


class Plating(Study):
    """Lithium plates into a porous solid electrolyte: dendrites, dead lithium, short circuits."""

    name, config, shows, legend = "plating", Config, SHOW, LEGEND
    free = frozenset(
        {
            "time.max_step",
            "time.min_step",
            "time.max_change",
            "time.max_relaxation",
            "time.error_tolerance",
            "solver.max_newton_iterations",
        }
    )
    fixed = (
        *("geometry", "protrusions", "control", "pores.fraction", "pores.mean_diameter"),
        *("pores.seed", "pores.diameter_spread", "pores.image", "pores.threshold"),
        *("pores.dark_is", "layers", "grains", "time.scheme", "time.first_step"),
    )

    def setup(self, config: Config, comm: MPI.Comm) -> Setup:
        """Mesh, microstructure, equations and observables of a plating cell (collective)."""
        if is_reduced(config):
            from dendrolith.studies.plating.planar import build_planar

            return build_planar(config, comm)
        from dendrolith.studies.plating.build import build

        return build(config, comm)

    def rehearse(self, config: Config) -> list[str]:
        """Read mesh, picture and fields, place grains and pores, let PETSc read its options."""
        for grains in present(config, Grains):
            grains.in_box(config.geometry)
        for bridge in present(config, FollowedBridge):
            read_bridge(Path(bridge.table))
        files, options = config.geometry.mesh_file, config.solver.petsc_options
        tried = [present(config, kind) for kind in (EarlierLithium, Pores, ReferenceElectrode)]
        if not (any(tried) or files or options):
            return []  # without loading DOLFINx
        from dendrolith.studies.plating.rehearsal import rehearse

        return rehearse(config)

    def rated_current(self, root: MappingNode) -> float | None:
        """That of a counter electrode that stores lithium."""
        return rated_current(root)

    def cell_facts(self, config: Config) -> CellFacts:
        """Those of the same cell with a flat front."""
        from dendrolith.studies.plating.planar_trace import facts_of

        return facts_of(config)

    def inconsistencies(self, config: Config) -> list[tuple[str, str]]:
        """Keys that contradict each other: (dotted path, what is wrong and how to mend it)."""
        return [*inconsistencies(config), *planar_facts.refusals(config)]

    def equations(self, config: Config) -> list[tuple[str, str]]:
        """(name, equation) of each law that is solved, as the laws themselves state them."""
        return check.laws(config)

    def describe(self, config: Config, ranks: int) -> list[str]:
        """The title, then what is solved and what is to be known before, a line each."""
        if is_reduced(config):
            return planar_facts.describe(config)
        return summary.describe(config, ranks).splitlines()

    def size(self, config: Config) -> list[tuple[str, str]]:
        """(name, value) of mesh, memory and time."""
        return [] if is_reduced(config) else check.size(config)

    def numbers(self, config: Config) -> list[tuple[str, str]]:
        """(name, value) of derived numbers that decide whether a run can be trusted."""
        own = planar_facts.numbers(config) if is_reduced(config) else []
        return [*own, *check.numbers(config)]

    def advice(self, config: Config) -> list[str]:
        """What to change after a run whose step fell below the smallest: causes and cures."""
        return scales.advice(config)

    def accuracy(self, config: Config) -> list[tuple[str, str]]:
        """(name, value) of the errors that mesh and interface width are known to make."""
        return [] if is_reduced(config) else check.accuracy(config)

    def ladder(self, config: Config) -> Ladder:
        """Interface width and mesh, and the step with them; without a mesh the step alone."""
        return planar_facts.ladder(config) if is_reduced(config) else refinement.ladder(config)

    def summary(self, config: Config, rows: list[dict[str, float]]) -> list[str]:
        """What a run found, ``  name   value`` a line."""
        if is_reduced(config):
            return planar_facts.summary(config, rows)
        return summary.summarise(config, rows)

    def sources(self, config: Config) -> list[tuple[str, str]]:
        """(papers, what they are cited for) beyond those that the sections declare."""
        linear = config.solver.linear
        papers = LINEAR_SOLVERS[linear]
        found = [*super().sources(config), (papers, f"solver.linear: {linear}")]
        if config.time.scheme == BDF2:
            found.append(("hairer1993", "time.scheme: bdf2"))
        return found
