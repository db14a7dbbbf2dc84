"""Which fields of an object differ between two versions, or a version and its row, by Django's own conversions.

What a version holds is taken as it would be in the table after a revert: through the field, into a column of its type,
and back. So `0.0` and `"0.00"` are one decimal, `88887777` and `"88887777"` one text, `1` and `true` one boolean. What
serializing cuts off is no difference: it is listed as `precision`.

The answer: `{"error"}` where Django can't read one of the sides, else `fields`, for each name on either side
`{"from": VALUE, "to": VALUE, "state"}`. A state is `same`; `precision`, where cut digits differ alone; `storage`, where
the values are equal and the table's cell would change all the same; `changed`; `from` or `to` where one side alone has
the field. `by_name` says that a version holds a foreign key by natural key, of another model than `auth.user`: that is
known to Python alone. `row` is the object's place in a dump: its table and its key. A VALUE is null where the side has none, else `{"form", "stored", "raw", "column"}`: Django's serialized form of
the value, of the value after the table, and what the version's text has.
"""

import json
from datetime import datetime, time, timezone
from decimal import Context, Decimal

from django.apps import apps
from django.core.serializers.json import DjangoJSONEncoder
from django.db import connections, models
from django.db.models.expressions import Col
from django.utils.encoding import is_protected_type
from django.utils.timezone import is_naive, make_aware
from reversion.models import Version


class Unreadable(Exception):
    """Django can't make an object of it."""


def compare(one, other):
    try:
        sides = side(one), side(other)
    except Unreadable as error:
        return {"error": str(error)}
    names = list(sides[0]) + [name for name in sides[1] if name not in sides[0]]
    fields = {}
    for name in names:
        pair = [values.get(name) for values in sides]
        fields[name] = {
            "from": pair[0] and pair[0].shown(),
            "to": pair[1] and pair[1].shown(),
            "state": state(*pair),
            "set": any(isinstance(value, Set) for value in pair),
            "by_name": any(isinstance(value, Value) and value.is_by_name() for value in pair),
        }
    return {"error": None, "fields": fields, "row": row(one if one.get("live") else other)}


def model_of(asked):
    if asked.get("live"):
        return apps.get_model(asked["model"])._meta.concrete_model
    return Version.objects.get(pk=asked["version"])._object_version.object._meta.concrete_model


def row(asked):
    if asked.get("live"):
        model, key = apps.get_model(asked["model"])._meta.concrete_model, asked["object_id"]
    else:
        instance = Version.objects.get(pk=asked["version"])._object_version.object
        model, key = instance._meta.concrete_model, instance.pk
    kind, _, value = stored(model._meta.pk, model._meta.pk.to_python(key))
    return {"table": model._meta.db_table, "key": f"{kind}:{value}"}


def chain(model, object_id):
    """The versions of an object, newest first: `{"version", "changed"}`, the names that differ from the version before
    or null where there is none or one of the two can't be read; and for each field of the newest that can be read, the
    version that last set it: `{"versions", "blame", "unreadable"}`. What can't be read is passed over."""
    app, name = model.split(".")
    versions = Version.objects.filter(content_type__app_label=app, content_type__model=name, object_id=object_id)
    sides = []
    for version in versions.filter(db="default").order_by("-pk"):
        try:
            sides.append((version.pk, of_version(version.pk)))
        except Exception:  # as in `side`
            sides.append((version.pk, None))
    told = []
    for place, (version, values) in enumerate(sides):
        before = sides[place + 1][1] if place + 1 < len(sides) else None
        readable = values is not None and before is not None
        told.append({"version": version, "changed": differing(before, values) if readable else None})
    blame = {}
    readable = [(version, values) for version, values in sides if values is not None]
    for name, value in readable[0][1].items() if readable else ():
        for version, values in readable:
            if name not in values or state(values[name], value) == "changed":
                break
            blame[name] = version
            value = values[name]
    return {
        "versions": told,
        "blame": blame,
        "unreadable": [version for version, values in sides if values is None],
    }


