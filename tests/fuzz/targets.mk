# SPDX-License-Identifier: Apache-2.0
#
# The targets are fuzz_*.c. `make fuzz` makes inputs up
# for as long as it is told to, SECONDS= (of each target) or RUNS=, and keeps
# those that reach new code in $(BUILD)/fuzz. `make check-fuzz` gives the
# inputs kept in corpus-* to the same targets, built with any compiler.

FUZZ_TARGETS := statuses frames task_header job
FUZZ_CC ?= $(shell command -v clang || command -v clang-14 || echo clang)
FUZZ_SANITIZE := -fsanitize=fuzzer,address,undefined \
    -fno-sanitize-recover=all
FUZZ_OPTIONS = -max_len=400 -print_final_stats=1 \
    -artifact_prefix=$(BUILD)/fuzz/$*-
FUZZ_FLAGS = $(filter-out -MMD -MP,$(CORE_FLAGS)) -Ilib/http2 -Ilib/fields \
    -Ilib/formats -Itests/fuzz

.PHONY: fuzz check-fuzz replay-corpora
fuzz:   ## check: new inputs for the parsers (SECONDS=60 each, or RUNS=n)
	@mkdir -p $(BUILD)/fuzz
	@echo 'int LLVMFuzzerTestOneInput(void); \
	    int LLVMFuzzerTestOneInput(void) { return 0; }' | \
	    $(FUZZ_CC) $(FUZZ_SANITIZE) -x c -o $(BUILD)/fuzz/nothing - \
	    2>/dev/null || { echo "fuzz: SKIPPED, $(FUZZ_CC) has no libFuzzer;" \
	    "install clang and libclang-rt-dev (Debian 12), or set FUZZ_CC="; \
	    exit 0; }; \
	for target in $(FUZZ_TARGETS); do \
	    $(MAKE) FUZZ_CC=$(FUZZ_CC) $(BUILD)/fuzz/fuzz-$$target \
	        fuzz-$$target || exit 1; \
	done

.PHONY: $(addprefix fuzz-,$(FUZZ_TARGETS))
$(addprefix fuzz-,$(FUZZ_TARGETS)): fuzz-%: $(BUILD)/fuzz/fuzz-%
	@mkdir -p $(BUILD)/fuzz/found-$*
	ASAN_OPTIONS=quarantine_size_mb=4:malloc_context_size=1 \
	$(BUILD)/fuzz/fuzz-$* $(FUZZ_OPTIONS) \
	    $(if $(RUNS),-runs=$(RUNS),-max_total_time=$(or $(SECONDS),60)) \
	    $(BUILD)/fuzz/found-$* tests/fuzz/corpus-$*

# Where each parser lives.
$(BUILD)/fuzz/fuzz-statuses $(BUILD)/replay-statuses: lib/request/statuses.c \
    lib/request/statuses.h
$(BUILD)/fuzz/fuzz-frames $(BUILD)/replay-frames: lib/http2/frames.c \
    lib/http2/frames.h
$(BUILD)/fuzz/fuzz-task_header $(BUILD)/replay-task_header: \
    $(addprefix lib/fields/,sf_list.c sf_text.c sf_value.c utf8.c sf_list.h \
    sf_text.h sf_value.h utf8.h)
$(BUILD)/fuzz/fuzz-job $(BUILD)/replay-job: lib/fields/utf8.c \
    $(wildcard lib/formats/*.[ch])

$(BUILD)/fuzz/fuzz-%: tests/fuzz/fuzz_%.c tests/fuzz/fuzz.h \
        tests/fuzz/targets.mk
	$(call say,FUZZ,$@)
	@mkdir -p $(@D)
	$(Q)$(FUZZ_CC) $(FUZZ_FLAGS) -O1 $(FUZZ_SANITIZE) $(filter %.c,$^) \
	    -o $@ $(APR_LIBS)

# Called with SANITIZE set.
$(BUILD)/replay-%: tests/fuzz/fuzz_%.c tests/fuzz/replay.c \
        tests/fuzz/fuzz.h tests/fuzz/targets.mk
	$(call say,CC,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(FUZZ_FLAGS) $(CPPFLAGS) $(CFLAGS) $(LDFLAGS) \
	    $(filter %.c,$^) -o $@ $(APR_LIBS)

REPLAYS = $(addprefix $(BUILD)/replay-,$(FUZZ_TARGETS))
check-fuzz:   ## check: the parsers, with every input kept of earlier fuzzing
	@$(MAKE) BUILD=$(BUILD)/fuzz SANITIZE='$(ASAN)' replay-corpora

replay-corpora:
	@mkdir -p $(BUILD)
	@+runner=$$(tests/sanitizer-runner.sh $(BUILD) $(SANITIZE)); \
	case $$? in \
	    0) $(SUBMAKE) $(REPLAYS) || exit 1; \
	       for target in $(FUZZ_TARGETS); do \
	           timeout 60 $$runner $(abspath $(BUILD))/replay-$$target \
	               tests/fuzz/corpus-$$target \
	               2>$(BUILD)/replay-$$target.log || { \
	               tail -n 40 $(BUILD)/replay-$$target.log >&2; exit 1; }; \
	       done ;; \
	    3) echo '$(SANITIZE): no such program starts on this kernel;' \
	           'corpus NOT REPLAYED' | tee -a $(BUILD)/not-run ;; \
	    *) exit 1 ;; \
	esac
