"""dendrolith: lithium dendrites and short circuits in solid-state batteries.

    config = dendrolith.load("configs/quickstart.yaml", ["elasticity.pressure=10 MPa"])
    with dendrolith.Simulation(config) as simulation:
        for step in dendrolith.march(simulation):
            print(step.time, simulation.measure(step)["tip_height [m]"])

`configs/scripts` holds two whole examples.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dendrolith.config.load import load
    from dendrolith.simulation import Simulation, march

__version__ = "0.1.0"

__all__ = ["Simulation", "__version__", "load", "march"]

_HOMES = {
    "load": "dendrolith.config.load",
    "Simulation": "dendrolith.simulation",
    "march": "dendrolith.simulation",
}


def __getattr__(name: str) -> Any:
    """Import on first use: what only reads a config needs neither MPI nor PETSc."""
    if name not in _HOMES:
        raise AttributeError(f"module 'dendrolith' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)
