"""Datasets of road images with YOLO labels: `answersheet.py` creates one DAG per road in `roads.yaml`."""
