"""Commands in environments of their own, from one process that has loaded what no setting changes."""

import json
import subprocess
import sys
from collections.abc import Mapping, Sequence

from django.conf import settings

EACH = """
import json, os, runpy, sys, tempfile

import celery.apps.worker, celery.bin.celery, celery.schedules, csp.constants, django.core.management
import django.contrib.postgres.fields, django.db.backends.postgresql.base, django.test.client
import gunicorn.app.wsgiapp, hmis

answers = []
for environment, command in json.load(sys.stdin):
    with tempfile.TemporaryFile() as said:
        if not (child := os.fork()):
            os.dup2(said.fileno(), 1)
            os.dup2(said.fileno(), 2)
            os.environ.clear()
            os.environ.update(environment)
            sys.argv = [*command]
            if command[0] == "manage.py":
                runpy.run_path("manage.py", run_name="__main__")
            else:
                runpy.run_module(command[0], run_name="__main__", alter_sys=True)
            sys.exit()
        status = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
        said.seek(0)
        answers.append([status, said.read().decode()])
print(json.dumps(answers))
"""


def each(
    asked: Sequence[tuple[Mapping[str, str], Sequence[str]]], environment: Mapping[str, str]
) -> list[tuple[int, str]]:
    """What each of these ended with and has said: (its environment, "manage.py" or a module, its arguments).

    `environment` is that of the process which they come from.
    """
    done = subprocess.run(
        [sys.executable, "-c", EACH],
        input=json.dumps(asked),
        env=environment,
        cwd=settings.BASE_DIR,
        capture_output=True,
        text=True,
        check=True,
        timeout=200,
    )
    return [(status, said) for status, said in json.loads(done.stdout)]
