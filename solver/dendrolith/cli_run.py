"""The verb that computes: ``dendrolith run``."""

from __future__ import annotations

import argparse
import logging
import resource
import signal
from typing import TYPE_CHECKING, Any

from mpi4py import MPI

from dendrolith.cli_options import print_answer
from dendrolith.config.units import option_in_si
from dendrolith.core import profile
from dendrolith.core.errors import (
    EXIT_DONE,
    EXIT_NUMERICAL,
    EXIT_STOPPED,
    EXIT_UNEXPECTED,
    ConfigError,
)
from dendrolith.core.occupancy import occupied
from dendrolith.core.parallel import global_sum, largest, on_root
from dendrolith.networks.register import load
from dendrolith.studies.register import STUDIES, study_of

if TYPE_CHECKING:
    from dendrolith.results.recorder import Outcome

logger = logging.getLogger("dendrolith")


def run(options: argparse.Namespace) -> int:
    """Run a simulation as the options say; returns the exit code (collective)."""
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # there is nothing to keep yet
    signal.signal(signal.SIGPIPE, signal.SIG_IGN)  # nobody may read on, and PETSc would end the job
    comm = MPI.COMM_WORLD
    config = on_root(comm, lambda: load(options.config, options.overrides))
    if config.study not in STUDIES:
        raise ConfigError(f"{options.config}: dendrolith {config.study} computes this input")
    max_wall = on_root(comm, lambda: _seconds(options.max_wall))
    # what links DOLFINx takes its time to load, and a bad input need not wait for it
    from dendrolith.results.run_directory import RunDirectory, check_folder
    from dendrolith.simulation import Simulation

    if options.profile:
        profile.begin()
    quiet, stem = options.verbosity < 0, options.config.stem
    logger.info("%s", "\n".join(study_of(config).describe(config, comm.size)))
    if others := occupied(comm):
        logger.info("  %s", others)
    if options.resume:
        if on_root(comm, lambda: _is_done(config, options)):
            return EXIT_DONE
    else:
        check_folder(comm, options.out)
    simulation = Simulation(config, comm)
    directory = RunDirectory(comm, options.out, stem, resume=options.resume is not None)
    logger.info("  results    %s", directory.path)
    outcome = simulation.run(directory, quiet=quiet, max_wall=max_wall)
    cost = _cost(comm)
    if comm.rank == 0:
        _print_result(config, options, outcome, cost)
    return _exit_code(outcome, speaks=comm.rank == 0)


def _exit_code(outcome: Outcome, *, speaks: bool) -> int:
    """How a run ended, said on one rank."""
    if outcome.state == "paused":
        if speaks:
            logger.warning(
                "stopped at t = %.6g s: %s; the same command with --resume auto goes on",
                outcome.time,
                outcome.failure,
            )
        return EXIT_STOPPED if outcome.checkpoint == outcome.steps else EXIT_UNEXPECTED
    if outcome.failure:
        if speaks:
            logger.error("gave up: %s", outcome.failure)
            logger.error("results up to the last accepted step are in %s", outcome.path)
        return EXIT_NUMERICAL
    return EXIT_DONE


def _cost(comm: MPI.Comm) -> str:
    """What the command took so far on all ranks, its start and imports included (collective)."""
    used = resource.getrusage(resource.RUSAGE_SELF)
    busy = global_sum(comm, used.ru_utime + used.ru_stime)
    peak = largest(comm, 1024.0 * used.ru_maxrss)  # Linux counts it in KiB
    return (
        f"{comm.size} rank{'s' if comm.size > 1 else ''}: {busy:.0f} core-seconds (user and "
        f"system), at most {peak / 1e9:.2f} GB a rank"
    )


def _print_result(config: Any, options: argparse.Namespace, outcome: Outcome, cost: str) -> None:
    """What a run found, and its report where one is wanted."""
    if options.verbosity >= 0:
        print_answer("\n".join(_summary(config, outcome)))
    if options.profile:
        print_answer(f"{profile.table()}\n{cost}")
    if options.report:
        from dendrolith.results.report.at_end import report_if_possible

        report_if_possible(outcome.path)


def _summary(config: Any, outcome: Outcome) -> list[str]:
    """How far the run came, what its study says of it, and where it is."""
    if not outcome.rows:
        return [f"no step was accepted; see {outcome.path}"]
    return [
        f"reached t = {outcome.rows[-1]['time [s]']:.4g} s in {outcome.steps} steps "
        f"({outcome.rejected} taken back), {outcome.wall:.0f} s",
        *study_of(config).summary(config, outcome.rows),
        f"  pictures and data    {outcome.path}",
    ]


def _is_done(config: Any, options: argparse.Namespace) -> bool:
    """Is there nothing left to do? Refuses to go on with another config than before."""
    from dendrolith.results.resume import check_changes, is_done
    from dendrolith.results.run_directory import folder_to_resume

    folder = folder_to_resume(options.out, options.config.stem)
    if not (folder / "config.yaml").exists():
        return False
    check_changes(folder, config, options.allowed)
    if not is_done(folder, config):
        return False
    logger.info("%s is complete: nothing to do", folder)
    return True


def _seconds(text: str | None) -> float | None:
    return None if text is None else option_in_si("--max-wall", text, "s", above=0)
