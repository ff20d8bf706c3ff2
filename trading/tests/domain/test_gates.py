"""The clamp and the four gates: each code with numbers that can be checked by hand."""

from dataclasses import replace
from decimal import Decimal
from typing import Any
from uuid import UUID

import pytest
from django.conf import settings

from trading import gates
from trading.domain import rules as clamp
from trading.domain import sizing
from trading.domain.breaker import Use
from trading.domain.exposure import Exposure
from trading.domain.verdicts import Verdict
from trading.tests.domain.wishes import FREE, leave, wish
from trading.tests.market_builders import rules

POLICY = replace(
    settings.POLICY, min_edge_bps=Decimal(10), safety_margin_bps=Decimal(5), slippage_buffer_bps=Decimal(10), max_trades_per_bot_daily=50,
    max_trades_per_user_daily=500, burst_limit_orders_per_exchange=10, burst_limit_window_seconds=10,
)  # fmt: skip
HALT, OTHER = UUID(int=90), UUID(int=91)
BREACH = Use("DRAWDOWN", Decimal("0.25"), Decimal("0.20"), "Value per unit has fallen this far from its peak.")


def judged(request, **facts):
    return gates.judge(request, replace(FREE, **facts), POLICY)


def codes(request, **facts):
    return [(each.gate, each.verdict, each.code) for each in judged(request, **facts)]


def test_an_honest_entry_passes_every_check_in_order():
    assert codes(wish()) == [("clamp", "PASS", ""), ("A", "PASS", ""), ("B", "PASS", ""), ("C", "PASS", ""), ("D", "PASS", "")]


def test_an_exit_skips_edge_and_counts():
    assert [each[:2] for each in codes(leave())] == [("clamp", "PASS"), ("A", "PASS"), ("B", "SKIPPED"), ("C", "SKIPPED"), ("D", "PASS")]


@pytest.mark.parametrize(
    ("request_", "code", "numbers"),
    [
        (wish(rules(active=False)), "MARKET_INACTIVE", {}),
        (wish(quantity=Decimal(0)), "UNDER_MINIMUM_AMOUNT", {"quantity": "0", "minimum": "0.001"}),
        # 0.02 after a fee of 0.1 % in coins is 0.01998: 21 steps are needed; 0.021 x 20,100 x 1.001 = 422.5221
        (wish(rules(amount_min=Decimal("0.02"))), "UNDER_MINIMUM_AMOUNT", {"quantity": "0.01", "minimum": "0.02", "balance_needed": "422.5221"}),
        (wish(quantity=Decimal("0.0105")), "OFF_STEP", {"quantity": "0.0105", "step": "0.001"}),
        # 0.01 x 20,000 = 200 < 250; the exit needs 250 / 18,000 = 0.0139 -> 0.014, so 0.015 are bought: 0.015 x 20,100 x 1.001
        (wish(rules(cost_min=Decimal(250))), "UNDER_MINIMUM_NOTIONAL", {"value": "200", "minimum": "250", "balance_needed": "301.8015"}),
        # a bot that commits 1 % of its book needs a hundred times as much
        (wish(rules(cost_min=Decimal(250)), size_fraction=Decimal("0.01")), "UNDER_MINIMUM_NOTIONAL", {"balance_needed": "30180.15"}),
        # 0.01 less a fee in coins is 9 steps: 0.009 x 18,000 = 162 < 163: the exit, ten percent lower, would be stuck
        (wish(rules(cost_min=Decimal(163))), "EXIT_UNDER_MINIMUM", {"quantity": "0.009", "value": "162", "minimum": "163"}),
        (wish(rules(amount_min=Decimal("0.01"))), "EXIT_UNDER_MINIMUM", {"quantity": "0.009", "minimum_amount": "0.01"}),
        (wish(size_fraction=Decimal(0), quantity=Decimal(0)), "SIZE_IS_ZERO", {"quantity": "0"}),
        (leave(quantity=Decimal("0.0005")), "UNDER_MINIMUM_AMOUNT", {"quantity": "0.0005"}),
    ],
)
def test_the_clamp_refuses(request_, code, numbers):
    verdict = clamp.clamp(request_)
    assert (verdict.gate, verdict.verdict, verdict.code) == ("clamp", "REFUSED", code)
    assert {key: verdict.numbers[key] for key in numbers} == numbers


