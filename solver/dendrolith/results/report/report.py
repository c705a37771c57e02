"""One page on a run, or on several side by side: all that a group meeting asks for, in one file."""

from __future__ import annotations

import base64
import functools
import math
import re
import shlex
import tempfile
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import jinja2
from markupsafe import Markup

from dendrolith import __version__
from dendrolith.config.citations import citations
from dendrolith.core.bibliography import PAPERS
from dendrolith.core.errors import ConfigError
from dendrolith.results.new_file import replace
from dendrolith.results.pictures import COLOUR_MAP, COLOUR_MAPS, PHASES, shown
from dendrolith.results.report import charts, tables
from dendrolith.results.report.animation import NAME as FILM
from dendrolith.results.report.animation import animate
from dendrolith.results.report.draw import QUANTITIES, VIEW, Request
from dendrolith.results.report.figures import draw_figures
from dendrolith.results.report.off_screen import Drawn, Made, draw_off_screen
from dendrolith.results.report.profile import profile
from dendrolith.results.report.run_data import Run, number, read_runs
from dendrolith.studies.plating import check, summary
from dendrolith.studies.plating.field_table import FIELDS
from dendrolith.studies.plating.temperature import at_temperature

_GREEK = {
    "xi": "ξ", "phi": "φ", "sigma": "σ", "eta": "η", "alpha": "α", "kappa": "κ", "rho": "ρ",
    "gamma": "γ", "chi": "χ", "delta": "δ", "mu": "μ", "grad": "∇", "um": "µm", "Ohm": "Ω",
}  # fmt: skip
_SPELLED = re.compile(rf"(?<![A-Za-z])({'|'.join(_GREEK)})(?![A-Za-z])")

TIMES = 4  # columns of pictures of one run
WIDTH = 640  # of a picture [pixels]
STRESSES = ("pressure", "von_mises")
LARGEST_FILM = 4e6  # bytes that are put into the page


@dataclass(frozen=True, slots=True)
class Picture:
    """One field at one time: data URI, words for those who do not see it, and its scale bar."""

    source: str
    words: str
    caption: str
    bar_share: float = 0.0
    bar_text: str = ""


@dataclass(frozen=True, slots=True)
class Strip:
    """Pictures of one quantity with one colour bar: (lowest, highest, unit, CSS gradient)."""

    title: str
    pictures: list[Picture]
    scale: tuple[str, str, str, str] | None = None
    phases: list[tuple[str, str]] = field(default_factory=list)
    large: bool = False


def make_report(
    paths: list[Path], out: Path | None = None, *, animation: bool = False, figures: bool = False
) -> Made:
    """Write the page, and on request an animation and figures for papers of each run.

    Args:
        paths: run directories; several are set side by side.
        out: the page; by default ``report.html`` in the directory of the one run, or here.
        animation: also make ``animation.gif`` in each run directory.
        figures: also make ``figures/`` in each run directory.

    Raises:
        ConfigError: a folder is not that of a run, or the page cannot be written.
    """
    runs = read_runs(paths)
    made = Made()
    target = out or (paths[0] if len(paths) == 1 else Path()) / "report.html"
    if not target.parent.is_dir():
        raise ConfigError([f"{target}: there is no folder {target.parent}: choose another --out"])
    for run in runs:
        if animation:
            made.add(animate(run))
        if figures:
            made.add(draw_figures(run))
    films = [path for path in made.paths if path.name == FILM]
    with tempfile.TemporaryDirectory(prefix="dendrolith-report-") as folder:
        count = TIMES if len(runs) == 1 else 1
        request = Request(
            [str(run.path) for run in runs], count, [VIEW, *QUANTITIES], "pyvista", WIDTH
        )
        drawn = draw_off_screen(request, Path(folder))
        made.warnings += drawn.problems
        page = _page(runs, drawn, films)
    try:
        replace(target, page)
    except OSError as error:
        raise ConfigError(
            [f"{target}: cannot be written ({error.strerror or error}): choose another --out"]
        ) from None
    made.paths.insert(0, target)
    made.warnings = list(dict.fromkeys(made.warnings))
    return made


