"""Parses what target-s3 ddl prints with sqlglot, for ddl_readers_test.go.

Standard input: [[dialect, statements], …]
Standard output: [[kinds of the statements, in the words of the parser], …]
"""

import json
import logging
import sys

import sqlglot

logging.disable(logging.CRITICAL)  # that it takes CALL and MSCK as they are


def kind(statement):
    words = statement.sql().split() if statement.key == "command" else [statement.key, statement.args.get("kind") or ""]
    words = [w for w in words if w not in ("/*", "*/")]
    return " ".join(words[:2]).lower() if statement.key != "command" else statement.this.lower()


json.dump([[kind(s) for s in sqlglot.parse(text, dialect=dialect) if s is not None and s.key != "semicolon"] for dialect, text in json.load(sys.stdin)], sys.stdout)
