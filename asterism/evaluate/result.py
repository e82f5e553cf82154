"""Results of a measurement; the type and its file are :mod:`asterism.core.results.result`."""

from asterism.core.results.result import FAILED, Result, ResultLog, read_results, write_results

__all__ = ["FAILED", "Result", "ResultLog", "read_results", "write_results"]
