"""Amounts are numbers; what was not refused asks for more than nothing, at prices that are positive."""

import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bots', '0007_numbers'),
        ('ledger', '0010_numbers'),
        ('trading', '0011_orders_by_state'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='breakerstate',
            constraint=models.CheckConstraint(condition=models.Q(('day_nav__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('equity__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('funding__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('nav__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('peak__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('week_nav__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='breaker_numbers'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('decision_price__gte', 0), ('quantity__gte', 0), models.Q(('price__isnull', True), ('price__gte', 0), _connector='OR')), name='order_quantity_and_prices_not_negative'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('state', 'REFUSED'), models.Q(('decision_price__gt', 0), ('quantity__gt', 0), models.Q(('price__isnull', True), ('price__gt', 0), _connector='OR')), _connector='OR'), name='order_asks_for_something'),
        ),
        migrations.AddConstraint(
            model_name='order',
            constraint=models.CheckConstraint(condition=models.Q(('decision_price__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('expected_edge_bps__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('fees__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('filled_quantity__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('filled_value__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('price__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('quantity__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='order_numbers'),
        ),
        migrations.AddConstraint(
            model_name='quote',
            constraint=models.CheckConstraint(condition=models.Q(('ask__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('bid__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='quote_numbers'),
        ),
        migrations.AddConstraint(
            model_name='trade',
            constraint=models.CheckConstraint(condition=models.Q(('amount__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('entry_price__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('exit_price__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('fees__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('gross__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('gross_edge_bps__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('profit_loss__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='trade_numbers'),
        ),
    ]
