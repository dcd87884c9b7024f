"""Predicts which loans will default: the daily prediction, and the training and deployment of its model."""
