"""Amounts are numbers: NaN is larger than every number to PostgreSQL, and passed each check that one is positive. A market's minima and
fees have bounds."""

import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('ledger', '0009_newest_entries'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='allocation',
            constraint=models.CheckConstraint(condition=models.Q(('amount__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('coins_at_cost__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='allocation_numbers'),
        ),
        migrations.AddConstraint(
            model_name='balance',
            constraint=models.CheckConstraint(condition=models.Q(('cash__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('deficit__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('reserved__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='balance_numbers'),
        ),
        migrations.AddConstraint(
            model_name='equitypoint',
            constraint=models.CheckConstraint(condition=models.Q(('cash__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('deepest__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('equity__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('nav__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('net_funding__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('peak__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('realised__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('units__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('unrealised__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='equity_numbers'),
        ),
        migrations.AddConstraint(
            model_name='fill',
            constraint=models.CheckConstraint(condition=models.Q(('fee__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('fee_price__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('price__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('quantity__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='fill_numbers'),
        ),
        migrations.AddConstraint(
            model_name='lot',
            constraint=models.CheckConstraint(condition=models.Q(('cost_left__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('fee_left__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('quantity__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('remaining__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='lot_numbers'),
        ),
        migrations.AddConstraint(
            model_name='lotmatch',
            constraint=models.CheckConstraint(condition=models.Q(('cost__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('entry_fee__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('exit_fee__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('net__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('proceeds__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('quantity__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='match_numbers'),
        ),
        migrations.AddConstraint(
            model_name='mark',
            constraint=models.CheckConstraint(condition=models.Q(('price__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='mark_numbers'),
        ),
        migrations.AddConstraint(
            model_name='market',
            constraint=models.CheckConstraint(condition=models.Q(('amount_min__gte', 0), ('cost_min__gte', 0)), name='market_minima_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='market',
            constraint=models.CheckConstraint(condition=models.Q(('maker_fee__gt', -1), ('maker_fee__lt', 1), ('taker_fee__gte', 0), ('taker_fee__lt', 1)), name='market_fees_in_range'),
        ),
        migrations.AddConstraint(
            model_name='market',
            constraint=models.CheckConstraint(condition=models.Q(('amount_min__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('amount_step__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('cost_min__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('maker_fee__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('price_tick__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('quote_step__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('taker_fee__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='market_numbers'),
        ),
        migrations.AddConstraint(
            model_name='posting',
            constraint=models.CheckConstraint(condition=models.Q(('amount__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='posting_numbers'),
        ),
        migrations.AddConstraint(
            model_name='profitbucket',
            constraint=models.CheckConstraint(condition=models.Q(('fees__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('gross__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('net__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='bucket_numbers'),
        ),
        migrations.AddConstraint(
            model_name='reservation',
            constraint=models.CheckConstraint(condition=models.Q(('amount__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('captured__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('released__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='reservation_numbers'),
        ),
        migrations.AddConstraint(
            model_name='uncovered',
            constraint=models.CheckConstraint(condition=models.Q(('fee__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('proceeds__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('quantity__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='uncovered_numbers'),
        ),
    ]
