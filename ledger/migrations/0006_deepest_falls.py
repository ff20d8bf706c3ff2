"""Equity points keep the deepest fall so far, so that nobody folds a history to read it; the SQL and its reverse lie in sql/."""

from pathlib import Path

from django.db import migrations

import ledger.models.amount

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("ledger", "0005_fills_by_market")]
    operations = [
        migrations.AddField(
            model_name="equitypoint",
            name="deepest",
            field=ledger.models.amount.amount_field(
                default=0, help_text="largest fall of the nav below its peak so far, as a fraction"
            ),
        ),
        migrations.RunSQL(
            (SQL / "deepest_falls.sql").read_text(encoding="utf-8"), (SQL / "deepest_falls_reverse.sql").read_text(encoding="utf-8")
        ),
    ]
