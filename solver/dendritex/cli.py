"""Command line: ``dendritex run|check CONFIG``, ``dendritex reference [SECTION]``."""

from __future__ import annotations

import argparse
import logging
import sys
import traceback
from pathlib import Path

from dendritex import __version__
from dendritex.errors import (
    EXIT_DONE,
    EXIT_INTERRUPTED,
    EXIT_NUMERICAL,
    EXIT_UNEXPECTED,
    ConfigError,
    DendritexError,
    is_interrupt,
)

logger = logging.getLogger("dendritex")

_EPILOG = """exit codes:
  0  done
  2  the input cannot be used (nothing was computed)
  3  numerical give-up; the results up to there are complete and closed
  130  interrupted (Ctrl-C)
  1  anything else

examples:
  dendritex check configs/quickstart.yaml
  dendritex reference elasticity
  dendritex run configs/quickstart.yaml
  dendritex run configs/quickstart.yaml --set elasticity.pressure='10 MPa' --out runs/p10
  mpirun -n 2 dendritex run configs/quickstart.yaml
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code, and ends all ranks if one of them fails."""
    options = _parser().parse_args(arguments)
    if options.verb != "run":
        return _say(options)
    from mpi4py import MPI
    from petsc4py import PETSc

    from dendritex.log import set_up_logging

    comm = MPI.COMM_WORLD
    # an early end leaves solvers unused; PETSc would list their options as misspelt
    PETSc.Options()["options_left"] = False
    set_up_logging(comm, options.verbosity)
    try:
        return _run(options)
    except DendritexError as error:
        if comm.rank == 0:
            _say_error(error)
        return error.exit_code
    except BaseException as error:
        code = _report_unexpected(error, comm.rank)
        if comm.size > 1:
            # one rank alone may be here: without an abort the others would wait for it forever
            comm.Abort(code)
        return code


def _say(options: argparse.Namespace) -> int:
    """The verbs that only print: no MPI, no mesh, nothing compiled."""
    from dendritex.config.load import load
    from dendritex.config.reference import reference
    from dendritex.results.check import check

    try:
        if options.verb == "reference":
            print(reference(options.section))
        else:
            print(check(load(options.config, options.overrides)))
    except DendritexError as error:
        _say_error(error)
        return error.exit_code
    return EXIT_DONE


def _report_unexpected(error: BaseException, rank: int) -> int:
    if is_interrupt(error):
        sys.stderr.write("dendritex: interrupted; the results up to the last step are complete\n")
        return EXIT_INTERRUPTED
    sys.stderr.write(f"dendritex: unexpected error on rank {rank}\n{traceback.format_exc()}")
    sys.stderr.flush()
    return EXIT_UNEXPECTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dendritex",
        description="Lithium dendrites and short circuits in solid-state batteries.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"dendritex {__version__}")
    verbs = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    run = verbs.add_parser("run", help="run a simulation", description="Run a simulation.")
    check = verbs.add_parser(
        "check", help="say what a config means, without running it",
        description="Say what a config means: equations, size, numbers that decide, warnings.",
    )  # fmt: skip
    for verb in (run, check):
        verb.add_argument("config", type=Path, metavar="CONFIG", help="input file (YAML)")
        verb.add_argument(
            "--set", dest="overrides", action="append", default=[], metavar="a.b=value",
            help="replace one value of the input, for example elasticity.pressure='10 MPa'",
        )  # fmt: skip
    manual = verbs.add_parser(
        "reference", help="manual of every key", description="Manual of every key of the input."
    )
    manual.add_argument(
        "section", nargs="?", default="", metavar="SECTION", help="for example elasticity"
    )
    run.add_argument("--out", type=Path, metavar="DIR", help="run directory (default: runs/<name>)")
    loudness = run.add_mutually_exclusive_group()
    loudness.add_argument("-v", dest="verbosity", action="store_const", const=1, default=0,
                          help="show solver details")  # fmt: skip
    loudness.add_argument("-q", dest="verbosity", action="store_const", const=-1,
                          help="show warnings only")  # fmt: skip
    return parser


def _run(options: argparse.Namespace) -> int:
    from mpi4py import MPI

    from dendritex.config.load import load
    from dendritex.parallel import on_root

    comm = MPI.COMM_WORLD
    config = on_root(comm, lambda: load(options.config, options.overrides))
    from dendritex.results.run_directory import RunDirectory, check_folder
    from dendritex.results.summary import describe, summarise
    from dendritex.simulation import Simulation

    quiet = options.verbosity < 0
    logger.info("%s", describe(config, comm.size))
    check_folder(comm, options.out)
    simulation = Simulation(config, comm)
    directory = RunDirectory(comm, options.out, options.config.stem)
    logger.info("  results    %s", directory.path)
    outcome = simulation.run(directory, quiet=quiet)
    if comm.rank == 0 and not quiet:
        print(
            summarise(
                config, outcome.rows, outcome.steps, outcome.rejected, outcome.wall, outcome.path
            )
        )
    if outcome.failure:
        if comm.rank == 0:
            logger.error("gave up: %s", outcome.failure)
            logger.error("results up to the last accepted step are in %s", outcome.path)
        return EXIT_NUMERICAL
    return EXIT_DONE


def _say_error(error: DendritexError) -> None:
    lines = error.problems if isinstance(error, ConfigError) else [str(error)]
    for line in lines:
        sys.stderr.write(f"error: {line}\n")
    if isinstance(error, ConfigError):
        sys.stderr.write(
            f"{len(lines)} problem{'s' if len(lines) > 1 else ''}; nothing was computed\n"
        )


if __name__ == "__main__":
    sys.exit(main())
