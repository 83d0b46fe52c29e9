"""Reads the objects that a report lists with tools that others wrote, for report_readers_test.go.

Standard input: {"report": file, "format": …, "folder": an empty one}
Standard output: {"rows": {table: rows of DuckDB}, "iceberg": rows of all objects of Iceberg's table, or null}
"""

import json
import os
import sys

import duckdb

job = json.load(sys.stdin)
with open(job["report"]) as file:
    report = json.load(file)
tables = {}
for o in report["objects"]:
    tables.setdefault(o["table"], []).append(os.path.abspath(o["location"]))


def source(table, files):
    kind = "jsonl" if table == "_sdc_rejected" else job["format"]
    return {
        "jsonl": f"read_json({files}, format='newline_delimited', union_by_name=true)",
        "csv": f"read_csv({files}, header=true, all_varchar=true, union_by_name=true)",
        "parquet": f"read_parquet({files}, union_by_name=true)",
    }[kind]


rows = {t: duckdb.sql(f"SELECT count(*) FROM {source(t, f)}").fetchall()[0][0] for t, f in tables.items()}

iceberg = None
if job["format"] == "parquet":
    try:
        import pyarrow.parquet
        from pyiceberg.catalog.sql import SqlCatalog
    except ImportError:
        pass
    else:
        catalog = SqlCatalog("default", uri=f"sqlite:///{job['folder']}/catalog.db", warehouse=f"file://{job['folder']}")
        catalog.create_namespace("lake")
        iceberg = 0
        for number, (table, files) in enumerate(tables.items()):
            if table == "_sdc_rejected":
                continue
            made = catalog.create_table(f"lake.t{number}", schema=pyarrow.parquet.read_schema(files[0]))
            made.add_files(file_paths=["file://" + f for f in files])
            iceberg += made.scan().to_arrow().num_rows

json.dump({"rows": rows, "iceberg": iceberg}, sys.stdout)
