"""Reads files of the loader with tools that others wrote, for readers_test.go.

Standard input: {"files": […], "format": …, "compression": …, "delimiter": …, "columns": [[name, type], …]}
Standard output: {"reader": [[value, …], …], …}, the rows in the order of the first column.
"""

import importlib.util
import json
import shutil
import sys

import duckdb
import pandas
import pyarrow
import pyarrow.csv
import pyarrow.json

job = json.load(sys.stdin)
files, columns = job["files"], dict(job["columns"])
arrow_types = {
    "BIGINT": pyarrow.int64(), "VARCHAR": pyarrow.string(), "DOUBLE": pyarrow.float64(), "BOOLEAN": pyarrow.bool_(),
    "STRUCT(a BIGINT, b VARCHAR[])": pyarrow.struct([("a", pyarrow.int64()), ("b", pyarrow.list_(pyarrow.string()))]),
}


def rows_of_duckdb(source):
    names = ", ".join(f'"{name}"' for name in columns)
    return [list(row) for row in duckdb.sql(f"SELECT {names} FROM {source} ORDER BY 1").fetchall()]


def rows_of_arrow(tables):
    table = pyarrow.concat_tables(tables).select(list(columns))
    return [list(row.values()) for row in table.to_pylist()]


def rows_of_pandas(frames):
    frame = pandas.concat(frames)[list(columns)].astype(object)
    return frame.where(frame.notna(), None).values.tolist()


def arrow_input(name):
    raw = pyarrow.OSFile(name)
    return raw if job["compression"] == "none" else pyarrow.CompressedInputStream(raw, job["compression"])


def rows_of_spark(read):
    """Spark's, where it is installed and asked for: it takes seconds to start."""
    if not job.get("spark") or importlib.util.find_spec("pyspark") is None or shutil.which("java") is None:
        return {}
    from pyspark.sql import SparkSession

    session = (
        SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false").config("spark.log.level", "ERROR").getOrCreate()
    )
    rows = [list(row.asDict(recursive=True).values()) for row in read(session.read).select(*columns).collect()]
    return {"spark": rows}


def json_lines():
    types = ", ".join(f"'{name}': '{kind}'" for name, kind in columns.items())
    schema = pyarrow.schema([(name, arrow_types[kind]) for name, kind in columns.items()])
    parse = pyarrow.json.ParseOptions(explicit_schema=schema, unexpected_field_behavior="ignore")
    return {
        "duckdb": rows_of_duckdb(f"read_json({files}, format='newline_delimited', columns={{{types}}})"),
        "pandas": rows_of_pandas([pandas.read_json(f, lines=True, dtype=False, convert_dates=False) for f in files]),
        "pyarrow": rows_of_arrow([pyarrow.json.read_json(arrow_input(f), parse_options=parse) for f in files]),
        **rows_of_spark(lambda read: read.schema(spark_schema()).json(files)),
    }


def spark_schema():
    types = {"VARCHAR": "STRING", "STRUCT(a BIGINT, b VARCHAR[])": "STRUCT<a: BIGINT, b: ARRAY<STRING>>"}
    return ", ".join(f"{name} {types.get(kind, kind)}" for name, kind in columns.items())


def csv():
    delimiter = job["delimiter"]
    convert = pyarrow.csv.ConvertOptions(
        column_types={name: pyarrow.string() for name in columns},
        null_values=[""], strings_can_be_null=True, quoted_strings_can_be_null=False,
    )
    parse = pyarrow.csv.ParseOptions(delimiter=delimiter, newlines_in_values=True)
    return {
        "duckdb": rows_of_duckdb(
            f"read_csv({files}, delim='{delimiter}', header=true, quote='\"', escape='\"', all_varchar=true,"
            " nullstr='', allow_quoted_nulls=false)"
        ),
        # It cannot tell null from the empty string.
        "pandas": rows_of_pandas([pandas.read_csv(f, sep=delimiter, dtype=str, keep_default_na=False) for f in files]),
        "pyarrow": rows_of_arrow([pyarrow.csv.read_csv(arrow_input(f), parse_options=parse, convert_options=convert) for f in files]),
        # Nor can Spark.
        **rows_of_spark(
            lambda read: read.options(
                header=True, sep=delimiter, quote='"', escape='"', multiLine=True, nullValue="", emptyValue=""
            ).csv(files).fillna("")
        ),
    }


results = {"jsonl": json_lines, "csv": csv}[job["format"]]()
json.dump({reader: sorted(rows, key=lambda row: int(row[0])) for reader, rows in results.items()}, sys.stdout)
