"""One page on a ladder: the errors of an input, its numbers with their bars, diagrams, rungs."""

from __future__ import annotations

import functools

from markupsafe import Markup

from dendrolith.convergence import charts
from dendrolith.convergence.extrapolation import IN_WORDS
from dendrolith.convergence.measure import Convergence
from dendrolith.convergence.table import kind_of, notes, number_rows, rung_rows
from dendrolith.core.formats import typeset
from dendrolith.core.version import VERSION
from dendrolith.results.page_templates import page_templates
from dendrolith.results.report.charts import svg


def page(found: Convergence) -> str:
    """The page, in one file that asks nothing of any network."""
    environment = page_templates("dendrolith.convergence")
    environment.filters["typeset"] = typeset
    runs = found.runs
    drawn = [observed for observed in found.observables if charts.kept(observed)]
    errors = [error for o in drawn if (error := o.relative(o.error)) is not None]
    kinds = dict.fromkeys(kind for o in found.observables if (kind := kind_of(o)))
    return environment.get_template("page.html.jinja").render(
        title=runs.config.title or runs.name,
        name=runs.name,
        study=runs.study.name,
        symbol=runs.ladder.together.symbol,
        version=VERSION,
        done=len(found.rungs) - len(found.failed),
        failed=len(found.failed),
        wall=f"{sum(state.wall for state in found.states):.0f}",
        worst=f"{100 * max(errors, key=abs):+.2g} %" if errors else "",
        numbers=number_rows(found),
        rungs=rung_rows(found),
        held=runs.held,
        kinds=[(kind, IN_WORDS[kind]) for kind in kinds],
        notes=notes(found),
        diagrams=[
            (
                observed.label,
                charts.in_words(observed),
                Markup(
                    svg(
                        observed.label,
                        functools.partial(charts.draw, observed=observed, found=found),
                    )
                ),
            )
            for observed in drawn
        ],
        path=str(found.path),
        levels=sum(rung.apart is None for rung in found.rungs),
    )
