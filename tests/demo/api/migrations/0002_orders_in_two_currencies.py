"""Totals in colones and in dollars came later, so their columns stand last."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("api", "0001_initial")]

    operations = [
        migrations.AddField("purchaseorders", name, models.DecimalField(decimal_places=2, default=0.0, max_digits=12))
        for name in ("total_crc", "total_usd")
    ]
