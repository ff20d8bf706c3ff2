"""Steps of a history are added at its end, the value of what was filled comes from fills, and a rejected trade has its order; the
SQL and its reverse lie in sql/."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [("trading", "0007_rejected_trades"), ("ledger", "0001_money")]
    operations = [
        migrations.RunSQL((SQL / "kept.sql").read_text(encoding="utf-8"), (SQL / "kept_reverse.sql").read_text(encoding="utf-8")),
    ]
