"""Which package of the index brings a module, where that is certain: a package of the same name may be anybody's."""

import re
from collections.abc import Collection, Iterable
from pathlib import Path

# Modules whose package has another name; as their projects' own installation pages have it.
BRINGS = {
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
# What courses and teams use most, under its own name.
SAME = frozenset({
    "catboost", "dask", "duckdb", "fastapi", "fsspec", "httpx", "joblib", "lightgbm", "matplotlib", "mlflow",
    "networkx", "numpy", "openpyxl", "optuna", "pandas", "plotly", "polars", "pyarrow", "pydantic", "pymysql",
    "redis", "requests", "scipy", "seaborn", "shap", "sqlalchemy", "statsmodels", "tensorflow", "torch", "tqdm",
    "transformers", "xgboost", "xlrd",
})  # fmt: skip
# Folders of airflow/providers that hold several providers.
FAMILIES = frozenset({"apache", "atlassian", "cncf", "common", "dbt", "microsoft"})
PREFIX = "apache-airflow-providers-"


def normal(name: str) -> str:
    """A distribution's name as PEP 503 compares it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def bringing(module: str, known: Collection[str] = ()) -> str:
    """The package that brings `module`; empty where that is not certain. `known`: normal names of packages of which
    the project or Airflow's constraint file knows."""
    top = module.split(".", maxsplit=1)[0]
    if top == "airflow":
        return provider(module)
    if top in BRINGS:
        return BRINGS[top]
    name = normal(top)
    return name if name in known or name in SAME else ""


def provider(module: str) -> str:
    """The provider's package of a module of `airflow.providers`; empty where it is none, or a family's folder alone."""
    top, _, rest = module.partition("airflow.providers.")
    parts = rest.split(".")
    size = 2 if parts[0] in FAMILIES else 1
    return normal(PREFIX + "-".join(parts[:size])) if rest and not top and len(parts) >= size else ""


def named_in(files: Iterable[Path]) -> set[str]:
    """The normal names of the packages in constraint and requirements files."""
    found = set()
    for file in files:
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines() if file.is_file() else ():
            if name := re.match(r"[A-Za-z0-9][\w.-]*", line):
                found.add(normal(name[0]))
    return found