def _page(runs: list[Run], drawn: Drawn, films: list[Path]) -> str:
    environment = jinja2.Environment(
        loader=jinja2.PackageLoader("dendrolith.results.report", "."), autoescape=True,
        undefined=jinja2.StrictUndefined, trim_blocks=True, lstrip_blocks=True,
    )  # fmt: skip
    strips = _strips(runs, drawn)
    return environment.get_template("page.html.jinja").render(
        title=_title_of(runs),
        version=__version__,
        runs=[_told(run) for run in runs],
        names=[run.name for run in runs],
        tables={name: tables.table(name, runs) for name in tables.TABLES},
        differences=tables.differences(runs) if len(runs) > 1 else [],
        charts={group: _charts(group, runs) for group in (*charts.GROUPS, "further")},
        layers=_profile(runs),
        morphology=[strip for name, strip in strips.items() if name not in STRESSES],
        stresses=[strip for name, strip in strips.items() if name in STRESSES],
        films=[_film(film) for film in films if film.stat().st_size <= LARGEST_FILM],
        papers=_papers(runs),
        problems=drawn.problems,
        excursions=[(run.name, run.short_circuit) for run in runs if run.short_circuit],
        number=number,
    )


def _title_of(runs: list[Run]) -> str:
    titles = {run.config.title for run in runs if run.config is not None and run.config.title}
    if len(titles) == 1:
        return titles.pop()
    return f"{len(runs)} runs" if len(runs) > 1 else runs[0].name


def _commands(run: Run, commit: str | None) -> list[str]:
    """What to type for the same run."""
    words = ["mpirun", "-n", str(_ranks(run))] if _ranks(run) > 1 else []
    words += ["dendrolith", "run", f"{run.path}/config.yaml", "--out", f"{run.path}-again"]
    first = [f"git checkout {commit}"] if commit else []
    return [*first, shlex.join(["./env.sh", "run", *words])]


def _told(run: Run) -> dict[str, Any]:
    """What the template says of one run in words."""
    config = run.config
    described = summary.describe(config, _ranks(run)).splitlines()[1:] if config else []
    manifest = run.manifests[-1] if run.manifests else {}
    git = manifest.get("git") or {}
    facts = [(key, manifest[key]) for key in ("dendrolith", "dolfinx", "petsc4py", "mpi", "python")
             if key in manifest]  # fmt: skip
    return {
        "name": run.name,
        "path": str(run.path),
        "facts": run.facts,
        "missing": run.missing,
        "described": _pairs([line for line in described if " note: " not in line]),
        "notes": [_typeset(line.partition("note: ")[2]) for line in described if " note: " in line],
        "equations": _pairs(check.equations(config)) if config else [],
        "numbers": [tuple(map(_typeset, pair)) for pair in check.numbers(at_temperature(config))]
        if config
        else [],
        "commands": _commands(run, git.get("commit")),
        "changed": bool(git.get("uncommitted_changes")),
        "manifest": manifest,
        "versions": facts,
        "starts": len(run.manifests),
        "ranks": _ranks(run),
        "config_text": run.config_text,
    }


def _typeset(text: str) -> str:
    """Letters and powers as they are printed, for what the terminal spells out."""
    text = _SPELLED.sub(lambda found: _GREEK[found.group()], text)
    return text.replace("^2", "²").replace("^3", "³").replace(" x ", " × ")


def _pairs(lines: list[str]) -> list[list[str]]:
    """(first word, rest) of lines such as ``control  0.1 V``."""
    return [_typeset(line).split(None, 1) for line in lines]


def _ranks(run: Run) -> int:
    return int(run.manifests[-1].get("ranks", 1)) if run.manifests else 1


def _charts(group: str, runs: list[Run]) -> list[tuple[str, str, Markup]]:
    """(title, description, drawing) of each chart."""
    return [
        (chart.title, charts.describe(chart, runs), Markup(charts.svg(chart.title, drawing)))
        for chart in charts.charts_of(group, runs)
        for drawing in [functools.partial(charts.plot, chart=chart, runs=runs)]
    ]


