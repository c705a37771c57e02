"""Bad inputs and what is said about each, word for word.

`bad_configs/cases.txt` holds one block for each case: a title, the change of `base.yaml` as lines
`-`, `+` (or `$` for a command-line override), then the messages. After a deliberate change of
words, `python -m tests.unit.test_bad_configs` writes them anew; read what git then shows.
"""

import os
import re
from pathlib import Path

import pytest

from dendrolith.core.errors import ConfigError
from dendrolith.studies.register import load

pytestmark = pytest.mark.serial

FOLDER = Path(__file__).parent / "bad_configs"
BASE = (FOLDER / "base.yaml").read_text(encoding="utf-8")
BLOCKS = [
    block.splitlines()
    for block in (FOLDER / "cases.txt").read_text(encoding="utf-8").strip().split("\n\n")
]


def changes(block):
    """Title, text of the file, overrides and messages of a case."""
    text, overrides, lines = BASE, [], block[1:]
    removed = [line[2:] for line in lines if line.startswith("- ")]
    added = [line[2:] for line in lines if line.startswith("+ ")]
    if removed or added:
        old = "\n".join(removed)
        assert f"\n{old}\n" in f"\n{text}", f"{block[0]}: {old!r} is not in base.yaml"
        text = f"\n{text}".replace(f"\n{old}\n", "\n" + "".join(f"{line}\n" for line in added))[1:]
    overrides = [line[2:] for line in lines if line.startswith("$ ")]
    said = [line for line in lines if not re.match(r"[-+$] ", line)]
    return text, overrides, said


def messages(text, overrides, folder):
    (folder / "case.yaml").write_text(text, encoding="utf-8")
    before = Path.cwd()
    os.chdir(folder)
    try:
        with pytest.raises(ConfigError) as caught:
            load("case.yaml", overrides)
    finally:
        os.chdir(before)
    return caught.value.problems


def test_base_is_good(tmp_path):
    (tmp_path / "base.yaml").write_text(BASE, encoding="utf-8")
    load(tmp_path / "base.yaml")


def test_there_are_enough_cases_and_each_once():
    titles = [block[0] for block in BLOCKS]
    assert len(set(titles)) == len(titles) >= 40
    assert all(title.startswith("# ") for title in titles)


@pytest.mark.parametrize("block", BLOCKS, ids=lambda block: block[0][2:])
def test_words(block, tmp_path):
    text, overrides, said = changes(block)
    assert messages(text, overrides, tmp_path) == said


def rewrite(folder):
    """Write cases.txt with the messages as they are now."""
    blocks = []
    for block in BLOCKS:
        text, overrides, _ = changes(block)
        kept = [line for line in block if re.match(r"[-+$#] ", line)]
        blocks.append("\n".join([*kept, *messages(text, overrides, folder)]))
    (FOLDER / "cases.txt").write_text("\n\n".join(blocks) + "\n", encoding="utf-8")


if __name__ == "__main__":
    import tempfile

    with tempfile.TemporaryDirectory() as temporary:
        rewrite(Path(temporary))