def differing(one, other):
    names = list(one) + [name for name in other if name not in one]
    return [name for name in names if state(one.get(name), other.get(name)) in ("changed", "from", "to")]


def state(one, other):
    if one is None or other is None:
        return "to" if one is None else "from"
    if canonical(cut(one.value)) != canonical(cut(other.value)):
        return "changed"
    if canonical(one.value) != canonical(other.value):
        return "precision"
    return "same" if one.cell == other.cell else "storage"


class Value:
    def __init__(self, field, instance, cell, raw):
        self.field, self.cell, self.raw = field, cell, raw
        self.form = form(instance, field)
        self.value = loaded(field, cell)
        back = type(instance)()
        setattr(back, field.attname, self.value)
        try:
            self.stored = form(back, field)
        except Exception:  # what isn't of the field's type has no other form
            self.stored = self.form

    def is_by_name(self):
        return (
            self.field.is_relation
            and isinstance(self.raw, list)
            and self.field.related_model._meta.label_lower != "auth.user"
        )

    def shown(self):
        return {
            "form": self.form,
            "stored": self.stored,
            "raw": self.raw,
            "column": self.field.column,
            "spilt": spilt(self.field, self.cell),
            # What Django takes for nothing, as a text that is no date-time; auditctl shows it.
            "unread": bytes(self.cell[1]).decode() if self.value is None and self.cell[0] == "text" else None,
        }


class Set:
    def __init__(self, field, keys, raw):
        self.field, self.raw = field, raw
        self.value = sorted(str(key) for key in keys)
        self.cell = self.value
        self.form = [json.loads(json.dumps(key, cls=DjangoJSONEncoder)) for key in keys]

    def shown(self):
        return {"form": self.form, "stored": self.form, "raw": self.raw, "column": None, "spilt": None, "unread": None}


def spilt(field, cell):
    """The number in the cell of a decimal field, where it has digits behind those of the field; else None."""
    if not isinstance(field, models.DecimalField) or not isinstance(cell[2], (int, float)):
        return None
    number = Context(prec=15).create_decimal(Decimal(repr(cell[2])))
    is_within = number == number.quantize(Decimal(1).scaleb(-field.decimal_places), context=Context(prec=60))
    return None if is_within else str(number.normalize())


def side(asked):
    try:
        return of_row(asked) if asked.get("live") else of_version(asked["version"])
    except Exception as error:  # a dozen kinds of them
        raise Unreadable(f"{type(error).__name__}: {error}") from error


def of_version(number):
    version = Version.objects.get(pk=number)
    saved = version._object_version
    held = held_by(version)
    values = {}
    for field in saved.object._meta.concrete_model._meta.local_concrete_fields:
        if field.name in held and not field.primary_key:
            cell = stored(field, getattr(saved.object, field.attname))
            values[field.name] = Value(field, saved.object, cell, held[field.name])
    for name, keys in (saved.m2m_data or {}).items():
        values[name] = Set(saved.object._meta.get_field(name), keys, held[name])
    return values


def held_by(version):
    """The fields in the version's text, as they stand there."""
    data = json.loads(version.serialized_data)
    # The lines of `jsonl` are objects of their own.
    return (data if version.format == "jsonl" else data[0])["fields"]


def of_row(asked):
    model = apps.get_model(asked["model"])._meta.concrete_model
    instance = model._base_manager.get(pk=asked["object_id"])
    table, key = model._meta.db_table, model._meta.pk
    values = {}
    with connections["default"].cursor() as cursor:
        for field in model._meta.local_concrete_fields:
            if not field.primary_key:
                cursor.execute(
                    f'SELECT typeof("{field.column}"), CAST("{field.column}" AS BLOB), "{field.column}" FROM "{table}"'
                    f' WHERE "{key.column}" = %s',
                    [key.get_db_prep_value(instance.pk, connections["default"])],
                )
                values[field.name] = Value(field, instance, cursor.fetchone(), None)
    for field in model._meta.local_many_to_many:
        if field.remote_field.through._meta.auto_created:
            keys = list(getattr(instance, field.name).values_list("pk", flat=True))
            values[field.name] = Set(field, keys, None)
    return values


