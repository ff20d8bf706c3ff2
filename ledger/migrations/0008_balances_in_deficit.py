"""Whoever asks which wallets owe finds them without reading every balance."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0007_rights")]
    operations = [
        migrations.AddIndex(
            model_name="balance",
            index=models.Index(condition=models.Q(("deficit__gt", 0)), fields=["book"], name="balance_in_deficit"),
        ),
    ]
