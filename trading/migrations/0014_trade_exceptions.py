"""What the console calls a closing order that could not become a trade; no column changes."""

from django.db import migrations


class Migration(migrations.Migration):
    dependencies = [("trading", "0013_decisions_kept")]
    operations = [migrations.AlterModelOptions(name="rejectedtrade", options={"verbose_name": "trade exception"})]
