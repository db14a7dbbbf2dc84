"""Every row of every table of the models, by storage class and exact value.

`{table: {"key": [column], "columns": [column], "rows": [[cell]]}}`; a cell is text: `null`, `integer:9`, `real:0.1`
(Python's repr, which is exact), `text:…`, `blob:` and hexadecimal digits. The rows of a many-to-many set go by what they
connect: which of several new ones got which id is chance.
"""

from django.apps import apps
from django.db import connection

# What reverting adds to, each program in its own way.
TRAIL = {"api_auditlog"}
APPS = ("api", "zoo", "auth")


def dump():
    tables = {}
    connection.ensure_connection()
    # The bare connection: Django's reads dates and booleans out of what is there.
    raw = connection.connection.cursor()
    for app in APPS:
        for model in apps.get_app_config(app).get_models(include_auto_created=True):
            meta = model._meta
            if not meta.proxy and meta.db_table not in TRAIL and meta.db_table not in tables:
                tables[meta.db_table] = table(raw, meta)
    return tables


def table(raw, meta):
    columns = [row[1] for row in raw.execute(f'PRAGMA table_info("{meta.db_table}")')]
    key = [meta.pk.column]
    if meta.auto_created:
        key = [field.column for field in meta.local_concrete_fields if field.is_relation]
    # Text as its bytes, so that what is no UTF-8 is seen as well.
    wanted = ", ".join(f'typeof("{name}"), CASE typeof("{name}") WHEN \'text\' THEN CAST("{name}" AS BLOB) ELSE "{name}" END'
                       for name in columns)  # fmt: skip
    order = ", ".join(f'"{name}"' for name in key)
    rows = []
    for row in raw.execute(f'SELECT {wanted} FROM "{meta.db_table}" ORDER BY {order}'):
        rows.append([cell(kind, value) for kind, value in zip(row[::2], row[1::2])])
    return {"key": key, "columns": columns, "rows": rows}


def cell(kind, value):
    if kind == "null":
        return kind
    if kind == "text":
        return f"text:{value.decode('utf-8', 'backslashreplace')}"
    if kind == "blob":
        return f"blob:{value.hex()}"
    return f"{kind}:{value!r}"
