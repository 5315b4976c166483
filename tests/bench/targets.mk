# SPDX-License-Identifier: Apache-2.0
#
# make bench. Peers that are not installed are left out; bench.py says so.

MICRO_SOURCES := $(sort $(wildcard tests/bench/micro*.c))
MICRO_OBJECTS = $(call object,$(MICRO_SOURCES))
MICRO := $(BUILD)/bench/micro
BENCH_MODULE := $(BUILD)/bench/mod_bench.so
BENCH_TOOLS := $(addprefix $(BUILD)/bench/,receiver visitor \
    arrivals)
INSTRUCTIONS := $(BUILD)/bench/instructions
LOCK := $(BUILD)/bench/lock
LOCK_WRAPS := $(addprefix -Wl$(comma)--wrap=apr_thread_,mutex_lock \
    mutex_trylock mutex_unlock cond_wait cond_timedwait)

PEER_FLAGS = $(call ask,PEER_FLAGS,tests/bench/peers.sh cflags)
PEER_LIBS = $(call ask,PEER_LIBS,tests/bench/peers.sh libs)

# Rewritten when one has been installed or removed since.
PEERS := $(BUILD)/bench/peers
.PHONY: peers
$(PEERS): peers
	@mkdir -p $(@D)
	@tests/bench/peers.sh cflags | cmp -s - $@ || \
	    tests/bench/peers.sh cflags >$@

$(MICRO_OBJECTS): $(BUILD)/obj/%.o: %.c $(PEERS) Makefile | tools
	$(call compile,$(CORE_FLAGS) $(PEER_FLAGS))
$(call object,tests/bench/instructions.c tests/bench/lock.c): \
        $(BUILD)/obj/%.o: %.c Makefile | tools
	$(call compile,$(CORE_FLAGS))
$(BUILD)/obj/tests/bench/mod_bench.o: tests/bench/mod_bench.c Makefile | tools
	$(call compile,$(CONSUMER_FLAGS))

# As the module is linked.
$(MICRO): $(MICRO_OBJECTS) $(call object,$(APR_SOURCES))
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread $(LTO) $(LDFLAGS) $^ -o $@ $(APR_LIBS) $(PEER_LIBS)
$(INSTRUCTIONS): $(call object,tests/bench/instructions.c $(APR_SOURCES))
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread $(NO_LTO) $(LDFLAGS) $^ -o $@ $(APR_LIBS)
$(LOCK): $(MICRO_OBJECTS) $(call object,tests/bench/lock.c $(APR_SOURCES))
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread $(NO_LTO) $(LDFLAGS) $(LOCK_WRAPS) $^ -o $@ \
	    $(APR_LIBS) $(PEER_LIBS)
$(BENCH_MODULE): $(call object,tests/bench/mod_bench.c)
	$(call link_module)

# What is round a server while named tasks are measured.
$(BENCH_TOOLS:$(BUILD)/bench/%=$(BUILD)/obj/tests/bench/%.o): \
        $(BUILD)/obj/%.o: %.c Makefile | tools
	$(call compile,$(COMMON_FLAGS))
$(BENCH_TOOLS): $(BUILD)/bench/%: $(BUILD)/obj/tests/bench/%.o
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) $(LDFLAGS) $^ -o $@ -lm

# The store without a server, and a disk as slow as one likes.
BENCH_STORE := $(BUILD)/bench/store
SLOW_SYNC := $(BUILD)/bench/slow_sync.so
$(BUILD)/obj/tests/bench/store.o: tests/bench/store.c Makefile | tools
	$(call compile,$(LIB_FLAGS) -Ilib/store $(APR_CPPFLAGS))
$(BENCH_STORE): $(call object,tests/bench/store.c $(STORE_APR_SOURCES))
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread $(LTO) $(LDFLAGS) $^ -o $@ $(APR_LIBS) $(SQLITE_LIBS)
$(BUILD)/obj/tests/bench/slow_sync.o: tests/bench/slow_sync.c Makefile | tools
	$(call compile,$(COMMON_FLAGS))
$(SLOW_SYNC): $(call object,tests/bench/slow_sync.c)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -shared $(LDFLAGS) $^ -o $@

