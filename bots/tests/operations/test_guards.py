"""Raw SQL as the application role: what the database refuses whatever the code does."""

from itertools import product

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from accounts.domain.identity import new_id
from bots.domain.lifecycle import MOVES, Situation
from bots.models import Bot, BotMove, Halt
from bots.operations import halts
from bots.tests import builders
from bots.tests.builders import NOON

STORED = {
    Situation.NEW: ("PAUSED", "NEW", ""),
    Situation.RUNNING: ("RUNNING", "", ""),
    Situation.PAUSED: ("PAUSED", "USER", ""),
    Situation.ERROR: ("ERROR", "", ""),
    Situation.CIRCUIT_TRIPPED: ("CIRCUIT_TRIPPED", "", ""),
    Situation.STOPPING: ("PAUSED", "STOPPING", "close"),
    Situation.STOPPED: ("STOPPED", "", "close"),
}
WAY = {
    Situation.NEW: (),
    Situation.RUNNING: (Situation.RUNNING,),
    Situation.PAUSED: (Situation.RUNNING, Situation.PAUSED),
    Situation.ERROR: (Situation.RUNNING, Situation.ERROR),
    Situation.CIRCUIT_TRIPPED: (Situation.CIRCUIT_TRIPPED,),
    Situation.STOPPING: (Situation.STOPPING,),
    Situation.STOPPED: (Situation.STOPPING, Situation.STOPPED),
}
LEGAL = {(here, there) for (here, _), there in MOVES.items()}
SET = "UPDATE bots_bot SET status = %s, pause_reason = %s, stop_positions = %s WHERE id = %s"


@pytest.fixture
def bot(alice):
    builders.funded(alice)
    return builders.bot(alice)


@pytest.mark.django_db
@pytest.mark.parametrize(("here", "there"), [pair for pair in product(Situation, Situation) if pair[0] is not pair[1]])
def test_sql_moves_a_bot_only_along_the_table(bot, here, there):
    with connection.cursor() as cursor:
        for step in WAY[here]:
            cursor.execute(SET, [*STORED[step], bot.id])
        if (here, there) in LEGAL:
            cursor.execute(SET, [*STORED[there], bot.id])
            return
        with pytest.raises(DatabaseError, match="a bot does not move from"), transaction.atomic():
            cursor.execute(SET, [*STORED[there], bot.id])


BOT_ATTACKS = {
    "an unknown status": ("UPDATE bots_bot SET status = 'HAPPY', pause_reason = ''", "does not move|bot_status_known"),
    "a pause without a reason": ("UPDATE bots_bot SET pause_reason = ''", "bot_paused_says_why|does not move"),
    "another reason while new": ("UPDATE bots_bot SET pause_reason = 'USER'", "does not move"),
    "a stop that forgets the position": (
        "UPDATE bots_bot SET pause_reason = 'STOPPING'", "bot_stopping_says_what_becomes_of_positions",
    ),
    "a position plan without a stop": ("UPDATE bots_bot SET stop_positions = 'keep'", "does not move|stopping_says"),
    "an unknown stage": ("UPDATE bots_bot SET stage = 'GENIUS'", "bot_stage_known"),
    "live money": ("UPDATE bots_bot SET mode = 'LIVE'", "for ever"),
    "another owner": ("UPDATE bots_bot SET owner_id = gen_random_uuid()", "for ever"),
    "another book": ("UPDATE bots_bot SET book_id = gen_random_uuid()", "for ever"),
    "no name": ("UPDATE bots_bot SET name = ''", "bot_has_a_name"),
    "a stop of 200 %": ("UPDATE bots_bot SET stop_loss = 2", "bot_exits_in_range"),
    "a holding time of 0": ("UPDATE bots_bot SET max_holding = 0", "bot_exits_in_range"),
    "deletion": ("DELETE FROM bots_bot", "permission denied"),
    "truncation": ("TRUNCATE bots_bot CASCADE", "permission denied"),
}  # fmt: skip


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attack", BOT_ATTACKS)
def test_the_application_role_cannot_give_a_bot(bot, app_connection, attack):
    statement, why = BOT_ATTACKS[attack]
    with pytest.raises(psycopg.Error, match=why):
        app_connection.execute(statement)


