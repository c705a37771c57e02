"""The lock of a directory: one holder, also where many come at once; a directory to be written."""

import json
import socket
import subprocess
import sys

import pytest

from dendrolith.core.errors import ConfigError
from dendrolith.results.lock import DirectoryInUse, DirectoryLock

MANY, TIMES = 4, 150
_COME = """
import logging, sys
from pathlib import Path
from dendrolith.results.lock import DirectoryInUse, DirectoryLock
logging.disable()
for line in sys.stdin:
    try:
        DirectoryLock(Path(line.strip()))
        print("took", flush=True)
    except DirectoryInUse:
        print("refused", flush=True)
"""


@pytest.mark.parametrize("left", ["", json.dumps({"host": socket.gethostname(), "pid": 2**30})])
def test_of_many_that_come_at_once_one_takes_it(tmp_path, left):
    """Also where a run that is dead left its lock."""
    words = [sys.executable, "-c", _COME]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE, "text": True}
    crowd = [subprocess.Popen(words, **pipes) for _ in range(MANY)]
    try:
        for number in range(TIMES):
            folder = tmp_path / str(number)
            folder.mkdir()
            if left:
                (folder / "LOCK.json").write_text(left, encoding="utf-8")
            for each in crowd:
                each.stdin.write(f"{folder}\n")
            for each in crowd:
                each.stdin.flush()
            answers = [each.stdout.readline().strip() for each in crowd]
            assert sorted(answers) == ["refused"] * (MANY - 1) + ["took"]
    finally:
        for each in crowd:
            each.communicate()


def test_a_directory_that_cannot_be_written_is_no_directory_in_use(tmp_path):
    (tmp_path / "LOCK.json").mkdir()
    with pytest.raises(ConfigError, match="cannot be written") as caught:
        DirectoryLock(tmp_path)
    assert not isinstance(caught.value, DirectoryInUse)
