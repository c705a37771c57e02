"""Plating: the study that an input means when it names none."""

from __future__ import annotations

from typing import TYPE_CHECKING

from dendrolith.studies.plating import check, summary
from dendrolith.studies.plating.consistency import inconsistencies
from dendrolith.studies.plating.schema import Config
from dendrolith.studies.plating.show import SHOW
from dendrolith.studies.study import Setup, Study

if TYPE_CHECKING:
    from mpi4py import MPI


class Plating(Study):
    """Lithium plates into a porous solid electrolyte: dendrites, dead lithium, short circuits."""

    name, config, shows = "plating", Config, SHOW

    def setup(self, config: Config, comm: MPI.Comm) -> Setup:
        """Mesh, microstructure, equations and observables of a plating cell (collective)."""
        from dendrolith.studies.plating.build import build

        return build(config, comm)

    def inconsistencies(self, config: Config) -> list[tuple[str, str]]:
        """Keys that contradict each other: (dotted path, what is wrong and how to mend it)."""
        return inconsistencies(config)

    def equations(self, config: Config) -> list[tuple[str, str]]:
        """(name, equation) of each law that is solved."""
        pairs = (line.split(None, 1) for line in check.equations(config))
        return [(name, equation) for name, equation in pairs]

    def describe(self, config: Config, ranks: int) -> list[str]:
        """What is solved, for the head of a run."""
        return summary.describe(config, ranks).splitlines()
