"""Which months a training on a day may use: those whose labels are complete, and how they are divided."""

from dataclasses import dataclass
from datetime import date, timedelta

LABEL_DAYS = 90  # a default within so many days of the application is what the model is to foresee
TRAINING, HOLDOUT, FIRST_YEAR, FIRST_MONTH = 6, 2, 2023, 6  # months; the first month of the exam data


class TooEarly(Exception):
    """There are not six complete months yet; a sentence."""


@dataclass(frozen=True)
class Window:
    """Months YYYYMM, oldest first. Without a hold-out the training months are held out one after the other."""

    as_of: str
    training: tuple[str, ...]
    holdout: tuple[str, ...]

    @property
    def data_from(self) -> str:
        return f"{self.training[0]}01"

    @property
    def cutoff(self) -> str:
        """The last day whose labels are trained on."""
        return last_day(self.training[-1]).strftime("%Y%m%d")

    @property
    def holdout_from(self) -> str:
        return f"{(self.holdout or self.training)[0]}01"

    @property
    def data_to(self) -> str:
        """The last day that is looked at, in training or in judging."""
        return last_day((self.holdout or self.training)[-1]).strftime("%Y%m%d")

    @property
    def base_ym(self) -> str:
        """The newest month: the name of this training's rows in mlops.ineligible_loan_model_features_target."""
        return self.data_to[:6]


def window(as_of: str) -> Window:
    """The months for a training on the day `as_of` (YYYYMMDD), on which what was registered before it is known.

    Up to two complete months are held out, if six remain. Raises TooEarly.
    """
    months = complete_months(as_of)
    if len(months) < TRAINING:
        raise TooEarly(
            f"On {as_of} only {len(months)} months have complete labels ({LABEL_DAYS} days after their last day), and "
            f"{TRAINING} are needed: the first training can be that of 2024-02, which runs when 2024-02-29 has ended."
        )
    held = min(HOLDOUT, len(months) - TRAINING)
    recent = months[-(TRAINING + held) :]
    return Window(as_of, tuple(recent[:TRAINING]), tuple(recent[TRAINING:]))


def complete_months(as_of: str) -> list[str]:
    """Months since the exam data begin whose last day and the 90 days after it lie before `as_of`."""
    day = date.fromisoformat(as_of)
    found: list[str] = []
    year, month = FIRST_YEAR, FIRST_MONTH
    while last_day(f"{year}{month:02}") + timedelta(days=LABEL_DAYS) < day:
        found.append(f"{year}{month:02}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return found


def last_day(month: str) -> date:
    """Of a month YYYYMM."""
    first = date.fromisoformat(f"{month}01")
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def after(day: str) -> str:
    """The next day; both YYYYMMDD."""
    return (date.fromisoformat(day) + timedelta(days=1)).strftime("%Y%m%d")


def before(day: str) -> str:
    return (date.fromisoformat(day) - timedelta(days=1)).strftime("%Y%m%d")


def days(start: str, end: str) -> int:
    """How many, both included."""
    return (date.fromisoformat(end) - date.fromisoformat(start)).days + 1
