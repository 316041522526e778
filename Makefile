#: heddle: a fuzzing suite for concurrency bugs in C hash maps
#:
#:   make fuzz      fuzz a map, for a minute
#:                    MAP=gomap  FUZZ_TIME=60 (seconds; 0: until Ctrl-C)  FLAVOUR=tsan,asan  JOBS=n  OUT=out
#:                    findings are what it is for: it ends well with or without them; build/bin/heddle fuzz tells
#:                    them apart by its status
#:   make list      the findings of a campaign                                OUT=out
#:   make repro     replay a finding and show its interleaving                CRASH=file  FLAVOUR=tsan
#:   make show      print an input as a program and a schedule                CRASH=file
#:   make minimize  the smallest input that shows the same                    CRASH=file
#:
#:   make chaos     let threads loose on maps as they run in production: how long does each hold?
#:                    CHAOS_MAPS=gomap,rwmap  TRIALS=50  DISTRIBUTIONS=uniform,zipf:0.99,hot  FLAVOUR=plain
#:                    STORE=heddle.db; interrupted, the same command goes on where it was
#:
#:   make triage    take OUT, or logs of other programs, into the store and tell what is in it
#:                                                                            LOGS=paths  STORE=heddle.db
#:   make report    the store as one HTML page                                REPORT=report.html  STORE=heddle.db
#:   make mtbf      how long until the next new bug, from the store           MAP=gomap  STORE=heddle.db
#:   make slo       is a promised availability kept, from the store?          SLO=99.99%  MTTR=8min  MAP=gomap
#:   make fuzz-triage  fuzz what reads logs and findings, FUZZ_TIME seconds each
#:
#:   make mutants   replay every planted bug: seen by the oracle expected?        ID=one of map/mutants.def
#:
#:   make test      every test (15 minutes at most)
#:   make check     format, clang-tidy, the rules of the house, unit tests (2 minutes at most)
#:   make bench     benchmarks; the figures go to build/bench/
#:   make bench-stats  how often the statistics' intervals hold the truth, by simulation (a minute); to build/bench/
#:   make build     everything, into build/
#:   make format    lay the sources out as .clang-format says
#:   make generate  write dict/ and corpus/seeds/ anew
#:   make install   install the packages that are missing (every target does so by itself)
#:   make clean     remove build/
#:
#: Variables: CC=clang-19 takes another compiler than the newest clang; BUILD=build-19 another folder than build/.
#: `build/bin/heddle --help` has the rest.

MAP ?= gomap
FUZZ_TIME ?= 60
FLAVOUR ?=
JOBS ?=
OUT ?= out
CRASH ?=
LOGS ?= $(OUT)
STORE ?= heddle.db
REPORT ?= report.html
SLO ?= 99.99%
MTTR ?= 8min
CHAOS_MAPS ?= gomap,rwmap
TRIALS ?= 50
DISTRIBUTIONS ?= uniform,zipf:0.99,hot
ID ?=
BUILD ?= build
# make's own default, cc, is no choice of the user's.
ifeq ($(origin CC),default)
  CC :=
endif
export CC

.PHONY: help build fuzz chaos triage report mtbf slo fuzz-triage list repro show minimize mutants test check bench bench-stats format generate install clean
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

help:
	@sed -n 's/^#: \{0,1\}//p' Makefile

# Set-up, once: the packages, then CMake.  Each stamp's name carries what it depends on beside files.
run_packages := $(BUILD)/.packages-run
dev_packages := $(BUILD)/.packages-dev
configured := $(BUILD)/.configured-run-$(notdir $(CC))
configured_dev := $(BUILD)/.configured-dev-$(notdir $(CC))

$(run_packages) $(dev_packages): $(BUILD)/.packages-%: ci/packages.txt ci/install.sh ci/clang.sh
	@ci/install.sh $*
	@mkdir -p $(BUILD) && touch $@

$(configured): $(run_packages)
	@[ -e $(configured_dev) ] || ci/configure.sh $(BUILD) OFF
	@touch $@

$(configured_dev): $(dev_packages)
	@ci/configure.sh $(BUILD) ON
	@touch $@

build: $(configured_dev)
	@cmake --build $(BUILD)

# What a campaign or a replay needs, and no more.
.PHONY: targets
targets: $(configured)
	@cmake --build $(BUILD) --target targets -- --quiet

heddle := $(BUILD)/bin/heddle
flavour := $(if $(FLAVOUR),--flavour=$(FLAVOUR))
need_crash = @test -n '$(CRASH)' || { echo 'make $@ needs CRASH=file, an input that heddle saved' >&2; exit 2; }

# On Ctrl-C the shell waits for heddle, which ends its campaign and prints the summary.
fuzz: targets
	@trap : INT; $(heddle) fuzz --map=$(MAP) --time=$(FUZZ_TIME) $(flavour) $(if $(JOBS),--jobs=$(JOBS)) \
	  --out='$(OUT)' || [ $$? = 1 ]

chaos: targets
	@trap : INT; $(heddle) chaos --map='$(CHAOS_MAPS)' --trials=$(TRIALS) --distribution='$(DISTRIBUTIONS)' $(flavour) \
	  --store='$(STORE)' || [ $$? = 1 ]

triage: targets
	@$(heddle) ingest --store='$(STORE)' $(LOGS) && $(heddle) report --store='$(STORE)'

report: targets
	@$(heddle) report --store='$(STORE)' --output='$(REPORT)'

mtbf: targets
	@$(heddle) mtbf --store='$(STORE)' --map='$(MAP)'

slo: targets
	@$(heddle) slo --store='$(STORE)' --map='$(MAP)' --target='$(SLO)' --mttr='$(MTTR)' || [ $$? = 1 ]

fuzz-triage: $(configured)
	@cmake --build $(BUILD) --target fuzzers -- --quiet
	@triage/fuzz/run.sh $(BUILD) $(FUZZ_TIME)

list: targets
	@$(heddle) list '$(OUT)'

repro: targets
	$(need_crash)
	@$(heddle) repro $(flavour) '$(CRASH)'

show: targets
	$(need_crash)
	@$(heddle) show '$(CRASH)'

minimize: targets
	$(need_crash)
	@$(heddle) minimize $(flavour) '$(CRASH)'

mutants: targets
	@HEDDLE_BUILD_DIR=$(BUILD) harness/bench/mutants.sh $(ID)

test: build
	@ctest --test-dir $(BUILD) --output-on-failure --no-tests=error -j 2

check: $(configured_dev)
	@cmake --build $(BUILD) --target quick -- --quiet
	@ctest --test-dir $(BUILD) --output-on-failure --no-tests=error -j 2 -L quick

bench: $(configured)
	@cmake --build $(BUILD) --target benches -- --quiet
	@mkdir -p $(BUILD)/bench
	@set -e; for bench in $(BUILD)/bin/bench_*; do $$bench; done

# Every simulation runs; a promise that one does not keep is the status.
bench-stats: $(configured)
	@cmake --build $(BUILD) --target stats -- --quiet
	@status=0; for stats in $(BUILD)/bin/stats_*; do $$stats || status=$$?; done; exit $$status

format: $(dev_packages)
	@ci/tidy/format.sh --fix

generate: $(configured)
	@cmake --build $(BUILD) --target generate -- --quiet

install:
	@ci/install.sh dev

clean:
	rm -rf $(BUILD) compile_commands.json
