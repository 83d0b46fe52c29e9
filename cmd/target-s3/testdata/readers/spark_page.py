"""Runs the recipes for Spark of docs/querying.md, for readers_test.go.

Standard input: {"jsonl": Python, "csv": Python, "queries": {"jsonl": [SQL, …], "csv": [SQL, …]}}
Standard output: {"jsonl": [[row, …] of each query, …], "csv": …}, every value as text.
"""

import json
import sys

from pyspark.sql import SparkSession

job = json.load(sys.stdin)
spark = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.log.level", "ERROR").getOrCreate()
results = {}
for name in ("jsonl", "csv"):
    exec(job[name], {"spark": spark})
    results[name] = [[[str(v) for v in row] for row in spark.sql(query).collect()] for query in job["queries"][name]]
json.dump(results, sys.stdout)
