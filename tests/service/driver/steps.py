"""The zoo's days: what happens to its objects, step by step, at random."""

from collections import Counter

import reversion
from django.contrib.auth import get_user_model
from django.core.exceptions import ObjectDoesNotExist
from django.db import DatabaseError, models, transaction
from reversion.errors import RevertError
from reversion.models import Version

from api.models import Donations, Payments, PurchaseOrders, UserProfile, Visits
from zoo import models as zoo

from .values import Values

COMMENTS = ["", "", "Revisión anual", "Corrección\nde nombre", "[{\"changed\": {\"fields\": [\"Name\"]}}]", "ñ \u202e \x1b[31m"]

# How often each model is chosen.
WEIGHTS = {
    "Keeper": 8, "NightKeeper": 2, "Species": 6, "Habitat": 6, "Animal": 14, "Care": 5, "Bird": 6, "Parrot": 4,
    "Sampler": 14, "Blank": 14, "Plate": 5, "Locker": 3, "Licence": 4, "Chip": 4, "Visits": 4, "Letter": 2,
    "Signature": 3, "Town": 2, "Ticket": 8, "Stall": 4, "Sponsor": 4, "Cage": 3, "Ghost": 3, "Enclosure": 3, "Food": 2,
}  # fmt: skip
PARK = {Visits: 2, PurchaseOrders: 3, Payments: 2, UserProfile: 1, Donations: 2}


class Undone(Exception):
    """A step that the database refuses, or for which there is nothing to work on."""


def all_of(actions):
    for action in actions:
        action()


class Life:
    def __init__(self, rng, notes):
        self.rng, self.notes, self.values = rng, notes, Values(rng)
        chosen = {getattr(zoo, name): weight for name, weight in WEIGHTS.items() if hasattr(zoo, name)} | PARK
        self.models, self.weights = list(chosen), list(chosen.values())
        self.done = Counter()

    def live(self, steps):
        kinds = {self.make: 13, self.change: 45, self.odd: 16, self.delete: 4, self.outside: 12, self.revert: 4, self.touch: 3}
        # Something of everything, first.
        for model in self.models:
            self.attempt(lambda: self.revision([lambda model=model: self.make(model)]))
        for _ in range(steps):
            actions = self.rng.choices(list(kinds), kinds.values(), k=self.rng.choice([1, 1, 1, 2, 3]))
            # What happens outside of revisions leaves no version.
            together = self.revision if self.rng.random() < 0.92 else all_of
            self.attempt(lambda together=together, actions=actions: together(actions))

    def attempt(self, step):
        try:
            with transaction.atomic():
                step()
                self.done["done"] += 1
        except (Undone, DatabaseError, ObjectDoesNotExist, RevertError, ValueError, TypeError, ArithmeticError):
            self.done["undone"] += 1
            self.notes.next.clear()

    def revision(self, actions):
        with reversion.create_revision():
            all_of(actions)
            if self.rng.random() < 0.6:
                users = get_user_model().objects.order_by("pk")
                reversion.set_user(users[self.rng.randrange(len(users))])
            reversion.set_comment(self.rng.choice(COMMENTS))

    # What a step may do.

    def make(self, model=None):
        model = model or self.model()
        instance = model()
        if isinstance(model._meta.pk, (models.CharField, models.UUIDField)):
            instance.pk = self.values.slug() if isinstance(model._meta.pk, models.CharField) else self.values.uuid()
        for field in self.fields(model, keys=True):
            self.fill(instance, field)
        instance.save()
        self.fill_sets(instance)
        return instance

    def surely_make(self, model):
        """Tries until the values suit the constraints."""
        while True:
            try:
                with transaction.atomic():
                    return self.make(model)
            except (Undone, DatabaseError):
                self.done["undone"] += 1

    def one(self, model):
        """One there is; made where there is none."""
        there = list(model._base_manager.order_by("pk"))
        if there:
            return self.rng.choice(there)
        with reversion.create_revision():
            return self.surely_make(model)

    def change(self):
        instance = self.instance()
        fields = self.fields(type(instance))
        for field in self.rng.sample(fields, min(len(fields), self.rng.choice([1, 1, 2, 3]))):
            self.fill(instance, field)
        instance.save()
        if self.rng.random() < 0.4:
            self.fill_sets(instance)

    def odd(self):
        """A value of the wrong type, as application code leaves them."""
        instance = self.instance()
        fields = self.fields(type(instance))
        self.rng.shuffle(fields)
        given = 0
        for field in fields:
            value = None if field.is_relation else self.values.odd(field)
            if value is not None and given < 3:
                setattr(instance, field.attname, value)
                self.notes.note(instance, f"odd:{type(field).__name__}:{type(value).__name__}")
                given += 1
        instance.save()

    def delete(self):
        self.instance().delete()

    def outside(self):
        """A row changes without a version."""
        instance = self.instance()
        fields = self.fields(type(instance))
        changes = {}
        for field in self.rng.sample(fields, min(len(fields), 2)):
            changes[field.attname] = self.related(field, instance) if field.is_relation else self.values.of(field)
        type(instance)._base_manager.filter(pk=instance.pk).update(**changes)

    def revert(self):
        """Someone reverts in the admin, which records a revision that says so."""
        versions = Version.objects.filter(db="default", format="json").order_by("pk")
        version = versions[self.rng.randrange(len(versions))]
        try:
            version.revert()
        except (IndexError, AttributeError) as error:  # its model has another name, or is gone
            raise Undone from error
        if reversion.is_active():
            reversion.set_comment(f"Reverted to previous version, saved on {version.revision.date_created:%Y-%m-%d}")

    def touch(self):
        """Saved as it was."""
        self.instance().save()

    # What it takes.

    def model(self):
        return self.rng.choices(self.models, self.weights)[0]

    def instance(self):
        model = self.model()
        there = model._base_manager.order_by("pk")
        count = there.count()
        if not count:
            raise Undone
        return there[self.rng.randrange(count)]

    def fields(self, model, keys=False):
        """Those that can be set: not the key, where it is no foreign key; not the link to a parent."""
        return [
            field
            for field in model._meta.concrete_fields
            if not getattr(field.remote_field, "parent_link", False)
            and (keys and field.is_relation or not field.primary_key)
            and not getattr(field, "auto_now_add", False)
        ]

    def fill(self, instance, field):
        if not field.is_relation:
            setattr(instance, field.attname, self.values.of(field))
        else:
            setattr(instance, field.attname, self.related(field, instance))

    def related(self, field, instance):
        """The key of something there is; it may be the object itself."""
        if field.null and self.rng.random() < 0.3:
            return None
        there = field.remote_field.model._base_manager.order_by("pk")
        count = there.count()
        if not count:
            if field.null:
                return None
            raise Undone
        return getattr(there[self.rng.randrange(count)], field.target_field.attname)

    def fill_sets(self, instance):
        for field in instance._meta.many_to_many:
            if field.remote_field.through._meta.auto_created and self.rng.random() < 0.7:
                there = list(field.remote_field.model._base_manager.order_by("pk").values_list("pk", flat=True))
                getattr(instance, field.name).set(self.rng.sample(there, min(len(there), self.rng.randrange(5))))
