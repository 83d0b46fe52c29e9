#!/usr/bin/env bash
# load.sh: one sync of a tap into the bucket, for cron, systemd or a shell.
#
#   TAP='tap-postgres --config tap.json' ./load.sh
#
# It exits with the loader's code, or with the tap's if only the tap failed. The
# state is in state.json: the next run begins where the last one ended. A second
# run that starts before the first has ended is refused, with exit code 1.
set -u -o pipefail # which is why it needs bash

tap=${TAP:?set TAP to the command of the tap, for example: tap-postgres --config tap.json}
target=${TARGET:-target-s3 --config config.json}

# systemd sends SIGTERM to all processes of a service. The loader then commits what it
# has read. The script must not end before it does, and needs its exit code.
trap 'stopped=yes' TERM

[ -s state.json ] || echo '{}' >state.json
sync() {
  # The commands are split into words on purpose. The states are in the file, so nobody
  # needs them on standard output.
  # shellcheck disable=SC2086
  $tap --state state.json | $target --state-file state.json >/dev/null
}

sync
code=$?
# 75: the commit of a load that crashed was finished, and nothing was read (exactly_once).
if [ $code -eq 75 ] && [ -z "${stopped:-}" ]; then
  sync
  code=$?
fi
exit $code
