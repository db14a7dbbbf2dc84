#!/usr/bin/env python3
"""Measures auditctl beside sqlite3 on the same data, after making sure that both give the same answer.

    compare.py --auditctl PROGRAM --big FILE --small FILE [--runs N] [JOB…]

Prints a Markdown table. Runs alternate (A B A B …), so that whatever else the machine does meets both alike; medians
are quoted. Exits with 1 when an answer differs, and with --strict also when a mark is missed.
"""

import argparse
import csv
import io
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

# In one entry of forty. Without the characters that LIKE takes for others.
NEEDLE = "insufficient"
COLUMNS = "id, timestamp, action, model, record_id, details, user_id"


@dataclass
class Job:
    """Something people ask, once for auditctl and once for sqlite3."""

    name: str
    what: str
    ours: list
    peer: str
    # How many times faster auditctl must be; None where nothing is promised.
    mark: float | None
    # The same question to sqlite3 with ties broken, where the measured one leaves them open.
    exact: str = ""
    data: str = "big"
    # The key, where groups are counted and no entries are shown.
    by: str = ""
    # What sqlite3 prints instead of its usual lists: an option.
    peer_format: str = ""
    # Times in seconds, and peak memory in MiB.
    times: dict = field(default_factory=lambda: {"ours": [], "peer": []})
    memory: dict = field(default_factory=dict)

    def counts(self):
        return "--count" in self.ours

    def streams(self):
        """Whether so much is printed that nobody should hold it."""
        return self.ours[0] == "export"


NEWEST = "select * from api_auditlog order by timestamp desc limit 50"
NEWEST_EXACT = "select * from api_auditlog order by timestamp desc, id desc limit 50"
IDS_FIRST = (
    "select * from api_auditlog where id in (select id from api_auditlog order by timestamp desc limit 50) "
    "order by timestamp desc"
)
OF_USER = "select * from api_auditlog where user_id = 5 order by timestamp desc, id desc limit 50"
COUNT_LIKE = f"select count(*) from api_auditlog where details like '%{NEEDLE}%'"
FOUND = f"select * from api_auditlog where details like '%{NEEDLE}%' order by timestamp desc, id desc limit 50"
EVERYTHING = "select * from api_auditlog"

BY_ACTION = "select action, count(*) as count from api_auditlog group by action"
BY_HOUR = "select cast(substr(timestamp, 12, 2) as integer) as hour, count(*) as count from api_auditlog group by 1"
EXPRESSION = f"details ~ {NEEDLE} and not (user = 5 or action ~ PATCH)"
COUNT_WHERE = (
    f"select count(*) from api_auditlog where details like '%{NEEDLE}%' and not (user_id is 5 or action like '%PATCH%')"
)

JOBS = [
    Job("newest", "newest 50, no index on timestamp", ["list"], NEWEST, 12, NEWEST_EXACT),
    Job("ids-first", "newest 50, sqlite3 told to take ids first", ["list"], IDS_FIRST, 2, NEWEST_EXACT),
    Job("user", "`list --user 5`", ["list", "--user", "5", "--ordering", "-timestamp"], OF_USER, 1.5),
    Job("search", f"`list --search {NEEDLE}`", ["list", "--search", NEEDLE], FOUND, 1.5),
    Job("search-count", f"`list --search {NEEDLE} --count`", ["list", "--search", NEEDLE, "--count"], COUNT_LIKE, 1.5),
    Job("count", "`list --count`", ["list", "--count"], "select count(*) from api_auditlog", None),
    Job("stats", "`stats --by action`", ["stats", "--by", "action"], BY_ACTION, 2, by="action"),
    Job("stats-hour", "`stats --by hour`", ["stats", "--by", "hour", "--utc"], BY_HOUR, None, by="hour"),
    Job("where", "`list --where EXPR --count`", ["list", "--count", "--where", EXPRESSION], COUNT_WHERE, None),
    Job("csv", "`export -o csv`, every row", ["export", "-o", "csv"], EVERYTHING, 3, peer_format="-csv"),
    Job("csv-reveal", "the same, secrets unmasked", ["export", "-o", "csv", "--reveal"], EVERYTHING, None, peer_format="-csv"),
    Job("json", "`export -o json`, every row", ["export", "-o", "json"], EVERYTHING, 3, peer_format="-json"),
    Job("json-reveal", "the same, secrets unmasked", ["export", "-o", "json", "--reveal"], EVERYTHING, None, peer_format="-json"),
    Job("small", "`list`, start to finish, 1,000 rows", ["list"], NEWEST, 0.5, NEWEST_EXACT, data="small"),
]


