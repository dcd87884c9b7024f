"""The model: one scikit-learn Pipeline from the columns of the feature store to a probability.

The encoders are inside, so training and prediction cannot differ. All steps are scikit-learn's and numpy's own: an
artifact needs nothing of this folder to be loaded.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

CATEGORIES = ("gender", "married", "family_dependents", "education", "self_employed", "property_area")
GRADES = ("credit_history",)  # numbers that are names
AMOUNTS = ("applicant_income", "coapplicant_income")
FEATURES = (*CATEGORIES, *GRADES, *AMOUNTS)


def build(amounts: tuple[str, ...] = AMOUNTS, strength: float = 0.3) -> "Pipeline":
    """An unfitted pipeline. A missing category is one of its own, a missing amount is the median, an unseen category
    is none.

    Amounts are taken as logarithms: what matters is how many times more, and the difference of two logarithms, which
    a linear model finds by itself, is a ratio. `strength`: C of the regression, the lower the more cautious.
    """
    import numpy
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    # float: a day whose amounts are all NULL comes as a column of None, which is no number.
    number = FunctionTransformer(numpy.asarray, kw_args={"dtype": float}, feature_names_out="one-to-one")
    logarithm = FunctionTransformer(numpy.log1p, feature_names_out="one-to-one")
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = ColumnTransformer(
        [
            ("category", one_hot, list(CATEGORIES)),
            ("grade", make_pipeline(number, one_hot), list(GRADES)),
            (
                "amount",
                make_pipeline(number, logarithm, SimpleImputer(strategy="median"), StandardScaler()),
                list(amounts),
            ),
        ]
    )
    return make_pipeline(columns, LogisticRegression(C=strength, max_iter=1000))
