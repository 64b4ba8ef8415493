"""The TUM hopper's data set, rebuilt from the description, and an LSTM of the published kind on it.

Every number stands in `rebuild.yaml` with its source. `python benchmarks/bench_tum_hopper.py --help` runs it;
docs/explanation/tum-hopper.md tells what it shows.
"""
