"""The tables that a release changed. `settings.ZOO_EDITION` says which release of the app runs: 1, or 2 after migration.

Versions of the first release outlive it, and hold what the tables no longer have, or lack what they have now.
"""

from django.conf import settings
from django.db import models

FIRST = settings.ZOO_EDITION == 1

__all__ = ["Ticket", "Stall", "Sponsor"] + (["Cage", "Ghost"] if FIRST else ["Enclosure"])

if FIRST:

    class Ticket(models.Model):
        number = models.CharField(max_length=20)
        name = models.CharField(max_length=100)
        code = models.CharField(max_length=20, default="x")
        price = models.DecimalField(max_digits=8, decimal_places=2)
        note = models.CharField(max_length=100, null=True, blank=True)
        stamp = models.CharField(max_length=40, default="2025-11-23T09:09:54.110Z")

        def __str__(self):
            return f"Ticket {self.pk}"

    class Stall(models.Model):
        name = models.CharField(max_length=50)

        def __str__(self):
            return f"{self.name}"

    class Sponsor(models.Model):
        name = models.CharField(max_length=50)
        tickets = models.ManyToManyField(Ticket, blank=True)
        old_tickets = models.ManyToManyField(Ticket, blank=True, related_name="+")

        def __str__(self):
            return f"{self.name}"

    class Cage(models.Model):
        name = models.CharField(max_length=50)

        def __str__(self):
            return f"{self.name}"

    class Ghost(models.Model):
        name = models.CharField(max_length=50)

        def __str__(self):
            return f"{self.name}"

else:

    class Ticket(models.Model):
        """A field of another type, one renamed, one gone, one no longer NULL, and several gained."""

        number = models.IntegerField()  # was text
        title = models.CharField(max_length=100)  # was `name`
        price = models.DecimalField(max_digits=10, decimal_places=4)  # had two digits
        note = models.TextField(blank=True, default="")  # could be NULL
        stamp = models.DateTimeField()  # was text
        # `code` is gone; gained are:
        rating = models.FloatField(null=True, blank=True)
        counter = models.PositiveIntegerField(default=7)
        total = models.DecimalField(max_digits=12, decimal_places=2, default=0)
        level = models.CharField(max_length=10)
        grade = models.IntegerField(db_default=5)

        class Meta:
            constraints = [models.CheckConstraint(condition=models.Q(price__gte=0), name="zoo_ticket_price")]

        def __str__(self):
            return f"Ticket {self.pk}"

    class Stall(models.Model):
        """Gained a column that may not be NULL and has no default."""

        name = models.CharField(max_length=50)
        rank = models.IntegerField()

        def __str__(self):
            return f"{self.name}"

    class Sponsor(models.Model):
        """Lost a set and gained one, and columns that the database itself can fill."""

        name = models.CharField(max_length=50)
        since = models.DateField(null=True, blank=True)
        tier = models.IntegerField(db_default=1)
        tickets = models.ManyToManyField(Ticket, blank=True)
        stalls = models.ManyToManyField(Stall, blank=True)

        def __str__(self):
            return f"{self.name}"

    class Enclosure(models.Model):
        """Was `Cage`: the content type was renamed with it, the text of its versions was not."""

        name = models.CharField(max_length=50)

        def __str__(self):
            return f"{self.name}"
