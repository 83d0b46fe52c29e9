"""Compares a Parquet file with the messages that it was made of.

usage: readers.py SOURCE FILE

What each column must hold is worked out here from the source, with Python's own
decimals and dates. It is compared row by row with what pyarrow, pandas and
DuckDB read, and filters that readers answer by statistics, page index and bloom
filters are compared with counts.
"""

import datetime as dt
import json
import sys
from decimal import Decimal

import duckdb
import pandas
import pyarrow.dataset
import pyarrow.parquet

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.timezone.utc)
MICROSECOND = dt.timedelta(microseconds=1)


def micros(moment):
    return None if moment is None else (moment - EPOCH) // MICROSECOND


def timestamp(text):
    moment = dt.datetime.fromisoformat(text)
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=dt.timezone.utc)
    return micros(moment)


class Raw(str):
    """A value of the schema's kind "anything", which stays JSON."""


def item(value):
    return {"sku": value["sku"], "price": Decimal(value["price"]), "sizes": value["sizes"]}


def address(value):
    geo = value.get("geo")
    return {"city": value.get("city"), "geo": geo and {"lat": float(geo["lat"])} if geo else None if geo is None else {"lat": None}}


COLUMNS = {
    "id": int,
    "unsigned": Decimal,
    "ratio": float,
    "price": Decimal,
    "amount": Decimal,
    "exact": Decimal,
    "at": timestamp,
    "day": dt.date.fromisoformat,
    "ok": bool,
    "name": str,
    "code": str,
    "tags": list,
    "items": lambda values: [item(v) for v in values],
    "address": address,
}
JSON_COLUMNS = ("free", "_sdc_extra")
TIMES = ("at", "_sdc_extracted_at", "_sdc_received_at", "_sdc_batched_at")


def expected(path):
    for line in open(path, encoding="utf-8"):
        message = json.loads(line, parse_float=Decimal)
        if message["type"] != "RECORD":
            continue
        record = message["record"]
        row = {}
        for name, convert in COLUMNS.items():
            value = record.get(name)
            row[name] = None if value is None else convert(value)
        row["free"] = record.get("free")
        row["_sdc_extra"] = {"unknown": record["unknown"]} if "unknown" in record else None
        row["_sdc_extracted_at"] = timestamp("2026-01-01T00:00:00.5+00:00")
        row["_sdc_table_version"] = 1
        yield row


def normal(row):
    """Brings a row of a reader into the form of the expected one."""
    row = dict(row)
    for name in JSON_COLUMNS:
        if row[name] is not None:
            row[name] = json.loads(row[name], parse_float=Decimal)
    for name in TIMES:
        row[name] = micros(row[name])
    return row


def compare(reader, want, rows):
    assert len(rows) == len(want), f"{reader}: {len(rows)} rows, want {len(want)}"
    last = None
    for i, (w, row) in enumerate(zip(want, rows)):
        row = normal(row)
        for name, value in w.items():
            got = row.pop(name)
            assert got == value and type(got) is type(value), f"{reader}, row {i}, {name}: {got!r}, want {value!r}"
        assert sorted(row) == ["_sdc_batched_at", "_sdc_received_at", "_sdc_sequence"], sorted(row)
        assert last is None or row["_sdc_sequence"] > last
        last = row["_sdc_sequence"]


def compare_filters(path, want):
    data = pyarrow.dataset.dataset(path)
    for name in ("id", "unsigned", "ratio", "price", "amount", "exact", "day", "name", "code"):
        present = sorted(r[name] for r in want if r[name] is not None)
        for at in (0, len(present) // 3, len(present) - 1):
            value = present[at]
            for operator, count in ((">", sum(v > value for v in present)), ("=", present.count(value)), ("<=", sum(v <= value for v in present))):
                got = duckdb.execute(f"select count(*) from read_parquet(?) where {name} {operator} ?", [path, value]).fetchone()[0]
                assert got == count, f"duckdb: {name} {operator} {value!r}: {got}, want {count}"
                field = pyarrow.dataset.field(name)
                scalar = pyarrow.scalar(value, data.schema.field(name).type)
                condition = {">": field > scalar, "=": field == scalar, "<=": field <= scalar}[operator]
                got = data.count_rows(filter=condition)
                assert got == count, f"pyarrow: {name} {operator} {value!r}: {got}, want {count}"


def compare_statistics(metadata, want):
    """Wrong minima and maxima would have some reader skip rows that it must not."""
    first, seen = 0, set()
    for group in (metadata.row_group(i) for i in range(metadata.num_row_groups)):
        rows = want[first : first + group.num_rows]
        first += group.num_rows
        for column in (group.column(i) for i in range(group.num_columns)):
            name, statistics = column.path_in_schema, column.statistics
            if name not in COLUMNS or statistics is None or not statistics.has_min_max:
                continue
            values = [r[name] for r in rows if r[name] is not None]
            low, high = statistics.min, statistics.max
            if name == "at":
                low, high = micros(low), micros(high)
            assert (low, high) == (min(values), max(values)), f"{name}: {low!r} to {high!r}, want {min(values)!r} to {max(values)!r}"
            assert statistics.null_count == len(rows) - len(values), name
            seen.add(name)
    assert seen == {"id", "unsigned", "ratio", "price", "amount", "exact", "at", "day", "ok", "name", "code"}, seen


def main(source, path):
    want = list(expected(source))
    table = pyarrow.parquet.read_table(path)
    compare("pyarrow", want, table.to_pylist())

    duckdb.execute("set timezone = 'UTC'")
    cursor = duckdb.execute("select * from read_parquet(?) order by _sdc_sequence", [path])
    names = [c[0] for c in cursor.description]
    compare("duckdb", want, [dict(zip(names, row)) for row in cursor.fetchall()])

    frame = pandas.read_parquet(path, dtype_backend="pyarrow")
    assert list(frame.columns) == list(table.column_names)
    for name in ("id", "unsigned", "price", "amount", "exact", "day", "ok", "name"):
        got = [None if v is pandas.NA or v is None else v for v in frame[name].tolist()]
        assert got == [r[name] for r in want], f"pandas: {name}"

    compare_filters(path, want)
    metadata = pyarrow.parquet.read_metadata(path)
    compare_statistics(metadata, want)
    assert metadata.num_row_groups > 1, "one row group proves little"
    keys = {k.decode(): v.decode() for k, v in metadata.metadata.items()}
    assert keys["singer.stream"] == "all" and keys["singer.table_version"] == "1" and len(keys["singer.schema_sha256"]) == 64, keys
    print(f"{len(want)} rows agree, in {metadata.num_row_groups} row groups, {metadata.row_group(0).column(0).compression}")


main(*sys.argv[1:])
