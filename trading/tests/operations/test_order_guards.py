"""Raw SQL as the application role: order states move along the table only, what was asked stays, nothing disappears."""

import json
from contextlib import suppress
from itertools import product
from uuid import uuid4

import psycopg
import pytest
from django.db import DatabaseError, connection, transaction

from trading.domain.order_states import FINAL, MOVES, WORKING
from trading.models import Order
from trading.models.order import State
from trading.tests import builders

STATES = list(State.values)


@pytest.fixture
def order(alice):
    builders.fund(alice)
    return builders.sent(builders.request(builders.bot(alice)))[0]


@pytest.mark.django_db
def test_the_table_and_the_database_know_the_same_moves():
    with connection.cursor() as cursor:
        cursor.execute("SELECT unnest(trading_order_moves())")
        stored = [row[0] for row in cursor.fetchall()]
    assert len(stored) == len(set(stored))
    assert set(stored) == {f"{before}>{after}" for before, targets in MOVES.items() for after in targets}


def test_each_state_is_final_or_working():
    assert set(MOVES) == set(STATES) == FINAL | set(WORKING)
    assert not FINAL & set(WORKING)


def test_a_final_order_moves_only_to_filled():
    assert {after for before in FINAL for after in MOVES[before]} == {"FILLED"}
    assert MOVES["FILLED"] == MOVES["REFUSED"] == frozenset()


COLUMNS = [str(field.column) for field in Order._meta.fields if not field.generated]
NAMED = ", ".join(COLUMNS)


def in_state(template, state):
    """A copy of an order that came to this state and is filled."""
    columns = [column for column in COLUMNS if column not in ("id", "client_order_id", "intent", "state")]
    copied = ["quantity" if column == "filled_quantity" else column for column in columns]
    own, intent = uuid4(), uuid4()
    with builders.past_the_triggers() as cursor:
        cursor.execute(
            f"INSERT INTO trading_order (id, client_order_id, intent, state, {', '.join(columns)}) "
            f"SELECT %s, %s, %s, %s, {', '.join(copied)} FROM trading_order WHERE id = %s",
            [own, own.hex, intent, state, template.id],
        )
    return own


BIRTH = (
    f"INSERT INTO trading_order ({NAMED}) SELECT {NAMED} FROM (SELECT (jsonb_populate_record(o, %s::jsonb || jsonb_build_object('id', "
    "gen_random_uuid(), 'client_order_id', replace(gen_random_uuid()::text, '-', ''), 'intent', gen_random_uuid()))).* "
    "FROM trading_order o LIMIT 1) new"
)
UNFILLED = {"filled_quantity": 0, "filled_value": 0, "fees": 0}


@pytest.mark.django_db(transaction=True)
def test_an_order_is_born_asking_or_refused_and_in_no_other_state(order, app_connection):
    born = set()
    for state in STATES:
        with suppress(psycopg.errors.CheckViolation):
            app_connection.execute(BIRTH, [json.dumps({**UNFILLED, "state": state})])
            born.add(state)
    assert born == {"PENDING", "SENDING", "REFUSED"}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "facts",
    [
        {"state": "FILLED", "filled_quantity": 5}, {"state": "CANCELLED", "filled_quantity": 5}, {"filled_quantity": 5},
        {"filled_value": 100}, {"fees": 1}, {"fees": -1},
    ],
)  # fmt: skip
def test_nothing_of_an_order_is_filled_at_its_birth(order, app_connection, facts):
    """Filled without a gate, money held or a fill: a trade, an average price and a track record would come of it."""
    with pytest.raises(psycopg.errors.CheckViolation) as caught:
        app_connection.execute(BIRTH, [json.dumps({**UNFILLED, "state": "SENDING", **facts})])
    assert caught.value.diag.constraint_name in ("order_born_unfilled", "order_filled_means_filled")
    assert Order.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("column", ["quantity", "price", "decision_price"])
@pytest.mark.parametrize("amount", ["-1", "0", "NaN"])
def test_no_order_asks_for_nothing_or_less_or_at_no_price(order, app_connection, column, amount):
    """An order of nothing would be filled from the start."""
    with pytest.raises(psycopg.errors.CheckViolation):
        app_connection.execute(BIRTH, [json.dumps({**UNFILLED, "state": "SENDING", column: amount})])
    assert Order.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("column", ["quantity", "price", "decision_price"])
