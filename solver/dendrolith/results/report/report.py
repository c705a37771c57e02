"""One page on a run, or on several side by side: all that a group meeting asks for, in one file.

What is drawn and listed is declared by the study of each run; runs of several studies share a page.
"""

from __future__ import annotations

import base64
import functools
import math
import shlex
import tempfile
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from markupsafe import Markup

from dendrolith.config.citations import citations
from dendrolith.core.bibliography import PAPERS
from dendrolith.core.errors import ConfigError
from dendrolith.core.formats import format_number, typeset
from dendrolith.core.version import VERSION
from dendrolith.observables.show import Show
from dendrolith.results.new_file import replace
from dendrolith.results.page_templates import page_templates
from dendrolith.results.pictures import COLOUR_MAP, unit_of
from dendrolith.results.report import charts, tables
from dendrolith.results.report.animation import NAME as FILM
from dendrolith.results.report.animation import animate
from dendrolith.results.report.draw import VIEW, Request
from dendrolith.results.report.figures import draw_figures
from dendrolith.results.report.impedance import impedance_charts, impedance_rows
from dendrolith.results.report.off_screen import RenderedFields, ReportFiles, draw_off_screen
from dendrolith.results.report.profile import draw_profile
from dendrolith.results.report.run_data import Run, read_runs
from dendrolith.studies.study import Study

STRESS = "stress"  # group that has the fields of stress
COMMON_CHARTS = ("series", charts.SOLVER, charts.FURTHER)
TIMES = 4  # columns of pictures of one run
WIDTH = 640  # of a picture [pixels]
LARGEST_FILM = 4e6  # bytes that are put into the page
# Keys of a manifest; dendritex is what the program was called before.
PROGRAMS = ("dendrolith", "dendritex")
SOFTWARE = (*PROGRAMS, "dolfinx", "petsc4py", "mpi", "python")


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


@dataclass(frozen=True, slots=True)
class Part:
    """A part of the page beside those that every run has: a group of charts, numbers, fields."""

    name: str
    title: str
    rows: list[tables.Row]
    strips: list[Strip]
    charts: list[tuple[str, str, Markup]]


def make_report(
    paths: list[Path], out: Path | None = None, *, animation: bool = False, figures: bool = False
) -> ReportFiles:
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
    made = ReportFiles()
    target = out or (paths[0] if len(paths) == 1 else Path()) / "report.html"
    if not target.parent.is_dir():
        raise ConfigError(f"{target}: there is no folder {target.parent}: choose another --out")
    for run in runs:
        if animation:
            made.add(animate(run))
        if figures:
            made.add(draw_figures(run))
    films = [path for path in made.paths if path.name == FILM]
    with tempfile.TemporaryDirectory(prefix="dendrolith-report-") as folder:
        show = Show.joined(run.show for run in runs)
        count = TIMES if len(runs) == 1 else 1
        paths_of_runs = [str(run.path) for run in runs]
        request = Request(paths_of_runs, count, [VIEW, *show.drawn], "pyvista", WIDTH)
        drawn = draw_off_screen(request, Path(folder))
        made.warnings += drawn.problems
        page = _page(runs, show, drawn, films)
    try:
        replace(target, page)
    except OSError as error:
        raise ConfigError(
            f"{target}: cannot be written ({error.strerror or error}): choose another --out"
        ) from None
    made.paths.insert(0, target)
    made.warnings = list(dict.fromkeys(made.warnings))
    return made


def _page(runs: list[Run], show: Show, drawn: RenderedFields, films: list[Path]) -> str:
    environment = page_templates()
    strips = _strips(runs, show, drawn)
    fields = "Morphology" if show.layers else "Fields"
    common = {group: _charts(group, runs, show) for group in COMMON_CHARTS}
    if not common["series"]:  # a study without charts of its own
        common["series"], common[charts.FURTHER] = common[charts.FURTHER], []
    return environment.get_template("page.html.jinja").render(
        title=_title_of(runs),
        version=VERSION,
        runs=[_describe(run) for run in runs],
        names=[run.name for run in runs],
        tables={group: tables.table(group, runs) for group in (tables.KEY, tables.SOLVER)},
        differences=tables.differences(runs) if len(runs) > 1 else [],
        charts=common,
        parts=_parts(runs, show, strips),
        profiles=_profiles(runs, show),
        fields=fields if show.drawn else "",
        title_of_fields=show.titles.get("pictures", fields),
        strips=[strip for name, strip in strips.items() if name not in show.stresses],
        films=[_film(film) for film in films if film.stat().st_size <= LARGEST_FILM],
        papers=_papers(runs),
        problems=drawn.problems,
        excursions=[(run.name, run.short_circuit) for run in runs if run.short_circuit],
        number=format_number,
    )


