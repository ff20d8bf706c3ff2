"""Whose running bots are conservative is asked at each claim; this index answers it, whatever the number of bots."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("bots", "0003_order_types_and_profiles")]
    operations = [
        migrations.AddIndex(
            model_name="bot",
            index=models.Index(
                fields=["owner", "mode"], condition=models.Q(profile="conservative", status="RUNNING"), name="bot_careful_and_running"
            ),
        ),
    ]
