#!/usr/bin/env bash
# scaling.sh measures how the throughput of a backfill grows with the processes that load
# it at once, and with the number of pieces that it is cut into, on this machine:
#
#   bench/scaling.sh [ROUNDS [MB [RUNS]]]
#
# Each process loads one piece after the other, by --once, into a folder in memory. In each
# round everything runs once, in turn. Medians are printed. RUNS, with | between them, are
# made of a format, and the numbers of pieces, processes and cores of each process.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."
rounds=${1:-5} megabytes=${2:-200}
runs=${3:-jsonl 4 1 1|jsonl 4 2 1|jsonl 4 4 1|jsonl 4 1 2|parquet 4 1 1|parquet 4 2 1|parquet 4 4 1|parquet 4 1 2|jsonl 16 2 1|jsonl 64 2 1|jsonl 256 2 1}
work=$(mktemp -d /dev/shm/target-s3-scaling-XXXX)
trap 'code=$?; [[ $code -eq 0 || ! -f $work/log ]] || tail -n 5 "$work/log"; rm -rf "$work"' EXIT

CGO_ENABLED=0 go build -trimpath -ldflags='-s -w' -o "$work/target-s3" ./cmd/target-s3
cat >"$work/schemas.singer" <<'END'
{"type": "SCHEMA", "stream": "orders", "key_properties": ["id"], "schema": {"properties": {"id": {"type": "integer"}, "customer": {"type": ["null", "string"], "maxLength": 40}, "status": {"type": "string"}, "total": {"type": ["null", "number"]}, "created_at": {"type": ["null", "string"], "format": "date-time"}, "note": {"type": ["null", "string"]}}}}
END
awk -v bytes="$megabytes"000000 'BEGIN { srand(1); while (written < bytes) {
  line = sprintf("{\"type\": \"RECORD\", \"stream\": \"orders\", \"record\": {\"id\": %d, \"customer\": \"customer %d\", \"status\": \"%s\", \"total\": %.2f, \"created_at\": \"2026-%02d-%02dT%02d:00:00Z\", \"note\": \"as long as notes are, %d\"}}", n++, rand() * 1e6, n % 3 ? "paid" : "open", rand() * 1e3, 1 + n % 12, 1 + n % 28, n % 24, rand() * 1e9)
  written += length(line) + 1; print line } }' >"$work/whole.singer"
for pieces in $(tr '|' '\n' <<<"$runs" | cut -d' ' -f2 | sort -un); do
  mkdir "$work/$pieces"
  split --number=l/$pieces --numeric-suffixes --suffix-length=3 "$work/whole.singer" "$work/$pieces/piece-"
done

# measure FORMAT PIECES PROCESSES CORES, of each process: appends the seconds of the wall, and those of CPU
measure() {
  rm -rf "$work/out"
  echo "{\"s3_bucket\": \"bench\", \"integration_name\": \"shop\", \"aws_endpoint_url\": \"file:$work/out\", \"output_file_format\": \"$1\", \"log_level\": \"warn\",
    \"s3_key_format_string\": \"[integration_name]/[table_name]/[table_version]_[timestamp_loaded]_[run_id].[csv|jsonl]\"}" >"$work/config.json"
  local TIMEFORMAT='%R %U %S'
  { time find "$work/$2" -type f -printf '%f\n' | sort |
    GOMAXPROCS=$4 xargs -P "$3" -I{} "$work/target-s3" --config "$work/config.json" --schemas "$work/schemas.singer" \
      --input "$work/$2/{}" --once "{}" >"$work/log" 2>&1; } 2>&1 | awk '{ print $1, $2 + $3 }' >>"$work/$1-$2-$3-$4.times"
}

for ((round = 0; round < rounds; round++)); do
  while read -r run; do
    # shellcheck disable=SC2086
    measure $run
  done < <(tr '|' '\n' <<<"$runs")
done

median() { sort -n | awk '{ a[NR] = $1 } END { print NR % 2 ? a[(NR + 1) / 2] : (a[NR / 2] + a[NR / 2 + 1]) / 2 }'; }
echo "| format | pieces | processes | cores of each | seconds | MB/s | CPU seconds |"
echo "|:--|--:|--:|--:|--:|--:|--:|"
while read -r format pieces processes cores; do
  times=$work/$format-$pieces-$processes-$cores.times
  wall=$(cut -d' ' -f1 "$times" | median)
  awk -v w="$wall" -v c="$(cut -d' ' -f2 "$times" | median)" -v m="$megabytes" -v row="| $format | $pieces | $processes | $cores" \
    'BEGIN { printf "%s | %.2f | %.0f | %.2f |\n", row, w, m / w, c }'
done < <(tr '|' '\n' <<<"$runs")
