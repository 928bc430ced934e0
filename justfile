# What CI runs.
check:
    bash .ci/run

# The tests of the README.
test:
    cargo test --release

# The whole statistical suites, ten times as long as in `test`.
slow:
    TIERFLOW_SLOW=1 cargo test --release -- --nocapture

# Benchmarks; see docs/performance.md.
bench:
    cargo bench

# Rebuild the tables of the bundled scenarios from data/.
scenarios:
    python3 scripts/build_scenarios.py

# Accept changed snapshots and rewrite the generated pages in docs/.
bless:
    TIERFLOW_BLESS=1 INSTA_UPDATE=always cargo test --release
