"""Group `data`: the synthetic data in the feature store."""
