"""The input of ``dendrolith network``: read, checked and explained as those of studies are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, ClassVar

import numpy as np

from dendrolith.core.errors import ConfigError
from dendrolith.networks.critical_current import critical_current
from dendrolith.networks.schema import Config
from dendrolith.studies.study import Setup, Study

if TYPE_CHECKING:
    from mpi4py import MPI


class Network(Study):
    """Ensembles of defect networks: no field is marched through time."""

    name, config = "network", Config
    legend: ClassVar[Mapping[str, str]] = {
        "networks": "densities times topologies, samples of each, and those of drawn densities",
        "grains": "of one network, along and across",
        "steps of the ramp": "of the current, up to its largest value",
        "K_IC of a boundary": "fracture toughness of a grain boundary",
        "J_c of a flaw": "critical current density of one flaw of that length",
        "sigma/g": "length of electrolyte that resists as much as the reaction on its face does",
    }

    def setup(self, config: Config, comm: MPI.Comm) -> Setup:
        """There is no problem to march.

        Raises:
            ConfigError: always.
        """
        raise ConfigError("study network has its own verb: dendrolith network CONFIG")

    def size(self, config: Config) -> list[tuple[str, str]]:
        """Networks, grains and steps of the ramp."""
        cells, more = len(config.densities) * len(config.topologies), config.ensemble.continuous
        along, across = config.structure.cells
        between = f" + {more} between" if more else ""
        return [
            ("networks", f"{cells} cells x {config.ensemble.samples}{between}"),
            ("grains", f"{along} x {across}"),
            ("steps of the ramp", str(config.protocol.steps)),
        ]

    def numbers(self, config: Config) -> list[tuple[str, str]]:
        """Toughness, and critical currents of flaws of one facet and of the whole thickness."""
        law, lithium = config.electrolyte, config.lithium
        tough = law.boundary_toughness
        flaws = (law.flaw_ratio * config.structure.grain_size, config.structure.thickness)
        return [
            ("K_IC of a boundary", f"{tough / 1e6:.3g} MPa m^1/2"),
            *(
                (
                    f"J_c of a flaw of {flaw * 1e6:.3g} um",
                    f"{self._one_flaw(config, flaw)} mA/cm^2",
                )
                for flaw in flaws
            ),
            ("sigma/g", f"{law.ionic_conductivity / lithium.conductance * 1e6:.3g} um"),
        ]

    @staticmethod
    def _one_flaw(config: Config, flaw: float) -> str:
        law, lithium = config.electrolyte, config.lithium
        tough = np.array([law.boundary_toughness / config.calibration.intensity])
        found = critical_current(
            law.ionic_conductivity, lithium.molar_volume, tough, np.array([flaw])
        )
        return f"{found[0] / 10:.3g}"

    def sources(self, config: Config) -> list[tuple[str, str]]:
        """None beyond those that the sections declare."""
        return []


NETWORK: Study = Network()
