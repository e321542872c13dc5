"""What Besa costs: `make bench` prints the figures and writes them to `benchmarks/results.md`. Never part of the tests."""
