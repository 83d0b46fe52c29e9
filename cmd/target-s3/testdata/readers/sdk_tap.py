"""A tap made with the Meltano SDK: with batch_config in its settings it writes batch files."""

import datetime
import decimal

from singer_sdk import Stream, Tap
from singer_sdk import typing as th


class Numbers(Stream):
    name = "numbers"
    primary_keys = ["id"]
    replication_key = "id"
    is_sorted = True
    schema = th.PropertiesList(
        th.Property("id", th.IntegerType),
        th.Property("text", th.StringType),
        th.Property("amount", th.NumberType),
        th.Property("at", th.DateTimeType),
        th.Property("tags", th.ArrayType(th.StringType)),
        th.Property("nested", th.ObjectType(th.Property("deep", th.BooleanType))),
    ).to_dict()

    def get_records(self, context):
        for i in range(1, 26):
            yield {
                "id": i,
                "text": None if i % 5 == 0 else f"é\n\"{i}\" 日本",
                "amount": decimal.Decimal(i) / 8,
                # The SDK itself writes a datetime in another way to a batch file than to a message.
                "at": (datetime.datetime(2024, 2, 29, 12) + datetime.timedelta(hours=i)).isoformat() + "Z",
                "tags": ["a", str(i)][: i % 3],
                "nested": {"deep": i % 2 == 0},
            }


class TapNumbers(Tap):
    name = "tap-numbers"
    config_jsonschema = th.PropertiesList().to_dict()

    def discover_streams(self):
        return [Numbers(self)]


if __name__ == "__main__":
    TapNumbers.cli()