def test_what_comes_to_nothing_is_kept_as_refused_and_never_sent_and_nothing_is_negative(order, app_connection, column):
    app_connection.execute(BIRTH, [json.dumps({**UNFILLED, "state": "REFUSED", column: 0})])
    for changed in ("SENDING", "FILLED"):
        with pytest.raises(psycopg.errors.CheckViolation):
            app_connection.execute(f"UPDATE trading_order SET state = '{changed}' WHERE {column} = 0")
    with pytest.raises(psycopg.errors.CheckViolation):
        app_connection.execute(BIRTH, [json.dumps({**UNFILLED, "state": "REFUSED", column: -1})])
    assert list(Order.objects.filter(**{column: 0}).values_list("state", flat=True)) == ["REFUSED"]


@pytest.mark.django_db(transaction=True)
def test_every_pair_of_states_as_the_application_role(order, app_connection):
    moved = set()
    for before, after in product(STATES, STATES):
        own = in_state(order, before)
        with suppress(psycopg.errors.CheckViolation):
            app_connection.execute("UPDATE trading_order SET state = %s WHERE id = %s", [after, own])
            moved.add((before, after))
    assert moved == {(before, after) for before, after in product(STATES, STATES) if before == after or after in MOVES[before]}


def test_the_table_knows_twelve_states_and_thirty_nine_moves():
    assert (len(MOVES), sum(map(len, MOVES.values()))) == (12, 39)


CHANGES = {
    "id": "gen_random_uuid()", "client_order_id": "'another'", "intent": "gen_random_uuid()", "attempt": "attempt + 1",
    "owner_id": "gen_random_uuid()", "wallet_id": "gen_random_uuid()", "book_id": "gen_random_uuid()", "bot_id": "NULL",
    "market_id": "gen_random_uuid()", "timeframe": "'1h'", "run": "'other'", "mode": "'LIVE'", "candle": "now()", "leg": "'EXIT'",
    "reason": "'PERSON'", "side": "'SELL'", "type": "'MARKET'", "time_in_force": "'GTC'", "expires_at": "now()", "quantity": "quantity * 2",
    "price": "NULL", "decision_price": "1", "reducing": "true", "bootstrap": "NOT bootstrap", "expected_edge_bps": "1",
    "edge_source": "'X'", "verdicts": "'[]'", "halt_id": "gen_random_uuid()", "halt_epoch": "halt_epoch + 1",
    "request_key": "'key'", "request_hash": "'hash'", "created_at": "now()",
}  # fmt: skip
MAY_CHANGE = {"refusal", "state", "filled_quantity", "filled_value", "fees", "lease_until", "history", "updated_at"}
FOLLOWS = {"ending"}  # the state


def test_every_column_is_either_fixed_or_may_change():
    assert set(CHANGES) | MAY_CHANGE | FOLLOWS == {field.column for field in Order._meta.fields}


@pytest.mark.django_db
def test_the_ending_is_the_state_once_it_is_final(order):
    """It follows the state whoever writes: nobody can say something else."""
    for state in STATES:
        assert Order.objects.get(id=in_state(order, state)).ending == (state if state in FINAL else None), state
    with pytest.raises(DatabaseError, match="ending"), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute("UPDATE trading_order SET ending = 'FILLED'")


NAMED_BY_INDEXES = """
SELECT i.relname, a.attname FROM pg_depend d JOIN pg_class i ON i.oid = d.objid AND i.relkind = 'i'
JOIN pg_attribute a ON a.attrelid = d.refobjid AND a.attnum = d.refobjsubid WHERE d.refobjid = 'trading_order'::regclass
"""


@pytest.mark.django_db
def test_no_index_names_what_changes_while_an_order_works():
    """Not in its condition either: else each move writes a line into every index. `ending` changes with the last move alone."""
    with connection.cursor() as cursor:
        cursor.execute(NAMED_BY_INDEXES)
        named = cursor.fetchall()
    assert ("order_intent_in_flight_once", "ending") in named
    assert [pair for pair in named if pair[1] in MAY_CHANGE] == []


@pytest.mark.django_db(transaction=True)
def test_what_an_order_asked_for_cannot_change(order, app_connection):
    for column, value in CHANGES.items():
        with pytest.raises(psycopg.Error, match="cannot change"):
            app_connection.execute(f"UPDATE trading_order SET {column} = {value}")


