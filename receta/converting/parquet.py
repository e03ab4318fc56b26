"""How are pictures, tables and series written as Parquet, as other tools read it too?"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import numpy as np

from receta.converting import Written
from receta.converting._pictures import files
from receta.core.progress import Bar
from receta.data.dataset import Dataset
from receta.data.series import Series
from receta.data.table import Column, Table

ABOUT = (
    "columns id, image, label and part, as the Hugging Face Hub has them; tables and series "
    "by column"
)
KINDS = ("images", "table", "series")
SUFFIX = ".parquet"
_ID = "unique_id"
_ROWS = 256  # pictures a row group: what a reader must hold to see one


def parquet(data: Dataset, out: Path, size: tuple[int, int] | None, bar: Bar) -> Written:
    """Write one file; pictures stay encoded, tables keep their types."""
    if data.is_seen:
        return _pictures(data, out, size, bar)
    import pyarrow.parquet

    columns = _series_columns(data) if data.in_time else _table_columns(data)
    pyarrow.parquet.write_table(pyarrow.table(columns), out)
    bar.advance(len(data))
    return Written({})


def options(data: Dataset) -> dict[str, Any]:
    """The target of a table, or the column of a series with its window."""
    source = data.source
    if isinstance(source, Table):
        return {"target": source.target_name, "task": source.task}
    if isinstance(source, Series):
        named = {
            "series": ",".join(source.channel_names),
            "window": source.window,
            "horizon": source.horizon,
            "season": source.rhythm.season,
        }
        return {**named, "id": _ID} if _has_names(source) else named
    return {}


def _pictures(data: Dataset, out: Path, size: tuple[int, int] | None, bar: Bar) -> Written:
    import pyarrow
    import pyarrow.parquet

    features = {
        "id": {"dtype": "string", "_type": "Value"},
        "image": {"_type": "Image"},
        "label": {"names": list(data.class_names), "_type": "ClassLabel"},
        "part": {"dtype": "string", "_type": "Value"},
    }
    image = pyarrow.struct([("bytes", pyarrow.binary()), ("path", pyarrow.string())])
    schema = pyarrow.schema(
        [
            ("id", pyarrow.string()),
            ("image", image),
            ("label", pyarrow.int64()),
            ("part", pyarrow.string()),
        ],
        metadata={"huggingface": json.dumps({"info": {"features": features}})},
    )
    lost: dict[str, str] = {}
    with pyarrow.parquet.ParquetWriter(
        out, schema, compression="zstd", use_dictionary=["label", "part"]
    ) as writer:
        rows: list[dict[str, Any]] = []
        for position, content in files(data, size, bar, lost):
            rows.append(
                {
                    "id": data.ids[position],
                    "image": {"bytes": content, "path": None},
                    "label": int(data.targets[position]),
                    "part": data.parts[position],
                }
            )
            if len(rows) == _ROWS:
                writer.write_table(pyarrow.Table.from_pylist(rows, schema))
                rows = []
        if rows:
            writer.write_table(pyarrow.Table.from_pylist(rows, schema))
    return Written(lost, tuple(one for one in data.ids if one not in lost))


def _table_columns(data: Dataset) -> dict[str, Any]:
    """Every feature, then the target, then part and group where the data name them."""
    import pyarrow

    source = data.source
    columns = {column.name: _arrow(column) for column in data.columns}
    if data.class_names:
        answers = pyarrow.array([data.class_names[target] for target in data.targets])
    else:
        answers = pyarrow.array(data.targets)
    columns[source.target_name] = answers  # type: ignore[attr-defined]
    if len(set(data.parts)) > 1 and "part" not in columns:
        columns["part"] = pyarrow.array([part or "train" for part in data.parts])
    return columns


def _arrow(column: Column) -> Any:
    """Numbers (whole ones as such where all are), texts, or times; missing cells are null."""
    import pyarrow

    if column.kind == "category":
        # -1, the last one, is missing
        texts = np.array([*column.categories, None], dtype=object)[column.values]
        return pyarrow.array(texts.tolist(), pyarrow.string())
    if column.junk:  # a cell that is no number (or date) keeps its column in texts, as it was
        cells = [column.junk.get(row, _text(column.cell(row))) for row in range(len(column))]
        return pyarrow.array(cells, pyarrow.string())
    if column.kind == "date":
        return pyarrow.array(column.values)
    return pyarrow.array(column.values, pyarrow.float64(), from_pandas=True)


def _text(cell: float | str | None) -> str | None:
    return repr(cell) if isinstance(cell, float) else cell


def _has_names(source: Series) -> bool:
    return source.names != ("",)


def _series_columns(data: Dataset) -> dict[str, Any]:
    """The times, if there are any, and every channel, step by step in the order of the file."""
    import pyarrow

    source = data.source
    if not isinstance(source, Series):
        raise TypeError("a series is needed")
    order = np.argsort(source.file_order, kind="stable")
    columns: dict[str, Any] = {}
    if _has_names(source):
        each = np.repeat(np.array(source.names, object), source.ends - source.begins)
        columns[_ID] = pyarrow.array(each[order].tolist(), pyarrow.string())
    if source.times is not None:
        columns["time"] = pyarrow.array(source.times[order], pyarrow.timestamp("s"))
    for channel, name in enumerate(source.channel_names):
        columns[name] = pyarrow.array(
            source.values[order, channel], pyarrow.float64(), from_pandas=True
        )
    return columns