def test_what_is_refused_as_too_small_is_legal_at_the_balance_it_names():
    for market in (rules(cost_min=Decimal(250)), rules(amount_min=Decimal("0.02")), rules(cost_min=Decimal(163))):
        needed = Decimal(clamp.clamp(wish(market)).numbers["balance_needed"])
        quantity = sizing.entry_quantity(notional=needed, bound=Decimal(20_100), rules=market)
        assert not clamp.clamp(wish(market, quantity=quantity)).refused
        assert clamp.clamp(wish(market, quantity=quantity - market.amount_step)).refused


def test_an_exit_is_taken_at_a_market_that_opens_nothing_more():
    assert clamp.clamp(leave(rules=rules(active=False))).verdict == "PASS"


def test_exactly_enough_for_a_later_exit_passes():
    """0.009 x 18,000 = 162."""
    assert clamp.clamp(wish(rules(cost_min=Decimal(162)))).verdict == "PASS"


def test_stale_data_stops_entries_and_only_those():
    stale = Verdict("data", "REFUSED", "QUOTE_STALE", "old", {})
    assert codes(wish(data_verdict=stale)) == [("clamp", "PASS", ""), ("data", "REFUSED", "QUOTE_STALE")]
    assert codes(leave(data_verdict=stale))[-1] == ("D", "PASS", "")


@pytest.mark.parametrize(("facts", "code"), [({"in_flight": True}, "ALREADY_CLAIMED"), ({"decided": True}, "ALREADY_DECIDED")])
def test_gate_a_refuses_entries_and_exits_that_were_claimed_before(facts, code):
    assert codes(wish(), **facts)[-1] == ("A", "REFUSED", code)
    assert codes(leave(), **facts)[-1] == ("A", "REFUSED", code)


def test_gate_b_needs_48_bps_here_and_not_a_hundredth_less():
    """2 x 10 fees + 2 x (0.5 + 1) spread and slippage + 10 buffer + 5 margin + 10 least edge = 48."""
    assert codes(wish(expected_edge_bps=Decimal("48.00")))[2] == ("B", "PASS", "")
    verdict = judged(wish(expected_edge_bps=Decimal("47.99")))[-1]
    assert (verdict.code, verdict.numbers["edge_bps"], verdict.numbers["needed_bps"], verdict.numbers["edge_source"]) == (
        "EDGE_UNDER_COST", "47.99", "48", "STATED",
    )  # fmt: skip
    assert (verdict.numbers["fees_bps"], verdict.numbers["spread_bps"]) == ("20", "3")


def test_gate_b_an_entry_that_waits_pays_the_makers_fee_and_no_spread_on_the_way_in():
    """5 + 10 fees + 1.5 spread and slippage out + 10 + 5 + 10 = 41.5. A limit beyond the price takes at once: 48."""
    rests: dict[str, Any] = {"time_in_force": "GTC", "price": Decimal(20_000)}
    verdict = judged(wish(**rests))[2]
    assert (verdict.numbers["needed_bps"], verdict.numbers["fees_bps"], verdict.numbers["spread_bps"]) == ("41.5", "15", "1.5")
    assert codes(wish(**rests, expected_edge_bps=Decimal("41.50")))[2] == ("B", "PASS", "")
    assert codes(wish(**rests, expected_edge_bps=Decimal("41.49")))[2] == ("B", "REFUSED", "EDGE_UNDER_COST")
    assert judged(wish(**{**rests, "price": Decimal(20_001)}))[2].numbers["needed_bps"] == "48"
    assert judged(wish(**{**rests, "price": Decimal(20_001), "type": "POST_ONLY"}))[2].numbers["needed_bps"] == "41.5"


