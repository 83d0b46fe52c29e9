"""Runs what target-s3 ddl prints, for ddl_readers_test.go.

Standard input: {"engine": "duckdb" or "spark", "jobs": [{"statements": …, "queries": {name: query}}, …]}
Standard output: [{name: [[value as text, or null], …]}, …]
"""

import json
import re
import sys
import tempfile


def duckdb_rows(statements):
    import duckdb

    connection = duckdb.connect()
    connection.execute(statements)
    return lambda query: connection.execute(query).fetchall()


def spark_rows(statements):
    from pyspark.sql import SparkSession

    session = SparkSession.builder.master("local[1]").config("spark.ui.enabled", False).config("spark.sql.session.timeZone", "UTC")
    session = session.config("spark.sql.shuffle.partitions", 1).config("spark.sql.warehouse.dir", folder).getOrCreate()
    name = f"job{len(results)}"
    session.sql(f"CREATE DATABASE {name}")
    session.sql(f"USE {name}")
    for statement in re.split(r";\n", statements):
        if statement.strip():
            session.sql(statement)
    return lambda query: session.sql(query).collect()


def text(value):
    if isinstance(value, bool):
        return str(value).lower()
    return None if value is None else str(value)


job = json.load(sys.stdin)
results, folder = [], tempfile.mkdtemp()
for one in job["jobs"]:
    rows = {"duckdb": duckdb_rows, "spark": spark_rows}[job["engine"]](one["statements"])
    results.append({name: [[text(v) for v in row] for row in rows(query)] for name, query in one["queries"].items()})
json.dump(results, sys.stdout)
