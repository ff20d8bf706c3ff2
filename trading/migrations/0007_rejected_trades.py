"""A closing order that cannot become a trade is counted, for ever; and the profit of a trade is its gross less its fees."""

from pathlib import Path

import django.db.models.deletion
from django.conf import settings
from django.db import migrations, models
from django.db.models import F, Q

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("bots", "0004_careful_and_running"),
        ("trading", "0006_order_types"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]
    operations = [
        migrations.CreateModel(
            name="RejectedTrade",
            fields=[
                (
                    "order",
                    models.OneToOneField(
                        db_constraint=False, on_delete=django.db.models.deletion.PROTECT, primary_key=True, related_name="rejected_trade",
                        serialize=False, to="trading.order",
                    ),
                ),
                ("reason", models.CharField(max_length=80)),
                ("at", models.DateTimeField()),
                ("bot", models.ForeignKey(null=True, on_delete=django.db.models.deletion.PROTECT, related_name="+", to="bots.bot")),
                ("owner", models.ForeignKey(on_delete=django.db.models.deletion.PROTECT, related_name="+", to=settings.AUTH_USER_MODEL)),
            ],
            options={"constraints": [models.CheckConstraint(condition=~Q(reason=""), name="rejected_trade_says_why")]},
        ),
        migrations.AddConstraint(
            model_name="trade",
            constraint=models.CheckConstraint(condition=Q(profit_loss=F("gross") - F("fees")), name="trade_profit_is_gross_less_fees"),
        ),
        migrations.AddConstraint(
            model_name="trade",
            constraint=models.CheckConstraint(
                condition=Q(side__in=["BUY", "SELL"], mode__in=["PAPER", "LIVE"]) & ~Q(reason=""), name="trade_words_known"
            ),
        ),
        migrations.RunSQL(
            (SQL / "rejected_trades.sql").read_text(encoding="utf-8"), (SQL / "rejected_trades_reverse.sql").read_text(encoding="utf-8")
        ),
    ]  # fmt: skip
