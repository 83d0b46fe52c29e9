"""Runs the DAGs of examples/airflow as a test wants it.

    AIRFLOW_HOME=FOLDER run_dags.py FOLDER

FOLDER/dags has the DAGs. The loader in the PATH ends with the code in the file "before"
instead of loading, and with that in "after" once it has loaded; each only once. The tap
sends a state and then nothing more if there is the file "silent".
"""

import concurrent.futures
import pathlib
import sys
import time
from datetime import timedelta

from airflow.dag_processing.dagbag import DagBag
from airflow.sdk.exceptions import AirflowException

folder = pathlib.Path(sys.argv[1])
bag = DagBag(str(folder / "dags"))
assert not bag.import_errors, bag.import_errors
assert sorted(bag.dags) == ["backfill_shop", "sync_shop"], bag.dags


def run(name, state, tries, when=None, code=None):
    """Runs a DAG, and checks how it ended and how often its last task was tried."""
    if when:
        (folder / when).write_text(str(code))
    dag = bag.dags[name]
    for task in dag.tasks:
        task.retry_delay = timedelta(0)
    ended = dag.test()
    tried = max(instance.try_number for instance in ended.get_task_instances() if instance.task_id != "pieces")
    assert (ended.state, tried) == (state, tries), (name, when, code, ended.state, tried)


run("sync_shop", "success", 1)
run("sync_shop", "success", 2, "before", 75)
run("sync_shop", "failed", 1, "before", 2)
run("sync_shop", "failed", 1, "before", 3)
run("backfill_shop", "success", 2, "after", 1)

# The task is killed: the loader commits what it has read, and the task has failed.
(folder / "silent").touch()
sync = bag.dags["sync_shop"].get_task("sync")
with concurrent.futures.ThreadPoolExecutor() as threads:
    task = threads.submit(sync.execute, {})
    while not (folder / "sent").exists() and not task.done():
        time.sleep(0.01)
    sync.on_kill()
    assert isinstance(task.exception(), AirflowException), task.exception()
(folder / "silent").unlink()
run("sync_shop", "success", 1)
