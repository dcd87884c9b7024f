"""Which distribution provides a module. Only where that is certain: anybody can publish one under a module's name."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

# Modules whose distribution has another name, as their own installation pages say.
DISTRIBUTIONS = {
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "Crypto": "pycryptodome",
    "cv2": "opencv-python-headless",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "git": "gitpython",
    "imblearn": "imbalanced-learn",
    "jose": "python-jose",
    "jwt": "pyjwt",
    "magic": "python-magic",
    "mpl_toolkits": "matplotlib",
    "MySQLdb": "mysqlclient",
    "OpenSSL": "pyopenssl",
    "PIL": "pillow",
    "psycopg2": "psycopg2-binary",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "umap": "umap-learn",
    "yaml": "pyyaml",
}
# Widely used modules whose distribution has the same name.
SAME_NAME = frozenset({
    "catboost", "dask", "duckdb", "fastapi", "fsspec", "httpx", "joblib", "lightgbm", "matplotlib", "mlflow",
    "networkx", "numpy", "openpyxl", "optuna", "pandas", "plotly", "polars", "pyarrow", "pydantic", "pymysql",
    "redis", "requests", "scipy", "seaborn", "shap", "sqlalchemy", "statsmodels", "tensorflow", "torch", "tqdm",
    "transformers", "xgboost", "xlrd",
})  # fmt: skip
# Folders of airflow/providers that hold several providers.
PROVIDER_NAMESPACES = frozenset({"apache", "atlassian", "cncf", "common", "dbt", "microsoft"})
PROVIDER_PREFIX = "apache-airflow-providers-"


def normalize(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def distribution_for(module: str, known: Collection[str] = ()) -> str:
    """The distribution that provides `module`; empty unless certain. `known`: normalized names in the project's
    requirements and in Airflow's constraint file."""
    top = module.split(".", maxsplit=1)[0]
    if top == "airflow":
        return provider_distribution(module)
    if top in DISTRIBUTIONS:
        return DISTRIBUTIONS[top]
    name = normalize(top)
    return name if name in known or name in SAME_NAME else ""


def provider_distribution(module: str) -> str:
    """The distribution of a module below `airflow.providers`; empty for any other module, and for a namespace such as
    `airflow.providers.cncf` alone."""
    top, _, rest = module.partition("airflow.providers.")
    parts = rest.split(".")
    size = 2 if parts[0] in PROVIDER_NAMESPACES else 1
    return normalize(PROVIDER_PREFIX + "-".join(parts[:size])) if rest and not top and len(parts) >= size else ""


def distributions_in(files: Iterable[Path]) -> set[str]:
    """The normalized names of all distributions listed in constraint and requirements files."""
    existing = (file for file in files if file.is_file())
    lines = (line for file in existing for line in file.read_text(encoding="utf-8", errors="replace").splitlines())
    return set(filter(None, map(distribution_in, lines)))


def distribution_in(line: str) -> str:
    """The normalized name in a line of requirements, such as `pandas>=2`; empty if it has none."""
    found = re.match(r"\s*([A-Za-z0-9][\w.-]*)", line)
    return normalize(found[1]) if found else ""
