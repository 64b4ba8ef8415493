"""The TUM hopper, rebuilt from the description, and an LSTM of the published kind on it.

    python benchmarks/bench_tum_hopper.py generate
    python benchmarks/bench_tum_hopper.py train
    python benchmarks/bench_tum_hopper.py evaluate

What it shows: docs/explanation/tum-hopper.md.
"""

from tum_hopper.command_line import main

if __name__ == "__main__":
    main()