def test_gate_b_takes_the_spread_of_the_time():
    """At a half spread of 12 bps the round trip costs 20 + 26 + 25 = 71."""
    assert judged(wish(rules(half_spread_bps=Decimal(12))))[2].numbers["needed_bps"] == "71"


@pytest.mark.parametrize("source", ["STATED", "REALISED"])
def test_gate_b_says_where_the_edge_comes_from_in_every_verdict(source):
    assert judged(wish(edge_source=source))[2].numbers["edge_source"] == source
    assert judged(wish(edge_source=source, expected_edge_bps=Decimal(1)))[2].numbers["edge_source"] == source
    assert judged(wish(bot=None, expected_edge_bps=None))[2].numbers["edge_source"] == "NOT_STATED"
    assert judged(wish(expected_edge_bps=None))[2].numbers["edge_source"] == "NOT_STATED"


def test_gate_b_does_not_silence_a_paper_bot_that_collects_evidence_and_shows_what_its_record_says():
    """Stated 57, realised -12, needed 48: it goes on at the bootstrap size. At a stated 47 it does not."""
    learning: dict[str, Any] = {"expected_edge_bps": Decimal(-12), "edge_source": "REALISED"}
    verdict = judged(wish(**learning, stated_edge_bps=Decimal(57)))[2]
    assert (verdict.verdict, verdict.code) == ("PASS", "COLLECTS_EVIDENCE")
    assert [verdict.numbers[name] for name in ("edge_bps", "edge_source", "stated_edge_bps", "needed_bps")] == ["-12", "REALISED", "57", "48"]
    assert judged(wish(**learning, stated_edge_bps=Decimal(47)))[2].code == "EDGE_UNDER_COST"
    assert judged(wish(**learning))[2].code == "EDGE_UNDER_COST"


def test_gate_b_a_bot_must_state_its_edge_a_person_may_leave_it_and_is_shown_the_cost():
    assert codes(wish(expected_edge_bps=None))[-1] == ("B", "REFUSED", "EDGE_NOT_STATED")
    person = judged(wish(bot=None, expected_edge_bps=None))
    assert (person[2].verdict, person[2].numbers["needed_bps"], person[-1].gate) == ("NOT_STATED", "48", "D")
    assert codes(wish(bot=None, expected_edge_bps=Decimal(1)))[-1] == ("B", "REFUSED", "EDGE_UNDER_COST")


@pytest.mark.parametrize(
    ("facts", "code"),
    [({"entries_of_bot": 50}, "BOT_DAILY_LIMIT"), ({"entries_of_user": 500}, "USER_DAILY_LIMIT"), ({"burst": 10}, "BURST_LIMIT")],
)
def test_gate_c_refuses_the_entry_after_the_last_allowed_one(facts, code):
    assert codes(wish(), **facts)[-1] == ("C", "REFUSED", code)
    allowed = {name: count - 1 for name, count in facts.items()}
    assert codes(wish(), **allowed)[-1] == ("D", "PASS", "")
    assert codes(leave(), **facts)[-1] == ("D", "PASS", "")


def test_a_persons_own_order_does_not_count_for_any_bot():
    assert codes(wish(bot=None), entries_of_bot=50)[-1] == ("D", "PASS", "")


@pytest.mark.parametrize(
    ("facts", "code", "exits"),
    [
        ({"halt": "HALTED", "halt_id": HALT}, "HALTED", "REFUSED"),
        ({"kill_switch": True}, "KILL_SWITCH", "REFUSED"),
        ({"kill_switch": True, "halt": "REDUCING", "halt_id": HALT, "halt_scope": "USER"}, "KILL_SWITCH", "REFUSED"),
        ({"halt": "REDUCING", "halt_id": HALT}, "REDUCING", "PASS"),
        ({"trading_enabled": False}, "TRADING_DISABLED", "PASS"),
        ({"status": "PAUSED"}, "BOT_NOT_RUNNING", "PASS"),
        ({"wallet_in_deficit": True}, "WALLET_DEFICIT", "PASS"),
        ({"breach": BREACH}, "DRAWDOWN", "PASS"),
    ],
)
def test_gate_d_refuses_an_entry_and_what_becomes_of_an_exit(facts, code, exits):
    assert codes(wish(), **facts)[-1] == ("D", "REFUSED", code)
    assert codes(leave(), **facts)[-1][:2] == ("D", exits)


