"""Find the newest entries of a wallet in the order of the audit trail: without it the entries of everybody, or all of one person, are read."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("ledger", "0008_balances_in_deficit")]
    operations = [
        migrations.AddIndex(model_name="journalentry", index=models.Index(fields=["wallet", "-id"], name="entry_newest")),
    ]