class Measuring:
    """Where and how programs are measured; whoever knows their jobs says how long a command takes (`measure`)."""

    def __init__(self, arguments, scratch):
        self.auditctl = os.path.abspath(arguments.auditctl)
        self.timer = shutil.which("time")
        self.scratch = scratch
        # No configuration of the one who measures, and no colours.
        self.environment = {"PATH": os.environ["PATH"], "HOME": scratch, "LC_ALL": "C.UTF-8", "TZ": "UTC"}

    def peak_memory(self, command):
        """MiB, or None where the program `time` is missing. A process that Python starts counts Python's own
        memory as its peak, so that its own account is of no use."""
        if not self.timer:
            return None
        report = os.path.join(self.scratch, "memory")
        self.measure([self.timer, "-f", "%M", "-o", report, *command])
        with open(report) as lines:
            return int(lines.read().split()[-1]) / 1024


class Bench(Measuring):
    def __init__(self, arguments, scratch):
        super().__init__(arguments, scratch)
        self.sqlite = shutil.which("sqlite3")
        self.data = {"big": arguments.big, "small": arguments.small}

    def ours(self, job, *more):
        return [self.auditctl, *job.ours, "--database", self.data[job.data], *more]

    def peer(self, job, sql, *more):
        # Readers of the service's database open it read-only.
        formats = [job.peer_format] if job.peer_format and not more else []
        return [self.sqlite, "-readonly", *formats, *more, self.data[job.data], sql]

    def knows(self, job):
        """Whether the program that is measured has the job's verb."""
        asked = [self.auditctl, job.ours[0], "--help"]
        return subprocess.run(asked, env=self.environment, capture_output=True).returncode == 0

    def answer(self, command):
        done = subprocess.run(command, env=self.environment, stdin=subprocess.DEVNULL, capture_output=True)
        if done.returncode != 0:
            raise Failed(f"{' '.join(command)}\n  exit {done.returncode}: {done.stderr.decode(errors='replace').strip()}")
        return done.stdout.decode()

    def verify(self, job):
        """Raises Failed unless both give the same answer, value for value."""
        if job.streams():
            return self.verify_stream(job)
        if job.by:
            ours = json.loads(self.answer(self.ours(job, "-o", "json", "--reveal")))
            ours = [{job.by: group[job.by], "count": group["count"]} for group in ours]
            peer = json.loads(self.answer(self.peer(job, job.peer + f" order by count desc, {job.by}", "-json")))
        elif job.counts():
            ours, peer = self.answer(self.ours(job)).strip(), self.answer(self.peer(job, job.peer)).strip()
        else:
            ours = json.loads(self.answer(self.ours(job, "-o", "json", "--reveal", "--utc")))
            peer = [as_entry(row) for row in json.loads(self.answer(self.peer(job, job.exact or job.peer, "-json")) or "[]")]
            if job.exact:
                # What is measured may choose among entries of one instant, and no further.
                measured = json.loads(self.answer(self.peer(job, job.peer, "-json")))
                if [as_entry(row)["timestamp"] for row in measured] != [entry["timestamp"] for entry in peer]:
                    raise Failed(f"{job.name}: the two questions to sqlite3 differ")
        if ours != peer:
            raise Failed(f"{job.name}: the answers differ: {difference(ours, peer)}")

    def verify_stream(self, job):
        """The same for every row, one by one. Masked or not, the entries are the same; their texts are compared where
        nothing is masked."""
        ours = subprocess.Popen(self.ours(job, "--utc"), env=self.environment, stdout=subprocess.PIPE)
        peer = subprocess.Popen(self.peer(job, job.peer), env=self.environment, stdout=subprocess.PIPE)
        with ours, peer:
            for a, b in itertools.zip_longest(rows_of(job, ours.stdout), rows_of(job, peer.stdout, COLUMNS.split(", "))):
                b = b and as_entry(b)
                if a and b and "--reveal" not in job.ours:
                    a["details"] = b["details"]
                if a != b:
                    raise Failed(f"{job.name}: a row differs: {str(a)[:300]} and {str(b)[:300]}")
        if ours.returncode != 0 or peer.returncode != 0:
            raise Failed(f"{job.name}: exit {ours.returncode} and {peer.returncode}")

    def measure(self, command):
        """Seconds from start to finish."""
        # Every row of a large database would fill the disk: a gigabyte a run.
        out_path = os.devnull if "export" in command or EVERYTHING in command else os.path.join(self.scratch, "out")
        with open(os.devnull, "r+b") as nowhere, open(out_path, "wb") as out:
            start = time.perf_counter()
            process = subprocess.Popen(command, env=self.environment, stdin=nowhere, stdout=out, stderr=nowhere)
            code = process.wait()
            seconds = time.perf_counter() - start
        if code != 0:
            raise Failed(f"{' '.join(command)}\n  exit {code}")
        return seconds

    def run(self, job, runs):
        ours, peer = self.ours(job), self.peer(job, job.peer)
        # One run each that doesn't count: the files are in memory, the programs too.
        job.memory = {"ours": self.peak_memory(ours), "peer": self.peak_memory(peer)}
        for command in (ours, peer):
            self.measure(command)
        for _ in range(runs):
            job.times["ours"].append(self.measure(ours))
            job.times["peer"].append(self.measure(peer))