def _parts(runs: list[Run], show: Show, strips: dict[str, Strip]) -> list[Part]:
    """The groups that studies have beyond the common ones, as far as there is anything in them."""
    numbers = (group for run in runs for group in run.show.numbers)
    stresses = [strips[name] for name in show.stresses if name in strips]
    groups = dict.fromkeys((*show.charts, *numbers, *([STRESS] if stresses else [])))
    parts = [
        Part(
            group,
            show.titles.get(group, group.replace("_", " ").capitalize()),
            tables.table(group, runs),
            stresses if group == STRESS else [],
            _charts(group, runs, show),
        )
        for group in groups
        if group not in (*COMMON_CHARTS, tables.KEY)
    ]
    rows, drawn = impedance_rows(runs), impedance_charts(runs)
    parts.append(Part("impedance", "Impedance", rows, [], drawn))
    return [part for part in parts if part.rows or part.strips or part.charts]


def _title_of(runs: list[Run]) -> str:
    titles = {str(run.config.title) for run in runs if run.config is not None and run.config.title}
    if len(titles) == 1:
        return titles.pop()
    return f"{len(runs)} runs" if len(runs) > 1 else runs[0].name


def _commands(run: Run, manifest: dict[str, Any]) -> list[str]:
    """What to type for the same run, in the version that made it."""
    program = next((name for name in PROGRAMS if name in manifest), PROGRAMS[0])
    commit = (manifest.get("git") or {}).get("commit")
    words = ["mpirun", "-n", str(_ranks(run))] if _ranks(run) > 1 else []
    words += [program, "run", f"{run.path}/config.yaml", "--out", f"{run.path}-again"]
    first = [f"git checkout {commit}"] if commit else []
    return [*first, shlex.join(["./env.sh", "run", *words])]


def _describe(run: Run) -> dict[str, Any]:
    """What the template says of one run in words."""
    manifest = run.manifests[-1] if run.manifests else {}
    git = manifest.get("git") or {}
    facts = [(key, manifest[key]) for key in SOFTWARE if key in manifest]
    return {
        "name": run.name,
        "path": str(run.path),
        "facts": run.facts,
        "missing": run.missing,
        "readable": run.config is not None,
        **_solved(run),
        "commands": _commands(run, manifest),
        "changed": bool(git.get("uncommitted_changes")),
        "manifest": manifest,
        "versions": facts,
        "starts": len(run.manifests),
        "ranks": _ranks(run),
        "config_text": run.config_text,
    }


def _solved(run: Run) -> dict[str, Any]:
    """What the study says of the input: lines, notes, equations, numbers."""
    config, study = run.config, run.study
    if config is None or study is None:
        return {"described": [], "notes": [], "equations": [], "numbers": []}
    lines = [line.strip() for line in study.describe(config, _ranks(run))]
    lines = [line for line in lines if line and line not in (config.title, "dendrolith")]
    notes = [line.partition("note:")[2].strip() for line in lines if line.startswith("note:")]
    words = [line.split(None, 1) for line in lines if not line.startswith("note:")]
    notes += _notes_of_the_end(run, study)
    return {
        "described": _pairs(words),
        "notes": [typeset(note) for note in notes],
        "equations": _pairs(study.equations(config)),
        "numbers": _pairs(study.numbers(config)),
    }


def _notes_of_the_end(run: Run, study: Study) -> list[str]:
    """What the study notes on the results, as it does where a run ends."""
    columns = {name: values.tolist() for name, values in run.series.items()}
    rows = [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]
    try:
        lines = [line.strip() for line in study.summary(run.config, rows)] if rows else []
    except (LookupError, ValueError, ArithmeticError):  # of an earlier version, or damaged
        return []
    return [line.partition("note:")[2].strip() for line in lines if line.startswith("note:")]


def _pairs(pairs: Iterable[Sequence[str]]) -> list[tuple[str, str]]:
    """(name, text), typeset; the text of a lone word is empty."""
    return [(typeset(pair[0]), typeset(pair[1]) if len(pair) > 1 else "") for pair in pairs]


def _ranks(run: Run) -> int:
    return int(run.manifests[-1].get("ranks", 1)) if run.manifests else 1


def _charts(group: str, runs: list[Run], show: Show) -> list[tuple[str, str, Markup]]:
    """(title, description, drawing) of each chart."""
    return [
        (chart.title, charts.describe(chart, runs), Markup(charts.svg(chart.title, drawing)))
        for chart in charts.charts_of(group, runs, show)
        for drawing in [functools.partial(charts.plot, chart=chart, runs=runs)]
    ]


