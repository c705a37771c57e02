"""What survives a restart.

Whatever a part of a run keeps from one step to the next it declares by `remember` and takes back by
`recall`; a checkpoint stores that and nothing else. What a part can find again from the rest (a
matrix, a preconditioner, a rate that is computed before it is used) is not memory. A test compares
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
class Memory:
    """State of a part, by name.

    Attributes:
        numbers: what JSON can hold, the same on all ranks.
        nodal: (n_owned, components) values at the nodes that this rank owns.
    """

    numbers: dict[str, Any] = field(default_factory=dict)
    nodal: dict[str, FloatArray] = field(default_factory=dict)

    @classmethod
    def join(cls, parts: Mapping[str, Memory]) -> Memory:
        """The memories of several parts as one; `part` takes them apart again."""
        joined = cls()
        for name, part in parts.items():
            for mine, its in zip(joined._kinds(), part._kinds(), strict=True):
                mine.update({f"{name}.{key}": value for key, value in its.items()})
        return joined

    def part(self, name: str) -> Memory:
        """The memory of one part of several that were joined."""
        start = f"{name}."
        return Memory(
            *(
                {key[len(start) :]: value for key, value in kind.items() if key.startswith(start)}
                for kind in self._kinds()
            )
        )

    def _kinds(self) -> tuple[dict[str, Any], ...]:
        return self.numbers, self.nodal


@runtime_checkable
class Part(Protocol):
    """Something that keeps state between steps."""

    def remember(self) -> Memory:
        """What must survive."""
        ...

    def recall(self, memory: Memory) -> None:
        """Take it back, after a start from the same input."""
        ...


def numbers_of(part: object, names: tuple[str, ...]) -> Memory:
    """The memory of attributes that are numbers, words, flags or None."""
    return Memory(numbers={name: getattr(part, name) for name in names})


def set_numbers(part: object, names: tuple[str, ...], memory: Memory) -> None:
    """Take back what `numbers_of` remembered."""
    for name in names:
        setattr(part, name, memory.numbers[name])
