"""Trained models in the feature store: their versions, and which one is champion."""
