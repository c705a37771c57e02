"""Command line: ``dendrolith VERB ...``; `main` turns errors into one message and an exit code."""

from __future__ import annotations

import argparse
import logging
import os
import sys
import traceback
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from dendrolith import cli_verbs as verbs
from dendrolith.cli_converge import add_converge, answer_converge
from dendrolith.cli_creep import add_creep, answer_creep
from dendrolith.cli_impedance import add_impedance_verbs
from dendrolith.cli_options import (
    add_folder,
    add_overrides,
    add_run_options,
    answer_of,
    print_answer,
    print_error,
)
from dendrolith.cli_signals import add_decouple, add_stages, answer_decouple, answer_stages
from dendrolith.cli_sweep import add_submit, add_sweep_verbs, answer_submit
from dendrolith.core.errors import (
    EXIT_DONE,
    EXIT_INTERRUPTED,
    EXIT_UNEXPECTED,
    ConfigError,
    DendrolithError,
    is_interrupt,
)
from dendrolith.core.version import VERSION

if TYPE_CHECKING:
    from dendrolith.cli_sweep import Adder, Answer, Parser

    Parsers = argparse._SubParsersAction[Parser]

PARALLEL = ("run", "impedance")  # verbs that all ranks answer together

logger = logging.getLogger("dendrolith")

