"""Exit distances are numbers: NaN is larger than every number to PostgreSQL, and passed the check that one is positive."""

import django.db.models.expressions
from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bots', '0006_bots_by_name'),
        ('ledger', '0010_numbers'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='bot',
            constraint=models.CheckConstraint(condition=models.Q(('stop_loss__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('take_profit__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ())), ('trailing__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='bot_numbers'),
        ),
    ]
