# What people type. Meson does the work; every target builds what it needs.
BUILD      ?= build
BUILD_TEST ?= build-test
PYTHON     := /usr/bin/python3
JOBS       ?= $(shell nproc)

.PHONY: all build-test test demo bench corpus interop vectors conformance lab unit golden tidy sim explore mutants fuzz install setup clean format

all: setup
	@test -f $(BUILD)/build.ninja || meson setup $(BUILD) >/dev/null
	@ninja -C $(BUILD) -j$(JOBS) --quiet

# The tree the tests run: every check of AddressSanitizer and UBSan on.
$(BUILD_TEST)/build.ninja: | setup
	@meson setup $(BUILD_TEST) -Db_sanitize=address,undefined >/dev/null

build-test: $(BUILD_TEST)/build.ninja
	@ninja -C $(BUILD_TEST) -j$(JOBS) --quiet

test: all build-test
	@BUILD=$(BUILD) BUILD_TEST=$(BUILD_TEST) $(PYTHON) tools/run-tests

unit golden tidy lab: all build-test
	@BUILD=$(BUILD) BUILD_TEST=$(BUILD_TEST) $(PYTHON) tools/run-tests $@

# Every peer in every mode, both ways round.
interop: all
	@BUOY_BUILD=$(abspath $(BUILD)) $(PYTHON) tools/interop

# Every golden packet at a running daemon.
vectors: all
	@BUOY_BUILD=$(abspath $(BUILD)) $(PYTHON) tools/vectors

# What the RFCs ask, and the test of each.
conformance:
	@$(PYTHON) tools/conformance

demo: all
	@$(PYTHON) tools/demo

bench: all
	@$(PYTHON) tools/bench $(if $(ONLY),ONLY=$(ONLY))

# The same core in a virtual world: fixed seeds, all interleavings, planted bugs.
SEEDS ?= 10000
sim: all
	@$(BUILD)/src/sim/buoy-sim --seed 1 --runs $(SEEDS) --jobs $(JOBS)

explore: all
	@$(BUILD)/src/sim/buoy-explore --jobs $(JOBS)

mutants: all
	@$(PYTHON) tools/mutants

# Our reader held against what keepalived said: make corpus [DIR=folder with .conf files and oracle.json]
corpus: all
	@BUILD=$(BUILD) $(PYTHON) tools/corpus/corpus $(DIR)

install: all
	@meson install -C $(BUILD) --no-rebuild

setup:
	@sh tools/setup

format: setup
	@clang-format -i $$(git ls-files '*.c' '*.h')

clean:
	rm -rf $(BUILD) $(BUILD_TEST)
