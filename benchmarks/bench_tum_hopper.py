"""The TUM hopper, rebuilt from the description: an LSTM of the published kind on it, the monitor, and a small network.

    python benchmarks/bench_tum_hopper.py generate
    python benchmarks/bench_tum_hopper.py train
    python benchmarks/bench_tum_hopper.py evaluate
    python benchmarks/bench_tum_hopper.py solve
    python benchmarks/bench_tum_hopper.py learn
    python benchmarks/bench_tum_hopper.py endure

What it shows: docs/explanation/tum-hopper.md.
"""

from tum_hopper.command_line import main

if __name__ == "__main__":
    main()
