"""Find bots by their name, as the console searches them."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bots", "0005_rights")]
    operations = [
        migrations.AddIndex(model_name="bot", index=models.Index(fields=["name"], name="bot_by_name")),
    ]
