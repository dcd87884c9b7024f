"""What the rows of a day are made of, beside the day: the dice, the size, a changed economy, dirt."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

SEED = 108  # of several hundred worlds one that comes close to all published statistics at scale 1
NEVER = date.max  # as a wish: no drift
MAX_SEED = 2**31 - 1
MAX_SCALE = 600  # 15 × 600 applicants a day: the number in an applicant_id has four digits
MAX_DIRT = 500_000


@dataclass(frozen=True)
class World:
    """seed: of the dice. scale: customers and applicants, in multiples of the courses' size. drift: the day from which
    on the economy is another (None: never). dirt: faults in a million applications, and lost days in a million."""

    seed: int = SEED
    scale: int = 1
    drift: date | None = None
    dirt: int = 0

    def on(self, day: date) -> "World":
        """The same as far as `day` can tell: a drift that is yet to come has no effect on it."""
        return replace(self, drift=None) if self.drift and self.drift > day else self

    @property
    def key(self) -> tuple[int, int, date, int]:
        """For sorting."""
        return self.seed, self.scale, self.drift or date.min, self.dirt

    def __str__(self) -> str:
        parts = [f"scale {self.scale}"]
        parts += [f"seed {self.seed}"] if self.seed != SEED else []
        parts += [f"drift from {self.drift}"] if self.drift else []
        parts += [f"dirt {self.dirt / 1e4:g}%"] if self.dirt else []
        return ", ".join(parts)


@dataclass(frozen=True)
class Wish:
    """What was said of the world. None: not said; days that are there keep theirs, and days that are added go on as
    those around them. drift NEVER: none. default_scale: where no day is there yet. again: days that are there are
    written anew, in the world that they have."""

    seed: int | None = None
    scale: int | None = None
    drift: date | None = None
    dirt: int | None = None
    default_scale: int = 1
    again: bool = False

    @property
    def replaces(self) -> bool:
        """Whether days that hold other rows are meant, too; else what is missing is added, and no more."""
        return self.again or any(said is not None for said in (self.seed, self.scale, self.drift, self.dirt))

    def over(self, world: World, day: date) -> World:
        """`world` with what was said, on `day`."""
        said = World(
            world.seed if self.seed is None else self.seed,
            world.scale if self.scale is None else self.scale,
            world.drift if self.drift is None else self.drift,
            world.dirt if self.dirt is None else self.dirt,
        )
        return said.on(day)

    def added(self, before: World | None, after: World | None, day: date) -> World:
        """The world of a day that is added between seeded days. It goes on as the one before it, with a drift that the
        one after it has; dirt is in a gap of dirty days only, and never carried on."""
        near = before or after or World(scale=self.default_scale)
        gap = before is not None and after is not None
        drift = after.drift if after and after.drift else near.drift
        dirt = near.dirt if gap and after and after.dirt == near.dirt else 0
        return self.over(replace(near, drift=drift, dirt=dirt), day)


def described(worlds: Iterable[World]) -> str:
    """`scale 1, drift from 2025-06-01`; a drift's world says it for the days before it, too."""
    kinds = {replace(world, drift=None): world for world in sorted(worlds, key=lambda world: world.key)}
    return "; ".join(str(world) for world in kinds.values())