def _profile(runs: list[Run]) -> list[tuple[str, str, Markup]]:
    """The layers, where a run has them."""
    found = profile(runs)
    return [(found[0], found[1], Markup(found[2]))] if found else []


def _papers(runs: list[Run]) -> list[tuple[str, str, str]]:
    """(reasons, paper, DOI) of all runs."""
    reasons: dict[str, list[str]] = {}
    for run in runs:
        for key, whys in citations(run.config).items() if run.config else ():
            known = reasons.setdefault(key, [])
            known += [why for why in whys if why not in known]
    return [
        (", ".join(whys), str(PAPERS[key]).partition(". https://doi.org/")[0], PAPERS[key].doi)
        for key, whys in reasons.items()
    ]


def _strips(runs: list[Run], drawn: Drawn) -> dict[str, Strip]:
    """Quantity → its pictures."""
    strips = {}
    for name in (VIEW, *QUANTITIES):
        pictures = [
            _picture(runs, drawn, place, name)
            for place, shot in enumerate(drawn.shots)
            if name in shot.quantities
        ]
        if pictures:
            strips[name] = Strip(
                _title(name), pictures, _scale(name, drawn), _phases(name, drawn),
                large=name in (VIEW, "label"),
            )  # fmt: skip
    return strips


def _title(name: str) -> str:
    words = {VIEW: "lithium and pores, with the mid-plane", "label": "morphology"}
    said = words.get(name) or FIELDS[name].meaning
    return said[0].upper() + said[1:]


def _picture(runs: list[Run], drawn: Drawn, place: int, name: str) -> Picture:
    shot = drawn.shots[place]
    when = f"t = {number(shot.time)} s"
    caption = when if len(runs) == 1 else f"{runs[shot.run].name}, {when}"
    where = f", {shot.plane}" if shot.plane and name != VIEW else ""
    source = _data(drawn.path(place, name).read_bytes(), "png")
    words = f"{_title(name)} at {when} of run {runs[shot.run].name}{where}"
    if name == VIEW:
        return Picture(source, words, caption + _extents(runs[shot.run]))
    length = _round_length(0.3 * shot.width)
    return Picture(
        source, words, caption + where, 100 * length / shot.width, f"{number(1e6 * length)} µm"
    )


def _extents(run: Run) -> str:
    """Size of the cell: a view in perspective has no scale."""
    if run.config is None:
        return ""
    return f", {' × '.join(number(1e6 * e) for e in run.config.geometry.extents)} µm"


def _round_length(about: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not longer."""
    power = 10.0 ** math.floor(math.log10(about))
    return max(power * step for step in (1, 2, 5) if power * step <= about * (1 + 1e-12))


def _scale(name: str, drawn: Drawn) -> tuple[str, str, str, str] | None:
    if name not in drawn.spans:
        return None
    import matplotlib as mpl

    low, high = drawn.spans[name]
    colours = mpl.colormaps[COLOUR_MAPS.get(name, COLOUR_MAP)].resampled(12)
    stops = ", ".join(mpl.colors.to_hex(colours(place)) for place in range(12))
    unit = shown(name)[1]
    ends = [number(0.0 if abs(end) < 1e-3 * (high - low) else end, 3) for end in (low, high)]
    return ends[0], ends[1], "" if unit == "1" else unit, stops


def _phases(name: str, drawn: Drawn) -> list[tuple[str, str]]:
    if name not in ("label", VIEW):
        return []
    seen = {phase for shot in drawn.shots for phase in shot.phases}
    hidden = {"electrolyte", "filled pore"} if name == VIEW else set()
    return [(phase, colour) for phase, colour in PHASES.items() if phase in seen - hidden]


def _film(path: Path) -> tuple[str, str]:
    """Data URI and words of an animation."""
    return _data(path.read_bytes(), "gif"), f"Animation of run {path.parent.name}"


def _data(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
