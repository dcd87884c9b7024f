"""A trained model and its description, which are stored together in the artifact."""

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from numpy.typing import NDArray
    from pandas import DataFrame

THRESHOLD = 0.5  # a default is predicted at this probability or above


@dataclass(frozen=True)
class ModelCard:
    """What a model was trained on. The field names are keys in the artifact.

    Days are YYYYMMDD. `cutoff`: the last day whose labels were used; `trained`: a UTC time, ISO 8601.
    """

    name: str
    features: tuple[str, ...]
    data_from: str
    data_to: str
    cutoff: str
    rows: int
    trained: str


@dataclass(frozen=True)
class TrainedModel:
    """A fitted pipeline. Its input are the columns `card.features` of the feature store."""

    pipeline: Any
    card: ModelCard

    def predict_probability(self, frame: "DataFrame") -> "NDArray[Any]":
        """The probability of default for each row. Raises KeyError if a feature is missing."""
        probability: NDArray[Any] = self.pipeline.predict_proba(frame[list(self.card.features)])[:, 1]
        return probability
