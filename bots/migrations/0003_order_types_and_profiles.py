"""How a bot enters, and the words its breaker profile may be."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ('bots', '0002_guards'),
        ('ledger', '0004_journal_entries'),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name='bot',
            name='order_type',
            field=models.CharField(choices=[('MARKET', 'Market'), ('LIMIT', 'Limit'), ('POST_ONLY', 'Post Only')], default='MARKET', help_text='of its entries', max_length=12),
        ),
        migrations.AlterField(
            model_name='bot',
            name='profile',
            field=models.CharField(choices=[('standard', 'Standard'), ('conservative', 'Conservative')], default='standard', help_text='breaker profile', max_length=12),
        ),
        migrations.AddConstraint(
            model_name='bot',
            constraint=models.CheckConstraint(condition=models.Q(('order_type__in', ['MARKET', 'LIMIT', 'POST_ONLY'])), name='bot_order_type_known'),
        ),
        migrations.AddConstraint(
            model_name='bot',
            constraint=models.CheckConstraint(condition=models.Q(('profile__in', ['standard', 'conservative'])), name='bot_profile_known'),
        ),
    ]
