#!/usr/bin/env bash
#
# Compares target-s3 with other Singer targets for S3: each loads the same data
# into one S3 server on this machine (versitygw, as the tests use it).
#
#   bench/peers.sh [MB [ROUNDS]]        (8 MB and 5 rounds)
#
# It needs Go, git and Python 3, and the network to install the others into
# ${XDG_CACHE_HOME:-~/.cache}/target-s3-bench, where they stay. What cannot be
# installed, does not work or loses records is left out, and the reason printed.
# PEERS names those to compare with: PEERS=sdk, or PEERS= for none.
set -euo pipefail
cd "$(dirname "${BASH_SOURCE[0]}")/.."

readonly size=${1:-8} rounds=${2:-5}
readonly csv_package=pipelinewise-target-s3-csv==2.0.0
readonly sdk_package=plinxore-target-s3==0.1.7
readonly blob_source=https://github.com/MeltanoLabs/target-jsonl-blob
readonly blob_commit=a88e48ecea0b1934875ca8a5bc98c317199cedb1

cache=${XDG_CACHE_HOME:-$HOME/.cache}/target-s3-bench
work=$(mktemp -d)
server=
trap '[[ -z $server ]] || kill "$server"; rm -rf "$work"' EXIT
mkdir -p "$cache" "$work/data/bench" "$work/samples"

go build -o "$work/s3server" ./tools/s3server
"$work/s3server" "$work/data" >"$work/server" 2>"$work/server.log" &
server=$!
until [[ -s $work/server ]]; do
  kill -0 "$server" 2>/dev/null || { cat "$work/server.log" >&2; exit 1; }
  sleep 0.1
done
set -a
source "$work/server"
set +a
export AWS_DEFAULT_REGION=$AWS_REGION AWS_CONFIG_FILE=/dev/null AWS_SHARED_CREDENTIALS_FILE=/dev/null NO_PROXY=127.0.0.1
readonly endpoint=$AWS_ENDPOINT_URL

CGO_ENABLED=0 go build -trimpath -ldflags '-s -w' -o "$work/target-s3" ./cmd/target-s3
go run ./bench child:generate -output "$work/input" -kind narrow -size "$((size * 1000000))" >/dev/null
records=$(grep -c '"type": *"RECORD"' "$work/input")

# python PROGRAM PACKAGE PYTHON...: the path of a program of a package, in an
# environment of its own.
python() {
  local program=$cache/${2/==/-}/bin/$1 dir=$cache/${2/==/-} package=$2 python
  [[ ! -x $program ]] || { echo "$program"; return; }
  for python in "${@:3}"; do
    "$python" -c 'import venv' 2>/dev/null || continue
    "$python" -m venv --clear "$dir" && "$dir/bin/pip" install --quiet "$package" && { echo "$program"; return; }
    rm -rf "$dir" # half of an installation must not pass for one
    return 1
  done
  echo "none of ${*:3} is here"
  return 1
}

blob() {
  local program=$cache/target-jsonl-blob-${blob_commit:0:12}
  command -v target-jsonl-blob && return
  [[ ! -x $program ]] || { echo "$program"; return; }
  # Its module's path leads nowhere, so that go install cannot get it.
  git init --quiet "$work/blob" && git -C "$work/blob" fetch --quiet --depth=1 "$blob_source" "$blob_commit" &&
    git -C "$work/blob" checkout --quiet "$blob_commit" && go -C "$work/blob" build -o "$program" . && echo "$program"
}

# Each peer: how to get the program, and its settings, the nearest to what it is
# compared with: no compression, and files as large as it makes them.
ours() {
  echo '{"s3_bucket": "bench", "s3_key_prefix": "'"$1"'/", "aws_endpoint_url": "'"$endpoint"'", "output_file_format": "'"$1"'", "log_level": "warn"}'
}
program_jsonl() { echo "$work/target-s3"; }
program_csv() { echo "$work/target-s3"; }
program_blob() { blob; }
program_sdk() { python target-s3 "$sdk_package" python3.12 python3.11 python3.10 python3; }
program_pipelinewise() { python target-s3-csv "$csv_package" python3.10 python3.9 python3.8 python3; }
settings_jsonl() { ours jsonl; }
settings_csv() { ours csv; }
settings_blob() {
  echo '{"bucket": "s3://bench?endpoint='"$endpoint"'&use_path_style=true&region=us-east-1", "key_template": "blob/{{.StreamName}}.jsonl"}'
}
settings_sdk() {
  echo '{"format": {"format_type": "jsonl"}, "compression": "none", "prefix": "sdk", "batch_size": 100000, "cloud_provider": {"cloud_provider_type": "aws", "aws": {
    "aws_access_key_id": "'"$AWS_ACCESS_KEY_ID"'", "aws_secret_access_key": "'"$AWS_SECRET_ACCESS_KEY"'", "aws_region": "us-east-1", "aws_bucket": "bench", "aws_endpoint_override": "'"$endpoint"'"}}}'
}
settings_pipelinewise() {
  echo '{"aws_access_key_id": "'"$AWS_ACCESS_KEY_ID"'", "aws_secret_access_key": "'"$AWS_SECRET_ACCESS_KEY"'", "aws_endpoint_url": "'"$endpoint"'",
    "s3_bucket": "bench", "s3_key_prefix": "pipelinewise/", "temp_dir": "'"$work"'"}'
}

# load NAME: one load, and its seconds of wall and of CPU as a line of its samples.
load() {
  local TIMEFORMAT='%R %U %S' program
  program=$(<"$work/$1.program")
  rm -rf "$work/data/bench/$1"
  { time "$program" --config "$work/$1.json" <"$work/input" >/dev/null 2>"$work/$1.log"; } 2>"$work/sample" || return
  awk '{print $1, $2 + $3}' "$work/sample" >>"$work/samples/$1"
}

# complete NAME: every record has its line, and maybe each object a header.
complete() {
  local lines objects
  lines=$(find "$work/data/bench/$1" -type f -exec awk 1 {} + | wc -l)
  objects=$(find "$work/data/bench/$1" -type f | wc -l)
  ((lines >= records && lines <= records + objects)) || { echo "it wrote $lines lines in $objects objects for $records records" >"$work/$1.log"; return 1; }
}

names=()
for name in jsonl csv ${PEERS-blob sdk pipelinewise}; do
  "settings_$name" >"$work/$name.json"
  # The first run is not counted: it says whether the program works.
  if "program_$name" >"$work/$name.program" 2>"$work/$name.log" && load "$name" && complete "$name"; then
    names+=("$name")
    rm "$work/samples/$name"
  else
    echo "skipped: $name: $(tail -n 1 "$work/$name.log")"
    [[ $name != jsonl ]] || exit 1
  fi
done
for ((round = 0; round < rounds; round++)); do
  for name in "${names[@]}"; do load "$name"; done
done

median() { cut -d' ' -f"$2" "$work/samples/$1" | sort -n | awk '{v[NR] = $1} END {print v[int((NR + 1) / 2)]}'; }
printf '| target | wall s | CPU s | records/s | wall / of target-s3 jsonl |\n|:--|--:|--:|--:|--:|\n'
base=$(median jsonl 1)
for name in "${names[@]}"; do
  awk -v name="$name" -v wall="$(median "$name" 1)" -v cpu="$(median "$name" 2)" -v n="$records" -v base="$base" \
    'BEGIN {printf "| %s | %.3f | %.3f | %.0f | %.1f |\n", name, wall, cpu, n / wall, wall / base}'
done
