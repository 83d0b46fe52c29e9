"""Two DAGs for Airflow 3: a sync of a tap every day, and a backfill of many Singer files.

Put this file into the dags folder. Every worker needs bash, the tap, target-s3, the
settings in CONFIG and TAP_CONFIG, and for the backfill the files in FOLDER. Secrets come
from the worker's environment, as the AWS CLI takes them, or from the role of its machine.
"""

import glob
import os
from datetime import datetime, timedelta

from airflow.providers.standard.hooks.subprocess import SubprocessHook
from airflow.sdk import DAG, BaseOperator, task
from airflow.sdk.exceptions import AirflowException, AirflowFailException

CONFIG = "/etc/target-s3/shop/config.json"
TAP_CONFIG = "/etc/target-s3/shop/tap.json"
FOLDER = "/data/singer"

# Another try loads nothing twice. So a task that is lost with its worker costs only time.
RETRIES = {"retries": 3, "retry_delay": timedelta(minutes=1)}


class Load(BaseOperator):
    """Runs a load by bash, and fails for good where another try would do the same.

    BashOperator tries again after every exit code but the one that skips the task.
    """

    template_fields = ("command",)

    def __init__(self, *, command, piece="", **kwargs):
        super().__init__(**kwargs)
        self.command = command
        self.piece = piece
        self.hook = None

    def execute(self, context):
        self.hook = SubprocessHook()
        environment = {**os.environ, "PIECE": self.piece}
        code = self.hook.run_command(["bash", "-c", self.command], env=environment).exit_code
        if code in (2, 3):  # wrong settings; too many rejected records
            raise AirflowFailException(f"exit code {code}: the log says what to mend")
        if code != 0:  # among others 75: nothing was read, run again
            raise AirflowException(f"exit code {code}")

    def on_kill(self):
        # To bash, tap and loader. The loader commits what it has read.
        if self.hook is not None:
            self.hook.send_sigterm()


# The bucket keeps the state (exactly_once), so that a task may run on any worker.
SYNC = f"""
set -e -o pipefail
target-s3 state --config {CONFIG} > state.json
tap-postgres --config {TAP_CONFIG} --state state.json |
  target-s3 --config {CONFIG} --tap-state state.json > /dev/null
"""

with DAG("sync_shop", schedule="@daily", start_date=datetime(2026, 1, 1), catchup=False, max_active_runs=1, default_args=RETRIES):
    Load(task_id="sync", command=SYNC)

# --once names the piece: by the run, and by its place among the files. The name is the same
# in each try, and when a task of this run is cleared. A new run loads everything again.
PIECE = f"""
target-s3 --config {CONFIG} --schemas {FOLDER}/schemas.singer --input "$PIECE" \
  --once "{{{{ run_id | replace(':', '-') | replace('+', '_') }}}}.{{{{ ti.map_index }}}}" > /dev/null
"""

with DAG("backfill_shop", schedule=None, default_args=RETRIES):

    @task
    def pieces():
        """Lists the files. Clear this task only if they are still the same."""
        return sorted(glob.glob(f"{FOLDER}/piece-*"))

    Load.partial(task_id="load", command=PIECE, max_active_tis_per_dagrun=8).expand(piece=pieces())
