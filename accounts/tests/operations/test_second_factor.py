"""A code works once, wrong ones block, and the seed is nowhere in clear."""

from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta

import pytest
from django.db import connection, connections

from accounts.domain.refusals import Conflict, Forbidden, Malformed, Refusal, Throttled
from accounts.models import AuditRow, TotpDevice, User
from accounts.operations import sealing, second_factor
from accounts.queries import factors
from accounts.tests import builders
from accounts.tests.builders import NOON, SECRET, SEED, code_at


def verify(user: User, code: str, *, seconds: int = 0) -> None:
    second_factor.verify(user=user, otp=code, now=NOON + timedelta(seconds=seconds))


def refused(user: User, code: str, *, seconds: int = 0) -> str:
    with pytest.raises(Refusal) as refusal:
        verify(user, code, seconds=seconds)
    return refusal.value.code


def test_the_same_code_twice_opens_once(olga: User) -> None:
    verify(olga, code_at(NOON))
    assert refused(olga, code_at(NOON)) == "OTP_WRONG"
    assert refused(olga, code_at(NOON - timedelta(seconds=30))) == "OTP_WRONG"
    verify(olga, code_at(NOON + timedelta(seconds=30)), seconds=1)


@pytest.mark.django_db(transaction=True)
def test_of_twenty_parallel_tries_with_one_code_one_succeeds() -> None:
    user = builders.person(phone=True)

    def try_it(_: int) -> bool:
        try:
            verify(user, code_at(NOON))
        except (Forbidden, Throttled):
            return False
        else:
            return True
        finally:
            connections.close_all()

    with ThreadPoolExecutor(20) as pool:
        assert sum(pool.map(try_it, range(20))) == 1


def test_after_fifty_wrong_codes_the_right_one_waits_for_the_end_of_the_block(olga: User) -> None:
    wrong = "000000" if code_at(NOON) != "000000" else "111111"
    answers = [refused(olga, wrong) for _ in range(50)]
    assert answers == ["OTP_WRONG"] * 5 + ["OTP_BLOCKED"] * 45
    assert refused(olga, code_at(NOON)) == "OTP_BLOCKED"
    verify(olga, code_at(NOON + timedelta(seconds=30)), seconds=31)
    assert TotpDevice.objects.get(user=olga).failures == 0


def test_a_missing_code_and_a_missing_phone_are_told_apart(alice: User, olga: User) -> None:
    assert refused(olga, "") == "OTP_MISSING"
    assert refused(alice, "123456") == "OTP_NOT_ENROLLED"


def test_enrolment_counts_only_after_its_first_code(alice: User) -> None:
    enrolment = second_factor.enroll(user=alice, now=NOON)
    assert enrolment.uri.startswith("otpauth://totp/Amarktai%20Network%3Aalice?secret=" + enrolment.secret)
    assert enrolment.qr_svg.startswith("<svg")
    assert refused(alice, "123456") == "OTP_NOT_ENROLLED"
    TotpDevice.objects.filter(user=alice).delete()
    second_factor._store(user=alice, seed=SEED, confirmed=False, now=NOON)
    with pytest.raises(Forbidden):
        second_factor.confirm(user=alice, otp="000000", actor="user:a", request_id="", now=NOON)
    second_factor.confirm(user=alice, otp=code_at(NOON), actor="user:a", request_id="r", now=NOON)
    assert AuditRow.objects.get(act="second_factor.confirmed").chain.person == alice
    assert refused(alice, code_at(NOON)) == "OTP_WRONG"
    with pytest.raises(Conflict):
        second_factor.enroll(user=alice, now=NOON)


def test_the_seed_is_sealed_and_a_seal_moved_to_another_person_does_not_open(olga: User, bob: User) -> None:
    second_factor.install(user=bob, secret=SECRET.lower(), now=NOON)
    with connection.cursor() as cursor:
        cursor.execute("SELECT count(*) FROM accounts_totpdevice WHERE position(%s in sealed_seed) > 0", [SEED])
        assert cursor.fetchone() == (0,)
    stolen = TotpDevice.objects.get(user=olga).sealed_seed
    TotpDevice.objects.filter(user=bob).update(sealed_seed=stolen)
    with pytest.raises(sealing.CannotOpen):
        verify(bob, code_at(NOON))


def test_a_ring_opens_what_its_older_key_sealed_and_refuses_a_lost_key(settings) -> None:
    settings.KEY_RING = {"old": b"o" * 32}
    sealed = sealing.seal(secret=b"secret", bound_to="here")
    settings.KEY_RING = {"new": b"n" * 32, "old": b"o" * 32}
    assert sealing.open_sealed(sealed=sealed, bound_to="here") == b"secret"
    settings.KEY_RING = {"new": b"n" * 32}
    with pytest.raises(sealing.CannotOpen):
        sealing.open_sealed(sealed=sealed, bound_to="here")
    with pytest.raises(sealing.CannotOpen):
        sealing.open_sealed(sealed=b"", bound_to="here")


def test_a_secret_that_is_not_base32_is_refused(alice: User) -> None:
    with pytest.raises(Malformed):
        second_factor.install(user=alice, secret="not base32 1890!", now=NOON)


def test_a_step_up_lasts_five_minutes_for_one_credential(olga: User) -> None:
    second_factor.step_up(user=olga, credential="token:a", otp=code_at(NOON), actor="user:o", request_id="", now=NOON)
    for credential, minutes, fresh in [("token:a", 4, True), ("token:b", 4, False), ("token:a", 5, False)]:
        told = factors.status(user=olga, credential=credential, now=NOON + timedelta(minutes=minutes)).stepped_up_until
        assert told == (NOON + timedelta(minutes=5) if fresh else None)
