"""dendritex: lithium dendrites and short circuits in solid-state batteries.

    config = dendritex.load("configs/quickstart.yaml", ["elasticity.pressure=10 MPa"])
    with dendritex.Simulation(config) as simulation:
        for step in dendritex.march(simulation):
            print(step.time, simulation.measure(step)["tip_height [m]"])

`configs/scripts` holds two whole examples.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from dendritex.config.load import load
    from dendritex.simulation import Simulation, march

__version__ = "0.1.0"

__all__ = ["Simulation", "__version__", "load", "march"]

_HOMES = {
    "load": "dendritex.config.load",
    "Simulation": "dendritex.simulation",
    "march": "dendritex.simulation",
}


def __getattr__(name: str) -> Any:
    """Import on first use: what only reads a config needs neither MPI nor PETSc."""
    if name not in _HOMES:
        raise AttributeError(f"module 'dendritex' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)
