"""Predictions of a measurement; the type and its file are :mod:`asterism.core.results.prediction`."""

from asterism.core.results.prediction import (
    Key,
    Prediction,
    PredictionLog,
    read_completions,
    read_predictions,
    samples_of,
)

__all__ = ["Key", "Prediction", "PredictionLog", "read_completions", "read_predictions", "samples_of"]
