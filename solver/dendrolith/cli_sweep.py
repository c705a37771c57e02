"""The verbs for many runs: ``dendrolith sweep VERB`` and ``dendrolith submit``.

As in `cli_verbs`, each loads what it needs when it is called.
"""

from __future__ import annotations

import argparse
import contextlib
import shlex
import sys
import time as clock
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias

from dendrolith.cli_options import print_answer
from dendrolith.cli_verbs import whole_number

if TYPE_CHECKING:
    Parser = argparse.ArgumentParser
    Answer: TypeAlias = str | tuple[str, int]
    Adder = Callable[[str, Callable[[argparse.Namespace], Answer], str], Parser]

LIVE = 2.0  # s between two tables


def add_sweep_verbs(add: Adder) -> None:
    """What ``dendrolith sweep`` can do."""
    expand = add("expand", answer_expand, "write every point of a sweep file, all of them checked")
    expand.add_argument("sweep", type=Path, metavar="SWEEP", help="sweep file (YAML)")
    expand.add_argument(
        "--out", type=Path, metavar="DIR", help="where to (default: sweeps/<name>); may be extended"
    )
    run = add("run", answer_run, "run all points that have not ended, here or on Slurm")
    _add_folder(run)
    run.add_argument(
        "--cores", type=whole_number(1), default=1, help="processes at a time (default: 1)"
    )
    run.add_argument("--slurm", action="store_true", help="as jobs of Slurm; --cores has no effect")
    run.add_argument(
        "--again", action="store_true", help="try failed points again, from their last checkpoints"
    )
    run.add_argument(
        "--snakemake",
        action="append",
        default=[],
        metavar="OPTION",
        help="a further option of Snakemake, for example --snakemake=--dry-run",
    )
    status = add("status", answer_status, "how a sweep is doing, also while it runs")
    _add_folder(status)
    status.add_argument("--live", action="store_true", help="again and again until it is over")
    status.add_argument("--json", action="store_true", help="for programs")
    collect = add("collect", answer_collect, "its table: DIR/table.csv and DIR/table.parquet")
    _add_folder(collect)
    report = add("report", answer_report, "one page: response curves, maps, distributions")
    _add_folder(report)
    report.add_argument(
        "--out", type=Path, metavar="FILE.html", help="where to (default: DIR/report.html)"
    )
    start = add("start", answer_start, "one point, begun or gone on with; the engines call it")
    _add_folder(start)
    start.add_argument("point", metavar="POINT", help="its name in DIR/index.csv")
    _add_folder(add("warm", answer_warm, "compile forms before the points; the engines call it"))


def add_submit(verb: Parser) -> None:
    """Options of ``dendrolith submit``."""
    verb.add_argument("--ranks", type=whole_number(1), default=1, help="processes (default: 1)")
    verb.add_argument("--time", required=True, metavar="TIME", help="of each job, such as '4 h'")
    verb.add_argument(
        "--out", type=Path, metavar="DIR", help="run directory (default: runs/<name>)"
    )
    verb.add_argument(
        "--launcher",
        default="srun",
        metavar="WORDS",
        help="what starts the ranks (default: srun); for example 'mpirun -n 4'",
    )
    verb.add_argument(
        "--sbatch",
        action="append",
        default=[],
        metavar="OPTION",
        help="a further option of sbatch, for example --sbatch=--partition=long",
    )
    verb.add_argument("--dry-run", action="store_true", help="write the script, submit nothing")


def _add_folder(verb: Parser) -> None:
    verb.add_argument("folder", type=Path, metavar="DIR", help="folder of the sweep")


def answer_expand(options: argparse.Namespace) -> Answer:
    """Write the points; returns where and how many."""
    from dendrolith.sweeps.expand import expand

    out = options.out or Path("sweeps") / options.sweep.stem
    made = expand(options.sweep, out)
    lines = [f"{out}: {len(made.points)} points, {made.new} of them new"]
    if made.left:
        lines.append(f"{made.left} points of an earlier sweep stay in {out}/points, unused")
    there = shlex.quote(str(out))
    lines.append(f"next: dendrolith sweep run {there} --cores 2, or cd {there} && sbatch array.sh")
    return "\n".join(lines)


def answer_run(options: argparse.Namespace) -> Answer:
    """Run the points; returns how the sweep stands, and the exit code."""
    from dendrolith.sweeps.engine import How, run_sweep
    from dendrolith.sweeps.folder import open_sweep
    from dendrolith.sweeps.status import sweep_status

    folder = open_sweep(options.folder)
    how = How(options.cores, options.slurm, options.again, tuple(options.snakemake))
    code = run_sweep(folder, how, _say)
    return sweep_status(folder), code


def _say(line: str) -> None:
    """A line of progress, as far as somebody reads it: `dendrolith sweep run … 2>&1 | head`."""
    with contextlib.suppress(BrokenPipeError):
        sys.stderr.write(f"{clock.strftime('%H:%M:%S')}  {line}\n")
        sys.stderr.flush()


def answer_status(options: argparse.Namespace) -> Answer:
    """The state of a sweep; with --live until it is over."""
    from dendrolith.sweeps.folder import open_sweep
    from dendrolith.sweeps.status import is_over, sweep_status

    folder = open_sweep(options.folder)
    while options.live and not is_over(folder):
        clear = "\x1b[H\x1b[J" if sys.stdout.isatty() else ""
        if not print_answer(f"{clear}{sweep_status(folder)}"):
            return ""
        clock.sleep(LIVE)
    return sweep_status(folder, as_json=options.json)


def answer_collect(options: argparse.Namespace) -> Answer:
    """Write the table; returns the files."""
    from dendrolith.sweeps.collect import collect, write_table
    from dendrolith.sweeps.folder import open_sweep

    folder = open_sweep(options.folder)
    return "\n".join(f"{path} is written" for path in write_table(folder, collect(folder)))


def answer_report(options: argparse.Namespace) -> Answer:
    """Write the page; returns it."""
    from dendrolith.sweeps.folder import open_sweep
    from dendrolith.sweeps.report import make_sweep_report

    return f"{make_sweep_report(open_sweep(options.folder), options.out)} is written"


def answer_start(options: argparse.Namespace) -> Answer:
    """Compute one point."""
    from dendrolith.sweeps.folder import open_sweep
    from dendrolith.sweeps.start import start

    return "", start(open_sweep(options.folder), options.point)


def answer_warm(options: argparse.Namespace) -> Answer:
    """Compile what the points need."""
    from dendrolith.sweeps.folder import open_sweep
    from dendrolith.sweeps.start import warm

    warm(open_sweep(options.folder))
    return ""


def answer_submit(options: argparse.Namespace) -> Answer:
    """Write a batch script and submit it; returns both."""
    from dendrolith.sweeps.submit import Job, submit

    job = Job(
        options.config, tuple(options.overrides), options.out, options.ranks, options.time,
        options.launcher, tuple(options.sbatch),
    )  # fmt: skip
    return submit(job, dry_run=options.dry_run)
