"""A run of a replay stays that of its person, with its wishes: what is kept of replays is known by it."""

from django.db import migrations

FORWARD = """
CREATE TRIGGER replayrun_stays_whose BEFORE UPDATE ON trading_replayrun FOR EACH ROW
    WHEN ((NEW.name, NEW.owner_id, NEW.settings, NEW.started_at) IS DISTINCT FROM (OLD.name, OLD.owner_id, OLD.settings, OLD.started_at))
    EXECUTE FUNCTION refuse_change();
"""
BACK = "DROP TRIGGER replayrun_stays_whose ON trading_replayrun;"


class Migration(migrations.Migration):
    dependencies = [("trading", "0016_endings")]
    operations = [migrations.RunSQL(FORWARD, BACK)]
