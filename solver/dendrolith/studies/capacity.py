"""What 1C means in an input that is not read yet."""

from __future__ import annotations

import math

from ruamel.yaml.nodes import MappingNode

from dendrolith.config.document import child
from dendrolith.config.reader import Reader
from dendrolith.physics.counter_face import CounterFace

KEY = "counter_electrode"


def rated_current(root: MappingNode) -> float | None:
    """Current density of 1C of the section `counter_electrode` [A/m²].

    Args:
        root: nodes of the input.

    Returns:
        None where it has no such section or no capacity; NaN where the section is wrong, which its
        reader says.
    """
    node = child(root, KEY)
    if node is None:
        return None
    law: CounterFace | None = Reader("").build(CounterFace, node, KEY)
    return math.nan if law is None else law.rated_current
