"""A line for each version: whose it is, whether django-reversion can read it, and in what way it is awkward."""

import json

from reversion.models import Version


def write(path, flags):
    versions = Version.objects.select_related("content_type").order_by("pk")
    with path.open("w", encoding="utf-8") as file:
        for version in versions:
            file.write(json.dumps(entry(version, flags.get(version.pk, ())), ensure_ascii=False) + "\n")
    return len(versions)


def entry(version, flags):
    return {
        "version": version.pk,
        "revision": version.revision_id,
        "model": f"{version.content_type.app_label}.{version.content_type.model}",
        "object_id": version.object_id,
        "db": version.db,
        "format": version.format,
        "error": unreadable(version),
        "flags": sorted(flags),
    }


def unreadable(version):
    """Why django-reversion can't read it; None where it can."""
    try:
        version._object_version
    except Exception as error:  # whatever it is: a gone model is an AttributeError, a renamed one an IndexError
        return type(error).__name__
    return None
