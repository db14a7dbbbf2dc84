"""The totals in both currencies came later, and so their columns come last."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('api', '0001_initial'),
    ]

    operations = [
        migrations.AddField(
            model_name='purchaseorders',
            name='total_crc',
            field=models.DecimalField(decimal_places=2, default=0.0, max_digits=12),
        ),
        migrations.AddField(
            model_name='purchaseorders',
            name='total_usd',
            field=models.DecimalField(decimal_places=2, default=0.0, max_digits=12),
        ),
    ]
