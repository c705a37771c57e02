"""Counts of the house, printed:  python -m tests.architecture.counts"""

from __future__ import annotations

from tests.architecture.package import FILES, circles, imports, modules_that_name, questions

SCALAR_LAWS = ("noise", "anisotropy")
CENTRE = "dendrolith.studies.plating.model"


def counts() -> dict[str, int]:
    """Name → count."""
    importers = [path for path in FILES if CENTRE in imports(path)]
    return {
        **{f"modules that name {law}": len(modules_that_name(law)) for law in SCALAR_LAWS},
        "tests of optional parts": sum(len(questions(path)) for path in FILES),
        f"importers of {CENTRE}": len(importers),
        "circles of imports": len(circles()),
        "fmt: skip": sum(path.read_text(encoding="utf-8").count("fmt: skip") for path in FILES),
    }


def details() -> list[str]:
    """Where they are, a line each."""
    lines = [f"{law}: {', '.join(modules_that_name(law))}" for law in SCALAR_LAWS]
    lines += [f"{path}: {questions(path)}" for path in FILES if questions(path)]
    return [*lines, *(f"circle: {' <-> '.join(circle)}" for circle in circles())]


if __name__ == "__main__":
    for name, count in counts().items():
        print(f"{count:5d}  {name}")
    print("\n".join(details()))
