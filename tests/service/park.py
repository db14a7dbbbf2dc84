"""The service as writer and oracle of auditctl's tests.

    park.py check                                     is this Python fit for it? prints what it has, or why not
    park.py build FOLDER [--seed N] [--requests M]    writes FOLDER/db.sqlite3, FOLDER/logs/ and FOLDER/truth.jsonl
    park.py oracle DB  < queries.jsonl                the REST endpoint's JSON for each query, a line each
    park.py judge FOLDER  < shown.json                compares `auditctl show … -o json --reveal` with the truth
    park.py history FOLDER [--seed N] [--steps M]     writes FOLDER/db.sqlite3 with versions of the zoo, and what is
                                                      known of them to FOLDER/catalogue.jsonl
    park.py reversion DB  < questions.jsonl           what Django and django-reversion say of the versions in DB, or do
                                                      with them in a copy: a line each, at once (driver/reference.py)

A query is an object with any of `user`, `action`, `model`, `ordering`, `page`, `page_size`, or with `id` alone for one
entry. Neither oracle nor judge nor reversion changes the database: they answer from a copy
where need be.
"""

import argparse
import importlib.metadata
import logging
import os
import shutil
import sys
import tempfile
from pathlib import Path

NEEDED = [("Django", "5.2."), ("djangorestframework", "3.16."), ("django-reversion", "5.1.")]


def check(_):
    """Looks at the installed packages without importing them, which would take half a second."""
    found = [f"Python {sys.version.split()[0]}"]
    for package, wanted in NEEDED:
        try:
            version = importlib.metadata.version(package)
        except importlib.metadata.PackageNotFoundError:
            sys.exit(f"{sys.executable} has no {package}")
        if not version.startswith(wanted):
            sys.exit(f"{sys.executable} has {package} {version}, the service needs {wanted}*")
        found.append(f"{package} {version}")
    print(", ".join(found))


def build(arguments):
    folder = arguments.folder
    folder.mkdir(parents=True, exist_ok=True)
    start(folder / "db.sqlite3", folder / "logs", folder / "truth.jsonl")
    from driver.build import build

    build(arguments.seed, arguments.requests)


def oracle(arguments):
    with tempfile.TemporaryDirectory(prefix="park-") as scratch:
        copy = shutil.copy(arguments.database, Path(scratch, "db.sqlite3"))
        start(copy, Path(scratch, "logs"))
        from driver.oracle import answer

        answer(sys.stdin, sys.stdout)


def judge(arguments):
    from driver.judge import judge

    # Bodies nest as deep as a client likes.
    sys.setrecursionlimit(5000)
    judge(arguments.folder, sys.stdin, sys.stdout)


def history(arguments):
    from driver.history import make

    make(arguments.folder, arguments.seed, arguments.steps)


def release(arguments):
    os.environ["ZOO_EDITION"] = str(arguments.edition)
    start(arguments.folder / "db.sqlite3", arguments.folder / "logs", settings="project.zoo_settings")
    from driver.history import release

    release(arguments.folder, arguments.edition, arguments.seed, arguments.steps)


def reversion(arguments):
    with tempfile.TemporaryDirectory(prefix="park-") as scratch:
        start(arguments.database, Path(scratch, "logs"), settings="project.zoo_settings")
        from driver.reference import answer

        answer(sys.stdin, sys.stdout, Path(scratch))


def start(database, logs, truth=None, settings="project.settings"):
    os.environ["DJANGO_SETTINGS_MODULE"] = settings
    os.environ["PARK_DATABASE"] = str(database)
    os.environ["PARK_LOG_DIR"] = str(logs)
    os.environ.pop("PARK_TRUTH", None)
    if truth:
        os.environ["PARK_TRUTH"] = str(truth)
    import django

    django.setup()
    # Refused requests and versions that can't be reverted are what is wanted here; they need not be reported.
    for name in ("django", "reversion"):
        logging.getLogger(name).setLevel(logging.CRITICAL + 1)


def main():
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter, add_help=True
    )
    commands = parser.add_subparsers(required=True, metavar="COMMAND")
    commands.add_parser("check").set_defaults(run=check)
    command = commands.add_parser("build")
    command.add_argument("folder", type=Path)
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--requests", type=int, default=700)
    command.set_defaults(run=build)
    command = commands.add_parser("oracle")
    command.add_argument("database", type=Path)
    command.set_defaults(run=oracle)
    command = commands.add_parser("judge")
    command.add_argument("folder", type=Path)
    command.set_defaults(run=judge)
    command = commands.add_parser("history")
    command.add_argument("folder", type=Path)
    command.add_argument("--seed", type=int, default=1)
    command.add_argument("--steps", type=int, default=300)
    command.set_defaults(run=history)
    command = commands.add_parser("reversion")
    command.add_argument("database", type=Path)
    command.set_defaults(run=reversion)
    # One of the two processes of `history`.
    command = commands.add_parser("release")
    command.add_argument("folder", type=Path)
    command.add_argument("--edition", type=int, choices=[1, 2], required=True)
    command.add_argument("--seed", type=int, required=True)
    command.add_argument("--steps", type=int, required=True)
    command.set_defaults(run=release)
    arguments = parser.parse_args()
    # What clients send is not for the terminal's own encoding.
    sys.stdin.reconfigure(encoding="utf-8")
    sys.stdout.reconfigure(encoding="utf-8")
    arguments.run(arguments)


if __name__ == "__main__":
    main()