def _profiles(runs: list[Run], show: Show) -> list[tuple[str, str, Markup]]:
    """Tables over a coordinate, where runs have them."""
    drawn = [draw_profile(profile, runs) for profile in show.profiles]
    return [(found[0], found[1], Markup(found[2])) for found in drawn if found]


def _papers(runs: list[Run]) -> list[tuple[str, str, str]]:
    """(reasons, paper, DOI) of all runs."""
    reasons: dict[str, list[str]] = {}
    for run in runs:
        if run.config is None or run.study is None:
            continue
        for key, whys in citations(run.config, run.study.sources(run.config)).items():
            known = reasons.setdefault(key, [])
            known += [why for why in whys if why not in known]
    return [
        (", ".join(whys), str(PAPERS[key]).partition(". https://doi.org/")[0], PAPERS[key].doi)
        for key, whys in reasons.items()
    ]


def _strips(runs: list[Run], show: Show, drawn: RenderedFields) -> dict[str, Strip]:
    """Quantity → its pictures."""
    strips = {}
    for name in (VIEW, *show.drawn):
        title = _title(name, show)
        pictures = [
            _picture(runs, drawn, place, name, title)
            for place, shot in enumerate(drawn.shots)
            if name in shot.quantities
        ]
        if pictures:
            layered = name in (VIEW, show.morphology)
            legend = _legend(name, show, drawn) if layered else []
            strips[name] = Strip(title, pictures, _scale(name, show, drawn), legend, layered)
    return strips


def _title(name: str, show: Show) -> str:
    if name == VIEW:
        bodies = [layer.name for layer in show.layers if layer.opacity]
        words = show.view or f"{' and '.join(bodies)}, with the mid-plane"
    else:
        words = "morphology" if name == show.morphology else show.declared(name).meaning
    return words[0].upper() + words[1:]


def _picture(runs: list[Run], drawn: RenderedFields, place: int, name: str, title: str) -> Picture:
    shot = drawn.shots[place]
    when = f"t = {format_number(shot.time)} s"
    caption = when if len(runs) == 1 else f"{runs[shot.run].name}, {when}"
    where = f", {shot.plane}" if shot.plane and name != VIEW else ""
    source = _data(drawn.path(place, name).read_bytes(), "png")
    words = f"{title} at {when} of run {runs[shot.run].name}{where}"
    factor, unit = runs[shot.run].show.length_unit(max(shot.extents[:2]))
    if name == VIEW:  # in perspective there is no scale
        sizes = " × ".join(format_number(factor * extent) for extent in shot.extents)
        return Picture(source, words, f"{caption}, {sizes} {unit}".rstrip())
    width = shot.extents[0]
    length = _round_length(0.3 * width)
    bar = f"{format_number(factor * length)} {unit}".rstrip()
    return Picture(source, words, caption + where, 100 * length / width, bar)


def _round_length(about: float) -> float:
    """The largest of 1, 2, 5 times a power of ten that is not longer."""
    power = 10.0 ** math.floor(math.log10(about))
    return max(power * step for step in (1, 2, 5) if power * step <= about * (1 + 1e-12))


def _scale(name: str, show: Show, drawn: RenderedFields) -> tuple[str, str, str, str] | None:
    if name not in drawn.spans:
        return None
    import matplotlib as mpl

    low, high = drawn.spans[name]
    colours = mpl.colormaps[show.colour_maps.get(name, COLOUR_MAP)].resampled(12)
    stops = ", ".join(mpl.colors.to_hex(colours(place)) for place in range(12))
    unit = unit_of(show, name)[1]
    ends = [format_number(0.0 if abs(end) < 1e-3 * (high - low) else end, 3) for end in (low, high)]
    return ends[0], ends[1], "" if unit == "1" else unit, stops


def _legend(name: str, show: Show, drawn: RenderedFields) -> list[tuple[str, str]]:
    """Names and colours of the layers that some picture shows."""
    entries = (entry for shot in drawn.shots for entry in shot.legend)
    seen = {entry.name for entry in entries if entry.in_view or name != VIEW}
    layers = show.in_legend(layer for layer in show.layers if layer.name in seen)
    return [(layer.name, layer.colour) for layer in layers]


def _film(path: Path) -> tuple[str, str]:
    """Data URI and words of an animation."""
    return _data(path.read_bytes(), "gif"), f"Animation of run {path.parent.name}"


def _data(content: bytes, kind: str) -> str:
    return f"data:image/{kind};base64,{base64.b64encode(content).decode()}"
