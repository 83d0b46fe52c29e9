"""Reads folders by value with tools that others wrote, for partitions_readers_test.go.

Standard input: {"folder": of the table, "format": …, "extension": …}
Standard output: {"reader": [[id, value of the row, value of its folder], …], …}
"""

import json
import sys

import duckdb
import pandas
import pyarrow.dataset

job = json.load(sys.stdin)
folder, kind = job["folder"], job["format"]
pattern = f"{folder}/*/*/*.{job['extension']}"
source = {
    "jsonl": f"read_json('{pattern}', format='newline_delimited', hive_partitioning=true, hive_types_autocast=false)",
    "csv": f"read_csv('{pattern}', header=true, hive_partitioning=true, hive_types_autocast=false)",
    "parquet": f"read_parquet('{pattern}', hive_partitioning=true, hive_types_autocast=false)",
}[kind]
results = {
    "duckdb": [list(r) for r in duckdb.sql(f"SELECT id, country, by_country FROM {source} ORDER BY id").fetchall()],
}
if kind == "parquet":
    table = pyarrow.dataset.dataset(folder, partitioning="hive").to_table(columns=["id", "country", "by_country"])
    results["pyarrow"] = [list(r.values()) for r in table.sort_by("id").to_pylist()]
    # Left to itself pandas makes dictionaries of the folders' values, which cannot be null.
    text = [(name, pyarrow.string()) for name in ("by_country", "day")]
    hive = pyarrow.dataset.partitioning(pyarrow.schema(text), flavor="hive")
    frame = pandas.read_parquet(folder, partitioning=hive)[["id", "country", "by_country"]].astype(object).sort_values("id")
    results["pandas"] = frame.where(frame.notna(), None).values.tolist()
json.dump(results, sys.stdout)
