"""What the rows of a day depend on in addition to the day: the random seed, the scale, drift and dirt."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

DEFAULT_SEED = 108  # chosen among hundreds: at scale 1 it comes close to all published statistics
NO_DRIFT = date.max  # in a SeedRequest: remove the drift
MAX_SEED = 2**31 - 1
MAX_SCALE = 600  # 15 × 600 applicants per day: the number in an applicant_id has four digits
MAX_DIRT = 500_000


@dataclass(frozen=True)
class Profile:
    """`scale`: customers and applicants, in multiples of 1,640 and 5 per day. `drift`: the day from which loans default
    more often and incomes are lower; None: never. `dirt`: faulty applications, and lost days, per million."""

    seed: int = DEFAULT_SEED
    scale: int = 1
    drift: date | None = None
    dirt: int = 0

    def effective_on(self, day: date) -> "Profile":
        """The profile without a drift that starts after the day."""
        return replace(self, drift=None) if self.drift and self.drift > day else self

    @property
    def sort_key(self) -> tuple[int, int, date, int]:
        return self.seed, self.scale, self.drift or date.min, self.dirt

    def __str__(self) -> str:
        parts = [f"scale {self.scale}"]
        parts += [f"seed {self.seed}"] if self.seed != DEFAULT_SEED else []
        parts += [f"drift from {self.drift}"] if self.drift else []
        parts += [f"dirt {self.dirt / 1e4:g}%"] if self.dirt else []
        return ", ".join(parts)


@dataclass(frozen=True)
class SeedRequest:
    """The profile that was asked for. None: keep the value of existing days; new days continue those around them.

    `drift`: NO_DRIFT removes it. `default_scale`: if there are no days yet. `rewrite`: also write existing days again,
    with the profile that they have.
    """

    seed: int | None = None
    scale: int | None = None
    drift: date | None = None
    dirt: int | None = None
    default_scale: int = 1
    rewrite: bool = False

    @property
    def replaces(self) -> bool:
        """Whether days with other rows are replaced; otherwise only missing rows are added."""
        return self.rewrite or any(value is not None for value in (self.seed, self.scale, self.drift, self.dirt))

    def applied_to(self, profile: Profile, day: date) -> Profile:
        """The profile of a day, changed as requested."""
        return Profile(
            profile.seed if self.seed is None else self.seed,
            profile.scale if self.scale is None else self.scale,
            profile.drift if self.drift is None else self.drift,
            profile.dirt if self.dirt is None else self.dirt,
        ).effective_on(day)

    def for_new_day(self, before: Profile | None, after: Profile | None, day: date) -> Profile:
        """The profile of a new day between two existing ones: that of the day before, with the drift of the day after.
        Dirt is only continued in a gap between days with the same dirt."""
        nearest = before or after or Profile(scale=self.default_scale)
        drift = after.drift if after and after.drift else nearest.drift
        in_gap = before is not None and after is not None and after.dirt == nearest.dirt
        return self.applied_to(replace(nearest, drift=drift, dirt=nearest.dirt if in_gap else 0), day)


def describe(profiles: Iterable[Profile]) -> str:
    """`scale 1, drift from 2025-06-01`. Profiles that differ only in the drift are described once, with the drift."""
    by_kind = {replace(p, drift=None): p for p in sorted(profiles, key=lambda p: p.sort_key)}
    return "; ".join(str(profile) for profile in by_kind.values())
