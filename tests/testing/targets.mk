# SPDX-License-Identifier: Apache-2.0
#
# The library for consumers' unit tests, and the tests that use it: its own,
# and those of the example consumers.

TESTING_SOURCES := $(sort $(wildcard lib/testing/*.c))
# Of the module itself, all but what the library has in its place: the threads
# and the end of a child process, the network, the scoreboard, the time.
TESTED_SOURCES := $(filter-out %/child.c %/stop_signals.c %/output_filter.c \
    %/scoreboard.c %/server_limit.c %/clock.c lib/http2/% \
    lib/pool/%, \
    $(GLUE_SOURCES) $(APR_SOURCES))
# Of mod_crosstown_tasks, what C modules see of it.
TESTED_TASKS := $(TASKS_APR_SOURCES) $(addprefix lib/,$(addsuffix .c, \
    $(addprefix tasks/,ask attempt job named_keep named_task refusal_log \
        task_keys task_time unique) \
    targets/provide targets/target))
TESTING_LIBRARY := $(BUILD)/libcrosstown_testing.a

TESTING_TESTS := $(sort $(wildcard tests/testing/test_*.c))
TESTING_SUPPORT := tests/testing/support.c
METRICS_SUPPORT := tests/testing/support_metrics.c
NAMED_SUPPORT := tests/testing/support_named.c
TESTING_PROGRAMS := \
    $(patsubst tests/testing/%.c,$(BUILD)/testing/%,$(TESTING_TESTS))

# APR_MEMNODE_T_SIZE mixes signs.
$(BUILD)/obj/lib/testing/guarded.o: WARNINGS += -Wno-sign-conversion
$(call object,$(filter-out %/named_tasks.c,$(TESTING_SOURCES))): $(BUILD)/obj/%.o: %.c Makefile | tools
	$(call compile,$(GLUE_FLAGS) -Ilib/testing)
$(BUILD)/obj/lib/testing/named_tasks.o: lib/testing/named_tasks.c Makefile \
        | tools
	$(call compile,$(LIB_FLAGS) \
	    $(addprefix -Ilib/,testing tasks targets fields) $(TASKS_SERVER))
$(call object,$(TESTING_TESTS) $(TESTING_SUPPORT) $(METRICS_SUPPORT) \
    $(NAMED_SUPPORT)): $(BUILD)/obj/%.o: %.c Makefile | tools
	$(call compile,$(CONSUMER_FLAGS))

# q: two files of one name, of different directories, are both to be in it.
# What one compiler leaves for its own linking no other one can read.
$(TESTING_LIBRARY): $(call object,$(TESTING_SOURCES) $(TESTED_SOURCES) \
        $(TESTED_TASKS) \
        $(FAULT_SOURCES))
	$(call archive)
	$(if $(LTO),$(Q)$(OBJCOPY) -w -R '.gnu.lto_*' -R '.gnu.debuglto_*' $@)

# A test is linked with the consumer of its name, if there is one.
$(TESTING_PROGRAMS): $(BUILD)/testing/%: $(BUILD)/obj/tests/testing/%.o \
        $(call object,$(TESTING_SUPPORT)) $(TESTING_LIBRARY)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread $(SANITIZE) $(LDFLAGS) $(filter %.o,$^) \
	    $(TESTING_LIBRARY) -o $@ $(TESTING_LIBS) $(APR_LIBS) -lcmocka
$(BUILD)/testing/test_postcard $(BUILD)/testing/test_smallest: \
    $(call object,conf-examples/mod_postcard.c)
# These look inside, and some have the scoreboard itself.
METRICS_TESTS := $(filter %/test_metrics_children.c %/test_metrics_history.c, \
    $(TESTING_TESTS))
$(call object,$(filter tests/testing/test_metrics_%,$(TESTING_TESTS)) \
    $(METRICS_SUPPORT)): CONSUMER_FLAGS = $(GLUE_FLAGS) $(NO_LTO)
$(patsubst tests/testing/%.c,$(BUILD)/testing/%,$(METRICS_TESTS)): \
    $(call object,$(METRICS_SUPPORT) lib/metrics/scoreboard.c \
        lib/base/memory.c)
$(BUILD)/testing/test_named: $(call object,conf-examples/mod_letter.c)
$(addprefix $(BUILD)/testing/, \
    test_named test_named_unique test_named_retries): \
    $(call object,$(NAMED_SUPPORT))
$(BUILD)/testing/test_phone_calls: \
    $(call object,conf-examples/mod_phone_calls.c)
$(BUILD)/testing/test_later: $(call object,conf-examples/mod_later.c \
    conf-examples/mod_later_backends.c)
$(BUILD)/testing/test_phone_calls $(BUILD)/testing/test_later: \
    TESTING_LIBS = $(CURL_LIBS)

-include $(patsubst %.o,%.d,$(call object,$(TESTING_SOURCES) \
    $(TESTING_TESTS) $(TESTING_SUPPORT) $(METRICS_SUPPORT) \
    $(NAMED_SUPPORT)))

.PHONY: testing testing-programs check-testing check-testing-asan \
    run-testing run-testing-asan
testing: $(TESTING_LIBRARY)
testing:   ## use: libcrosstown_testing.a, for consumers' unit tests
testing-programs: $(TESTING_PROGRAMS)

check-testing:   ## check: consumers' unit tests and their library, no server
	@+$(SUBMAKE) testing-programs
	@$(MAKE) run-testing

run-testing: UNIT_PROGRAMS = $(TESTING_PROGRAMS)
run-testing: run-unit check-stand-ins

.PHONY: check-stand-ins
check-stand-ins: $(TESTING_LIBRARY)
	@tests/testing/check-stand-ins.sh $(TESTING_LIBRARY)

check-testing-asan:   ## check: the same with ASan and UBSan
	@$(MAKE) BUILD=$(BUILD)/asan SANITIZE='$(ASAN)' run-testing-asan

run-testing-asan:
	@mkdir -p $(BUILD)
	@runner=$$(tests/sanitizer-runner.sh $(BUILD) $(SANITIZE)); \
	case $$? in \
	    0) $(MAKE) RUNNER="$$runner" check-testing ;; \
	    3) echo '$(SANITIZE): no such program starts on this kernel;' \
	           'unit tests of consumers NOT CHECKED' | \
	           tee -a $(BUILD)/not-run ;; \
	    *) exit 1 ;; \
	esac
