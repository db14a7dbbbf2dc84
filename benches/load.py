#!/usr/bin/env python3
"""Measures what readers do to the service: its writer commits as fast as it can while auditctl reads a big table.

    load.py --auditctl PROGRAM --big FILE --python PYTHON [--seconds N]

For each of SQLite's journal modes the writer, which is Django with its default patience of 5 s, commits audit entries
one by one: beside nothing first, then beside each reader, which is started again and again for as many seconds. Prints
a Markdown table of the writer's commits and of the readers' times, alone and beside the writer. Exits with 1 when either
side ever heard that the database is locked, or when a reader failed. The last reader is `sqlite3 -json` over the whole
table; what it does to the writer is shown and not judged. The table is copied first, beside itself, and grows meanwhile.
"""

import argparse
import json
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import threading
import time
from pathlib import Path

SERVICE = Path(__file__).resolve().parent.parent / "tests" / "service"
NEEDLE = "insufficient"
NOTHING = "nothing"
PEER = "sqlite3 -json"
READERS = {
    "list": ["list"],
    "list --search": ["list", "--search", NEEDLE],
    "stats --by action": ["stats", "--by", "action"],
    "export -o csv": ["export", "-o", "csv"],
}


def write(database):
    """The writer: a line of stdin names what it writes beside, the last one ends it; then its account as JSON."""
    os.environ["DJANGO_SETTINGS_MODULE"] = "project.settings"
    os.environ["PARK_DATABASE"] = database
    os.environ["PARK_LOG_DIR"] = str(Path(database).with_suffix(".logs"))
    os.environ.pop("PARK_TRUTH", None)
    sys.path.insert(0, str(SERVICE))
    import django

    django.setup()
    from api.models import AuditLog
    from django.db import OperationalError, connection

    # Every commit waits for the disk, as in a service whose data matters; the tests' own setting says otherwise.
    connection.settings_dict["OPTIONS"] = {}
    beside, account = {"now": None}, {}

    def listen():
        for line in sys.stdin:
            beside["now"] = line.strip()
        beside["now"] = None

    print("ready", flush=True)
    beside["now"] = sys.stdin.readline().strip()
    threading.Thread(target=listen, daemon=True).start()
    body = "Request Body: None, Response Code: 200, Response Body: " + repr({"results": ["x" * 900]})
    while (phase := beside["now"]) is not None:
        seen = account.setdefault(phase, {"times": [], "locked": 0})
        begun = time.perf_counter()
        try:
            AuditLog.objects.create(action="GET /api/", model="API Request", details=body)
        except OperationalError:
            seen["locked"] += 1
        seen["times"].append(time.perf_counter() - begun)
    json.dump(account, sys.stdout)


def beside_readers(arguments, mode, scratch):
    """The writer's account in one journal mode, the readers' times alone and beside it, and what was said on failures."""
    database = str(Path(scratch, f"{mode}.sqlite3"))
    subprocess.run(["cp", "--reflink=auto", arguments.big, database], check=True)
    subprocess.run(["sqlite3", database, f"pragma journal_mode = {mode}"], check=True, stdout=subprocess.DEVNULL)
    # What the copy has still to bring to the disk is not the writer's to wait for.
    os.sync()
    readers = {name: [arguments.auditctl, *words, "--database", database] for name, words in READERS.items()}
    readers[PEER] = ["sqlite3", "-readonly", "-json", database, "select * from api_auditlog"]
    failures, alone, beside = [], {}, {}

    def read(name):
        begun = time.perf_counter()
        done = subprocess.run(
            readers[name], stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True
        )
        if done.returncode != 0:
            failures.append((name, f"{mode}, {name}: exit {done.returncode}: {done.stderr.strip()}"))
            return None
        return time.perf_counter() - begun

    for name in readers:
        # The second time, for the file is in memory then.
        read(name)
        alone[name] = read(name)
    command = [arguments.python, "-B", __file__, "--write", database]
    writer = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    assert writer.stdout.readline() == "ready\n", "the writer does not start"

    def phase(name):
        writer.stdin.write(name + "\n")
        writer.stdin.flush()

    phase(NOTHING)
    time.sleep(arguments.seconds)
    for name in readers:
        phase(name)
        until = time.monotonic() + arguments.seconds
        beside[name] = []
        # To its end, even if that takes longer: what it does to the writer is the question.
        while time.monotonic() < until:
            beside[name].append(read(name))
    account, _ = writer.communicate()
    os.remove(database)
    return json.loads(account), alone, beside, failures


def readers_time(times):
    """What a reader took, as a rule, and how often it came to nothing."""
    whole = [seconds for seconds in times if seconds is not None]
    said = duration(statistics.median(whole)) if whole else "never"
    failed = len(times) - len(whole)
    return f"{said}; {failed:,} of {len(times):,} failed" if failed else said


def duration(seconds):
    if seconds >= 1:
        return f"{seconds:.2f} s"
    return f"{seconds * 1000:.0f} ms" if seconds >= 0.01 else f"{seconds * 1000:.1f} ms"


def main():
    if sys.argv[1:2] == ["--write"]:
        return write(sys.argv[2])
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--auditctl", required=True)
    parser.add_argument("--big", required=True)
    parser.add_argument("--python", required=True, help="a Python with the service's Django")
    parser.add_argument("--seconds", type=float, default=10)
    arguments = parser.parse_args()
    if not shutil.which("sqlite3"):
        parser.error("sqlite3 is missing; install it (Debian: apt-get install sqlite3)")
    failures, locked, rows = [], 0, []
    # On the disk of the data: a folder in memory would make commits free.
    with tempfile.TemporaryDirectory(prefix="load-", dir=os.path.dirname(os.path.abspath(arguments.big))) as scratch:
        for mode, title in (("delete", "rollback"), ("wal", "WAL")):
            account, alone, beside, failed = beside_readers(arguments, mode, scratch)
            failures += [said for name, said in failed if name != PEER]
            for name, seen in account.items():
                times = sorted(seen["times"])
                locked += 0 if name == PEER else seen["locked"]
                reader = [readers_time([alone[name]]), readers_time(beside[name])] if name in beside else ["", ""]
                what = "nothing" if name == NOTHING else f"`{name}`"
                commits = [statistics.median(times), times[int(len(times) * 0.99)], times[-1]]
                cells = [title, what, f"{len(times):,}", *map(duration, commits), str(seen["locked"]), *reader]
                rows.append(f"| {' | '.join(cells)} |")
    size = os.path.getsize(arguments.big) / 1e9
    print(f"Django commits audit entries beside readers of {size:.2f} GB, {arguments.seconds:g} s each, {os.cpu_count()} cores.\n")
    print("| journal | beside | commits | median | 99th percentile | longest | locked | reader alone | beside the writer |")
    print("|---|---|--:|--:|--:|--:|--:|--:|--:|")
    print("\n".join(rows))
    for failure in failures:
        print(f"FAILED {failure}", file=sys.stderr)
    if locked:
        print(f"FAILED the writer heard {locked} times that the database is locked", file=sys.stderr)
    return 1 if failures or locked else 0


if __name__ == "__main__":
    sys.exit(main())
