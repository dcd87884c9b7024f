"""What a model says of itself. It travels inside the artifact, beside the pipeline."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame

THRESHOLD = 0.5  # from this probability on a default is expected


@dataclass(frozen=True)
class Card:
    """Days are YYYYMMDD. `cutoff`: the last day whose labels were used; `trained`: when, in UTC, ISO 8601."""

    name: str
    features: tuple[str, ...]
    data_from: str
    data_to: str
    cutoff: str
    rows: int
    trained: str


@dataclass(frozen=True)
class Model:
    """A fitted pipeline that takes the columns `card.features` as they stand in the feature store."""

    pipeline: Any
    card: Card

    def probability(self, frame: "DataFrame") -> "NDArray[Any]":
        """Of a default, 0 … 1, for each row. KeyError: a column that the model was trained on is missing."""
        probability: NDArray[Any] = self.pipeline.predict_proba(frame[list(self.card.features)])[:, 1]
        return probability

    def predict(self, frame: "DataFrame") -> "NDArray[Any]":
        """1 where a default is expected, else 0."""
        expected: NDArray[Any] = (self.probability(frame) >= THRESHOLD).astype(int)
        return expected
