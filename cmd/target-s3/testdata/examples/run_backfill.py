"""Runs examples/spark/backfill.py as a test wants it.

    run_backfill.py BACKFILL FOLDER CONFIG TARGET [twins]
"""

import importlib.util
import sys

from pyspark import SparkConf, SparkContext

path, folder, config, target = sys.argv[1:5]
spec = importlib.util.spec_from_file_location("backfill", path)
backfill = importlib.util.module_from_spec(spec)
sys.modules["backfill"] = backfill
spec.loader.exec_module(backfill)

conf = SparkConf().setMaster("local[2,3]").set("spark.ui.enabled", "false").set("spark.driver.host", "127.0.0.1")
context = SparkContext(conf=conf)
context.addPyFile(path)
pieces = backfill.pieces(folder, "test", 400_000)
if sys.argv[5:] == ["twins"]:  # two at once, as speculation makes them, which a local Spark does not
    pieces = [twin for piece in pieces for twin in (piece, piece)]
done = backfill.backfill(context, pieces, target, config)
assert done == [piece.id for piece in pieces], done
context.stop()
