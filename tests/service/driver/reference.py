"""What Django and django-reversion say of versions, and do with them: the reference for auditctl's verbs.

A question is one JSON object, its answer another, at once, so that a process can be kept and asked. `database` in a
question names another database than the one the process was started with. No question changes any database.

    {"ask": "versions", "model", "object_id"}       newest first: {"version", "revision", "object_repr", "fields"}
    {"ask": "deleted"}                              the newest version of each object whose row doesn't exist
    {"ask": "compare", "from": SIDE, "to": SIDE}    see `compare.py`; a SIDE is {"version": N}, or
                                                    {"live": true, "model", "object_id"}
    {"ask": "chain", "model", "object_id"}          what each version of an object changed, and which set each field
    {"ask": "judge-diff", "from", "to", "shown"}    the text that `auditctl diff -o json` printed: {"wrong": [sentence]}
    {"ask": "revert", "version" | "revision", "how"}  {"error", "message", "dump"}, on a copy; `how` is "real", or
                                                    "keep": columns that a version doesn't hold keep their values
    {"ask": "dump"}                                 every row of the models' tables, see `dump.py`
    {"ask": "same-values", "cells": [[table, column, a, b]]}  for each whether the two cells of a dump are one value to
                                                    Django, or one but for digits that serializing cuts off:
                                                    {"same": ["value" | "cut" | null]}
    {"ask": "serialize", "model", "object_id"}      what Django's serializer prints of the row: {"text"}, or "error"
    {"ask": "check-version", "version"}             can a version be read and reverted to, is it what Django would print:
                                                    {"error", "message", "changed", "reads", "lacks", "printed_alike",
                                                    "moved": cells that change when it is reverted to}
    {"ask": "models"}                               names, tables, columns and defaults, as only Python knows them
"""

import json
import math
import shutil
from contextlib import contextmanager

from django.apps import apps
from django.core import serializers
from django.db import connection, models, transaction
from reversion import revisions
from reversion.models import Revision, Version

from . import compare, judge_diff
from .dump import dump


def answer(questions, out, scratch):
    reference = Reference(scratch)
    for line in questions:
        question = json.loads(line)
        reply = reference.answer(question)
        out.write(json.dumps(plain(reply), ensure_ascii=False) + "\n")
        out.flush()


def plain(value):
    """Readers of JSON in other languages know neither NaN nor integers beyond 64 bits."""
    if isinstance(value, dict):
        return {key: plain(item) for key, item in value.items()}
    if isinstance(value, (list, tuple)):
        return [plain(item) for item in value]
    if isinstance(value, float) and not math.isfinite(value) or type(value) is int and abs(value) >= 2**63:
        return str(value)
    return value


class Reference:
    def __init__(self, scratch):
        self.scratch = scratch
        self.home = connection.settings_dict["NAME"]

    def answer(self, question):
        ask = {
            "versions": self.versions,
            "deleted": lambda _: deleted(),
            "compare": lambda question: compare.compare(question["from"], question["to"]),
            "chain": lambda question: compare.chain(question["model"], question["object_id"]),
            "judge-diff": lambda question: judge_diff.judge(question["from"], question["to"], question["shown"]),
            "revert": self.revert,
            "dump": lambda _: dump(),
            "same-values": lambda question: {"same": [compare.same_value(*cells) for cells in question["cells"]]},
            "serialize": lambda question: serialize(question["model"], question["object_id"]),
            "check-version": self.check_version,
            "models": lambda _: known_models(),
        }[question["ask"]]
        with opened(question.get("database", self.home)):
            return ask(question)

    @contextmanager
    def copied(self):
        copy = self.scratch / "copy.sqlite3"
        shutil.copy(connection.settings_dict["NAME"], copy)
        with opened(copy):
            yield

    def versions(self, question):
        model = apps.get_model(question["model"])
        found = Version.objects.get_for_object_reference(model, question["object_id"])
        return [{**head(version), "fields": fields(version)} for version in found]

    def revert(self, question):
        keep = question.get("how") == "keep"
        with self.copied(), kept() if keep else as_it_is():
            error = attempt(question)
            return error or {"error": None, "message": None, "dump": dump()}

    def check_version(self, question):
        """`changed` names the fields whose value is not the row's; `reads`, those that Django prints in other words;
        `lacks`, those that Django prints and it doesn't hold."""
        version = Version.objects.select_related("content_type").get(pk=question["version"])
        try:
            model = version._object_version.object._meta.label_lower
        except Exception as error:
            return failure(error)
        # Before anything is reverted: what was recorded is what the row is.
        sides = {"version": version.pk}, {"live": True, "model": model, "object_id": version.object_id}
        told = compare.compare(*sides)
        if told["error"] or version.format != "json":
            return {"error": told["error"] or f"format {version.format}", "message": None, "dump": None}
        live = serialize(model, version.object_id)
        recorded, printed = (json.loads(text)[0] for text in (version.serialized_data, live["text"]))
        with self.copied():
            before = dump()
            return attempt(question) or {
                "moved": moved(before, dump(), version, recorded["fields"]),
                "lacks": [name for name in printed["fields"] if name not in recorded["fields"]],
                "recorded": {name: [recorded["fields"].get(name), printed["fields"].get(name)] for name in recorded["fields"] | printed["fields"]},
                "error": None,
                "message": None,
                "changed": [name for name, field in told["fields"].items() if field["state"] == "changed"],
                "reads": different(recorded, printed),
                "printed_alike": version.serialized_data == json.dumps([recorded], ensure_ascii=False),
            }


