"""Parses what target-s3 ddl prints with sqlglot, for ddl_readers_test.go.

Standard input: [[dialect, statements], …]
Standard output: [[kinds of the statements, in the words of the parser], …]
"""

import json
import logging
import re
import sys

import sqlglot

logging.disable(logging.CRITICAL)  # that it takes CALL and MSCK as they are

# What the parser does not know of a dialect, and takes a whole statement unparsed for.
UNKNOWN = {
    "bigquery": [(r"\nWITH PARTITION COLUMNS \([^)]*\)", ""), (r"\nWITH CONNECTION `[^`]*`", "")],
    "redshift": [(r"\nWITH SERDEPROPERTIES \(.*\)", "")],
}


def kind(statement):
    if statement.key == "command":
        return statement.this.lower()
    return f"{statement.key} {statement.args.get('kind') or ''}".lower()


def kinds(dialect, text):
    for pattern, known in UNKNOWN.get(dialect, []):
        text = re.sub(pattern, known, text)
    return [kind(s) for s in sqlglot.parse(text, dialect=dialect) if s is not None and s.key != "semicolon"]


json.dump([kinds(dialect, text) for dialect, text in json.load(sys.stdin)], sys.stdout)
