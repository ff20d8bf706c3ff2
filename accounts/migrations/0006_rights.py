"""The application role may do with people, and with the tables that libraries bring, what its code does; the SQL and its reverse lie in sql/."""

from pathlib import Path

from django.db import migrations

SQL = Path(__file__).parent / "sql"


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0005_operators_kept"),
        ("admin", "0003_logentry_add_action_flag_choices"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("otp_static", "0003_add_timestamps"),
    ]
    operations = [
        migrations.RunSQL((SQL / "rights.sql").read_text(encoding="utf-8"), (SQL / "rights_reverse.sql").read_text(encoding="utf-8"))
    ]
