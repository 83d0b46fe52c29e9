"""Peers of the Parquet files: DuckDB and pyarrow, each with one thread.

    parquet.py check
    parquet.py duckdb  RECORDS OUT CODEC    converts lines of JSON
    parquet.py pyarrow RECORDS OUT CODEC
    parquet.py again   FOLDER  OUT CODEC    writes the rows of Parquet files again

It prints what `go run ./bench` takes for a report. CPU time is that of the work
alone: importing the libraries does not count.
"""
import json
import os
import pathlib
import resource
import sys

import duckdb
import pyarrow
import pyarrow.json
import pyarrow.parquet


def cpu():
    usage = resource.getrusage(resource.RUSAGE_SELF)
    return usage.ru_utime + usage.ru_stime


def by_duckdb(records, out, codec):
    connection = duckdb.connect()
    connection.execute("SET threads=1")
    connection.execute(
        f"COPY (SELECT * FROM read_json('{records}', format='newline_delimited')) "
        f"TO '{out}' (FORMAT parquet, COMPRESSION {codec})"
    )
    return os.path.getsize(records)


def by_pyarrow(records, out, codec):
    options = pyarrow.json.ReadOptions(use_threads=False, block_size=16 << 20)
    table = pyarrow.json.read_json(records, read_options=options)
    pyarrow.parquet.write_table(table, out, compression=codec)
    return os.path.getsize(records)


def again(folder, out, codec):
    ours = 0
    with pyarrow.OSFile(out, "wb"):
        pass
    written = 0
    for path in sorted(pathlib.Path(folder).rglob("*.parquet")):
        pyarrow.parquet.write_table(pyarrow.parquet.read_table(path), out + ".one", compression=codec)
        ours += path.stat().st_size
        written += os.path.getsize(out + ".one")
    os.truncate(out, written)
    os.remove(out + ".one")
    return ours


def main():
    if sys.argv[1] == "check":
        return
    pyarrow.set_cpu_count(1)
    mode, source, out, codec = sys.argv[1:]
    began = cpu()
    read = {"duckdb": by_duckdb, "pyarrow": by_pyarrow, "again": again}[mode](source, out, codec)
    print(json.dumps({"bytes_in": read, "bytes_out": os.path.getsize(out), "cpu_ns": int((cpu() - began) * 1e9)}))
    os.remove(out)


main()
