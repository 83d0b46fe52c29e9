"""Runs statements in DuckDB, for readers_test.go, and writes the rows of the last one."""

import json
import sys

import duckdb

*before, last = json.load(sys.stdin)
for statement in before:
    duckdb.execute(statement)
json.dump(duckdb.execute(last).fetchall(), sys.stdout, default=str)
