"""Find the alerts of a person in the order of the list: by when they happened, not by when they were written."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("accounts", "0007_clicks")]
    operations = [
        migrations.RemoveIndex(model_name="alert", name="accounts_alert_newest"),
        migrations.AddIndex(model_name="alert", index=models.Index(fields=["person", "-at"], name="accounts_alert_latest")),
    ]
