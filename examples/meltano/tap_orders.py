#!/usr/bin/env python3
"""A tap that needs nothing but Python: the orders of orders.csv, from where the state ends."""

import csv
import json
import pathlib
import sys


def write(**message):
    print(json.dumps(message), flush=True)


last = 0
if "--state" in sys.argv:
    with open(sys.argv[sys.argv.index("--state") + 1]) as file:
        last = json.load(file).get("last", 0)

write(
    type="SCHEMA",
    stream="orders",
    key_properties=["id"],
    schema={
        "type": "object",
        "properties": {
            "id": {"type": "integer"},
            "email": {"type": ["string", "null"]},
            "amount": {"type": ["number", "null"]},
            "note": {"type": ["string", "null"]},
        },
    },
)
with open(pathlib.Path(__file__).with_name("orders.csv")) as file:
    for row in csv.DictReader(file):
        if int(row["id"]) <= last:
            continue
        last = int(row["id"])
        try:
            amount = float(row["amount"])
        except ValueError:
            amount = row["amount"]  # the loader rejects it, and says why
        write(type="RECORD", stream="orders", record={**row, "id": last, "amount": amount})
        write(type="STATE", value={"last": last})  # of all, the loader keeps the last that is safe
