#!/usr/bin/env python3
"""Measures a rotation of 20 MiB beside `cp` and `sync` of the same file, after making sure that no byte is lost.

    rotate.py --auditctl PROGRAM --folder FOLDER [--runs N] [--strict]

Prints a Markdown table. Runs alternate, each on a file that is on the disk already; medians are quoted. FOLDER must be
on ext4 or XFS. Exits with 1 when a byte is lost, and with --strict also when the mark is missed.
"""

import argparse
import os
import shutil
import statistics
import subprocess
import sys
import tempfile
import time

SIZE = 20 << 20
# A rotation takes at most twice as long.
MARK = 0.5
LINE = (
    "2026-11-23 03:09:54 - purchase_audit - INFO - audit - log_event:47 - AUDIT: "
    '{"timestamp": "2026-11-23T03:09:54.%06d", "event_type": "UPDATE", "model": "PurchaseOrders", "instance_id": %d, '
    '"user_id": null, "user_email": null, "changes": {}, "extra_data": {"email": "ana.ñandú@ex.com", "visit_id": 1}}\n'
)


def content():
    lines, size, number = [], 0, 0
    while size < SIZE:
        line = (LINE % (number % 1_000_000, number)).encode()
        lines.append(line)
        size += len(line)
        number += 1
    return b"".join(lines)


def measure(command, folder):
    start = time.perf_counter()
    done = subprocess.run(command, cwd=folder, stdin=subprocess.DEVNULL, capture_output=True)
    seconds = time.perf_counter() - start
    if done.returncode != 0:
        sys.exit(f"{' '.join(command)}\n  exit {done.returncode}: {done.stderr.decode(errors='replace').strip()}")
    return seconds


def prepare(folder, text):
    """A log that lies on the disk and in memory, and nothing that waits to be written."""
    for name in os.listdir(folder):
        os.remove(os.path.join(folder, name))
    with open(os.path.join(folder, "audit.log"), "wb") as log:
        log.write(text)
        log.flush()
        os.fsync(log.fileno())


def read(folder, name):
    with open(os.path.join(folder, name), "rb") as file:
        return file.read()


def main():
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0])
    parser.add_argument("--auditctl", required=True)
    parser.add_argument("--folder", required=True)
    parser.add_argument("--runs", type=int, default=7)
    parser.add_argument("--strict", action="store_true")
    arguments = parser.parse_args()
    text = content()
    rotate = [os.path.abspath(arguments.auditctl), "rotate", "audit.log", "--force", "--keep", "3", "-q"]
    copy = ["/bin/sh", "-c", "cp audit.log copy && sync copy"]
    times = {"rotate": [], "copy": []}
    folder = tempfile.mkdtemp(prefix="rotate-", dir=arguments.folder)
    try:
        # The first of each doesn't count: the programs are in memory after it.
        for _ in range(arguments.runs + 1):
            prepare(folder, text)
            times["rotate"].append(measure(rotate, folder))
            if read(folder, "audit.log.1") != text or read(folder, "audit.log").strip(b"\n"):
                sys.exit("FAILED rotate: the backup is not what the log was")
            prepare(folder, text)
            times["copy"].append(measure(copy, folder))
    finally:
        shutil.rmtree(folder)
    ours, peer = (statistics.median(times[which][1:]) for which in ("rotate", "copy"))
    ratio = peer / ours
    verdict = "reached" if ratio >= MARK else "**missed**"
    print("\n| job | auditctl | cp and sync | times as fast | at least | |")
    print("|---|--:|--:|--:|--:|---|")
    print(f"| `rotate` of 20 MiB | {ours * 1000:.0f} ms | {peer * 1000:.0f} ms | {ratio:.1f}× | {MARK:g}× | {verdict} |")
    return 1 if arguments.strict and ratio < MARK else 0


if __name__ == "__main__":
    sys.exit(main())
