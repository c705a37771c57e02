"""What an input means before anything is built: equations, size, and the numbers that decide."""

from __future__ import annotations

from typing import Any

from dendrolith.studies.study import Study

WIDTH = 26  # of the name of a number
EQUATION_WIDTH = 11  # of the name of an equation


def check(study: Study, config: Any) -> str:
    """The whole report; builds no mesh and compiles nothing.

    Args:
        study: whose input it is.
        config: the input.
    """
    accuracy = study.accuracy(config)
    return "\n".join(
        [
            *study.describe(config, ranks=1),
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
