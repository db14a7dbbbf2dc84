#!/usr/bin/env python3
"""Measures `auditctl parse` beside jq, rg, duckdb and hl on the same log, after making sure that the answers agree.

    parse.py --auditctl PROGRAM --log FILE [--python PYTHON] [--runs N] [--strict] [JOB…]

FILE is what logs.py makes: auditctl and rg read it as it is, and FILE.ndjson, the objects of its AUDIT lines alone,
is what the others can read. So auditctl has a quarter more bytes to read, and a twentieth more records. Prints a
Markdown table. Runs alternate (A B C A B C …); medians are quoted. A peer that is not at hand is named as not measured.
Without its program, duckdb is measured as PYTHON's module, from the moment that it is loaded. Exits with 1 when an
answer differs, and with --strict also when a mark is missed.
"""

import argparse
import csv
import itertools
import json
import os
import platform
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass, field

from compare import Failed, Measuring, duration, mebibytes, parse, warm

COLUMNS = ["timestamp", "event_type", "model", "instance_id", "user_email"]
JQ_COLUMNS = "[" + ", ".join(f".{name}" for name in COLUMNS) + "] | @csv"
# Nothing is left out: the two objects as text in a cell each.
JQ_EVERYTHING = "[.timestamp, .event_type, .model, .instance_id, .user_id, .user_email, (.changes | tojson), (.extra_data | tojson)] | @csv"
# The one column that counts, so that duckdb need not find out what the others are.
BY_EVENT = (
    "select event_type, count(*) as count from read_json(?, format = 'newline_delimited', columns = {'event_type': 'VARCHAR'}) "
    "group by 1 order by 1"
)
# From here on time counts; the answer follows on stdout.
DUCKDB = """
import json, sys, time
import duckdb
begun = time.perf_counter()
rows = duckdb.connect().execute(sys.argv[1], [sys.argv[2]]).fetchall()
print(time.perf_counter() - begun, file=sys.stderr)
print(json.dumps(rows))
"""

NAMES = ["parse-filter", "parse-csv", "parse-csv-all", "parse-ndjson", "parse-by"]


@dataclass
class Peer:
    """Another program with the same question."""

    name: str
    command: list
    # What it prints as the job's answer.
    answer: object
    # How many times faster auditctl must be; None where nothing is promised.
    mark: float | None
    # Whether it says on stderr how long it took, instead of being timed from start to finish.
    times_itself: bool = False


@dataclass
class Job:
    """Something people ask of logs."""

    name: str
    what: str
    ours: list
    # What auditctl prints as what peers are compared with.
    answer: object
    peers: list
    times: dict = field(default_factory=dict)
    memory: float | None = None


def events_of(lines):
    """The events of JSON lines, ours or the peers', by what names them."""
    for line in lines:
        record = json.loads(line)
        event = record["event"] if "logger" in record else record
        if event:
            yield event


def cells_of(lines):
    """The first columns of the events' rows; times to the second, as the prefix of a line has them."""
    reader = csv.reader(lines)
    for row in reader:
        if row[1] and row[0] != "timestamp":
            yield [row[0][:19], *row[1:5]]


def whole_rows_of(lines):
    """The events in the last column."""
    for row in csv.DictReader(lines):
        if row["event"]:
            event = json.loads(row["event"])
            yield [event[key] for key in ("timestamp", "event_type", "model", "instance_id", "user_id", "user_email", "changes", "extra_data")]


def jq_rows_of(lines):
    for row in csv.reader(lines):
        text = [cell or None for cell in row[:6]]
        numbers = [text[at] and int(text[at]) for at in (3, 4)]
        yield [*text[:3], *numbers, text[5], json.loads(row[6]), json.loads(row[7])]


def groups_of(lines):
    """How many of each event; what is no event has none."""
    groups = json.loads("".join(lines))
    if isinstance(groups, dict):
        groups = groups.items()
    elif groups and isinstance(groups[0], dict):
        groups = ((group["event_type"], group["count"]) for group in groups)
    yield from sorted((name, count) for name, count in groups if name)


def counted(lines):
    yield int("".join(lines))


def how_many(answer):
    """The number of what an answer holds, for a peer that only counts."""
    return lambda lines: iter([sum(1 for _ in answer(lines))])


def jobs(log, peers):
    objects = log + ".ndjson"
    filtered = ["--event", "PAYMENT_FAILED", "-o", "ndjson"]
    jq, rg, hl, duckdb = (peers.get(name) for name in ("jq", "rg", "hl", "duckdb"))
    wanted = 'select(.event_type == "PAYMENT_FAILED")'
    group = "reduce inputs as $event ({}; .[$event.event_type] += 1)"
    return [
        Job("parse-filter", "filter to JSON lines, some hundred hits", filtered, events_of, [
            Peer("jq", jq and [jq, "-c", wanted, objects], events_of, 30),
            Peer("rg", rg and [rg, "--no-config", "-c", '"event_type": "PAYMENT_FAILED"', log], counted, 1),
            Peer("hl", hl and [hl, "--raw", "-P", "-q", "event_type = PAYMENT_FAILED", objects], events_of, 3),
        ]),
        Job("parse-csv", "CSV of five columns, every record", ["-o", "csv", "--columns", ",".join(COLUMNS)], cells_of, [
            Peer("jq", jq and [jq, "-r", JQ_COLUMNS, objects], cells_of, 15),
        ]),
        Job("parse-csv-all", "CSV of all columns, every record", ["-o", "csv"], whole_rows_of, [
            Peer("jq", jq and [jq, "-r", JQ_EVERYTHING, objects], jq_rows_of, None),
        ]),
        Job("parse-ndjson", "JSON lines, every record", ["-o", "ndjson"], events_of, [
            Peer("jq", jq and [jq, "-c", ".", objects], events_of, None),
        ]),
        Job("parse-by", "count by event type", ["--by", "event_type", "-o", "json"], groups_of, [
            Peer("duckdb", duckdb and duckdb(objects), groups_of, 2, times_itself=bool(duckdb) and duckdb is peers.get("module")),
            Peer("jq", jq and [jq, "-n", group, objects], groups_of, None),
        ]),
    ]


