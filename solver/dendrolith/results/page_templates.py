"""Templates of the pages that dendrolith writes."""

from __future__ import annotations

import jinja2


def page_templates(*packages: str) -> jinja2.Environment:
    """Templates beside the modules of `packages`, then those that all pages share.

    What a template names and nobody gave is an error.
    """
    homes = (*packages, "dendrolith.results.report")
    return jinja2.Environment(
        loader=jinja2.ChoiceLoader([jinja2.PackageLoader(home, ".") for home in homes]),
        autoescape=True,
        undefined=jinja2.StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
