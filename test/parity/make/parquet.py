"""Parquet files as pyarrow writes them (test/parity/fixtures/parquet/): `pip install pyarrow==26.0.1; python parquet.py`.
Strings, lists, structs with bytes, nulls, integers beyond 2^53 and times; three row groups; one file per compression."""
import json
from datetime import datetime, timezone
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

out = Path(__file__).parent / "../fixtures/parquet"
out.mkdir(parents=True, exist_ok=True)
rows = [
    {
        "id": i,
        "question": ["Which way?", 'ein "Ärger" 🎬\n', ""][i % 3],
        "options": None if i == 1 else [f"A. {i}", "B. right", None][: 2 + i % 2],
        "image": {"bytes": bytes([0xFF, 0xD8, i, 0x80]), "path": f"{i}.jpg"} if i != 2 else None,
        "score": None if i == 3 else i / 3,
        "big": 2**60 + i if i == 4 else i,
        "when": datetime(2026, 11, 26, 12, 0, i, tzinfo=timezone.utc),
        "seen": i % 2 == 0,
    }
    for i in range(7)
]
schema = pa.schema(
    [
        ("id", pa.int64()),
        ("question", pa.string()),
        ("options", pa.list_(pa.string())),
        ("image", pa.struct([("bytes", pa.binary()), ("path", pa.string())])),
        ("score", pa.float64()),
        ("big", pa.int64()),
        ("when", pa.timestamp("ms", tz="UTC")),
        ("seen", pa.bool_()),
    ]
)
table = pa.Table.from_pylist(rows, schema=schema)
for codec in ["none", "snappy", "gzip", "zstd", "brotli", "lz4"]:
    pq.write_table(table, out / f"{codec}.parquet", compression=codec, row_group_size=3)
plain = [{**r, "image": r["image"] and {**r["image"], "bytes": list(r["image"]["bytes"])}} for r in rows]
plain = [
    {**r, "big": str(r["big"]) if r["big"] > 2**53 else r["big"], "when": r["when"].isoformat(timespec="milliseconds").replace("+00:00", "Z")}
    for r in plain
]
(out / "rows.json").write_text(json.dumps({"pyarrow": pa.__version__, "rows": plain}, ensure_ascii=False))