@pytest.mark.django_db(transaction=True)
def test_fills_never_shrink(order, app_connection):
    builders.booked(builders.fill(order, price="20000"))
    for column in ("filled_quantity", "filled_value"):
        with pytest.raises(psycopg.Error, match=r"cannot shrink|its fills say"):
            app_connection.execute(f"UPDATE trading_order SET {column} = {column} - 0.001")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "change", ["filled_quantity = filled_quantity + 1", "filled_quantity = quantity, state = 'FILLED'", "filled_value = filled_value + 1000"]
)
def test_filled_quantity_and_value_come_from_fills_only(order, app_connection, change):
    with pytest.raises(psycopg.errors.CheckViolation, match="not what its fills say"):
        app_connection.execute(f"UPDATE trading_order SET {change}")


HISTORIES = {
    "a step before the others": """'[["PENDING", "2020-01-01", "asked by nobody"]]'::jsonb || history""",
    "the steps turned round": "jsonb_build_array(history->-1, history->0)",
    "a step written longer": "jsonb_set(history, '{0,3}', '\"by somebody else\"')",
    "a step taken back": "history - -1",
    "no array": "to_jsonb('FILLED'::text)",
}


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("history", HISTORIES.values(), ids=HISTORIES)
def test_steps_of_a_history_are_added_at_its_end_only(order, app_connection, history):
    app_connection.execute("""UPDATE trading_order SET history = history || '[["CANCELLING", "2026-03-02", ""]]'""")
    before = Order.objects.get().history
    assert len(before) > 1
    assert before[-1] == ["CANCELLING", "2026-03-02", ""]
    with pytest.raises(psycopg.errors.CheckViolation, match="only grows"):
        app_connection.execute(f"UPDATE trading_order SET history = {history}")
    assert Order.objects.get().history == before


@pytest.mark.django_db(transaction=True)
def test_an_order_is_not_filled_by_saying_so(order, app_connection):
    with pytest.raises(psycopg.errors.CheckViolation, match="order_filled_means_filled"):
        app_connection.execute("UPDATE trading_order SET state = 'FILLED'")


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("statement", ["DELETE FROM trading_order", "TRUNCATE trading_order CASCADE"])
def test_an_order_is_never_deleted(order, app_connection, statement):
    with pytest.raises(psycopg.Error, match="permission denied"):
        app_connection.execute(statement)
    assert Order.objects.count() == 1


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize(
    "statement", ["DELETE FROM trading_trade", "TRUNCATE trading_trade CASCADE", "UPDATE trading_trade SET profit_loss = 1"]
)
def test_a_trade_is_written_once(order, app_connection, statement):
    bot = order.bot
    builders.booked(builders.fill(order, price="20000"))
    [leaving] = builders.sent(builders.request(bot, side="SELL"))
    assert builders.booked(builders.fill(leaving, price="21000")).trades == 1
    with pytest.raises(psycopg.Error, match=r"permission denied|only follows its matches"):
        app_connection.execute(statement)


ATTACKS = {
    "the same client order id": ("client_order_id = t.client_order_id", "order_client_id_once"),
    "the same attempt again": ("intent = t.intent, state = 'REJECTED'", "order_intent_attempt_once"),
    "a second one in flight": ("intent = t.intent, attempt = 2, state = 'SENDING'", "order_intent_in_flight_once"),
    "no attempt, though it was sent": ("attempt = 0", "order_attempts_count_from_one"),
    "an unknown side": ("side = 'HOLD'", "order_side_known"),
    "an unknown leg": ("leg = 'SIDE'", "order_leg_known"),
    "an unknown state": ("state = 'HAPPY'", "order_state_known"),
    "negative fills": ("filled_quantity = -1", "order_filled_not_negative"),
}  # fmt: skip


@pytest.mark.django_db
@pytest.mark.parametrize("attack", ATTACKS)
def test_an_order_is_not_born_with(order, attack):
    changes, constraint = ATTACKS[attack]
    facts = {"id": str(uuid4()), "client_order_id": uuid4().hex, "intent": str(uuid4())}
    for change in changes.split(", "):
        column, value = change.split(" = ")
        facts[column] = str(getattr(order, column)) if value.startswith("t.") else value.strip("'")
    with pytest.raises(DatabaseError, match=constraint), transaction.atomic(), connection.cursor() as cursor:
        cursor.execute(
            f"INSERT INTO trading_order ({NAMED}) SELECT {NAMED} FROM (SELECT (jsonb_populate_record(o, %s::jsonb)).* FROM trading_order o "
            "WHERE id = %s) new",
            [json.dumps(facts), order.id],
        )
