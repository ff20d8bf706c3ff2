"""The plural of a journal entry, for the console: nothing in the database changes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("ledger", "0003_identities")]

    operations = [migrations.AlterModelOptions(name="journalentry", options={"verbose_name_plural": "journal entries"})]