_EPILOG = """exit codes:
  0  done
  2  the input cannot be used (nothing was computed)
  3  numerical give-up; the results up to there are complete and closed
  75  stopped in time, with a checkpoint: the same command with --resume auto goes on
  130  interrupted (Ctrl-C)
  1  anything else

examples:
  dendrolith init case.yaml
  dendrolith check case.yaml
  dendrolith reference elasticity
  dendrolith run case.yaml
  dendrolith run case.yaml --set elasticity.pressure='10 MPa' --out runs/p10
  mpirun -n 2 dendrolith run case.yaml
  dendrolith status runs/case
  dendrolith report runs/case
  dendrolith classify runs/case
  dendrolith impedance runs/case --at '12 s' --label before
  dendrolith spectra before.csv after.csv --length '800 um'
  dendrolith decouple trace.csv --cell cell.yaml --plot hidden.png
  dendrolith stages trace.csv --plot stages.png
  dendrolith network network.yaml --out runs/network
  dendrolith weibull ccd.csv
  dendrolith creep cell.yaml --estimate
  dendrolith creep cell.yaml --out runs/cell
  dendrolith run case.yaml --out runs/long --resume auto --max-wall '2 h'
  dendrolith sweep expand sweep.yaml && dendrolith sweep run sweeps/sweep --cores 4
  dendrolith converge case.yaml --levels 4
  dendrolith submit case.yaml --ranks 64 --time '4 h'
  eval "$(dendrolith completion bash)"
"""


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code, and ends all ranks if one of them fails."""
    parser = _parser()
    if "_ARGCOMPLETE" in os.environ:
        import argcomplete

        argcomplete.autocomplete(parser)
    options = parser.parse_args(arguments)
    if options.verb not in PARALLEL:
        return _say(options)
    # Open MPI: a rank that waits lets others compute, or all are slow as soon as anything else runs
    os.environ.setdefault("OMPI_MCA_mpi_yield_when_idle", "1")
    from mpi4py import MPI

    from dendrolith.core.log import set_up_logging

    comm = MPI.COMM_WORLD
    set_up_logging(comm, options.verbosity)
    try:
        return _compute(options, speaks=comm.rank == 0)
    except DendrolithError as error:
        if comm.rank == 0 or error.alone:
            _say_error(error)
        if error.alone:
            comm.Abort(error.exit_code)
        return error.exit_code
    except BaseException as error:
        code = _report_unexpected(error, comm.rank)
        if comm.size > 1:
            # one rank alone may be here: without an abort the others would wait for it forever
            comm.Abort(code)
        return code


def _compute(options: argparse.Namespace, *, speaks: bool) -> int:
    """The verbs that all ranks answer together (collective)."""
    answer = answer_of(options)
    if isinstance(answer, str) and speaks:
        print_answer(answer)
    return answer if isinstance(answer, int) else EXIT_DONE


def _run(options: argparse.Namespace) -> int:
    from dendrolith.cli_run import run

    return run(options)


def _say(options: argparse.Namespace) -> int:
    """The verbs that only print: no MPI, no mesh, nothing compiled."""
    code = EXIT_DONE
    try:
        answer = answer_of(options)
        if isinstance(answer, tuple):
            answer, code = answer
        if answer:
            print_answer(answer)
    except DendrolithError as error:
        _say_error(error)
        return error.exit_code
    except KeyboardInterrupt:
        print_error("dendrolith: interrupted")
        return EXIT_INTERRUPTED
    return code


def _report_unexpected(error: BaseException, rank: int) -> int:
    if is_interrupt(error):
        print_error("dendrolith: interrupted; the results up to the last step are complete")
        return EXIT_INTERRUPTED
    print_error(f"dendrolith: unexpected error on rank {rank}\n{traceback.format_exc().rstrip()}")
    return EXIT_UNEXPECTED


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="dendrolith",
        description="Lithium dendrites and short circuits in solid-state batteries.",
        epilog=_EPILOG,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("--version", action="version", version=f"dendrolith {VERSION}")
    parsers = parser.add_subparsers(dest="verb", required=True, metavar="VERB")
    run = parsers.add_parser("run", help="run a simulation", description="Run a simulation.")
    _add_config(run)
    add_run_options(run)
    run.set_defaults(answer=_run)
    add = _adder(parsers)
    _add_input_verbs(add)
    _add_run_verbs(add)
    add_impedance_verbs(add)
    add_decouple(
        add("decouple", answer_decouple, "hidden current of a trace of pressure, current, voltage")
    )
    add_stages(add("stages", answer_stages, "stages of a soft short in a trace"))
    _add_network_verbs(add)
    _add_verbs_of_many(parsers, add)
    return parser


def _add_verbs_of_many(parsers: Parsers, add: Adder) -> None:
    """The verbs for sweeps, ladders, batch systems and previews."""
    words = "many runs of one input: expand, run, status, collect, report"
    sweep = parsers.add_parser("sweep", help=words, description=f"{words.capitalize()}.")
    add_sweep_verbs(_adder(sweep.add_subparsers(dest="part", required=True, metavar="PART")))
    errors = "errors of discretisation: an input and refinements of it"
    preview = "a pressed cell: press, stack, charge and their page; or a preview without a mesh"
    chain = "one run as a chain of Slurm jobs: each goes on where one ended"
    for verb, add_options in (
        (add("converge", answer_converge, errors), add_converge),
        (add("submit", answer_submit, chain), add_submit),
        (add("creep", answer_creep, preview), add_creep),
    ):
        _add_config(verb)
        add_options(verb)


def _adder(parsers: Parsers) -> Adder:
    """What makes a parser for a verb from its name, its answer and its help."""

    def add(name: str, answer: Callable[[argparse.Namespace], Answer], help: str) -> Parser:
        verb = parsers.add_parser(name, help=help, description=f"{help[0].upper()}{help[1:]}.")
        verb.set_defaults(answer=answer)
        return verb

    return add


def _add_input_verbs(add: Adder) -> None:
    """The verbs that answer questions about an input."""
    check = add(
        "check",
        verbs.answer_check,
        "say what a config means, without running it: equations, size, "
        "cost, the numbers that decide, warnings",
    )
    _add_config(check)
    add_folder(check)
    check.add_argument("--legend", action="store_true", help="below each line, what it means")
    init = add("init", verbs.answer_init, "write a commented input file to start from")
    _add_study(init)
    init.add_argument(
        "file",
        nargs="?",
        type=Path,
        default=Path("case.yaml"),
        metavar="FILE",
        help="where to (default: case.yaml); must not exist; - prints it",
    )
    manual = add(
        "reference",
        verbs.answer_reference,
        "manual of every key: meaning, unit, range, default, source",
    )
    _add_study(manual)
    section = manual.add_argument(
        "section",
        nargs="?",
        default="",
        metavar="SECTION",
        help="for example elasticity; without it: all",
    )
    _complete_with(section, "complete_key")
    _add_study(add("schema", verbs.answer_schema, "JSON Schema of the input, for editors"))
    cite = add("cite", verbs.answer_cite, "the papers behind what a config uses")
    _add_config(cite)
    cite.add_argument("--bibtex", action="store_true", help="as BibTeX")


def _add_run_verbs(add: Adder) -> None:
    """The verbs that look at runs, at traces and at the machine."""
    state = add(
        "status", verbs.answer_status, "how runs and sweeps are doing, also while they go on"
    )
    state.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="its directory")
    state.add_argument("--json", action="store_true", help="for programs")
    short = add(
        "classify",
        verbs.answer_classify,
        "say whether a run or a measured trace shows a short circuit: none, soft or hard",
    )
    short.add_argument(
        "trace",
        type=Path,
        metavar="RUN|FILE",
        help="run directory; or a text file "
        "with columns, such as CSV: leakage at fixed voltage, voltage at fixed "
        "current",
    )
    short.add_argument("--json", action="store_true", help="for programs, in SI units")
    short.add_argument("--time", metavar="NAME", help="title or number of its column")
    short.add_argument("--signal", metavar="NAME", help="title or number of its column")
    short.add_argument("--kind", choices=["current", "voltage"], help="what the signal is")
    short.add_argument("--plot", type=Path, metavar="FILE", help="draw it, excursions shaded (PNG)")
    join = add(
        "join", verbs.answer_join, "join the fields of a resumed run into one series for ParaView"
    )
    join.add_argument("run", type=Path, metavar="RUN", help="its directory")
    report = add(
        "report",
        verbs.answer_report,
        "one page on a run, with pictures, in one file; several runs "
        "side by side; also while a run goes on",
    )
    report.add_argument("runs", nargs="+", type=Path, metavar="RUN", help="its directory")
    report.add_argument(
        "--out",
        type=Path,
        metavar="FILE.html",
        help="where to (default: RUN/report.html; of several ./report.html)",
    )
    report.add_argument("--animation", action="store_true", help="also RUN/animation.gif")
    report.add_argument(
        "--figures",
        action="store_true",
        help="also figures for papers, RUN/figures/*.pdf and *.png",
    )
    add(
        "doctor",
        verbs.answer_doctor,
        "look for what may keep a run from starting here, with the cure",
    )
    completion = add(
        "completion",
        verbs.answer_completion,
        'completion of verbs and keys for a shell: eval "$(dendrolith completion bash)"',
    )
    completion.add_argument("shell", choices=["bash", "zsh", "fish"])


def _add_network_verbs(add: Adder) -> None:
    """The verbs of defect networks and of critical currents."""
    network = add(
        "network",
        verbs.answer_network,
        "compute an ensemble of defect networks and make a page of it; goes on where it was killed",
    )
    _add_config(network)
    network.add_argument("--out", type=Path, metavar="DIR", help="where to (default: runs/<name>)")
    network.add_argument(
        "--workers", type=verbs.whole_number(1), metavar="N", help="processes (default: one a core)"
    )
    statistics = add(
        "weibull",
        verbs.answer_weibull,
        "Weibull statistics of measured critical currents: intervals, bias, rivals",
    )
    statistics.add_argument(
        "table",
        type=Path,
        metavar="FILE",
        help="a row for each specimen: critical current, "
        "perhaps lower, censored, area; CSV, or Parquet of an ensemble",
    )
    statistics.add_argument("--column", metavar="NAME", help="title or number of the current")
    statistics.add_argument(
        "--seed",
        type=verbs.whole_number(0),
        default=1,
        metavar="N",
        help="of the bootstrap (default: 1)",
    )
    statistics.add_argument("--json", action="store_true", help="for programs")
    statistics.add_argument("--plot", type=Path, metavar="FILE", help="draw it (PNG)")


def _complete_with(argument: argparse.Action, function: str) -> None:
    """Let the shell complete an argument; costs nothing where nobody asks for it."""
    if "_ARGCOMPLETE" not in os.environ:
        return
    from dendrolith.config import completion
    from dendrolith.networks.register import INPUTS
    from dendrolith.studies.register import DEFAULT

    complete = getattr(completion, function)

    def completer(
        prefix: str,
        action: argparse.Action,
        parser: Parser,
        parsed_args: argparse.Namespace,
    ) -> list[str]:
        named = getattr(parsed_args, "study", "")
        return list(complete(INPUTS.get(named, INPUTS[DEFAULT]).config, prefix))

    argument.completer = completer  # type: ignore[attr-defined]


def _add_study(verb: Parser) -> None:
    verb.add_argument(
        "--study", default="", metavar="NAME", help="as an input says it (default: where none does)"
    )


def _add_config(verb: Parser) -> None:
    verb.add_argument("config", type=Path, metavar="CONFIG", help="input file (YAML)")
    words = "replace one value of the input, for example elasticity.pressure='10 MPa'"
    _complete_with(add_overrides(verb, words, key="a.b"), "complete_override")


def _say_error(error: DendrolithError) -> None:
    lines = error.problems if isinstance(error, ConfigError) else [str(error)]
    said = [f"error: {line}" for line in lines]
    if isinstance(error, ConfigError):
        problems = "1 problem" if len(lines) == 1 else f"{len(lines)} problems"
        said.append(f"{problems}; nothing was computed")
    print_error("\n".join(said))


if __name__ == "__main__":
    sys.exit(main())
