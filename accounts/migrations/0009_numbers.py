"""A goal is a number: NaN is larger than every number to PostgreSQL, and passed the check that it is positive."""

import django.db.models.expressions
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('accounts', '0008_latest_alerts'),
        ('auth', '0012_alter_user_first_name_max_length'),
    ]

    operations = [
        migrations.AddConstraint(
            model_name='user',
            constraint=models.CheckConstraint(condition=models.Q(('goal__lt', django.db.models.expressions.RawSQL("'NaN'::numeric", ()))), name='accounts_user_numbers'),
        ),
    ]
