"""Datasets of road images with YOLO labels: `answersheet.py` makes a DAG for each road of `roads.yaml`."""
