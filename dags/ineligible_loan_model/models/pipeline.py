"""The model: a scikit-learn Pipeline from the columns of the feature store to a probability.

It contains the encoders, so training and prediction cannot differ. All steps are classes of scikit-learn and functions
of numpy: an artifact can be loaded without this package.
"""

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklearn.pipeline import Pipeline

CATEGORIES = ("gender", "married", "family_dependents", "education", "self_employed", "property_area")
NUMERIC_CATEGORIES = ("credit_history",)
AMOUNTS = ("applicant_income", "coapplicant_income")
FEATURES = (*CATEGORIES, *NUMERIC_CATEGORIES, *AMOUNTS)


def build(amounts: tuple[str, ...] = AMOUNTS, c: float = 0.3) -> "Pipeline":
    """An unfitted pipeline. `c`: inverse regularisation strength of the regression.

    A missing category is a category of its own, an unseen one is ignored, and a missing amount becomes the median.
    Amounts are log-transformed, because their ratios matter: a linear model can subtract two logarithms.
    """
    import numpy
    from sklearn.compose import ColumnTransformer
    from sklearn.impute import SimpleImputer
    from sklearn.linear_model import LogisticRegression
    from sklearn.pipeline import make_pipeline
    from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

    # If all amounts of a day are NULL, the column only has None and is not numeric, hence dtype float.
    number = FunctionTransformer(numpy.asarray, kw_args={"dtype": float}, feature_names_out="one-to-one")
    logarithm = FunctionTransformer(numpy.log1p, feature_names_out="one-to-one")
    one_hot = OneHotEncoder(handle_unknown="ignore", sparse_output=False)
    columns = ColumnTransformer(
        [
            ("category", one_hot, list(CATEGORIES)),
            ("numeric_category", make_pipeline(number, one_hot), list(NUMERIC_CATEGORIES)),
            (
                "amount",
                make_pipeline(number, logarithm, SimpleImputer(strategy="median"), StandardScaler()),
                list(amounts),
            ),
        ]
    )
    return make_pipeline(columns, LogisticRegression(C=c, max_iter=1000))
