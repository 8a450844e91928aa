"""Benchmarks: what the house costs, measured on real processes; figures are recorded in docs/benchmarks.md."""
