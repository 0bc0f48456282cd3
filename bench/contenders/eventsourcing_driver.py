"""The driver of eventsourcing-dynamodb, by its recorder. See package driver."""

import json
import os
import sys
import time
from concurrent.futures import ThreadPoolExecutor
from uuid import NAMESPACE_URL, uuid5

import boto3
from botocore.config import Config
from eventsourcing.persistence import StoredEvent
from eventsourcing_dynamodb.recorders import DynamoApplicationRecorder

TABLE = os.environ["BENCH_PREFIX"] + "eventsourcing"
# As its factory makes it; connections for 64 writers.
RESOURCE = boto3.resource("dynamodb", endpoint_url=os.environ["BENCH_ENDPOINT"], config=Config(max_pool_connections=64))
RECORDER = DynamoApplicationRecorder(dynamo_table_name=TABLE, dynamo_resource=RESOURCE)
STATE = json.dumps({"by": 1, "note": "x" * 182}).encode()
HEADS = {}


class Unsupported(Exception):
    pass


def identity(key):
    return uuid5(NAMESPACE_URL, key)


def setup(_):
    RESOURCE.create_table(
        TableName=TABLE,
        BillingMode="PAY_PER_REQUEST",
        StreamSpecification={"StreamEnabled": True, "StreamViewType": "NEW_IMAGE"},
        AttributeDefinitions=[
            {"AttributeName": "originator_id", "AttributeType": "S"},
            {"AttributeName": "originator_version", "AttributeType": "N"},
        ],
        KeySchema=[
            {"AttributeName": "originator_id", "KeyType": "HASH"},
            {"AttributeName": "originator_version", "KeyType": "RANGE"},
        ],
    )
    return {}


def insert(key, head, n):
    RECORDER.insert_events([StoredEvent(identity(key), head + i + 1, "counter:Incremented", STATE) for i in range(n)])
    HEADS[key] = head + n


def append(key, n, expect):
    if expect in ("once", "any"):
        raise Unsupported(expect)
    head = 0 if expect == "new" else HEADS.get(key)
    if head is None or expect == "latest":
        all_of_them = RECORDER.select_events(identity(key))  # as its repository does
        head = all_of_them[-1].originator_version if all_of_them else 0
    insert(key, head, n)


def together(c):
    n = c.get("events", 1)

    def work(w):
        for _ in range(c["each"]):
            append(c["key"] if c.get("hot") else f"{c['key']}/{w}", n, c["expect"])

    with ThreadPoolExecutor(c["writers"]) as pool:
        list(pool.map(work, range(c["writers"])))
    return {"events": c["writers"] * c["each"] * n, "outcome": "stored"}


def storm(c):
    with ThreadPoolExecutor(c["writers"]) as pool:
        list(pool.map(lambda _: insert(c["key"], 0, 1), range(c["writers"])))
    return {"events": c["writers"], "outcome": "conflict"}


def stored(n):
    return {"events": n, "outcome": "stored"}


def do_append(c):
    append(c["key"], c["events"], c["expect"])
    return stored(c["events"])


def stale(c):
    insert(c["key"], 0, 1)
    return stored(1)


def snapshot(_):
    # Its factory keeps snapshots in the table of the events. With IS_SNAPSHOTTING_ENABLED the application takes a key's last event for
    # its snapshot, and fails by an assertion as soon as it loads an aggregate.
    raise Unsupported("snapshots that can be loaded")


def read_all(_):
    try:
        RECORDER.select_notifications(start=None, limit=1)
    except NotImplementedError as error:
        raise Unsupported("all keys") from error
    raise RuntimeError("it has notifications now: read them")


COMMANDS = {
    "setup": setup,
    "append": do_append,
    "together": together,
    "storm": storm,
    "stale": stale,
    "retry": lambda _: {"outcome": "none"},
    "read": lambda c: {"events": len(RECORDER.select_events(identity(c["key"])))},
    "snapshot": snapshot,
    "load": snapshot,
    "readall": read_all,
    "forget": lambda _: HEADS.clear() or {},
}


def main():
    for line in sys.stdin:
        command = json.loads(line)
        began = time.perf_counter_ns()
        try:
            answer = COMMANDS[command["do"]](command)
        except Unsupported as error:
            answer = {"error": f"unsupported: {error}"}
        except Exception as error:  # whatever it is, the other side tells it
            answer = {"error": f"{type(error).__name__}: {error}"}
        answer["nanos"] = time.perf_counter_ns() - began
        print(json.dumps(answer), flush=True)


main()