def test_gate_d_tells_the_limit_with_its_numbers():
    verdict = judged(wish(), breach=BREACH)[-1]
    assert verdict.numbers == {"value": "0.250000", "threshold": "0.200000"}


def careful(*, equity="10000", at_risk="0", position="0", notional="200", **changes):
    """The last verdict on an order of a conservative bot. Position 5 % and total 15 % of equity, at least 15 dollars, 50 bps."""
    exposure = Exposure(Decimal(equity), Decimal(at_risk), Decimal(position), Decimal(notional), Decimal(1))
    return judged(wish(profile="conservative", **changes), exposure=exposure)[-1]


@pytest.mark.parametrize(
    ("stated", "code"),
    [
        ({"notional": "500"}, ""),
        ({"notional": "500.01"}, "POSITION_SIZE"),
        ({"notional": "300", "position": "200", "at_risk": "200"}, ""),
        ({"notional": "300", "position": "200.01", "at_risk": "200.01"}, "POSITION_SIZE"),
        ({"at_risk": "1300"}, ""),
        ({"at_risk": "1300.01"}, "TOTAL_AT_RISK"),
        ({"notional": "15"}, ""),
        ({"notional": "14.99"}, "MIN_NOTIONAL"),
        ({"equity": "0"}, "EQUITY_UNKNOWN"),
        ({"price": Decimal("20100.01")}, "SLIPPAGE"),
        ({"price": None, "type": "MARKET"}, "SLIPPAGE"),
        ({"price": Decimal(19_000)}, ""),
    ],
)
def test_gate_d_refuses_one_order_of_a_careful_bot_that_breaks_a_position_limit(stated, code):
    verdict = careful(**stated)
    assert (verdict.gate, verdict.code) == ("D", code)


def test_gate_d_shows_what_a_careful_order_puts_at_risk_and_asks_no_other_profile():
    verdict = careful(at_risk="1000", position="100")
    assert dict(verdict.numbers) == {
        "notional_usd": "200.00", "equity_usd": "10000.00", "position_size": "0.030000", "total_at_risk": "0.120000",
    }  # fmt: skip
    assert judged(wish(profile="conservative"))[-1].code == "EQUITY_UNKNOWN"
    assert judged(wish(), exposure=Exposure(Decimal(1), Decimal(1), Decimal(1), Decimal(1), Decimal(1)))[-1].verdict == "PASS"
    assert judged(leave(profile="conservative"))[-1].verdict == "PASS"


def test_a_stop_lets_only_closing_orders_pass_that_carry_its_own_id():
    stop = {"halt": "HALTED", "halt_id": HALT}
    assert codes(leave(halt=HALT), **stop)[-1] == ("D", "PASS", "")
    assert codes(leave(halt=HALT), **stop, halt_scope="USER", kill_switch=True)[-1] == ("D", "REFUSED", "KILL_SWITCH")
    assert codes(leave(halt=HALT), **stop, halt_scope="GLOBAL", kill_switch=True)[-1] == ("D", "PASS", "")
    assert codes(leave(halt=OTHER), **stop)[-1] == ("D", "REFUSED", "HALTED")
    assert codes(wish(halt=HALT), **stop)[-1] == ("D", "REFUSED", "REDUCING")


def test_a_pause_does_not_bind_a_persons_own_order():
    assert codes(wish(bot=None), status="PAUSED")[-1] == ("D", "PASS", "")
