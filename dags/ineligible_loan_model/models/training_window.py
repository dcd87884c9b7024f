"""Which months a training may use: those with complete labels, divided into training and hold-out months."""

from dataclasses import dataclass
from datetime import date, timedelta

LABEL_DAYS = 90  # the model predicts defaults within this many days of the application
TRAINING_MONTHS, HOLDOUT_MONTHS = 6, 2
FIRST_YEAR, FIRST_MONTH = 2023, 6  # the first month of the exam data


class NotEnoughMonths(Exception):
    """Fewer than TRAINING_MONTHS months have complete labels."""


@dataclass(frozen=True)
class TrainingWindow:
    """Months (YYYYMM), oldest first. If no month is left to hold out, the training months are held out in turn."""

    as_of: str
    training: tuple[str, ...]
    holdout: tuple[str, ...]

    @property
    def data_from(self) -> str:
        return f"{self.training[0]}01"

    @property
    def cutoff(self) -> str:
        """The last day whose labels are used for training."""
        return last_day(self.training[-1]).strftime("%Y%m%d")

    @property
    def holdout_from(self) -> str:
        return f"{(self.holdout or self.training)[0]}01"

    @property
    def data_to(self) -> str:
        """The last day used for training or evaluation."""
        return last_day((self.holdout or self.training)[-1]).strftime("%Y%m%d")

    @property
    def base_ym(self) -> str:
        """The latest month. Identifies the training set in mlops.ineligible_loan_model_features_target."""
        return self.data_to[:6]


def training_window(as_of: str) -> TrainingWindow:
    """The months for a training that knows the defaults registered before the day `as_of` (YYYYMMDD).

    Holds out up to HOLDOUT_MONTHS months, but keeps TRAINING_MONTHS. Raises NotEnoughMonths.
    """
    months = complete_months(as_of)
    if len(months) < TRAINING_MONTHS:
        raise NotEnoughMonths(
            f"On {as_of} only {len(months)} months have complete labels ({LABEL_DAYS} days after their last day), but "
            f"{TRAINING_MONTHS} are required. The first possible training is the run of 2024-02, which starts after "
            "2024-02-29."
        )
    holdout = min(HOLDOUT_MONTHS, len(months) - TRAINING_MONTHS)
    recent = months[-(TRAINING_MONTHS + holdout) :]
    return TrainingWindow(as_of, tuple(recent[:TRAINING_MONTHS]), tuple(recent[TRAINING_MONTHS:]))


def complete_months(as_of: str) -> list[str]:
    """The months of the exam data that ended more than LABEL_DAYS days before `as_of`."""
    day = date.fromisoformat(as_of)
    months: list[str] = []
    year, month = FIRST_YEAR, FIRST_MONTH
    while last_day(f"{year}{month:02}") + timedelta(days=LABEL_DAYS) < day:
        months.append(f"{year}{month:02}")
        year, month = (year, month + 1) if month < 12 else (year + 1, 1)
    return months


def last_day(month: str) -> date:
    """The last day of a month (YYYYMM)."""
    first = date.fromisoformat(f"{month}01")
    return (first + timedelta(days=31)).replace(day=1) - timedelta(days=1)


def next_day(day: str) -> str:
    """YYYYMMDD."""
    return (date.fromisoformat(day) + timedelta(days=1)).strftime("%Y%m%d")


def previous_day(day: str) -> str:
    """YYYYMMDD."""
    return (date.fromisoformat(day) - timedelta(days=1)).strftime("%Y%m%d")


def days_between(start: str, end: str) -> int:
    """The number of days `start` … `end`, inclusive."""
    return (date.fromisoformat(end) - date.fromisoformat(start)).days + 1
