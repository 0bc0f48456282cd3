"""Runs commands of the SAM CLI, one after another, in one process: to start it takes longer than most of what it does.

Reads a command a line, {"dir": ..., "args": [...]}, and answers each with a line, {"failed": ..., "output": ...}.
"""
import json
import os
import sys
import tempfile
import traceback

from samcli.cli.main import cli

answers = os.fdopen(os.dup(1), "w")
with tempfile.TemporaryFile() as printed:
    os.dup2(printed.fileno(), 1)
    os.dup2(printed.fileno(), 2)
    for line in sys.stdin:
        command, failed = json.loads(line), ""
        printed.seek(0)
        printed.truncate()
        try:
            os.chdir(command["dir"])
            cli(command["args"], prog_name="sam")  # ends with SystemExit, whatever comes of it
        except SystemExit as end:
            failed = f"exit status {end.code}" if end.code else ""
        except BaseException as error:
            failed = repr(error)
            traceback.print_exc()
        sys.stdout.flush()
        sys.stderr.flush()
        printed.seek(0)
        output = printed.read().decode(errors="replace")
        print(json.dumps({"failed": failed, "output": output}), file=answers, flush=True)
