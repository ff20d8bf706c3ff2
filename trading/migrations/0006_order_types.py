"""Orders that rest: limits and post-only ones with a time in force; what they asked for never changes."""

from pathlib import Path

from django.conf import settings
from django.db import migrations, models

SQL = Path(__file__).parent / "sql"


def _guard(forward: str, back: str) -> migrations.RunSQL:
    return migrations.RunSQL((SQL / forward).read_text(encoding="utf-8"), (SQL / back).read_text(encoding="utf-8"))


class Migration(migrations.Migration):

    dependencies = [
        ('bots', '0003_order_types_and_profiles'),
        ('ledger', '0004_journal_entries'),
        ('trading', '0005_filled'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        _guard('asks_for_ever_drop.sql', 'asks_for_ever_first.sql'),
        migrations.AddField(
            model_name='order',
            name='expires_at',
            field=models.DateTimeField(help_text='end of a good-till-date order', null=True),
        ),
        migrations.AlterField(
            model_name='order',
            name='time_in_force',
            field=models.CharField(help_text='GTC, GTD, IOC, FOK', max_length=3),
        ),
        migrations.AlterField(
            model_name='order',
            name='type',
            field=models.CharField(help_text='MARKET, LIMIT, POST_ONLY', max_length=12),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('type__in', ['MARKET', 'LIMIT', 'POST_ONLY'])), name='order_type_known'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('time_in_force__in', ['GTC', 'GTD', 'IOC', 'FOK'])), name='order_time_in_force_known'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('type', 'MARKET'), ('price__isnull', False), _connector='OR'), name='order_limit_has_a_price'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(models.Q(('expires_at__isnull', False), ('time_in_force', 'GTD')), models.Q(models.Q(('time_in_force', 'GTD'), _negated=True), ('expires_at__isnull', True)), _connector='OR'), name='order_good_till_date_names_it'),
        ),
        _guard('asks_for_ever.sql', 'asks_for_ever_drop.sql'),
    ]
