"""The task of `bench.trials.faults`."""

import os
import time

from jobs.tasks import task

LEDGER = "FAULTS_LEDGER"
# What a job takes, in seconds: enough to be killed in the middle of.
JOB_SECONDS = 0.01


@task()
def note(number: int) -> None:
    """Write down that a job began, and that it ended."""
    ledger = os.open(os.environ[LEDGER], os.O_WRONLY | os.O_APPEND)
    os.write(ledger, f"{number} {os.getpid()} begin\n".encode())
    time.sleep(JOB_SECONDS)
    os.write(ledger, f"{number} {os.getpid()} end\n".encode())
    os.close(ledger)
