"""What the rows of a day are made of, beside the day: the dice, the size, a changed economy, dirt."""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import date

from mlopsctl.model import SEED, World

__all__ = ["MAX_DIRT", "MAX_SCALE", "MAX_SEED", "NEVER", "SEED", "Wish", "World", "described"]

NEVER = date.max  # as a wish: no drift
MAX_SEED = 2**31 - 1
MAX_SCALE = 600  # 15 × 600 applicants a day: the number in an applicant_id has four digits
MAX_DIRT = 500_000


@dataclass(frozen=True)
class Wish:
    """What was said of the world. None: not said; days that are there keep theirs, and days that are added go on as
    the newest does, without its dirt. drift NEVER: none. default_scale: where no day is there yet."""

    seed: int | None = None
    scale: int | None = None
    drift: date | None = None
    dirt: int | None = None
    default_scale: int = 1

    def over(self, world: World, day: date) -> World:
        """`world` with what was said, on `day`."""
        said = World(
            world.seed if self.seed is None else self.seed,
            world.scale if self.scale is None else self.scale,
            world.drift if self.drift is None else self.drift,
            world.dirt if self.dirt is None else self.dirt,
        )
        return said.on(day)

    def added(self, newest: World | None, day: date) -> World:
        """The world of a day that is added. newest: that of the last seeded day."""
        base = replace(newest, dirt=0) if newest else World(scale=self.default_scale)
        return self.over(base, day)


def described(worlds: Iterable[World]) -> str:
    """`scale 1, drift from 2025-06-01`; a drift's world says it for the days before it, too."""
    kinds = {replace(world, drift=None): world for world in sorted(worlds, key=lambda world: world.key)}
    return " and ".join(str(world) for world in kinds.values())
