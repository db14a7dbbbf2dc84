"""What the second release changed; the versions that were there already were left as they are."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [("zoo", "0001_initial")]

    operations = [
        migrations.AlterField("ticket", "number", models.IntegerField()),
        migrations.AlterField("ticket", "price", models.DecimalField(max_digits=10, decimal_places=4)),
        migrations.AlterField("ticket", "note", models.TextField(blank=True, default="")),
        migrations.AlterField("ticket", "stamp", models.DateTimeField()),
        migrations.RenameField("ticket", "name", "title"),
        migrations.RemoveField("ticket", "code"),
        migrations.AddField("ticket", "rating", models.FloatField(blank=True, null=True)),
        migrations.AddField("ticket", "counter", models.PositiveIntegerField(default=7)),
        migrations.AddField("ticket", "total", models.DecimalField(decimal_places=2, default=0, max_digits=12)),
        migrations.AddField(
            "ticket", "level", models.CharField(default="", max_length=10), preserve_default=False
        ),
        migrations.AddField("ticket", "grade", models.IntegerField(db_default=5)),
        migrations.AddConstraint(
            "ticket", models.CheckConstraint(condition=models.Q(price__gte=0), name="zoo_ticket_price")
        ),
        migrations.AddField("stall", "rank", models.IntegerField(default=0), preserve_default=False),
        migrations.RemoveField("sponsor", "old_tickets"),
        migrations.AddField("sponsor", "stalls", models.ManyToManyField(blank=True, to="zoo.stall")),
        migrations.AddField("sponsor", "since", models.DateField(blank=True, null=True)),
        migrations.AddField("sponsor", "tier", models.IntegerField(db_default=1)),
        migrations.RenameModel("Cage", "Enclosure"),
        migrations.DeleteModel("Ghost"),
    ]