@pytest.mark.django_db(transaction=True)
def test_the_application_role_cannot_bear_a_running_bot(bot, app_connection):
    columns = "owner_id, name, market_id, timeframe, strategy, parameters, mode, profile, stage, created_at, stop_positions"
    with pytest.raises(psycopg.Error, match="born PAUSED"):
        app_connection.execute(
            f"INSERT INTO bots_bot (id, book_id, status, pause_reason, {columns}) "
            f"SELECT gen_random_uuid(), book_id, 'RUNNING', '', {columns} FROM bots_bot"
        )


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement",
    ["UPDATE bots_botmove SET reason = 'nicer'", "DELETE FROM bots_botmove", "TRUNCATE bots_botmove"],
)
def test_the_application_role_cannot_rewrite_moves(bot, app_connection, statement):
    BotMove.objects.create(
        id=new_id(), bot=bot, at=NOON, move="START", before="PAUSED", after="RUNNING", reason="x", actor="user:a"
    )
    with pytest.raises(psycopg.Error, match="permission denied"):
        app_connection.execute(statement)


HALT_ATTACKS = {
    "forgotten": ("DELETE FROM bots_halt", "permission denied"),
    "weakened": ("UPDATE bots_halt SET level = 'REDUCING'", "lifted once"),
    "moved to somebody": ("UPDATE bots_halt SET scope = 'USER'", "lifted once"),
    "lifted by nobody": ("UPDATE bots_halt SET lifted_at = now()", "halt_lifted_by_somebody"),
    "lifted and widened": ("UPDATE bots_halt SET lifted_at = now(), lifted_by = 'x', flatten = true", "lifted once"),
    "truncated": ("TRUNCATE bots_halt CASCADE", "permission denied"),
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("attack", HALT_ATTACKS)
def test_a_halt_cannot_be(app_connection, attack):
    halt = halts.raise_halt(
        scope="GLOBAL", level="HALTED", source="EMERGENCY_STOP", reason="", actor="operator:o", request_id="", now=NOON
    )
    statement, why = HALT_ATTACKS[attack]
    with pytest.raises(psycopg.Error, match=why):
        app_connection.execute(statement)
    assert Halt.objects.get(lifted_at__isnull=True) == halt


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    ("scope", "level", "mode", "raised_by", "why"),
    [
        ("USER", "HALTED", "", "x", "halt_scope_names_its_subject"),
        ("BOT", "HALTED", "", "x", "halt_scope_names_its_subject"),
        ("ALL", "HALTED", "", "x", "halt_scope_names_its_subject"),
        ("GLOBAL", "SOFT", "", "x", "halt_level_known"),
        ("GLOBAL", "HALTED", "BOTH", "x", "halt_mode_known"),
        ("GLOBAL", "HALTED", "", "", "halt_names_who_raised_it"),
    ],
)
def test_a_halt_that_makes_no_sense_is_refused(app_connection, scope, level, mode, raised_by, why):
    with pytest.raises(psycopg.Error, match=why):
        app_connection.execute(
            "INSERT INTO bots_halt (id, scope, level, mode, source, reason, flatten, raised_by, raised_at, lifted_by, "
            "lift_reason) VALUES (gen_random_uuid(), %s, %s, %s, 'X', '', false, %s, now(), '', '')",
            [scope, level, mode, raised_by],
        )


@pytest.mark.django_db(transaction=True)
def test_the_epoch_counts_a_halt_written_past_the_code_and_never_goes_back(app_connection):
    app_connection.execute(
        "INSERT INTO bots_halt (id, scope, level, mode, source, reason, flatten, raised_by, raised_at, lifted_by, "
        "lift_reason) VALUES (gen_random_uuid(), 'GLOBAL', 'HALTED', '', 'X', '', false, 'x', now(), '', '')"
    )
    [before] = app_connection.execute("SELECT value FROM bots_haltepoch").fetchone()
    assert before >= 1
    attacks = {"UPDATE bots_haltepoch SET value = value - 1": "only counts up", "DELETE FROM bots_haltepoch": "permission denied"}
    for attack, why in attacks.items():
        with pytest.raises(psycopg.Error, match=why):
            app_connection.execute(attack)
    with pytest.raises(psycopg.Error, match="halt_epoch_single_row"):
        app_connection.execute("INSERT INTO bots_haltepoch (id, value) VALUES (2, 0)")
    assert Bot.objects.count() == 0
