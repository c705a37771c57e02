"""What a study is: an input, a problem made of it, and what is shown of a run."""

from __future__ import annotations

import importlib.resources
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, ClassVar

from dendrolith.core.sections import conflicts, speaking
from dendrolith.observables.show import Show
from dendrolith.studies.ladder import Ladder, Refinement, last_values, step_powers

if TYPE_CHECKING:  # a study is known before MPI and DOLFINx are loaded
    from dolfinx import fem
    from mpi4py import MPI
    from ruamel.yaml.nodes import MappingNode

    from dendrolith.fields.output import FieldFile, Layout
    from dendrolith.observables.base import Observable
    from dendrolith.schemes.problem import Problem
    from dendrolith.traces.decouple.cell_facts import CellFacts
    from dendrolith.traces.shorts.path import KnownCurrents


@dataclass(frozen=True, slots=True)
class Setup:
    """What a study makes of an input.

    Attributes:
        problem: what is advanced.
        observables: what is measured, in the order of the columns.
        output: what is written at the output times; empty without a mesh.
        layouts: nodes and cells of this rank; empty without a mesh.
    """

    problem: Problem
    observables: Sequence[Observable]
    output: Sequence[FieldFile] = ()
    layouts: Sequence[Layout] = ()

    def fields(self) -> Mapping[str, fem.Function]:
        """The fields of the output by name, up to date, as files and tables have them."""
        for file in self.output:
            file.update()
        return {function.name: function for file in self.output for function in file.functions}


class Study(ABC):
    """What an input asks for by ``study: name``.

    Loading a study loads neither MPI nor DOLFINx: `setup` imports what it needs.

    Attributes:
        name: as the input says it. Its `config` has the field `study` with that word as default.
        config: dataclass of all sections of the input; it has the fields `study`, `title`, `time`
            (with `end`, `max_steps`), `output` (with `every`) and `checkpoint` (with `every`).
        free: keys of the input that may change when a run goes on.
        fixed: beginnings of keys that can never change: the state was made with them.
        shows: charts, pictures and numbers.
        legend: what the lines of `describe`, `size`, `numbers` and `accuracy` mean, by how their
            names begin: what it is, its unit, what is good.
    """

    name: ClassVar[str]
    config: ClassVar[type]
    free: ClassVar[frozenset[str]] = frozenset()
    fixed: ClassVar[tuple[str, ...]] = ()
    shows: ClassVar[Show] = Show()
    legend: ClassVar[Mapping[str, str]] = {}

    @abstractmethod
    def setup(self, config: Any, comm: MPI.Comm) -> Setup:
        """Problem, observables and output, ready to start (collective)."""

    def rehearse(self, config: Any) -> list[str]:
        """Do what `setup` may refuse, on one process and in a fraction of its time.

        Returns:
            What could not be tried, a note each.

        Raises:
            ConfigError: as `setup` would.
        """
        return []

    def inconsistencies(self, config: Any) -> list[tuple[str, str]]:
        """Keys that contradict each other: (dotted path, what is wrong and how to mend it).

        These are the conflicts that the sections themselves name.
        """
        return conflicts(config)

    def rated_current(self, root: MappingNode) -> float | None:
        """What 1C means in an input that is not read yet [A/m²].

        None without a capacity; NaN where the section that has it is wrong, which its reader says.
        """
        return None

    def currents(self, config: Any) -> KnownCurrents | None:
        """What tells the path of electrons of a run that has no column for it; None: nothing."""
        return None

    def cell_facts(self, config: Any) -> CellFacts | None:
        """What voltage and pressure of a measured trace need to know; None: it is no cell."""
        return None

    def starter(self) -> str:
        """YAML with the values of the commented input that ``dendrolith init`` writes.

        It is the file `starter.yaml` beside the study. ``# optional`` at the end of a line has
        that key written as a comment.
        """
        home = importlib.resources.files(type(self).__module__.rpartition(".")[0])
        return (home / "starter.yaml").read_text(encoding="utf-8")

    def equations(self, config: Any) -> list[tuple[str, str]]:
        """(name, equation) of each law that is solved, as the laws themselves state them."""
        return [line for _, section in speaking(config) for line in section.equations()]

    def describe(self, config: Any, ranks: int) -> list[str]:
        """The head of a run: the title, then a line ``  word       text`` for each fact.

        A line ``  note: …`` is a warning.
        """
        return [config.title or "dendrolith"]

    def size(self, config: Any) -> list[tuple[str, str]]:
        """(name, value) of mesh, memory and time."""
        return []

    def numbers(self, config: Any) -> list[tuple[str, str]]:
        """(name, value) of derived numbers that decide whether a run can be trusted."""
        return []

    def advice(self, config: Any) -> list[str]:
        """What to change after a run whose step fell below the smallest: causes and cures."""
        return []

    def accuracy(self, config: Any) -> list[tuple[str, str]]:
        """(name, value) of the discretisation errors that the study expects of this input.

        They are what is known before a run; ``dendrolith converge`` measures them.
        """
        return []

    def ladder(self, config: Any) -> Ladder:
        """What ``dendrolith converge`` makes finer, and what it looks at.

        By default the time step, of first order, and the last values of what `shows` prints.
        """
        step = Refinement("dt", step_powers(config), order=1)
        return Ladder(step, observables=last_values(self.shows))

    def summary(self, config: Any, rows: list[dict[str, float]]) -> list[str]:
        """What a run found, ``  name   value`` a line."""
        return []

    def sources(self, config: Any) -> list[tuple[str, str]]:
        """(papers, what they are cited for) beyond those that the sections declare."""
        return [("baratta2023; alnaes2014", "finite elements"), ("balay2024", "solvers")]
