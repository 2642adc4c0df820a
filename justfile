# The usual verbs; `just` lists them.

default:
    @just --list

# Build for use
build:
    cargo build --release

# Crawl the fixture site on this machine and show what came of it
demo *ARGS:
    cargo run --release -- demo {{ARGS}}

# Run the tests
test *ARGS:
    cargo test {{ARGS}}

# Everything that must hold before a change goes in
ci:
    .ci/run

# Format and lint
lint:
    cargo fmt
    cargo clippy --all-targets -- -D warnings

# Measure the extraction against the fixtures, or against other gold
eval *GOLD="fixtures/sites":
    cargo run --release -- eval {{GOLD}}

# Benchmarks on fixed inputs
bench:
    cargo bench

# The documentation of the library
doc:
    cargo doc --no-deps --open
