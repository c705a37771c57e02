"""The verb of pressed cells, ``dendrolith creep``: a preview; or press, stack, charge and page."""

from __future__ import annotations

import argparse
import signal
import subprocess
import sys
from pathlib import Path
from types import FrameType
from typing import Any

from dendrolith.core.errors import EXIT_DONE, ConfigError, DendrolithError

PRESS, CHARGE = "press", "charge"
TITLE, KIND = "Lithium in a pressed cell", "Pressed cell"


def add_creep(verb: argparse.ArgumentParser) -> None:
    """Options of ``dendrolith creep``."""
    verb.add_argument("--estimate", action="store_true", help="print the preview, compute no more")
    verb.add_argument(
        "--stage", choices=(PRESS, CHARGE), help="compute this stage alone (default: both)"
    )
    verb.add_argument(
        "--out", type=Path, metavar="DIR", help="folder of the stages (default: runs/<name>)"
    )


def answer_creep(options: argparse.Namespace) -> str | tuple[str, int]:
    """The preview; or the stages, one after the other, and their page.

    Raises:
        ConfigError: the input cannot be used, or pressing has left no slot.
    """
    from dendrolith.networks.register import load
    from dendrolith.studies.creep.estimate import estimate
    from dendrolith.studies.creep.study import Creep

    config = load(options.config, options.overrides)
    if config.study != Creep.name:
        raise ConfigError(f"{options.config}: study is {config.study}: creep is asked for")
    if options.estimate:
        return estimate(config)
    out = options.out or Path("runs") / options.config.stem
    press = config.cell.gap.press
    if press is not None:
        _check_input(press, load(press), config)
    code = _compute(options, press, out)
    return (f"{_write_page(out)} is written" if code == EXIT_DONE else ""), code


def _check_input(press: str, pressed: Any, config: Any) -> None:
    """The press is one of this cell.

    Raises:
        ConfigError: it is not.
    """
    if pressed.study != PRESS:
        found = f"has study {pressed.study}: that of a press is asked for"
    elif abs(pressed.radius - config.cell.radius) > 1e-6 * pressed.radius:
        found = f"has radius {pressed.radius:g} m, cell.radius is {config.cell.radius:g} m"
    else:
        return
    raise ConfigError(f"cell.gap.press: {press} {found}")


def _compute(options: argparse.Namespace, press: str | None, out: Path) -> int:
    """The stages that are asked for, one after the other; the exit code of the last one."""
    words = [word for override in options.overrides for word in ("--set", override)]
    if press is None and options.stage == PRESS:
        raise ConfigError(f"{options.config}: cell.gap.press is absent: nothing is pressed")
    if press is not None:
        code = EXIT_DONE if options.stage == CHARGE else _run(press, out / PRESS)
        if code != EXIT_DONE or options.stage == PRESS:
            return code
        _check_press(out / PRESS)
        words += ["--set", f"cell.gap.profile={(out / PRESS / 'bore.csv').resolve()}"]
    return _run(str(options.config), out / CHARGE, *words)


def _run(config: str, out: Path, *words: str) -> int:
    """Run a stage, or go on with it, in a process that gets the signals of this one; exit code.

    Raises:
        DendrolithError: it was killed.
    """
    command = [sys.executable, "-m", "dendrolith", "run", config, "--out", str(out), *words]
    run = subprocess.Popen([*command, "--resume", "auto", "--report"])

    def pass_on(number: int, _: FrameType | None) -> None:
        if number != signal.SIGINT:  # Ctrl-C goes to both: the stage stops, and is waited for
            run.send_signal(number)

    numbers = (signal.SIGTERM, signal.SIGUSR1, signal.SIGINT)
    before = {number: signal.signal(number, pass_on) for number in numbers}
    try:
        code = run.wait()
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
    if code < 0:
        raise DendrolithError(f"{out}: was ended by signal {-code}: the same command goes on")
    return code


def _check_press(folder: Path) -> None:
    """The rods are lifted: what is left is a slot.

    Raises:
        ConfigError: they are not, or there is no press.
    """
    from dendrolith.results.open_run import open_run
    from dendrolith.studies.creep.claims import is_lifted

    run = open_run(folder)
    if not is_lifted(run.config, run.series):
        raise ConfigError(
            f"{folder}: the rods were not lifted from {run.config.pressure / 1e6:g} MPa: the "
            "tube does not bear the pellet, and no slot is left; press in another tube"
        )


def _write_page(out: Path) -> Path:
    """The page of the stages that are there."""
    from dendrolith.results.figure_page import write_page
    from dendrolith.results.open_run import open_run

    runs = {name: open_run(out / name) for name in (PRESS, CHARGE) if (out / name).is_dir()}
    title = next((run.config.title for run in reversed(runs.values()) if run.config.title), TITLE)
    return write_page(out, title, KIND, _sections(runs))


def _sections(runs: dict[str, Any]) -> list[Any]:
    """Claims, figures and assumptions."""
    from dendrolith.results.figure_page import FigureEntry, PageSection, TableEntry
    from dendrolith.studies.creep import assumptions, claims, figures

    rows: list[claims.Row] = []
    drawn, assumed, model = [], [], []
    for name, run in runs.items():
        c = run.config
        assumed += [[name, *pair] for pair in assumptions.assumed_values(c)]
        if name == PRESS:
            rows += claims.press_claims(c, run.series)
            figure = figures.draw_bore(run.tables["bore"])
            drawn.append(FigureEntry("bore", figure, "The bore after pressing."))
        else:
            rows += claims.charge_claims(c, run.series)
            drawn += [FigureEntry(*f) for f in figures.draw_charge(c, run.series, run.tables)]
            model = [f"Model of the charge: {'; '.join(assumptions.model_lines(c))}."]
    note = "The paper gives no numbers for figure 6: shapes are compared, nothing more."
    return [
        PageSection(
            "Figure 6 of Cao et al. 2023",
            tables=[TableEntry("claims", claims.HEADER, rows, note)],
            figures=drawn,
        ),
        PageSection("Stages", links=[f"{name}/report.html" for name in runs]),
        PageSection(
            "Assumed",
            paragraphs=model,
            tables=[
                TableEntry(
                    "assumed", ("stage", "key", "value"), assumed, "Inputs that are not published."
                )
            ],
        ),
    ]
