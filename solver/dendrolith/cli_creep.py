"""The verb of pressed cells: ``dendrolith creep``."""

from __future__ import annotations

import argparse

from dendrolith.core.errors import ConfigError


def add_creep(verb: argparse.ArgumentParser) -> None:
    """Options of ``dendrolith creep``."""
    verb.add_argument("--estimate", action="store_true", help="print the preview")


def answer_creep(options: argparse.Namespace) -> str:
    """Pressure, thickness and filled slot of a charge, by the network model."""
    from dendrolith.networks.register import load
    from dendrolith.studies.creep.estimate import estimate
    from dendrolith.studies.creep.study import Creep

    config = load(options.config, options.overrides)
    if config.study != Creep.name:
        raise ConfigError([f"{options.config}: study is {config.study}: creep is asked for"])
    if not options.estimate:
        raise ConfigError(
            [f"{options.config}: dendrolith run computes this input, --estimate previews it"]
        )
    return estimate(config)