@contextmanager
def opened(database):
    before = connection.settings_dict["NAME"]
    if str(database) == str(before):
        yield
        return
    connection.close()
    connection.settings_dict["NAME"] = str(database)
    try:
        yield
    finally:
        connection.close()
        connection.settings_dict["NAME"] = before


@contextmanager
def as_it_is():
    yield


@contextmanager
def kept():
    """A revert that writes the fields alone which the version holds, where the row is still there."""

    def revert(version):
        saved = version._object_version
        model = saved.object._meta.concrete_model
        held = compare.held_by(version)
        there = model._base_manager.using(version.db).filter(pk=saved.object.pk).exists()
        if not there:
            saved.save(using=version.db)
            return
        written = [field.name for field in model._meta.local_concrete_fields if field.name in held and not field.primary_key]
        if written:
            saved.save(using=version.db, update_fields=written)
        else:
            for name, keys in (saved.m2m_data or {}).items():
                getattr(saved.object, name).set(keys)

    real = Version.revert
    Version.revert = revert
    try:
        yield
    finally:
        Version.revert = real


def attempt(question):
    """Reverts; None where that went well up to the commit, when constraints that are deferred are checked."""
    try:
        with transaction.atomic():
            if "revision" in question:
                Revision.objects.get(pk=question["revision"]).revert()
            else:
                Version.objects.get(pk=question["version"]).revert()
    except Exception as error:  # any of a dozen
        return failure(error)
    return None


def failure(error):
    return {"error": type(error).__name__, "message": str(error), "dump": None}


def moved(before, after, version, held):
    """The cells that differ by more than digits which serializing cuts off; not those that a revert resets, since the
    version doesn't hold them."""
    meta = version._object_version.object._meta.concrete_model._meta
    reset = {field.column for field in meta.local_concrete_fields if field.name not in held}
    found = []
    for name, table in before.items():
        places = [table["columns"].index(column) for column in table["key"]]
        rows, others = ({tuple(row[at] for at in places): row for row in each["rows"]} for each in (table, after[name]))
        for key in rows.keys() | others.keys():
            if key not in rows or key not in others:
                found.append([name, key, "(row)"])
                continue
            for column, one, other in zip(table["columns"], rows[key], others[key]):
                is_reset = name == meta.db_table and column in reset
                if one != other and not is_reset and not compare.same_value(name, column, one, other):
                    found.append([name, key, column, one, other])
    return found


def head(version):
    return {
        "version": version.pk,
        "revision": version.revision_id,
        "model": f"{version.content_type.app_label}.{version.content_type.model}",
        "object_id": version.object_id,
        "object_repr": version.object_repr,
    }


def fields(version):
    """What reversion's own API says the version holds; text, for looking at."""
    try:
        return {name: str(value) for name, value in version.field_dict.items()}
    except Exception as error:
        return {"error": type(error).__name__}


def deleted():
    """Not `get_deleted`, which takes every object with a UUID key for deleted on SQLite: the rows are looked for."""
    found = []
    for model in revisions.get_registered_models():
        newest = {}
        for version in Version.objects.get_for_model(model).select_related("content_type").order_by("pk"):
            newest[version.object_id] = version
        for version in newest.values():
            try:
                key = model._meta.pk.to_python(version.object_id)
                there = model._base_manager.filter(pk=key).exists()
            except (ValueError, TypeError, OverflowError, models.ObjectDoesNotExist, ArithmeticError):
                there = False
            if not there:
                found.append(head(version))
    return found


def serialize(model, object_id):
    model = apps.get_model(model)
    options = revisions._get_options(model)
    try:
        text = serializers.serialize(
            "json",
            [model._base_manager.get(pk=object_id)],
            fields=options.fields,
            use_natural_foreign_keys=options.use_natural_foreign_keys,
        )
    except Exception as error:
        return failure(error)
    return {"text": text}


def different(recorded, printed):
    """Names in which what was recorded is not what Django prints; not those that the record leaves out."""
    names = [name for name in ("model", "pk") if not same(recorded.get(name), printed.get(name))]
    for name, value in recorded["fields"].items():
        if name not in printed["fields"] or not same(value, printed["fields"][name]):
            names.append(name)
    return names


def same(one, other):
    return compare.canonical(one) == compare.canonical(other) or (
        # The members of a set come in any order.
        isinstance(one, list) and isinstance(other, list) and sorted(map(str, one)) == sorted(map(str, other))
    )


def known_models():
    found = {}
    for model in revisions.get_registered_models():
        meta = model._meta.concrete_model._meta
        label = model._meta.label_lower
        defaults = {}
        for field in meta.local_concrete_fields:
            # As the database is asked before: a default there needs none here.
            default = None if field.primary_key or field.has_db_default() else field.get_default()
            if isinstance(field, models.FileField) and default is None:
                # What Django writes of a file that there isn't.
                default = ""
            if isinstance(default, (str, int, float)) and field.default is not models.NOT_PROVIDED or default == "":
                defaults[field.name] = default
        found[label] = {
            "table": meta.db_table,
            "default_table": label.replace(".", "_"),
            "key": meta.pk.column,
            "columns": {field.name: field.column for field in meta.local_concrete_fields},
            "default_columns": {field.name: field.attname for field in meta.local_concrete_fields},
            "sets": {
                field.name: field.m2m_db_table()
                for field in meta.local_many_to_many
                if field.remote_field.through._meta.auto_created
            },
            "symmetrical": {
                field.name: field.remote_field.symmetrical
                for field in meta.local_many_to_many
                if field.related_model._meta.concrete_model is meta.model
            },
            "parents": [parent._meta.label_lower for parent in meta.parents],
            "fields": list(revisions._get_options(model).fields),
            "defaults": defaults,
        }
    return found
