"""Find the fills of a market within a span of time: what a candle has given away already is read there."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("ledger", "0004_journal_entries"),
    ]

    operations = [
        migrations.AddIndex(
            model_name="fill",
            index=models.Index(fields=["market", "executed_at"], name="fill_by_market"),
        ),
    ]
