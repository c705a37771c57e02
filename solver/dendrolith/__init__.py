"""dendrolith: lithium dendrites and short circuits in solid-state batteries.

An input is a YAML file or a dict that says the same; values may be replaced by key:

    config = dendrolith.load("configs/quickstart.yaml", ["elasticity.pressure=10 MPa"])
    config = dendrolith.load({
        "geometry": {"lithium_thickness": "10 um", "electrolyte_thickness": "30 um",
                     "height": "24 um", "mesh_size": "1 um"},
        "materials": {"lithium_set": "Li", "electrolyte_set": "LPSCl"},
        "lithium_metal": {"interface_width": "4 um", "capillary_mobility": "2.8e-12 m^2/s"},
        "kinetics": {"exchange_current_density": "5000 A/m^2"},
        "control": [{"voltage": "0.1 V"}],
        "time": {"end": "2 s"},
        "output": {"every": "1 s"},
    })

Step by step, without files:

    with dendrolith.Simulation(config) as simulation:
        for step in dendrolith.march(simulation):
            print(step.time, simulation.measure(step)["tip_height [m]"])

`converge` measures errors of discretisation; `open_run` reads a finished run back.
`configs/scripts` holds two whole examples.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from dendrolith.core.version import VERSION

if TYPE_CHECKING:
    from dendrolith.convergence.converge import converge
    from dendrolith.networks.register import load
    from dendrolith.results.open_run import open_run
    from dendrolith.simulation import Simulation, march

__version__ = VERSION

_HOMES = {
    "Simulation": "dendrolith.simulation",
    "converge": "dendrolith.convergence.converge",
    "load": "dendrolith.networks.register",
    "march": "dendrolith.simulation",
    "open_run": "dendrolith.results.open_run",
}

__all__ = ["Simulation", "__version__", "converge", "load", "march", "open_run"]


def __getattr__(name: str) -> Any:
    """Import on first use: what only reads a config needs neither MPI nor PETSc."""
    if name not in _HOMES:
        raise AttributeError(f"module 'dendrolith' has no attribute '{name}'")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    """Names for users, those that are not imported yet included."""
    return [*__all__]
