# The Parquet files of the tests, written by pyarrow: python make.py
import datetime
import os

import pyarrow as pa
import pyarrow.parquet as pq

HERE = os.path.dirname(os.path.abspath(__file__))
UTC = datetime.timezone.utc
table = pa.table(
    {
        "id": pa.array([1, 2, 3, 4], pa.int64()),
        "small": pa.array([255, 0, 7, None], pa.uint8()),
        "weight": pa.array([18.5, -0.25, 1e-20, 3.0], pa.float64()),
        "single": pa.array([0.1, 1e30, -2.0, 4.5], pa.float32()),
        "ringed": pa.array([True, False, True, False]),
        "species": pa.array(["robin", "tit", "robin", "wren"]),
        "seen": pa.array([datetime.date(2024, 2, 29), datetime.date(1969, 12, 31), datetime.date(2000, 1, 1), datetime.date(2024, 3, 3)]),
        "at": pa.array([datetime.datetime(2024, 2, 29, 12, tzinfo=UTC)] * 4, pa.timestamp("us", tz="UTC")),
        "tags": pa.array([["a"], [], ["b", "c"], None]),
    }
)
for codec in ["none", "snappy", "gzip", "lz4"]:
    pq.write_table(table, os.path.join(HERE, f"birds-{codec}.parquet"), compression=codec, row_group_size=3)
pq.write_table(table, os.path.join(HERE, "birds-zstd.parquet"), compression="zstd")