def stored(field, value):
    """The cell that saving leaves: its storage class, its bytes, and what the driver reads."""
    scratch = connections["scratch"]
    kind = field.db_type(scratch)
    prepared = field.get_db_prep_save(value, scratch)
    with scratch.cursor() as cursor:
        name = f'of {kind.replace("(", " ").replace(")", " ")}'
        cursor.execute(f'CREATE TABLE IF NOT EXISTS "{name}" (c {kind})')
        cursor.execute(f'DELETE FROM "{name}"')
        cursor.execute(f'INSERT INTO "{name}" VALUES (%s)', [prepared])
        cursor.execute(f'SELECT typeof(c), CAST(c AS BLOB), c FROM "{name}"')
        return cursor.fetchone()


def loaded(field, cell):
    """The value that Django makes of the cell of a row."""
    connection = connections["default"]
    column = Col(field.model._meta.db_table, field)
    value = cell[2]
    for convert in connection.ops.get_db_converters(column) + column.get_db_converters(connection):
        value = convert(value, column, connection)
    if isinstance(field, models.FileField):
        return value or ""
    return bytes(value) if isinstance(value, memoryview) else value


def same_value(table, column, one, other):
    """How two cells, as `dump` writes them, are the same: `value` where they are one to Django, `cut` but for digits that
    serializing cuts off; None where they differ."""
    for model in apps.get_models(include_auto_created=True):
        if model._meta.db_table == table and not model._meta.proxy:
            field = next(field for field in model._meta.local_concrete_fields if field.column == column)
            values = [read(field, cell) for cell in (one, other)]
            if canonical(values[0]) == canonical(values[1]):
                # Of a decimal fifteen digits are read, and serialized.
                is_number = all(cell.startswith(("real:", "integer:")) for cell in (one, other))
                return "cut" if isinstance(field, models.DecimalField) and is_number else "value"
            return "cut" if canonical(cut(values[0])) == canonical(cut(values[1])) else None
    return None


def read(field, text):
    kind, _, value = text.partition(":")
    raw = {"null": lambda _: None, "integer": int, "real": float, "text": str, "blob": bytes.fromhex}[kind](value)
    try:
        with connections["scratch"].cursor() as cursor:
            # Through a column of the type, so that the driver reads it as it does the field's.
            cursor.execute(f"CREATE TABLE one (c {field.db_type(connections['scratch'])})")
            cursor.execute("INSERT INTO one VALUES (%s)", [raw])
            cursor.execute("SELECT typeof(c), CAST(c AS BLOB), c FROM one")
            return loaded(field, cursor.fetchone())
    except Exception:  # what Django can't read is itself
        return text
    finally:
        with connections["scratch"].cursor() as cursor:
            cursor.execute("DROP TABLE IF EXISTS one")


def form(instance, field):
    """As the JSON serializer prints the field of this object."""
    value = field.value_from_object(instance)
    if not is_protected_type(value):
        value = field.value_to_string(instance)
    return json.loads(json.dumps(value, cls=DjangoJSONEncoder))


def cut(value):
    """Without the digits that serializing cuts off."""
    if isinstance(value, (datetime, time)):
        return value.replace(microsecond=value.microsecond // 1000 * 1000)
    return value


def canonical(value):
    """Equal exactly where two values are: `True` is not 1, NaN is NaN, the order of an object's keys is none."""
    if isinstance(value, bool):
        return ("boolean", value)
    if isinstance(value, dict):
        return ("object", tuple(sorted((key, canonical(item)) for key, item in value.items())))
    if isinstance(value, (list, tuple)):
        return ("array", tuple(canonical(item) for item in value))
    if isinstance(value, float) and value != value:
        return ("NaN",)
    if isinstance(value, datetime):
        return ("moment", (make_aware(value, timezone.utc) if is_naive(value) else value).astimezone(timezone.utc))
    return value
