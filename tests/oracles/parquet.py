"""Compares Parquet files, as DuckDB and as pyarrow read them, with the same entries as JSON lines.

    parquet.py PATTERN FILE.ndjson

Exits with 1 on the first value that differs. Values are compared by type: instants as instants, bodies as JSON.
"""

import datetime
import glob
import json
import sys

import duckdb
import pyarrow.parquet


def compare(reader, rows, lines):
    rows = sorted(rows, key=lambda row: row["id"])
    assert len(rows) == len(lines), f"{reader}: {len(rows)} rows for {len(lines)} lines"
    for row, line in zip(rows, lines):
        for name, wanted in line.items():
            value = row[name]
            if name in ("request", "response") and value is not None:
                value = json.loads(value)
            if name == "timestamp":
                wanted = datetime.datetime.fromisoformat(wanted.replace("Z", "+00:00"))
            assert value == wanted and type(value) is type(wanted), f"{reader}: entry {line['id']}, {name}: {value!r}, not {wanted!r}"


def main():
    pattern, lines = sys.argv[1:]
    with open(lines, encoding="utf-8") as file:
        lines = [json.loads(line) for line in file]
    tables = [pyarrow.parquet.ParquetFile(name).read() for name in glob.glob(pattern)]
    compare("pyarrow", [row for table in tables for row in table.to_pylist()], lines)
    connection = duckdb.connect()
    connection.execute("set timezone = 'UTC'")
    cursor = connection.execute("select * from read_parquet(?, hive_partitioning = true)", [pattern])
    names = [column[0] for column in cursor.description]
    rows = [dict(zip(names, row)) for row in cursor.fetchall()]
    compare("DuckDB", rows, lines)
    if "day" in names:
        assert all(isinstance(row["day"], datetime.date) for row in rows)
    print(f"{len(lines)} entries in {len(tables)} files equal in pyarrow and DuckDB")


main()
