"""Trained models: what the feature store knows of them, and who is champion."""
