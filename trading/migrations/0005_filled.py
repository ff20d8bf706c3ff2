"""Filled quantity comes from fills only; the SQL and its reverse lie in sql/."""

from pathlib import Path

from django.db import migrations, models
from django.db.models import F, Q

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("trading", "0004_histories"), ("ledger", "0001_money")]
    operations = [
        migrations.AddConstraint(
            model_name="order",
            constraint=models.CheckConstraint(
                condition=~Q(state="FILLED") | Q(filled_quantity__gte=F("quantity")), name="order_filled_means_filled"
            ),
        ),
        migrations.RunSQL(
            (SQL / "filled.sql").read_text(encoding="utf-8"),
            (SQL / "filled_reverse.sql").read_text(encoding="utf-8"),
        ),
    ]
