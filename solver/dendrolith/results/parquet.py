"""Tables as Parquet files that come into being whole."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from dendrolith.core.errors import ConfigError, OutputFailed

Columns = Mapping[str, Sequence[Any]]


def write_parquet(path: Path, columns: Columns) -> None:
    """Write a table; readers, and a kill, meet the old file or the new one.

    Args:
        path: where to.
        columns: name → values, all of one length.

    Raises:
        OutputFailed: it cannot be written.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    temporary = path.with_name(f"{path.name}.tmp")
    try:
        pq.write_table(pa.table(dict(columns)), temporary)
        os.replace(temporary, path)
    except OSError as error:
        temporary.unlink(missing_ok=True)
        raise OutputFailed(f"{path}: cannot be written: {error.strerror or error}") from None


def rows_in(path: Path) -> int:
    """Number of rows; 0 where the file is missing or broken."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    try:
        return int(pq.read_metadata(path).num_rows)
    except (OSError, pa.ArrowInvalid):
        return 0


def read_parquet(paths: Sequence[Path]) -> dict[str, Any]:
    """Name → NumPy array of all rows of tables with the same columns.

    Raises:
        ConfigError: a file is missing or no such table.
    """
    import pyarrow as pa
    import pyarrow.parquet as pq

    tables = []
    for path in paths:
        try:
            tables.append(pq.ParquetFile(path).read())
        except (OSError, pa.ArrowInvalid) as error:
            raise ConfigError(f"{path}: is no Parquet table: {error}") from None
    table = pa.concat_tables(tables)
    return {name: table.column(name).to_numpy() for name in table.column_names}
