#!/usr/bin/env bash
# Records the output of real taps for the tests; README.md beside it tells more.
#   record.sh [WORK]      WORK is a scratch folder, made if need be; kept.
# Needs python3 with venv, PyPI, and PostgreSQL with the wal2json plugin
# (Debian: postgresql-15 postgresql-15-wal2json). As root, PostgreSQL runs as
# the user postgres.
set -euo pipefail

here=$(cd "$(dirname "$0")" && pwd)
work=${1:-$(mktemp -d)}
bin=$(pg_config --bindir)
port=${PORT:-54329}
mkdir -p "$work" && work=$(cd "$work" && pwd)
cd "$work"

as_postgres() { if [ "$(id -u)" = 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }
sql() { psql -X -v ON_ERROR_STOP=1 -h 127.0.0.1 -p "$port" -U tap -d shop "$@"; }
install() { python3 -m venv "$1" && "$1/bin/pip" install -q "${@:2}"; }
last_state() { python3 -c '
import json, sys
for line in sys.stdin:
    m = json.loads(line)
    if m["type"] == "STATE": state = m["value"]
json.dump(state, sys.stdout)'; }
# gzip -n: neither the file's name nor its time.
keep() { mkdir -p "$here/$1" && gzip -9n < "$2" > "$here/$1/messages.singer.gz"; }

# --- the database
rm -rf pg && mkdir pg
[ "$(id -u)" != 0 ] || { chmod go+x "$work" && chown postgres pg; }
as_postgres "$bin/initdb" -D "$work/pg/data" -A trust -U tap -E UTF8 --locale=C.UTF-8 > initdb.log
as_postgres "$bin/pg_ctl" -D "$work/pg/data" -w -l "$work/pg/log" -o "-c port=$port -c listen_addresses=127.0.0.1 -c unix_socket_directories=$work/pg -c timezone=UTC -c wal_level=logical -c fsync=off" start
trap 'as_postgres "$bin/pg_ctl" -D "$work/pg/data" -m fast -w stop' EXIT
psql -X -q -h 127.0.0.1 -p "$port" -U tap -d postgres -c 'CREATE DATABASE shop'
sql -q -f "$here/schema.sql"
sql -q -c "SELECT pg_create_logical_replication_slot('tappostgres', 'wal2json'), pg_create_logical_replication_slot('pipelinewise_shop', 'wal2json')" > slots.log

# --- tap-postgres of Meltano
install meltano meltanolabs-tap-postgres==0.10.0 singer-sdk==0.54.9
meltano() { # NAME SCHEMA METHOD [STREAM=COLUMN ...]
  printf '{"host": "127.0.0.1", "port": %s, "user": "tap", "password": "unused", "database": "shop", "filter_schemas": ["%s"], "replication_idle_exit_seconds": 3}' "$port" "$2" > "$1.json"
  meltano/bin/tap-postgres --config "$1.json" --discover 2> "$1.log" | python3 "$here/select.py" "${@:3}" > "$1.catalog.json"
  meltano/bin/tap-postgres --config "$1.json" --catalog "$1.catalog.json" > "$1.singer" 2>> "$1.log"
}
meltano m-shop shop FULL_TABLE shop-orders=updated_at
meltano m-depot depot LOG_BASED
last_state < m-depot.singer > m-depot.state.json

# --- tap-postgres of PipelineWise
install pipelinewise pipelinewise-tap-postgres==1.8.4
pipelinewise() {
  printf '{"host": "127.0.0.1", "port": %s, "user": "tap", "password": "unused", "dbname": "shop", "filter_schemas": "%s", "logical_poll_total_seconds": 5}' "$port" "$2" > "$1.json"
  pipelinewise/bin/tap-postgres --config "$1.json" --discover 2> "$1.log" | python3 "$here/select.py" "${@:3}" > "$1.catalog.json"
  pipelinewise/bin/tap-postgres --config "$1.json" --catalog "$1.catalog.json" > "$1.singer" 2>> "$1.log"
}
pipelinewise p-shop shop FULL_TABLE shop-orders=updated_at
pipelinewise p-depot depot LOG_BASED
last_state < p-depot.singer > p-depot.state.json

# --- changes, read from the log by both
sql -q -f "$here/changes.sql"
meltano/bin/tap-postgres --config m-depot.json --catalog m-depot.catalog.json --state m-depot.state.json > m-log.singer 2>> m-depot.log
pipelinewise/bin/tap-postgres --config p-depot.json --catalog p-depot.catalog.json --state p-depot.state.json > p-log.singer 2>> p-depot.log

keep meltanolabs-tap-postgres m-shop.singer
keep meltanolabs-tap-postgres-log m-log.singer
keep pipelinewise-tap-postgres p-shop.singer
keep pipelinewise-tap-postgres-log p-log.singer

# --- the same tables without Singer. A query's result is no good: psql drops
# non-characters such as U+FFFF from it. COPY is raw, and a quote and a delimiter
# that JSON cannot contain leave its lines as they are.
export PGTZ=UTC
mkdir -p "$here/postgres/source"
sql -At -F / -c "SELECT schemaname, tablename FROM pg_tables WHERE schemaname IN ('shop', 'depot') ORDER BY 1, 2" |
while IFS=/ read -r schema table; do
  sql -c "COPY (SELECT row_to_json(t) FROM \"$schema\".\"$table\" AS t ORDER BY t::text) TO STDOUT WITH (FORMAT csv, QUOTE E'\x01', DELIMITER E'\x02')" < /dev/null > "$here/postgres/source/$schema-$table.jsonl"
done

# --- tap-csv-folder, on files whose time is fixed: it is in the records
install csvfolder tap-csv-folder==0.0.1a1 singer-sdk==0.41.0
rm -rf input && mkdir input && cp "$here"/tap-csv-folder/source/*.csv input/
TZ=UTC touch -d '2024-01-02 03:04:05' input/*
echo '{"filesystem": "local", "path": "input", "read_mode": "one_stream_per_file"}' > csvfolder.json
TZ=UTC csvfolder/bin/tap-csv-folder --config csvfolder.json > csvfolder.singer 2> csvfolder.log
keep tap-csv-folder csvfolder.singer

# --- tap-s3-csv of PipelineWise, on the same files in the bucket of a local moto
install s3csv pipelinewise-tap-s3-csv==3.0.1 'moto[s3,server]<5'
s3port=$((port + 1))
s3csv/bin/moto_server -H 127.0.0.1 -p "$s3port" > moto.log 2>&1 &
moto=$!
trap 'kill $moto; as_postgres "$bin/pg_ctl" -D "$work/pg/data" -m fast -w stop' EXIT
export AWS_EC2_METADATA_DISABLED=true AWS_DEFAULT_REGION=us-east-1
S3=http://127.0.0.1:$s3port s3csv/bin/python - << 'PY'
import boto3, os, time
s3 = boto3.client("s3", endpoint_url=os.environ["S3"], aws_access_key_id="unused", aws_secret_access_key="unused")
for attempt in range(100):
    try:
        s3.create_bucket(Bucket="files")
        break
    except Exception:
        time.sleep(0.1)
for name in ("people", "awkward"):
    s3.upload_file(f"input/{name}.csv", "files", f"in/{name}.csv")
PY
cat > s3csv.json << JSON
{"aws_endpoint_url": "http://127.0.0.1:$s3port", "aws_access_key_id": "unused", "aws_secret_access_key": "unused",
 "bucket": "files", "start_date": "2000-01-01T00:00:00Z", "tables": [
  {"table_name": "people", "search_prefix": "in", "search_pattern": "people", "key_properties": ["id"], "date_overrides": ["born"], "delimiter": ","},
  {"table_name": "awkward rows", "search_prefix": "in", "search_pattern": "awkward", "key_properties": [], "delimiter": ","}]}
JSON
s3csv/bin/tap-s3-csv --config s3csv.json --discover 2> s3csv.log | python3 "$here/select.py" FULL_TABLE > s3csv.catalog.json
s3csv/bin/tap-s3-csv --config s3csv.json --properties s3csv.catalog.json > s3csv.singer 2>> s3csv.log
keep pipelinewise-tap-s3-csv s3csv.singer

du -ab "$here" | sort -n | tail -40
