"""What survives a restart.

Whatever a part of a run keeps from one step to the next it declares by `save` and takes back by
`restore`; a checkpoint holds that and nothing else. What a part can find again from the rest (a
matrix, a preconditioner, a rate that is computed before it is used) is left out. A test compares
all attributes of all parts before and after a step with what they declare.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol, runtime_checkable

import numpy as np
import numpy.typing as npt

FloatArray = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CheckpointData:
    """State of a part, by name.

    Attributes:
        numbers: what JSON can hold, the same on all ranks.
        nodal: (n_owned_nodes, components) values at the nodes that this rank owns.
        cellwise: (n_owned_cells, components) values in the cells that this rank owns.
    """

    numbers: dict[str, Any] = field(default_factory=dict)
    nodal: dict[str, FloatArray] = field(default_factory=dict)
    cellwise: dict[str, FloatArray] = field(default_factory=dict)

    @classmethod
    def join(cls, parts: Mapping[str, CheckpointData]) -> CheckpointData:
        """The data of several parts as one; `part` takes them apart again."""
        joined = cls()
        for name, part in parts.items():
            for mine, its in zip(joined._kinds(), part._kinds(), strict=True):
                mine.update({f"{name}.{key}": value for key, value in its.items()})
        return joined

    def part(self, name: str) -> CheckpointData:
        """The data of one part of several that were joined."""
        start = f"{name}."
        return CheckpointData(
            *(
                {key[len(start) :]: value for key, value in kind.items() if key.startswith(start)}
                for kind in self._kinds()
            )
        )

    def _kinds(self) -> tuple[dict[str, Any], ...]:
        return self.numbers, self.nodal, self.cellwise


@runtime_checkable
class Restorable(Protocol):
    """Something that keeps state between steps."""

    def save(self) -> CheckpointData:
        """What must survive."""
        ...

    def restore(self, data: CheckpointData) -> None:
        """Take it back, after a start from the same input."""
        ...


def numbers_of(part: object, names: tuple[str, ...]) -> CheckpointData:
    """The data of attributes that are numbers, words, flags or None."""
    return CheckpointData(numbers={name: getattr(part, name) for name in names})


def set_numbers(part: object, names: tuple[str, ...], data: CheckpointData) -> None:
    """Take back what `numbers_of` gave."""
    for name in names:
        setattr(part, name, data.numbers[name])