def find_peers(python):
    peers = {name: shutil.which(name) for name in ("jq", "rg", "hl")}
    program = shutil.which("duckdb")
    if program:
        sql = lambda file: BY_EVENT.replace("?", "'" + file.replace("'", "''") + "'")
        peers["duckdb"] = lambda file: [program, "-json", "-c", sql(file)]
    elif python and subprocess.run([python, "-c", "import duckdb"], capture_output=True).returncode == 0:
        peers["duckdb"] = peers["module"] = lambda file: [python, "-c", DUCKDB, BY_EVENT, file]
    return peers


class Bench(Measuring):
    def __init__(self, arguments, scratch):
        super().__init__(arguments, scratch)
        self.log = arguments.log

    def ours(self, job):
        return [self.auditctl, "parse", self.log, *job.ours]

    def answer(self, command, read):
        """The answer, piece by piece: nobody should hold all of it."""
        process = subprocess.Popen(command, env=self.environment, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, encoding="utf-8")
        with process:
            yield from read(process.stdout)
        if process.returncode != 0:
            raise Failed(f"{' '.join(command)}\n  exit {process.returncode}")

    def verify(self, job, peer):
        """Raises Failed unless both give the same answer."""
        read = how_many(job.answer) if peer.answer is counted else job.answer
        ours, theirs = self.answer(self.ours(job), read), self.answer(peer.command, peer.answer)
        for a, b in itertools.zip_longest(ours, theirs):
            if a != b:
                raise Failed(f"{job.name}: {peer.name} answers otherwise: {str(a)[:300]} and {str(b)[:300]}")

    def measure(self, command, times_itself=False):
        """Seconds from start to finish, or as many as the command says."""
        with open(os.devnull, "r+b") as nowhere, tempfile.TemporaryFile(dir=self.scratch) as said:
            start = time.perf_counter()
            process = subprocess.Popen(command, env=self.environment, stdin=nowhere, stdout=nowhere, stderr=said)
            code = process.wait()
            seconds = time.perf_counter() - start
            said.seek(0)
            text = said.read().decode(errors="replace").strip()
        if code != 0:
            raise Failed(f"{' '.join(command)}\n  exit {code}: {text}")
        return float(text.split()[-1]) if times_itself else seconds

    def run(self, job, runs):
        job.memory = self.peak_memory(self.ours(job))
        present = [peer for peer in job.peers if peer.command]
        job.times = {"ours": [], **{peer.name: [] for peer in present}}
        # One run each that doesn't count: the files are in memory, the programs too.
        for counts in [False] + [True] * runs:
            for name, command, itself in [("ours", self.ours(job), False)] + [(p.name, p.command, p.times_itself) for p in present]:
                seconds = self.measure(command, itself)
                if counts:
                    job.times[name].append(seconds)


def report(bench, measured, runs):
    """Prints the table; whether every mark was reached."""
    size = os.path.getsize(bench.log)
    print(
        f"{size / 1e6:.0f} MB, warm cache; medians of {runs} alternating runs; {os.cpu_count()} cores, "
        f"{platform.system()} {platform.machine()}.\n"
    )
    print("| job | auditctl | peer | | times as fast | at least | | peak memory |")
    print("|---|--:|---|--:|--:|--:|---|--:|")
    reached = True
    for job in measured:
        ours = statistics.median(job.times["ours"])
        for peer in job.peers:
            mark = "" if peer.mark is None else f"{peer.mark:g}×"
            if not peer.command:
                print(f"| {job.what} | {duration(ours)} | {peer.name} | not measured | | {mark} | | |")
                continue
            theirs = statistics.median(job.times[peer.name])
            ratio = theirs / ours
            verdict = "" if peer.mark is None else "reached" if ratio >= peer.mark else "**missed**"
            reached &= verdict != "**missed**"
            print(
                f"| {job.what} | {duration(ours)} | {peer.name} | {duration(theirs)} | {ratio:.1f}× | {mark} | {verdict} "
                f"| {mebibytes(job.memory)} |"
            )
    return reached


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--auditctl", required=True)
    parser.add_argument("--log", required=True)
    parser.add_argument("--python", default=sys.executable, help="where duckdb's module may be found")
    arguments = parse(parser, NAMES)
    wrong = False
    with tempfile.TemporaryDirectory(prefix="auditctl-bench-") as scratch:
        bench = Bench(arguments, scratch)
        measured = []
        for path in (arguments.log, arguments.log + ".ndjson"):
            warm(path)
        for job in jobs(arguments.log, find_peers(arguments.python)):
            if arguments.jobs and job.name not in arguments.jobs:
                continue
            try:
                for peer in job.peers:
                    if peer.command:
                        bench.verify(job, peer)
                bench.run(job, arguments.runs)
                measured.append(job)
                print(f"{job.name}: same answers, measured", file=sys.stderr)
            except Failed as failure:
                wrong = True
                print(f"FAILED {failure}", file=sys.stderr)
        reached = report(bench, measured, arguments.runs) if measured else True
    return 1 if wrong or (arguments.strict and not reached) else 0


if __name__ == "__main__":
    sys.exit(main())
