"""What goes wrong in a real history, each of it at least once: versions that can't be read, rows in the way."""

import json

import reversion
from django.db import connection
from reversion.models import Version

from zoo import models as zoo


# The object was deleted under the first release, and stays so.
GONE = "early:gone"


def before_release(life):
    """What the next release changes the tables of: one that stays and two that go, of each."""
    for model in (zoo.Ticket, zoo.Stall, zoo.Sponsor, zoo.Licence, zoo.Cage):
        for stays in (True, False, False):
            with reversion.create_revision():
                instance = life.surely_make(model)
                if model is zoo.Ticket:
                    # Text that the types of the next release can read.
                    instance.number, instance.stamp = "12", "2025-11-23T09:09:54.110Z"
                    instance.save()
                if model is zoo.Sponsor and not stays:
                    # Nothing that may be gone is in the way of bringing it back.
                    instance.tickets.clear()
                    instance.old_tickets.clear()
                    reversion.add_to_revision(instance)
                life.notes.note(instance, "early")
            if not stays:
                life.notes.flags[max(life.notes.flags)].add(GONE)
                instance.delete()
    # The next release has a constraint that these would break.
    zoo.Ticket.objects.filter(price__lt=0).update(price=0)


def happen(life):
    for slip in (gone_for_good, stray_versions, missing_parents, taken, odd_rows, cut_digits, tampered):
        slip(life)


def gone_for_good(life):
    """Some may have been brought back meanwhile."""
    for version in [version for version, flags in life.notes.flags.items() if GONE in flags]:
        version = Version.objects.select_related("content_type").get(pk=version)
        version.content_type.model_class()._base_manager.filter(pk=version.object_id).delete()


def stray_versions(life):
    """Versions of objects that were never saved like that: the table would not take them."""
    notes = life.notes
    for data in [{"x": float("inf")}, {"n": 12345678901234567890123}, [float("nan"), -float("inf")], 10**30]:
        blank = life.one(zoo.Blank)
        blank.data = data
        with reversion.create_revision():
            reversion.add_to_revision(blank)
            notes.note(blank, "stray:json")
    animal = life.one(zoo.Animal)
    animal.weight = -1
    with reversion.create_revision():
        reversion.add_to_revision(animal)
        notes.note(animal, "stray:check")
    sampler = life.one(zoo.Sampler)
    for name, value in [("money", "123456789012345.678"), ("positive", -5), ("big", 10**25), ("short", None), ("day", "x")]:
        sampler = zoo.Sampler.objects.get(pk=sampler.pk)
        setattr(sampler, name, value)
        with reversion.create_revision():
            try:
                reversion.add_to_revision(sampler)
            except AttributeError:  # a text where a date is expected can't be serialized
                continue
            notes.note(sampler, f"stray:{name}")


def missing_parents(life):
    """Whole families go: their versions point at what is no longer there."""
    for number in range(3):
        with reversion.create_revision():
            species = life.surely_make(zoo.Species)
            keeper = life.surely_make(zoo.Keeper)
            bird = life.surely_make(zoo.Bird)
            bird.species, bird.keeper = species, keeper
            bird.save()
            chip = life.surely_make(zoo.Chip)
            chip.species, chip.animal = species, bird.animal_ptr
            chip.save()
            care, _ = zoo.Care.objects.get_or_create(animal_id=bird.pk, keeper=keeper)
            locker, _ = zoo.Locker.objects.get_or_create(keeper=keeper, defaults={"number": 9000 + number})
            for instance in (species, keeper, bird, chip, care, locker):
                life.notes.note(instance, "family")
        if number == 0:
            species.delete()
        elif number == 1:
            keeper.delete()
            species.delete()
        else:
            zoo.Animal.objects.filter(pk=bird.pk).delete()
            keeper.delete()


def taken(life):
    """What was unique is taken by another: the deleted can't come back, the changed can't go back."""
    with reversion.create_revision():
        town, habitat = zoo.Town.objects.create(name="Limón"), life.surely_make(zoo.Habitat)
        other = zoo.Town.objects.create(name="Cartago")
        for instance in (town, habitat, other):
            life.notes.note(instance, "taken")
    slug = habitat.slug
    town.delete()
    habitat.delete()
    with reversion.create_revision():
        zoo.Town.objects.create(name="Limón")
        zoo.Habitat.objects.create(slug=slug, area=1)
    # Two swap their names: each is in the way of the other, but not if both go back at once.
    with reversion.create_revision():
        other.name = "Heredia"
        other.save()
        third = zoo.Town.objects.create(name="Cartago")
        life.notes.note(third, "taken")


