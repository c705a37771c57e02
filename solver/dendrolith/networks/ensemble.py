"""Ensembles of networks on several processes, in parts that survive a kill.

A network depends on the seed of the ensemble and its own number alone. A part is written when it
is whole, so the table is the same for any number of workers and interruptions.
"""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ProcessPoolExecutor, wait
from concurrent.futures.process import BrokenProcessPool
from multiprocessing import connection
from pathlib import Path
from typing import Any

from tqdm import tqdm

from dendrolith.core.errors import ConfigError, DendrolithError
from dendrolith.networks.extras import require_extras
from dendrolith.networks.sample import Describe, Row, run_sample
from dendrolith.networks.schema import Config
from dendrolith.results.lock import DirectoryLock
from dendrolith.results.new_file import replace
from dendrolith.results.parquet import read_parquet, rows_in, write_parquet
from dendrolith.results.resolved_input import resolved_yaml

TABLE, PARTS, INPUT = "ccd.parquet", "parts", "config.yaml"
# Sums of linear algebra must not depend on how many threads share them.
THREADS = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
AHEAD = 3  # parts in the queue for each worker


def run_ensemble(config: Config, folder: Path, workers: int) -> dict[str, Any]:
    """Compute what is missing; returns the whole table, name → array.

    Args:
        config: the input.
        folder: of the ensemble; begun, interrupted or whole.
        workers: number of processes.

    Raises:
        ConfigError: the folder belongs to something else, or an input cannot be realised.
        DendrolithError: a worker was killed.
    """
    require_extras()
    _claim(folder, config)
    lock = DirectoryLock(folder)
    try:
        parts = _parts(config, folder)
        missing = [part for part in parts if rows_in(part[0]) != len(part[1])]
        _compute(config, missing, workers, lock)
        table = read_parquet([path for path, _ in parts])
        write_parquet(folder / TABLE, table)
    finally:
        lock.release()
    return table


def _claim(folder: Path, config: Config) -> None:
    """Make the folder, or find that it holds this ensemble."""
    text, kept = resolved_yaml(config), folder / INPUT
    try:
        (folder / PARTS).mkdir(parents=True, exist_ok=True)
        if not kept.exists():
            if any(path.name != PARTS for path in folder.iterdir()):
                raise ConfigError(f"--out {folder}: exists and is not empty: choose another one")
            replace(kept, text)
        elif kept.read_text(encoding="utf-8") != text:
            raise ConfigError(
                f"--out {folder}: holds an ensemble of another input: choose another one"
            )
    except OSError as error:
        raise ConfigError(f"--out {folder}: {error.strerror or error}") from None


def _parts(config: Config, folder: Path) -> list[tuple[Path, range]]:
    """File and numbers of the networks of each part."""
    total, size = config.networks, config.ensemble.part
    return [
        (folder / PARTS / f"part-{k:06d}.parquet", range(start, min(start + size, total)))
        for k, start in enumerate(range(0, total, size))
    ]


def _compute(
    config: Config, parts: list[tuple[Path, range]], workers: int, lock: DirectoryLock
) -> None:
    if not parts:
        return
    for name in THREADS:
        os.environ[name] = "1"
    spawn = multiprocessing.get_context("spawn")
    total = sum(len(numbers) for _, numbers in parts)
    with (
        ProcessPoolExecutor(workers, spawn, _follow_parent) as pool,
        tqdm(total=total, unit=" networks", disable=None) as bar,
    ):
        try:
            for done in _queue(pool, config, parts, AHEAD * workers):
                bar.update(done)
                lock.sign_of_life()
        except BrokenProcessPool:
            raise DendrolithError(
                "a worker was killed, perhaps for want of memory: the same command goes on"
            ) from None
        except BaseException:
            pool.shutdown(wait=False, cancel_futures=True)
            raise


def _queue(
    pool: ProcessPoolExecutor, config: Config, parts: list[tuple[Path, range]], longest: int
) -> Iterable[int]:
    """Number of networks of each part as it is finished."""
    left = iter(parts)
    waiting: set[Future[int]] = set()
    while True:
        while len(waiting) < longest and (part := next(left, None)) is not None:
            waiting.add(pool.submit(compute_part, config, *part))
        if not waiting:
            return
        done, waiting = wait(waiting, return_when=FIRST_COMPLETED)
        for future in done:
            yield future.result()


def compute_part(config: Config, path: Path, numbers: range) -> int:
    """Compute and write one part; returns its number of networks."""
    measure: Describe | None = None
    if config.ensemble.descriptors:
        from dendrolith.networks.descriptors.all import describe as measure
    rows: list[Row] = [run_sample(config, index, measure) for index in numbers]
    write_parquet(path, {name: [row[name] for row in rows] for name in rows[0]})
    return len(rows)


def _follow_parent() -> None:
    """End this worker when the process that started it is gone."""
    parent = multiprocessing.parent_process()
    if parent is not None:
        sentinel = parent.sentinel
        threading.Thread(target=lambda: _end_with(sentinel), daemon=True).start()


def _end_with(sentinel: int) -> None:
    connection.wait([sentinel])
    os._exit(1)
