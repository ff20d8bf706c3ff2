"""Let an order move without a line in any index until its last move: what readers look for is `ending`, made from the state, and `attempt`.
Pages keep room for the second version of a row (of counters and records for the next one), so that it costs no index either."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bots', '0007_numbers'),
        ('ledger', '0010_numbers'),
        ('trading', '0015_trades_restated'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.RemoveConstraint(
            model_name='order',
            name='order_intent_attempt_once',
        ),
        migrations.RemoveConstraint(
            model_name='order',
            name='order_intent_in_flight_once',
        ),
        migrations.RemoveIndex(
            model_name='order',
            name='order_working_by_market',
        ),
        migrations.RemoveIndex(
            model_name='order',
            name='order_entries_by_wallet',
        ),
        migrations.RemoveIndex(
            model_name='order',
            name='order_leased',
        ),
        migrations.RemoveIndex(
            model_name='order',
            name='order_by_owner_and_state',
        ),
        migrations.AddField(
            model_name='order',
            name='ending',
            field=models.GeneratedField(db_persist=True, expression=models.Case(models.When(state__in=['CANCELLED', 'EXPIRED', 'FILLED', 'NOT_PLACED', 'REFUSED', 'REJECTED'], then=models.F('state'))), help_text='the state once it is final, empty while the order works: what readers look for by index', output_field=models.CharField(max_length=16, null=True)),
        ),
        migrations.AlterField(
            model_name='order',
            name='attempt',
            field=models.SmallIntegerField(default=1, help_text='counts from 1; 0 for what was refused'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('ending__isnull', True)), fields=['market', 'timeframe', 'run'], name='order_working_by_market'),
        ),
        migrations.AddIndex(
            model_name='order',
            index=models.Index(condition=models.Q(('ending__isnull', False)), fields=['owner', 'ending', '-created_at'], name='order_by_owner_and_ending'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(condition=models.Q(('attempt__gt', 0)), fields=('intent', 'attempt'), name='order_intent_attempt_once'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.UniqueConstraint(condition=models.Q(('ending__isnull', True)), fields=('intent',), name='order_intent_in_flight_once'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('attempt__gt', 0), models.Q(('attempt', 0), ('state', 'REFUSED')), _connector='OR'), name='order_attempts_count_from_one'),
        ),
        migrations.RunSQL("ALTER TABLE trading_order SET (fillfactor = 50)", "ALTER TABLE trading_order RESET (fillfactor)"),
        migrations.RunSQL("ALTER TABLE trading_trackrecord SET (fillfactor = 60)", "ALTER TABLE trading_trackrecord RESET (fillfactor)"),
        migrations.RunSQL("ALTER TABLE trading_entrycount SET (fillfactor = 60)", "ALTER TABLE trading_entrycount RESET (fillfactor)"),
    ]
