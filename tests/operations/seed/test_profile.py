"""The profile of existing, changed and new days."""

from datetime import date, timedelta

from mlopsctl.operations.seed.profile import DEFAULT_SEED, NO_DRIFT, Profile, SeedRequest, describe

DAY = date(2025, 6, 1)
BEFORE = DAY - timedelta(days=1)


def test_values_that_are_not_requested_stay() -> None:
    profile = Profile(seed=7, scale=3, drift=DAY, dirt=20_000)
    assert SeedRequest(default_scale=9).applied_to(profile, DAY) == profile
    assert SeedRequest(seed=0, scale=1, drift=NO_DRIFT, dirt=0).applied_to(profile, DAY) == Profile(0, 1, None, 0)


def test_a_drift_has_no_effect_before_its_first_day() -> None:
    assert SeedRequest(drift=DAY).applied_to(Profile(), BEFORE) == Profile()
    assert SeedRequest(drift=DAY).applied_to(Profile(), DAY) == Profile(drift=DAY)
    assert SeedRequest(drift=DAY).applied_to(Profile(drift=date(2025, 1, 1)), BEFORE) == Profile()
    assert Profile(drift=DAY).effective_on(BEFORE) == Profile()


def test_new_days_continue_the_profile_of_the_nearest_day_without_its_dirt() -> None:
    newest = Profile(seed=7, scale=3, drift=DAY, dirt=20_000)
    assert SeedRequest(default_scale=9).for_new_day(newest, None, DAY) == Profile(7, 3, DAY, 0)
    assert SeedRequest(default_scale=9).for_new_day(None, newest, BEFORE) == Profile(7, 3, None, 0)
    assert SeedRequest(scale=2, dirt=5).for_new_day(newest, None, DAY) == Profile(7, 2, DAY, 5)


def test_a_gap_is_filled_like_the_days_around_it() -> None:
    dirty = Profile(scale=3, dirt=20_000)
    assert SeedRequest().for_new_day(dirty, dirty, DAY) == dirty
    assert SeedRequest().for_new_day(Profile(), dirty, DAY) == Profile()
    assert SeedRequest().for_new_day(Profile(), Profile(drift=DAY), DAY) == Profile(drift=DAY)
    assert SeedRequest().for_new_day(Profile(), Profile(drift=DAY), BEFORE) == Profile()


def test_the_first_days_have_the_default_profile() -> None:
    assert SeedRequest(default_scale=4).for_new_day(None, None, DAY) == Profile(DEFAULT_SEED, 4, None, 0)
    assert SeedRequest(scale=2, default_scale=4).for_new_day(None, None, DAY) == Profile(DEFAULT_SEED, 2, None, 0)


def test_a_request_with_a_value_replaces_other_rows() -> None:
    assert not SeedRequest(default_scale=4).replaces
    assert SeedRequest(rewrite=True).replaces
    assert SeedRequest(dirt=0).replaces and SeedRequest(drift=NO_DRIFT).replaces


def test_a_profile_is_described_by_its_differences_from_the_default() -> None:
    assert describe([Profile()]) == "scale 1"
    assert describe([Profile(drift=DAY), Profile()]) == "scale 1, drift from 2025-06-01"
    assert describe([Profile(7, 2, None, 20_000), Profile()]) == "scale 2, seed 7, dirt 2%; scale 1"