class Failed(Exception):
    pass


def rows_of(job, stream, header=None):
    """The rows of a CSV or JSON export, one at a time; `header` names the columns where CSV has none."""
    text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
    if job.peer_format == "-csv":
        csv.field_size_limit(1 << 30)
        yield from csv.DictReader(text, fieldnames=header)
        return
    for line in text:
        line = line.strip().lstrip("[").rstrip(",]" if line.rstrip().endswith("}]") else ",")
        if line and line != "]":
            yield json.loads(line)


def as_entry(row):
    """A row of the table as auditctl prints it in UTC."""
    row["timestamp"] = row["timestamp"].replace(" ", "T") + "Z"
    row["user"] = row.pop("user_id")
    return row


def difference(ours, peer):
    if isinstance(ours, str):
        return f"{ours} and {peer}"
    if len(ours) != len(peer):
        return f"{len(ours)} and {len(peer)} entries"
    for place, (a, b) in enumerate(zip(ours, peer)):
        for key in b:
            if a.get(key) != b[key]:
                return f"entry {place}, {key}: {str(a.get(key))[:100]!r} and {str(b[key])[:100]!r}"
    return "the keys of the entries"


def warm(path):
    with open(path, "rb") as file:
        while file.read(1 << 24):
            pass


def duration(seconds):
    return f"{seconds:.2f} s" if seconds >= 1 else f"{seconds * 1000:.0f} ms" if seconds >= 0.02 else f"{seconds * 1000:.1f} ms"


def mebibytes(value):
    return "?" if value is None else f"{value:.0f} MiB"


def report(bench, jobs, runs):
    """Prints the table; whether every mark was reached."""
    big = bench.data["big"]
    rows = bench.answer([bench.sqlite, "-readonly", big, "select count(*) from api_auditlog"]).strip()
    version = bench.answer([bench.sqlite, "--version"]).split()[0]
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 1024**3
    print(
        f"{int(rows):,} rows, {os.path.getsize(big) / 1e9:.2f} GB, warm cache; medians of {runs} alternating runs; "
        f"sqlite3 {version}; {os.cpu_count()} cores, {memory:.0f} GiB, {platform.system()} {platform.machine()}.\n"
    )
    print("| job | auditctl | sqlite3 | times as fast | at least | | peak memory, both |")
    print("|---|--:|--:|--:|--:|---|--:|")
    reached = True
    for job in jobs:
        ours, peer = statistics.median(job.times["ours"]), statistics.median(job.times["peer"])
        ratio = peer / ours
        mark = "" if job.mark is None else f"{job.mark:g}×"
        verdict = "" if job.mark is None else "reached" if ratio >= job.mark else "**missed**"
        reached &= verdict != "**missed**"
        print(
            f"| {job.what} | {duration(ours)} | {duration(peer)} | {ratio:.1f}× | {mark} | {verdict} "
            f"| {mebibytes(job.memory['ours'])}, {mebibytes(job.memory['peer'])} |"
        )
    return reached


def parse(parser, names):
    """The command line of a comparison of these jobs."""
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--strict", action="store_true")
    parser.add_argument("jobs", nargs="*", metavar="JOB", help=f"of {', '.join(names)}; all when none is named")
    arguments = parser.parse_args()
    unknown = [name for name in arguments.jobs if name not in names]
    if unknown:
        parser.error(f"there is no job '{unknown[0]}': the jobs are {', '.join(names)}")
    if arguments.runs < 1:
        parser.error("--runs must be at least 1")
    return arguments


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--auditctl", required=True)
    parser.add_argument("--big", required=True)
    parser.add_argument("--small", required=True)
    arguments = parse(parser, [job.name for job in JOBS])
    jobs = [job for job in JOBS if not arguments.jobs or job.name in arguments.jobs]
    wrong = False
    with tempfile.TemporaryDirectory(prefix="auditctl-bench-") as scratch:
        bench = Bench(arguments, scratch)
        for path in bench.data.values():
            warm(path)
        measured = []
        for job in jobs:
            if not bench.knows(job):
                print(f"{job.name}: left out, for there is no verb '{job.ours[0]}'", file=sys.stderr)
                continue
            try:
                bench.verify(job)
                bench.run(job, arguments.runs)
                measured.append(job)
                print(f"{job.name}: same answer, measured", file=sys.stderr)
            except Failed as failure:
                wrong = True
                print(f"FAILED {failure}", file=sys.stderr)
        reached = report(bench, measured, arguments.runs) if measured else True
    return 1 if wrong or (arguments.strict and not reached) else 0


if __name__ == "__main__":
    sys.exit(main())