# What counting costs, without a server.
COUNTING := $(BUILD)/bench/counting.so
COUNTING_OBJECTS := $(call object,tests/bench/counting.c \
    $(filter-out %/scoreboard.c,$(call room_sources,metrics)) \
    lib/base/platform.c lib/testing/scoreboard.c)

$(BUILD)/obj/tests/bench/counting.o: tests/bench/counting.c Makefile | tools
	$(call compile,$(GLUE_FLAGS))
$(COUNTING): $(COUNTING_OBJECTS)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -shared -pthread $(LTO) $(LDFLAGS) $^ -o $@ $(APR_LIBS)

.PHONY: bench-counting
bench-counting: $(COUNTING)   ## measure: what counting costs a task
	$(Q)$(PYTHON) -c 'import ctypes, sys; \
	    sys.exit(ctypes.CDLL("$(abspath $(COUNTING))").count_and_tell())'

-include $(patsubst %.o,%.d,$(MICRO_OBJECTS) \
    $(call object,tests/bench/instructions.c tests/bench/lock.c \
    tests/bench/mod_bench.c \
    tests/bench/counting.c tests/bench/receiver.c tests/bench/visitor.c \
    tests/bench/arrivals.c tests/bench/store.c tests/bench/slow_sync.c))

# Everything that is measured is built first, so that the compiler does not
# run beside it.
BENCH = $(PYTHON) tests/bench/bench.py \
    --build $(BUILD) $(if $(filter-out 0,$(QUICK)),--quick) $(BENCH_ARGS)

.PHONY: bench bench-tasks bench-store bench-engines bench-baseline bench-programs
bench:   ## measure: speed and memory against peers (QUICK=1: some minutes)
	@tests/install-packages.sh build
	@tests/install-packages.sh bench || echo 'measured without them'
	@+$(SUBMAKE) bench-programs
	$(Q)$(BENCH)

bench-tasks: BENCH_ARGS += --part tasks
bench-tasks: bench   ## measure: of this only the named tasks

bench-store: BENCH_ARGS += --part store
bench-store: bench   ## measure: of this only the tasks on disk

bench-engines: BENCH_ARGS += --part engines
bench-engines: bench   ## measure: of this only the jobs in a Redis, and AMQP

bench-baseline:   ## measure: keep today's counts in tests/bench/BASELINE
	@+$(SUBMAKE) $(INSTRUCTIONS) $(BENCH_MODULE) $(MODULE) $(TASKS_MODULE) \
	    $(BENCH_TOOLS)
	$(Q)$(BENCH) --part instructions --rewrite-baseline

bench-programs: $(MICRO) $(LOCK) $(INSTRUCTIONS) $(BENCH_MODULE) $(MODULE) \
    $(TASKS_MODULE) $(BENCH_TOOLS) \
    $(if $(STORE_FOUND),$(STORE_MODULE) $(BENCH_STORE) $(SLOW_SYNC)) \
    $(if $(REDIS_FOUND),$(REDIS_MODULE)) \
    $(if $(AMQP_FOUND),$(AMQP_MODULE)) $(BUILD)/naive/mod_crosstown.so

.PHONY: bench-sizing
bench-sizing: $(MODULE) $(BUILD)/mod_probe.so
bench-sizing:   ## measure: the worked sum of conf-examples/README.md
	$(Q)$(PYTHON) tests/bench/sizing.py \
	    --build $(abspath $(BUILD))

BENCH_DEFERRED := $(BUILD)/bench/deferred
$(BUILD)/obj/tests/bench/deferred.o: tests/bench/deferred.c Makefile | tools
	$(call compile,$(DEFERRED_FLAGS))
$(BENCH_DEFERRED): $(call object,tests/bench/deferred.c $(LIB_SOURCES))
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread $(LDFLAGS) $^ -o $@ $(APR_LIBS)

.PHONY: bench-deferred
bench-deferred: $(BENCH_DEFERRED)
bench-deferred:   ## measure: what a deferred costs, on one thread
	$(Q)$(BENCH_DEFERRED)

-include $(patsubst %.o,%.d,$(call object,tests/bench/deferred.c))
