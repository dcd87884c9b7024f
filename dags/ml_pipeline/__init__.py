"""Preprocess, train, evaluate: `ml_pipeline.py` is the DAG, `steps.py` is what its tasks run."""
