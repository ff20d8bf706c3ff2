"""Find the orders of a person in one final state, newest first: the three that failed among a hundred thousand that were refused. Orders at
work are few, and found by the index of those. And the trips of one bot in the order of its timeline."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("trading", "0010_births")]
    operations = [
        migrations.AddIndex(
            model_name="order",
            index=models.Index(
                fields=["owner", "state", "-created_at"],
                condition=models.Q(state__in=["CANCELLED", "EXPIRED", "FILLED", "NOT_PLACED", "REFUSED", "REJECTED"]),
                name="order_by_owner_and_state",
            ),
        ),
        migrations.AddIndex(model_name="breakertrip", index=models.Index(fields=["bot", "-at"], name="trip_by_bot")),
    ]