def odd_rows(life):
    """Values that other programs wrote into the tables; Django reads them all."""
    blanks = list(zoo.Blank.objects.order_by("pk").values_list("pk", flat=True))
    writes = [
        ("moment", "'2025-11-23T09:09:54Z'"),
        ("moment", "'2025-11-23 09:09:54.1'"),
        ("moment", "'2025-11-23 03:09:54-06:00'"),
        ("hour", "'09:09'"),
        ("exact", "'3.14'"),
        ("exact", "2.5000049"),
        ("length_km", "3"),
        ("phone", "88887777"),
        ("data", "'{ \"b\": 1,\n \"a\": [1 , 2] }'"),
        ("notes", "'nul' || char(0) || 'after'"),
        ("token", "'A0EEBC999C0B4EF8BB6D6BB9BD380A11'"),
        ("blob", "x'00ff'"),
    ]
    with connection.cursor() as cursor:
        for (column, value), pk in zip(writes, life.rng.sample(blanks, min(len(blanks), len(writes)))):
            cursor.execute(f"UPDATE zoo_blank SET {column} = {value} WHERE id = %s", [pk])


def cut_digits(life):
    """Rows that differ from their newest version by digits alone that serializing cut off."""
    for model, name in [(zoo.Blank, "moment"), (zoo.Animal, "arrived"), (zoo.Visits, "day"), (zoo.Sampler, "hour")]:
        instance = life.one(model)
        value = getattr(instance, name) or life.values.moment()
        setattr(instance, name, value.replace(microsecond=123_456))
        with reversion.create_revision():
            instance.save()
            life.notes.note(instance, "cut")


def tampered(life):
    """Versions that can't be read, or not by everyone."""
    versions = Version.objects.filter(format="json", db="default").order_by("pk")
    chosen = life.rng.sample(list(versions), 26)

    def change(flag, **columns):
        version = chosen.pop()
        for name, value in columns.items():
            setattr(version, name, value(version) if callable(value) else value)
        version.save()
        life.notes.flags[version.pk].add(f"tampered:{flag}")

    def edit(work):
        def edited(version):
            data = json.loads(version.serialized_data)
            work(data[0])
            return json.dumps(data, ensure_ascii=False)

        return edited

    change("db", db="archive")
    change("db", db="archive")
    change("format", format="yaml")
    change("format", format="xml")
    change("format", format="python")
    change("format", format="")
    change("text", serialized_data=lambda version: version.serialized_data[: len(version.serialized_data) // 2])
    change("text", serialized_data=lambda version: version.serialized_data[:-1])
    change("text", serialized_data="")
    change("text", serialized_data="[]")
    change("text", serialized_data="{}")
    change("text", serialized_data="null")
    change("text", serialized_data=lambda version: version.serialized_data + ",")
    change("text", serialized_data=lambda version: "\ufeff" + version.serialized_data)
    change("jsonl", format="jsonl", serialized_data=lambda version: version.serialized_data[1:-1] + "\n")
    change("model", serialized_data=edit(lambda item: item.update(model="zoo.dodo")))
    change("model", serialized_data=edit(lambda item: item.update(model="dodo")))
    change("key", serialized_data=edit(lambda item: item.update(pk=str(item["pk"]))))
    change("no key", serialized_data=edit(lambda item: item.pop("pk")))
    change("fields", serialized_data=edit(lambda item: item.pop("fields")))
    change("fields", serialized_data=edit(lambda item: item["fields"].clear()))
    change("fields", serialized_data=edit(lambda item: item["fields"].update({"no_such_field": [1, {"a": None}]})))
    change("fields", serialized_data=edit(lambda item: item["fields"].popitem()))
    change("fields", serialized_data=edit(lambda item: item["fields"].popitem()))
    change("spaces", serialized_data=lambda version: json.dumps(json.loads(version.serialized_data), indent=2))
    change("twice", serialized_data=lambda version: version.serialized_data[:-1] + ", " + version.serialized_data[1:])
