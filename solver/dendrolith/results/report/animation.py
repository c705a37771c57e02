"""A film of a run: its morphology, or its first field, at all output times."""

from __future__ import annotations

import tempfile
from pathlib import Path
from typing import Any

from dendrolith.core.formats import format_number
from dendrolith.observables.show import Show
from dendrolith.results.report.draw import VIEW, Request, Shot
from dendrolith.results.report.off_screen import RenderedFields, ReportFiles, draw_off_screen
from dendrolith.results.report.run_data import Run

NAME = "animation.gif"
MOST_FRAMES = 200
WIDTH = 560  # pixels
LENGTH = 6000.0  # ms, before the last frame is held
FASTEST, SLOWEST, HELD = 60, 600, 1500  # ms a frame; of the last frame
_HEAD = 40  # pixels above the picture, for time and legend
_PAPER, _INK = "#ffffff", "#1d2530"


def animate(run: Run) -> ReportFiles:
    """Write ``animation.gif`` into the run directory, if there is anything to show."""
    with tempfile.TemporaryDirectory(prefix="dendrolith-animation-") as folder:
        quantities = [VIEW, *run.show.drawn[:1]]
        request = Request([str(run.path)], MOST_FRAMES, quantities, "pyvista", WIDTH)
        drawn = draw_off_screen(request, Path(folder))
        made = ReportFiles(warnings=drawn.problems)
        frames = [
            _frame(drawn, place, run.show)
            for place, shot in enumerate(drawn.shots)
            if shot.quantities
        ]
    if not frames:
        made.warnings.append(f"{run.path}: no animation: there are no pictures")
        return made
    target = run.path / NAME
    pause = round(min(SLOWEST, max(FASTEST, LENGTH / len(frames))))
    pauses = [pause] * (len(frames) - 1) + [HELD]
    try:
        frames[0].save(
            target, save_all=True, append_images=frames[1:], duration=pauses, loop=0, optimize=True
        )
    except OSError as error:
        made.warnings.append(f"{target}: cannot be written: {error.strerror or error}")
        return made
    made.paths.append(target)
    return made


def _frame(drawn: RenderedFields, place: int, show: Show) -> Any:
    """One picture below its time and the names of its layers, or that of its field."""
    from PIL import Image, ImageDraw

    shot = drawn.shots[place]
    name = VIEW if VIEW in shot.quantities else shot.quantities[0]
    with Image.open(drawn.path(place, name)) as stored:
        picture = stored.convert("RGBA")
    # even: what films are made from elsewhere wants it
    size = (picture.width // 2 * 2, (picture.height + _HEAD) // 2 * 2)
    frame = Image.new("RGBA", size, _PAPER)
    frame.alpha_composite(picture, (0, _HEAD))
    pen, font = ImageDraw.Draw(frame), _font()
    words = heading(show, name, shot.time)
    pen.text((10, _HEAD / 2), words, fill=_INK, font=font, anchor="lm")
    _legend(pen, font, size[0], shot, name)
    return frame.convert("RGB").quantize(128, dither=Image.Dither.NONE)


def heading(show: Show, name: str, time: float) -> str:
    """The time [s], after the name of a field; layers have a legend."""
    layered = name in (VIEW, show.morphology)
    return ("" if layered else f"{show.declared(name).meaning}, ") + f"t = {format_number(time)} s"


def _legend(pen: Any, font: Any, width: int, shot: Shot, name: str) -> None:
    """From the right to the left."""
    right = float(width - 10)
    for entry in reversed(shot.legend):
        if name == VIEW and not entry.in_view:
            continue
        right -= pen.textlength(entry.name, font=font)
        pen.text((right, _HEAD / 2), entry.name, fill=_INK, font=font, anchor="lm")
        right -= 18
        box = (right, _HEAD / 2 - 6, right + 12, _HEAD / 2 + 6)
        pen.rectangle(box, fill=entry.colour, outline="#808890")
        right -= 14


def _font() -> Any:
    import matplotlib as mpl
    from PIL import ImageFont

    return ImageFont.truetype(Path(mpl.get_data_path()) / "fonts" / "ttf" / "DejaVuSans.ttf", 14)
