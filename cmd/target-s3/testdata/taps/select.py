"""Selects every stream and column of a discovered catalog, which it reads from
standard input: select.py METHOD [STREAM=COLUMN ...], the streams named to be
read INCREMENTAL by that column."""

import json
import sys

default, incremental = sys.argv[1], dict(arg.split("=") for arg in sys.argv[2:])
catalog = json.load(sys.stdin)
for stream in catalog["streams"]:
    column = incremental.get(stream["tap_stream_id"])
    method = "INCREMENTAL" if column else default
    stream["selected"] = True
    stream["replication_method"] = method
    stream.pop("replication_key", None)
    if column:
        stream["replication_key"] = column
    for entry in stream["metadata"]:
        entry["metadata"]["selected"] = True
        if entry["breadcrumb"] == []:
            entry["metadata"]["replication-method"] = method
            if column:
                entry["metadata"]["replication-key"] = column
json.dump(catalog, sys.stdout, indent=1)
