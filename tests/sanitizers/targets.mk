# SPDX-License-Identifier: Apache-2.0
#
# The server tests on a watched httpd; see check-server.sh for the share of
# them that runs without ALL=1 or TESTS='store store_http2'.

.PHONY: check-server-asan check-server-tsan check-valgrind run-watched \
    watch-store
check-server-asan:   ## check: server tests with ASan and UBSan (ALL=1: all)
	@$(MAKE) BUILD=$(BUILD)/asan SANITIZE='$(ASAN)' TOOL=asan \
	    run-watched

check-server-tsan:   ## check: server tests with the thread sanitizer (ALL=1)
	@$(MAKE) BUILD=$(BUILD)/tsan SANITIZE='$(TSAN)' TOOL=tsan \
	    run-watched

WATCH = ALL='$(ALL)' TESTS='$(TESTS)' tests/sanitizers/check-server.sh

# The thread sanitizer keeps back a signal from a thread that waits inside APR:
# no child of prefork would hear of a stop.
STORE_TESTS := $(patsubst tests/server/test_%.py,%,$(sort $(wildcard \
    tests/server/test_store*.py)))
watch-store:   ## measure: all tests of keep=disk with each sanitizer, 12 min
	@+$(SUBMAKE) check-server-asan TESTS='$(STORE_TESTS)'
	@+$(SUBMAKE) check-server-tsan TESTS='$(STORE_TESTS)' \
	    PYTEST_ARGS='--mpm event --mpm worker $(PYTEST_ARGS)'

run-watched:
	@mkdir -p $(BUILD)
	@+runner=$$(tests/sanitizer-runner.sh $(BUILD) $(SANITIZE)); \
	case $$? in \
	    0) $(SUBMAKE) all consumers && SANITIZER_RUNNER="$$runner" \
	           $(WATCH) $(TOOL) $(BUILD) $(PYTEST_ARGS) ;; \
	    3) echo '$(SANITIZE): no such program starts on this kernel;' \
	           'the server tests were NOT RUN with it' | \
	           tee -a $(BUILD)/not-run ;; \
	    *) exit 1 ;; \
	esac

check-valgrind: $(MODULE) $(CONSUMERS)
check-valgrind:   ## check: server tests under valgrind memcheck (ALL=1)
	@command -v valgrind >/dev/null || { \
	    echo 'valgrind not found: apt-get install valgrind (Debian)' >&2; \
	    exit 1; }
	@$(WATCH) valgrind $(BUILD) $(PYTEST_ARGS)
