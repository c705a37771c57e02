"""PETSc options from an input file: what tunes a solver, and nothing that reaches beyond it.

PETSc's options can write files, load libraries and run Python. What is not on the lists below is
refused, names and values alike.
"""

from __future__ import annotations

import re
import shlex

PREFIXES = ("charge_", "coupled_", "lithium_", "elastic_")
_SEVERAL_FIELDS = ("charge_", "coupled_")

_WORDS = {
    "ksp_type": "cg fcg gmres fgmres lgmres gcr minres bcgs tfqmr richardson chebyshev preonly",
    "pc_type": "none jacobi pbjacobi bjacobi sor ilu icc asm lu cholesky hypre gamg fieldsplit",
    "ksp_norm_type": "none preconditioned unpreconditioned natural",
    "ksp_pc_side": "left right symmetric",
    "pc_fieldsplit_type": "additive multiplicative symmetric_multiplicative",
    "pc_factor_mat_solver_type": "mumps petsc superlu_dist",
    "pc_hypre_type": "boomeramg euclid pilut",
    "snes_linesearch_type": "basic bt l2 cp",
}
# names whose values are numbers, true, false or a word of letters, such as a coarsening
_TUNED = re.compile(
    r"ksp_(rtol|atol|divtol|max_it|gmres_restart|gmres_modifiedgramschmidt|chebyshev_\w+)"
    r"|pc_hypre_boomeramg_(?!print|debug|write)\w+"
    r"|pc_gamg_\w+|pc_mg_(levels|type|cycle_type)|pc_factor_(levels|fill|shift_type|shift_amount)"
    r"|pc_sor_(omega|its|lits)|pc_asm_overlap|pc_jacobi_type"
    r"|mat_mumps_(icntl_(?!22\b)\d{1,2}|cntl_\d)"  # 22 writes the factors to disk
    r"|snes_(max_it|linesearch_(damping|max_it|order))"
)
_SHOWN = re.compile(r"(ksp|snes)_(monitor|converged_reason|view)")  # to the terminal: no value
_INNER = re.compile(r"(fieldsplit_\d_|mg_levels_(\d+_)?|mg_coarse_|sub_)*")
_VALUE = re.compile(r"[-+]?[\w.+]+(-[\w.]+)*")


def petsc_options(text: str) -> dict[str, str | None]:
    """Options by their name without the dash; None where an option has no value.

    Args:
        text: as on PETSc's command line, ``"-charge_ksp_rtol 1e-9 -elastic_ksp_monitor"``.

    Raises:
        ValueError: an option that is not on the lists, with what is allowed.
    """
    options: dict[str, str | None] = {}
    name = ""
    for word in shlex.split(text):
        if re.match(r"-[A-Za-z]", word):
            name = word[1:]
            options[name] = None
        elif not name or options[name] is not None:
            raise ValueError(f"{word} does not belong to an option: write -name value")
        else:
            options[name] = word
    for name, value in options.items():
        _check(name, value)
    return options


def tuned(
    defaults: dict[str, str | int | float], prefix: str, text: str
) -> dict[str, str | int | float]:
    """`defaults` of the solver with `prefix`, changed as the input says; the text must be valid."""
    wanted = {
        name.removeprefix(prefix): "" if value is None else value
        for name, value in petsc_options(text).items()
        if name.startswith(prefix)
    }
    return {**defaults, **wanted}


def _check(name: str, value: str | None) -> None:
    prefix = next((p for p in PREFIXES if name.startswith(p)), None)
    if prefix is None:
        raise ValueError(f"-{name} must begin with one of -{', -'.join(PREFIXES)}")
    rest = name.removeprefix(prefix)
    inner = _INNER.match(rest)
    stem = rest[inner.end() :] if inner else rest
    if stem in _WORDS:
        words = _words(stem, splits=rest == stem and prefix in _SEVERAL_FIELDS)
        if value not in words:
            raise ValueError(f"-{name} must be one of {', '.join(words)}")
    elif _SHOWN.fullmatch(stem):
        if value is not None:
            raise ValueError(f"-{name} goes to the terminal and takes no value")
    elif not _TUNED.fullmatch(stem):
        raise ValueError(f"-{name} is not an option that tunes a solver")
    elif value is None or not _VALUE.fullmatch(value):
        raise ValueError(f"-{name} needs a number or a word")


def _words(stem: str, *, splits: bool) -> list[str]:
    """What may stand behind an option; where there is one field, nothing can be split."""
    return [word for word in _WORDS[stem].split() if splits or word != "fieldsplit"]
