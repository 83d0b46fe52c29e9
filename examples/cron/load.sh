#!/usr/bin/env bash
# load.sh: one sync of a tap into the bucket, for cron or a shell. It needs bash
# (for PIPESTATUS) and flock (util-linux).
#
#   TAP='tap-postgres --config tap.json' ./load.sh
#
# It exits with the loader's code, or with the tap's if only the tap failed. The
# state is in state.json: the next run begins where the last one ended. A second
# run that starts before the first has ended does nothing and exits with 75.
set -u

tap=${TAP:?set TAP to the command of the tap, for example: tap-postgres --config tap.json}
target=${TARGET:-target-s3 --config config.json}

exec 9>>load.lock
flock -n 9 || { echo "load.sh: another run is under way (load.lock)" >&2; exit 75; }

state=()
if [ -s state.json ]; then state=(--state state.json); fi

# The commands are split into words on purpose.
# shellcheck disable=SC2086
$tap ${state[@]+"${state[@]}"} | $target >states.new
codes=("${PIPESTATUS[@]}")

# The last whole line is the last state. Take it over after a failure too: every
# state that was written is true. A line without its newline is not taken.
last=
while IFS= read -r line; do last=$line; done <states.new
if [ -n "$last" ]; then
  printf '%s\n' "$last" >state.json.new && sync state.json.new && mv state.json.new state.json || exit 1
fi

if [ "${codes[1]}" -ne 0 ]; then exit "${codes[1]}"; fi
if [ "${codes[0]}" -ne 0 ]; then echo "load.sh: the tap failed with exit code ${codes[0]}; what it sent is loaded" >&2; fi
exit "${codes[0]}"
