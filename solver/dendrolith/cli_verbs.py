"""The verbs that print an answer: each takes the options of the command line, returns the text.

They load what they need when they are called: a quick answer is not to wait for DOLFINx.
"""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dendrolith.core.errors import EXIT_CONFIG, EXIT_DONE, ConfigError, DendrolithError

STDOUT = Path("-")  # instead of a file: print it


def whole_number(least: int) -> Callable[[str], int]:
    """Reader of whole numbers of the command line, from `least` on."""

    def read(text: str) -> int:
        number = int(text)
        if number < least:
            raise argparse.ArgumentTypeError(f"{text}: must be at least {least}")
        return number

    read.__name__ = "whole number"
    return read


def answer_check(options: argparse.Namespace) -> str:
    """What a config means, where a run would take it."""
    from dendrolith.networks.register import input_of, load
    from dendrolith.studies.check import check

    config = load(options.config, options.overrides)
    study = input_of(config)
    if options.out or options.resume:
        _check_folder(config, options)
    return check(study, config, untried=study.rehearse(config), legend=options.legend)


def _check_folder(config: Any, options: argparse.Namespace) -> None:
    """Refuse a run directory as a run with the same options does."""
    from mpi4py import MPI

    from dendrolith.results.checkpoint import refuse_unsound
    from dendrolith.results.resume import check_changes
    from dendrolith.results.run_directory import check_folder, check_resume

    if not options.resume:
        check_folder(MPI.COMM_SELF, options.out)
        return
    folder = check_resume(options.out, options.config.stem)
    if (folder / "config.yaml").exists():
        check_changes(folder, config, options.allowed)
        refuse_unsound(folder / "checkpoints")


def answer_init(options: argparse.Namespace) -> str:
    """Write a commented input file; returns where, or the input itself for `-`."""
    from dendrolith.config.starter import starter
    from dendrolith.networks.register import INPUTS
    from dendrolith.results.new_file import write_new
    from dendrolith.studies.register import study_named

    study = study_named(options.study, INPUTS)
    text = starter(study.config, study.starter())
    if options.file == STDOUT:
        return text.rstrip("\n")
    write_new(options.file, text)
    return f"{options.file} is written; next: dendrolith check {options.file}"


def answer_reference(options: argparse.Namespace) -> str:
    """Manual of the keys of a study."""
    from dendrolith.config.reference import reference
    from dendrolith.networks.register import INPUTS
    from dendrolith.studies.register import study_named

    return reference(study_named(options.study, INPUTS).config, options.section)


def answer_schema(options: argparse.Namespace) -> str:
    """JSON Schema of an input."""
    from dendrolith.config.json_schema import json_schema
    from dendrolith.networks.register import INPUTS
    from dendrolith.studies.register import study_named

    schema = json_schema(study_named(options.study, INPUTS).config)
    return json.dumps(schema, indent=2, ensure_ascii=False)


def answer_cite(options: argparse.Namespace) -> str:
    """The papers behind a config."""
    from dendrolith.config.citations import citation_list
    from dendrolith.networks.register import input_of, load

    config = load(options.config, options.overrides)
    return citation_list(config, input_of(config).sources(config), bibtex=options.bibtex)


def answer_status(options: argparse.Namespace) -> tuple[str, int]:
    """How runs and sweeps are doing, one after another."""
    from dendrolith.results.status import status
    from dendrolith.sweeps.folder import is_sweep, open_sweep
    from dendrolith.sweeps.status import sweep_status

    said: dict[str, str] = {}
    problems = []
    for folder in options.runs:
        try:
            said[str(folder)] = (
                sweep_status(open_sweep(folder), as_json=options.json)
                if is_sweep(folder)
                else status(folder, as_json=options.json)
            )
        except ConfigError as error:
            problems += error.problems
    if not said:
        raise ConfigError(*problems)
    sys.stderr.writelines(f"error: {problem}\n" for problem in problems)
    answer = "\n".join(said.values())
    if options.json and len(options.runs) > 1:
        answer = json.dumps({name: json.loads(facts) for name, facts in said.items()}, indent=2)
    return answer, EXIT_CONFIG if problems else EXIT_DONE


def answer_classify(options: argparse.Namespace) -> str:
    """Class of a run or of a measured trace."""
    from dendrolith.results.run_trace import read_trace
    from dendrolith.traces.reading import Choice
    from dendrolith.traces.shorts.measured import verdict_of

    trace = read_trace(options.trace, Choice(options.time, options.signal, options.kind))
    verdict = verdict_of(trace)
    said = f"{options.trace}: {verdict}"
    if options.plot is not None:
        from dendrolith.traces.picture import draw_trace

        draw_trace(options.plot, trace, verdict.events, said.partition("\n")[0])
        said += f"\n  picture in {options.plot}"
    return json.dumps(verdict.as_dict(), indent=2) if options.json else said


def answer_network(options: argparse.Namespace) -> str:
    """Compute an ensemble of networks and make its page; returns what was found."""
    from dendrolith.networks.register import load
    from dendrolith.networks.run import run_network
    from dendrolith.networks.study import NETWORK

    config = load(options.config, options.overrides)
    if config.study != NETWORK.name:
        raise ConfigError(f"{options.config}: dendrolith run computes this input")
    folder = options.out or Path("runs") / options.config.stem
    return run_network(config, folder, options.workers or len(os.sched_getaffinity(0)))


def answer_weibull(options: argparse.Namespace) -> str:
    """Weibull statistics of measured critical currents."""
    from dendrolith.networks.ccd_table import read_currents
    from dendrolith.networks.weibull_report import report_weibull

    table = read_currents(options.table, options.column)
    try:
        found = report_weibull(table.data, table.unit, options.seed, table.reference_area)
    except ConfigError as error:
        raise ConfigError(*(f"{options.table}: {why}" for why in error.problems)) from None
    said = f"{options.table}: {found}"
    if options.plot is not None:
        from dendrolith.networks.figures import weibull_plot
        from dendrolith.results.figure_page import save_figure

        save_figure(weibull_plot(found), options.plot)
        said += f"\n  picture in {options.plot}"
    return json.dumps(found.as_dict(), indent=2, ensure_ascii=False) if options.json else said


def answer_join(options: argparse.Namespace) -> str:
    """Join the fields of a resumed run; returns the files."""
    from dendrolith.results.join_fields import join_fields

    return "\n".join(f"{path} is written" for path in join_fields(options.run))


def answer_report(options: argparse.Namespace) -> str:
    """Make the page of runs; returns the files."""
    from dendrolith.results.report.report import make_report

    made = make_report(
        options.runs, options.out, animation=options.animation, figures=options.figures
    )
    for warning in made.warnings:
        sys.stderr.write(f"warning: {warning}\n")
    return "\n".join(f"{path} is written" for path in made.paths)


def answer_doctor(_: argparse.Namespace) -> str:
    """Examine this machine."""
    from dendrolith.doctor import BAD, examine

    findings = examine()
    bad = sum(finding.verdict == BAD for finding in findings)
    said = "\n".join(str(finding) for finding in findings)
    if bad:
        raise DendrolithError(f"{bad} of {len(findings)} checks failed\n{said}")
    return said


def answer_completion(options: argparse.Namespace) -> str:
    """Code for a shell."""
    import argcomplete

    return str(argcomplete.shellcode(["dendrolith"], shell=options.shell))
