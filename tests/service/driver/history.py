"""A history at random: objects made, changed and deleted in revisions by two releases of the service, and what goes
wrong in a real one. The same seed gives the same database.

For each version it is noted in what way it is awkward (`CATALOGUE`, a JSON object a line):
`{"version", "revision", "model", "object_id", "db", "format", "readable", "error", "flags"}`.
"""

import json
import os
import random
import subprocess
import sys
from collections import defaultdict
from datetime import datetime, timedelta, timezone
from pathlib import Path
from unittest.mock import patch

CATALOGUE = "catalogue.jsonl"
FLAGS = "flags.json"


def make(folder, seed, steps):
    """Both releases, each in a process of its own; sets must be walked in the same order each time."""
    (folder / "logs").mkdir(parents=True, exist_ok=True)
    for edition in (1, 2):
        program = [sys.executable, "-B", "-X", "utf8", Path(__file__).parent.parent / "park.py"]
        words = ["release", folder, "--edition", edition, "--seed", seed, "--steps", steps]
        environment = {**os.environ, "PYTHONHASHSEED": "0"}
        subprocess.run([str(word) for word in program + words], check=True, env=environment)
    (folder / FLAGS).unlink()


class Clock:
    """A time that moves only when it is asked for, by milliseconds to hours."""

    def __init__(self, rng, start):
        self.rng, self.time = rng, start

    def __call__(self):
        jump = self.rng.choice([0, 0, 0.002, 1, 60, 3600]) + self.rng.randrange(2000) / 1e6
        self.time += timedelta(seconds=jump)
        return self.time


class Notes:
    """In which way the versions of the revision that is being made are awkward."""

    def __init__(self):
        self.flags = defaultdict(set)
        self.next = defaultdict(set)

    def note(self, instance, flag):
        self.next[type(instance)._meta.label_lower, str(instance.pk)].add(flag)

    def versions_made(self, versions, **_):
        for version in versions:
            # A proxy and its model have versions of their own.
            self.flags[version.pk] |= self.next.get((version._model._meta.label_lower, version.object_id), set())
        self.next.clear()


def release(folder, edition, seed, steps):
    """What one release of the service did. The process has been started for this."""
    from django.contrib.auth import get_user_model
    from django.core.management import call_command
    from django.db import models
    from reversion.signals import post_revision_commit

    from . import catalogue, park_story, slips, steps as life
    from .visitors import create_users

    rng = random.Random(f"{seed}/{edition}")
    start = datetime(2025, 10 + edition, 23, 9, 9, 52, 570_123, tzinfo=timezone.utc)
    clock, notes = Clock(rng, start), Notes()
    if (folder / FLAGS).exists():
        for version, flags in json.loads((folder / FLAGS).read_text()).items():
            notes.flags[int(version)] = set(flags)
    post_revision_commit.connect(notes.versions_made)

    def today(field, instance, add):
        if field.auto_now_add and add:
            setattr(instance, field.attname, clock().date())
        return getattr(instance, field.attname)

    with patch("django.utils.timezone.now", clock), patch.object(models.DateField, "pre_save", today):
        if edition == 1:
            for app, name in [("auth", None), ("reversion", None), ("api", None), ("sessions", None), ("zoo", "0001")]:
                call_command("migrate", *filter(None, [app, name]), verbosity=0, interactive=False)
            create_users()
            # A password's salt would differ each time, and the date is not asked of the clock.
            get_user_model().objects.update(password="!", date_joined=start)
            park_story.tell(clock)
            zoo = life.Life(rng, notes)
            zoo.live(steps // 3)
            slips.before_release(zoo)
        else:
            call_command("migrate", verbosity=0, interactive=False)
            zoo = life.Life(rng, notes)
            zoo.live(steps - steps // 3)
            slips.happen(zoo)
    (folder / FLAGS).write_text(json.dumps({version: sorted(flags) for version, flags in notes.flags.items()}))
    if edition == 2:
        versions = catalogue.write(folder / CATALOGUE, notes.flags)
        print(f"{versions} versions; steps of the second release: {dict(zoo.done)}")
