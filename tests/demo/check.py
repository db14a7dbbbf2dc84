"""Asks Django and django-reversion themselves whether a demo is theirs. Prints what differs; exit 1 if anything does.

    DEMO_DATABASE=… REFERENCE_DATABASE=… python check.py
"""

import json
import os
import sys
from collections import Counter

sys.dont_write_bytecode = True
os.environ["DJANGO_SETTINGS_MODULE"] = "settings"

import django

django.setup()

from django.apps import apps
from django.contrib.auth.models import User
from django.core import serializers
from django.core.management import call_command
from django.db import DEFAULT_DB_ALIAS, connections, models
from django.db.migrations.executor import MigrationExecutor
from reversion.models import Version

DEMO, REFERENCE = DEFAULT_DB_ALIAS, "reference"
problems = []
compared = Counter()
odd = Counter()


def same(what, ours, theirs):
    compared[what] += 1
    if ours != theirs:
        problems.append(f"{what}:\n  demo:   {ours!r}\n  Django: {theirs!r}")


def rows(alias, sql, *args):
    with connections[alias].cursor() as cursor:
        return cursor.execute(sql, args).fetchall()


def schema():
    sql = "SELECT name, type, tbl_name, sql FROM sqlite_master ORDER BY name"
    ours, theirs = ({row[0]: row for row in rows(alias, sql)} for alias in (DEMO, REFERENCE))
    for name in sorted(ours.keys() | theirs.keys()):
        same("schema", ours.get(name), theirs.get(name))
    for pragma in ("encoding", "page_size", "journal_mode", "user_version", "application_id", "auto_vacuum"):
        same(f"PRAGMA {pragma}", rows(DEMO, f"PRAGMA {pragma}"), rows(REFERENCE, f"PRAGMA {pragma}"))


def what_migrating_wrote():
    for sql in (
        "SELECT id, app_label, model FROM django_content_type ORDER BY id",
        "SELECT id, content_type_id, codename, name FROM auth_permission ORDER BY id",
        "SELECT id, app, name FROM django_migrations ORDER BY id",
    ):
        same(sql, rows(DEMO, sql), rows(REFERENCE, sql))
    executor = MigrationExecutor(connections[DEMO])
    same("migrations to apply", executor.migration_plan(executor.loader.graph.leaf_nodes()), [])


def storage():
    """Every row, loaded by Django and saved by Django elsewhere, is the same row, value and storage class."""
    tables = [model for model in apps.get_models(include_auto_created=True)]
    written = {"django_content_type", "auth_permission"}
    with connections[REFERENCE].constraint_checks_disabled():
        for model in tables:
            if model._meta.db_table not in written:
                for instance in model._base_manager.using(DEMO):
                    instance.save_base(raw=True, using=REFERENCE, force_insert=True)
    for model in tables:
        names = [field.column for field in model._meta.local_concrete_fields]
        # quote(), because Django's connection turns a column of dates into dates whatever their spelling.
        columns = ", ".join(f'quote("{name}"), typeof("{name}")' for name in names)
        sql = f'SELECT {columns} FROM "{model._meta.db_table}" ORDER BY "{model._meta.pk.column}"'
        ours, theirs = rows(DEMO, sql), rows(REFERENCE, sql)
        same(f"rows of {model._meta.db_table}", len(ours), len(theirs))
        for one, other in zip(ours, theirs):
            same(model._meta.db_table, one, other)
    connections[REFERENCE].check_constraints()


def cut(field, value):
    """A date-time as a version holds it."""
    if isinstance(field, models.DateTimeField) and value is not None:
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    return value


def text(version):
    """The version's text is what Django's serializer prints of the object, but for what application code had put there:
    a model's default of 0.0, which is a float, and a telephone number that came as a number."""
    ours = json.loads(version.serialized_data)
    same("JSON", version.serialized_data, json.dumps(ours, ensure_ascii=False))
    theirs = json.loads(serializers.serialize("json", [version._object_version.object]))
    same("keys", (list(ours[0]), list(ours[0]["fields"])), (list(theirs[0]), list(theirs[0]["fields"])))
    for name, value in ours[0]["fields"].items():
        if name == "roles":  # the serializer reads those of today
            continue
        then = theirs[0]["fields"][name]
        if isinstance(value, float):
            odd["float"] += 1
            same("float", value, float(then))
        elif isinstance(value, int) and name == "phone":
            odd["phone"] += 1
            same("phone", str(value), then)
        else:
            same(f"serialized {name}", value, then)


def versions():
    """Each version can be read back, and the newest of each live object is that object."""
    newest = {}
    for version in Version.objects.order_by("pk"):
        same("object_repr", version.object_repr, str(version._object_version.object))
        text(version)
        newest[version.content_type_id, version.object_id] = version
    for model in (model for model in apps.get_models() if model._meta.label in REGISTERED):
        for instance in model._base_manager.all():
            version = newest.pop((CONTENT_TYPES[model], str(instance.pk)), None)
            if version is None:
                problems.append(f"{instance!r} has no version")
                continue
            held = version.field_dict
            for field in model._meta.local_concrete_fields:
                live, then = field.value_from_object(instance), field.to_python(held[field.attname])
                if isinstance(field, models.FileField):
                    live, then = str(live), str(then)
                same(f"{model._meta.label}.{field.name}", then, cut(field, live))
            for field in model._meta.local_many_to_many:
                live = [related.pk for related in field.value_from_object(instance)]
                same(f"{model._meta.label}.{field.name}", sorted(held[field.attname]), sorted(live))
    gone = Counter(version.content_type.model for version in newest.values())
    for model in apps.get_models():
        if model._meta.label in REGISTERED:
            deleted = Version.objects.get_deleted(model).count()
            same(f"deleted {model._meta.model_name}", gone[model._meta.model_name], deleted)
    print("deleted:", dict(gone), "odd:", dict(odd))


def passwords():
    for username, password in json.load(sys.stdin).items():
        same(f"password of {username}", User.objects.get(username=username).check_password(password), True)


REGISTERED = {"api.UserProfile", "api.Visits", "api.PurchaseOrders", "api.Payments", "api.Donations"}

call_command("migrate", database=REFERENCE, verbosity=0)
from django.contrib.contenttypes.models import ContentType

CONTENT_TYPES = {model: ContentType.objects.get_for_model(model).pk for model in apps.get_models()}
schema()
what_migrating_wrote()
storage()
versions()
passwords()
for problem in problems[:40]:
    print(problem)
print(f"{sum(compared.values())} comparisons with Django {django.__version__}, {len(problems)} differences")
sys.exit(bool(problems))
