"""What an input means before anything is built: equations, size, and the numbers that decide."""

from __future__ import annotations

from typing import Any

from dendrolith.studies.study import Study

WIDTH = 26  # of the name of a number
EQUATION_WIDTH = 11  # of the name of an equation


def check(study: Study, config: Any) -> str:
    """The whole report, of an input that a run would take.

    Args:
        study: whose input it is.
        config: the input.

    Raises:
        ConfigError: a run would refuse it before its first step.
    """
    untried, accuracy = study.rehearse(config), study.accuracy(config)
    return "\n".join(
        [
            *study.describe(config, ranks=1),
            *(f"  note: {note}" for note in untried),
            "equations",
            *_table(study.equations(config), EQUATION_WIDTH),
            "size and cost",
            *_table(study.size(config)),
            "numbers",
            *_table(study.numbers(config)),
            *(["discretisation error", *_table(accuracy)] if accuracy else []),
        ]
    )


def _table(rows: list[tuple[str, str]], width: int = WIDTH) -> list[str]:
    return [f"  {name:<{width}} {value}" for name, value in rows]
