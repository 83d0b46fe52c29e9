#!/usr/bin/env python3
"""Loads a folder of Singer files of any size: one load for each piece, many at once.

    spark-submit --files config.json backfill.py --name backfill-2026 --config config.json /data/singer

The files are cut into pieces of --piece-bytes, at the ends of lines. A compressed file
(.gz, .zst) is one piece. Every piece has a name of its own that depends on nothing but
the file, the place and the size, and is loaded with --once under that name: so a task
that is run again, a speculative twin of it, and the whole job started anew load nothing
twice. Do not change --name, --piece-bytes or the files between two runs of one backfill.

Every worker needs target-s3 in its PATH (or --target), the folder under the same path,
and the config file. The key in config.json should have [run_id] in it.
"""

import argparse
import collections
import hashlib
import json
import os
import subprocess
import tempfile

Piece = collections.namedtuple("Piece", "path begin end id")

COMPRESSED = (".gz", ".zst")


def pieces(folder, name, size):
    """Cuts all files of a folder, in the order of their names."""
    cut = []
    for file in sorted(os.listdir(folder)):
        path = os.path.join(folder, file)
        if not os.path.isfile(path):
            continue
        end = os.path.getsize(path)
        step = max(1, end if file.endswith(COMPRESSED) else size)
        for begin in range(0, end, step):
            place = hashlib.sha256(f"{file} {begin} {step}".encode()).hexdigest()[:16]
            cut.append(Piece(path, begin, min(begin + step, end), f"{name}-{place}"))
    return cut


def lines(piece):
    """Gives the offsets and texts of the lines that begin in a piece."""
    with open(piece.path, "rb") as file:
        if piece.begin > 0:
            file.seek(piece.begin - 1)
            file.readline()  # it began in the piece before
        while (at := file.tell()) < piece.end and (line := file.readline()):
            yield at, line


def schemas_of(piece):
    """Gives the SCHEMA messages of a piece: its file, where each stands, its stream, its text."""
    if piece.path.endswith(COMPRESSED):
        return
    for at, line in lines(piece):
        if b'"SCHEMA"' in line:
            message = json.loads(line)
            if message.get("type", "").upper() == "SCHEMA":
                yield piece.path, at, message["stream"], line


def in_force(found, piece):
    """Joins the schemas that hold where a piece begins: the last of each stream before it."""
    last = {}
    for path, at, stream, line in sorted(found):
        if (path, at) < (piece.path, piece.begin):
            last[stream] = line if line.endswith(b"\n") else line + b"\n"
    return b"".join(last.values())


def load(piece, schemas, target, config):
    """Loads one piece, and raises if that failed: then Spark runs the task again.

    The loader gets a file, not a pipe. When a task is killed a pipe ends where it is,
    and the loader would take the half for the whole piece (so does RDD.pipe).
    """
    command = [target, "--config", config, "--once", piece.id]
    with tempfile.NamedTemporaryFile(suffix=".singer") as given, tempfile.TemporaryFile() as copy, open(os.devnull, "w") as states:
        given.write(schemas)
        given.flush()
        command += ["--schemas", given.name]
        if piece.path.endswith(COMPRESSED):
            command += ["--input", piece.path]
        else:
            copy.writelines(line for _, line in lines(piece))
            copy.seek(0)
        # The states of a piece mean nothing to anybody. The log goes to that of the task.
        code = subprocess.run(command, stdin=copy, stdout=states).returncode
    if code != 0:
        raise RuntimeError(f"{piece.id} ({piece.path} from byte {piece.begin}): target-s3 ended with exit code {code}; its log says why")
    return piece.id


def backfill(context, all_pieces, target, config):
    """Finds the schemas, and then loads the pieces, each in a task of its own."""
    spread = context.parallelize(all_pieces, max(1, len(all_pieces)))
    found = spread.flatMap(schemas_of).collect()
    tasks = [(piece, in_force(found, piece)) for piece in all_pieces]
    return context.parallelize(tasks, max(1, len(tasks))).map(lambda task: load(*task, target, config)).collect()


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("folder")
    parser.add_argument("--name", required=True, help="of this backfill: with the same name nothing is loaded twice")
    parser.add_argument("--config", required=True)
    parser.add_argument("--target", default="target-s3")
    parser.add_argument("--piece-bytes", type=int, default=256 << 20)
    arguments = parser.parse_args()

    from pyspark import SparkConf, SparkContext

    context = SparkContext(conf=SparkConf().setAppName(arguments.name))
    done = backfill(context, pieces(arguments.folder, arguments.name, arguments.piece_bytes), arguments.target, arguments.config)
    print(f"{len(done)} pieces are loaded")
    context.stop()


if __name__ == "__main__":
    main()
