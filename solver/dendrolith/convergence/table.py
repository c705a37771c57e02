"""The table of a ladder as rows and as text for a terminal."""

from __future__ import annotations

import math

from dendrolith.convergence.extrapolation import IN_WORDS, OBSERVED
from dendrolith.convergence.measure import Convergence, Observed

NOTHING = "-"


def as_text(found: Convergence) -> str:
    """The rungs, the table with a bar for each limit, and what the bars mean."""
    runs = found.runs
    lines = [f"{runs.name}: {runs.study.name}, errors of discretisation", "held"]
    lines += [f"  {key:<40} {value}" for key, value in runs.held] or ["  nothing is named"]
    lines += ["rungs", *_aligned(rung_rows(found)), "numbers", *_aligned(number_rows(found))]
    marks = list(dict.fromkeys(kind for o in found.observables if (kind := kind_of(o))))
    lines += [f"  [{kind}] {IN_WORDS[kind]}" for kind in marks if kind != OBSERVED]
    lines += [f"  note: {sentence}" for sentence in notes(found)]
    return "\n".join(lines)


def notes(found: Convergence) -> list[str]:
    """What is to be known of the table, a sentence each."""
    together, apart = found.runs.ladder.together, found.runs.ladder.apart
    said = [
        f"Error: the input's value less the limit of {together.symbol} to 0, over the limit. "
        f"Schemes have order {together.order:g}."
    ]
    if apart:
        each = " and ".join(f"{part.symbol} (order {part.order:g})" for part in apart)
        said.append(f"Parts of {each}: from one run each with that alone refined.")
    said += found.runs.ladder.notes
    said += [f"The rung '{rung.label}' has no result: {why}." for rung, why in found.failed]
    if len(found.versions) > 1:
        cure = "begin in another folder to compare like with like"
        said.append(f"Several versions made these runs ({', '.join(found.versions)}): {cure}.")
    if found.unseen:
        said.append(f"No run has: {', '.join(found.unseen)}.")
    return said


def kind_of(observed: Observed) -> str:
    """How the limit was found; empty where there is none."""
    return "" if observed.estimate is None else observed.estimate.kind


def rung_rows(found: Convergence) -> list[list[str]]:
    """Head and a row for each rung: what it refines, how it ended, what it took."""
    keys = list(found.rungs[0].values)
    words = [key.rpartition(".")[2] for key in keys]
    names = words if len(set(words)) == len(words) else keys
    rows = [["", *names, "state", "steps", "wall [s]"]]
    for rung, state in zip(found.rungs, found.states, strict=True):
        facts = [state.state, str(state.steps), f"{state.wall:.0f}"]
        rows.append([rung.label, *(rung.values[key] for key in keys), *facts])
    return rows


def number_rows(found: Convergence) -> list[list[str]]:
    """Head and a row for each observable."""
    ladder = found.runs.ladder
    parts = [f"of {part.symbol}" for part in ladder.apart]
    rest = [f"of {ladder.rest}"] if ladder.rest else []
    rows = [["", "unit", "input", "finest", "limit", "bar", "order", "error", *parts, *rest]]
    for observed in found.observables:
        parts_found = [*observed.parts.values(), *([observed.rest] if rest else [])]
        rows.append(
            [
                observed.label,
                observed.unit,
                _number(observed.values[0]),
                _number(observed.values[-1]),
                *_estimated(observed),
                _with_bar(observed),
                *(_error(observed, part) for part in parts_found),
            ]
        )
    return rows


def _estimated(observed: Observed) -> list[str]:
    """Limit, bar and order of an observable."""
    estimate = observed.estimate
    if estimate is None:
        return [NOTHING] * 3
    order = NOTHING if estimate.order is None else f"{estimate.order:.2f}"
    mark = "" if estimate.kind == OBSERVED else f" [{estimate.kind}]"
    bar = NOTHING if math.isnan(estimate.bar) else f"{estimate.bar:.2g}"
    return [_number(estimate.limit), bar, f"{order}{mark}".removeprefix(f"{NOTHING} ")]


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.5g}"


def _with_bar(observed: Observed) -> str:
    """The error of the input with the bar of the limit."""
    error, estimate = _error(observed, observed.error), observed.estimate
    if estimate is None or not estimate.bar > 0 or not error.endswith("%"):
        return error
    return f"{error[:-2]} ± {100 * estimate.bar / abs(estimate.limit):.2g} %"


def _error(observed: Observed, error: float | None) -> str:
    """An error in per cent of the limit; in its unit where there is no limit to divide by."""
    if not error:
        return NOTHING if error is None else "0"
    relative = observed.relative(error)
    if relative is not None:
        return f"{100 * relative:+.2g} %"
    unit = "" if observed.unit == "1" else observed.unit
    return f"{error:+.2g} {unit}".rstrip()


def _aligned(rows: list[list[str]]) -> list[str]:
    """Rows with their columns below each other; the first goes to the left."""
    widths = [max(len(row[k]) for row in rows) for k in range(len(rows[0]))]
    return [
        "  "
        + "  ".join(
            cell.ljust(width) if k == 0 else cell.rjust(width)
            for k, (cell, width) in enumerate(zip(row, widths, strict=True))
        ).rstrip()
        for row in rows
    ]
