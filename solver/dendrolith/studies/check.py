"""What an input means before anything is built: equations, size, and the numbers that decide."""

from __future__ import annotations

import textwrap
from collections.abc import Mapping, Sequence
from typing import Any

from dendrolith.studies.study import Study

WIDTH = 26  # of the name of a number
EQUATION_WIDTH = 11  # of the name of an equation
PAGE = 100  # characters of a line of the legend
HINT = "what each number means: dendrolith check --legend"

Rows = list[tuple[str, str]]


def check(study: Study, config: Any, *, untried: Sequence[str] = (), legend: bool = False) -> str:
    """The whole report.

    Args:
        study: whose input it is.
        config: the input.
        untried: what its rehearsal could not try.
        legend: below each line, what it means.
    """
    accuracy, words = study.accuracy(config), study.legend if legend else {}
    return "\n".join(
        [
            *(line for said in study.describe(config, ranks=1) for line in _explained(said, words)),
            *(f"  note: {note}" for note in untried),
            "equations",
            *_table(study.equations(config), {}, EQUATION_WIDTH),
            "size and cost",
            *_table(study.size(config), words),
            "numbers",
            *_table(study.numbers(config), words),
            *(["discretisation error", *_table(accuracy, words)] if accuracy else []),
            *([HINT] if study.legend and not legend else []),
        ]
    )


def _table(rows: Rows, words: Mapping[str, str], width: int = WIDTH) -> list[str]:
    lines = [f"  {name:<{width}} {value}" for name, value in rows]
    return [text for line in lines for text in _explained(line, words)]


def _explained(line: str, words: Mapping[str, str]) -> list[str]:
    """A line, and what its name means, the longest name that it begins with."""
    named = max((name for name in words if line.strip().startswith(name)), key=len, default="")
    indent = " " * 6
    text = textwrap.wrap(
        words.get(named, ""), PAGE, initial_indent=indent, subsequent_indent=indent
    )
    return [line, *text]
