# SPDX-License-Identifier: Apache-2.0
#
# mod_crosstown. `make help` lists the targets.
#
# Tools are asked for their paths and flags only when a recipe needs them, so
# that `make help`, `make demo` and `make check` start where there is nothing
# but make; the last two install what is missing first.

APXS   ?= apxs
PYTHON ?= /usr/bin/python3
OBJCOPY ?= objcopy
BUILD  := build
# For the scripts below tests/.
export APXS PYTHON CC CXX
# What Python compiles is kept for the next run, and out of the tree.
export PYTHONDONTWRITEBYTECODE :=
export PYTHONPYCACHEPREFIX ?= $(abspath $(BUILD))/python

MAKEFLAGS += --no-builtin-rules --no-print-directory
.SUFFIXES:
.DELETE_ON_ERROR:
.DEFAULT_GOAL := all

# ---- asked once, at first use -----------------------------------------------

ask = $(eval $(1) := $$(shell $(2)))$($(1))

SERVER_CFLAGS = $(call ask,SERVER_CFLAGS,$(APXS) -q CFLAGS)
SERVER_CPPFLAGS = $(call ask,SERVER_CPPFLAGS,$(APXS) -q CPPFLAGS)
SERVER_PREFIX = $(call ask,SERVER_PREFIX,$(APXS) -q PREFIX)
SERVER_INCLUDEDIR = $(call ask,SERVER_INCLUDEDIR,$(APXS) -q INCLUDEDIR)
SERVER_LIBEXECDIR = $(call ask,SERVER_LIBEXECDIR,$(APXS) -q LIBEXECDIR)
SERVER_SYSCONFDIR = $(call ask,SERVER_SYSCONFDIR,$(APXS) -q SYSCONFDIR)
APR_CONFIG = $(call ask,APR_CONFIG,$(APXS) -q APR_CONFIG)
APU_CONFIG = $(call ask,APU_CONFIG,$(APXS) -q APU_CONFIG)
APR_CPPFLAGS = $(call ask,APR_CPPFLAGS,$(APR_CONFIG) --cppflags --includes; \
                 $(APU_CONFIG) --includes)
APR_LIBS = $(call ask,APR_LIBS,$(APU_CONFIG) --link-ld; \
             $(APR_CONFIG) --link-ld --libs)
CURL_CFLAGS = $(call ask,CURL_CFLAGS,curl-config --cflags)
CURL_LIBS = $(call ask,CURL_LIBS,curl-config --libs)
# Most of what a task costs a server is code that is not in the processor's
# cache: small functions of other files are better had in place. If the
# compiler cannot do it, it is done without; so are builds for tests alone.
LTO_FLAGS := -flto=auto -ffat-lto-objects
# Not every make hands its own CC= to what it only asks.
TRY = CC="$(CC)" tests/try-flags.sh
LTO_FOUND = $(call ask,LTO_FOUND,$(TRY) $(LTO_FLAGS))
LTO = $(if $(SANITIZE)$(FAULTS),,$(LTO_FOUND))
# A test may put a function of its own in the place of another file's.
NO_LTO = $(if $(LTO),-fno-lto)
PROCESSORS = $(call ask,PROCESSORS,nproc 2>/dev/null || echo 1)

# ---- flags ------------------------------------------------------------------

# Empty for users, so that a new compiler's new warning does not stop them;
# `make check` sets it. A sanitizer makes a compiler warn of what is not there.
WERROR :=
STRICT = $(if $(SANITIZE),,$(WERROR))

WARNINGS := -Wall -Wextra -Wpointer-arith -Wstrict-prototypes \
    -Wmissing-prototypes -Wshadow -Werror=implicit-function-declaration
# A hook or an optional function has the parameters of its type, used or not.
WARNINGS += -Wno-unused-parameter
# clang's has something against the { NULL } that ends a table, and against how
# APR_OFFSETOF is written, of which APR's rings are made.
WARNINGS += $(call ask,CLANG_WITHOUT,$(CC) --version | grep -q clang && \
    echo -Wno-missing-field-initializers -Wno-null-pointer-subtraction)
# Where a number may lose bits or its sign it says so by a cast.
$(BUILD)/obj/lib/%.o: WARNINGS += -Wconversion

# A sanitizer brings its own checks of the C library: the server's hardening
# macros would hide calls from it.
SANITIZE :=
ifeq ($(SANITIZE),)
BASE_FLAGS = $(SERVER_CFLAGS) $(SERVER_CPPFLAGS) -g -O2
else
BASE_FLAGS = $(SERVER_CFLAGS) -g -O1 -fno-omit-frame-pointer $(SANITIZE)
endif

# A module that can be told to fail, for tests only.
FAULTS :=
# As on a system that has nothing beyond POSIX: see lib/base/platform.h.
PORTABLE :=
COMMON_FLAGS = $(BASE_FLAGS) $(if $(FAULTS),-DCROSSTOWN_FAULTS) -std=gnu11 \
    $(if $(PORTABLE),-DCT_PORTABLE) \
    $(WARNINGS) $(STRICT) -fPIC -pthread -MMD -MP

# The rooms below lib/, from the lowest floor to the highest one. A room is
# compiled with itself and those below it on its include path and nothing else,
# so that an include upwards does not compile. The first four are compiled
# without the server's headers, too.
APR_ROOMS  := base request pool deferred
ROOMS      := $(APR_ROOMS) server http2 metrics httpd status
up_to = $(if $(2),$(firstword $(2)) $(if $(filter $(1),$(firstword $(2))),,\
    $(call up_to,$(1),$(wordlist 2,$(words $(2)),$(2)))))
below = $(addprefix -Ilib/,$(call up_to,$(1),$(ROOMS)))

LIB_FLAGS = $(COMMON_FLAGS) $(LTO) -fvisibility=hidden -Iinclude
DEFERRED_FLAGS = $(LIB_FLAGS) $(call below,deferred) $(APR_CPPFLAGS)
CORE_FLAGS = $(LIB_FLAGS) $(call below,pool) $(APR_CPPFLAGS)
# What is here comes before what may be installed of an older version.
GLUE_FLAGS = $(LIB_FLAGS) $(addprefix -Ilib/,$(ROOMS)) \
    -I$(SERVER_INCLUDEDIR) $(APR_CPPFLAGS)
UNIT_FLAGS = $(DEFERRED_FLAGS) -Ilib/http2 -Ilib/metrics \
    -Ilib/fields -Itests/unit
# As apxs would compile another module.
CONSUMER_FLAGS = $(COMMON_FLAGS) -Iinclude -Itests/faults \
    -I$(SERVER_INCLUDEDIR) $(APR_CPPFLAGS)

# ---- sources ----------------------------------------------------------------

room_sources = $(sort $(foreach room,$(1),$(wildcard lib/$(room)/*.c)))
# What knows APR only, whatever its room.
APR_SOURCES := $(call room_sources,$(APR_ROOMS)) lib/http2/frames.c \
    lib/http2/stream_ends.c lib/metrics/histogram.c lib/metrics/trend.c
GLUE_SOURCES := $(wildcard mod_crosstown.c) \
    $(filter-out $(APR_SOURCES),$(call room_sources,$(ROOMS)))
UNIT_TESTS   := $(sort $(wildcard tests/unit/test_*.c))
UNIT_SUPPORT := $(sort $(wildcard tests/unit/support*.c))
FAULT_SOURCES := $(if $(FAULTS),tests/faults/faults.c)
PROBE_SOURCES := $(sort $(wildcard tests/server/mod_probe*.c))

comma := ,
object = $(patsubst %.c,$(BUILD)/obj/%.o,$(1))

MODULE    := $(BUILD)/mod_crosstown.so
CONSUMERS := $(addprefix $(BUILD)/,mod_probe.so mod_crash.so \
    mod_phone_calls.so mod_postcard.so mod_later.so mod_telegram.so)
# What every httpd of the tests loads.
TEST_MODULES := $(addprefix $(BUILD)/,mod_probe.so mod_crash.so)
LATER_SOURCES := $(sort $(wildcard conf-examples/mod_later*.c))
UNIT_LIBRARY  := $(BUILD)/unit/libunit.a
UNIT_PROGRAMS := $(patsubst tests/unit/%.c,$(BUILD)/unit/%,$(UNIT_TESTS))

# ---- how it is said ---------------------------------------------------------

ifeq ($(V),1)
Q :=
say = @:
else
Q := @
say = @printf '  %-4s %s\n' $(1) $(2)
endif

# One job more than processors, since some only wait, unless whoever called make
# chose a number. A line that says it begins with +: $(MAKE) by another name
# gets no share of the jobs.
JOBS = $(shell expr $(PROCESSORS) + 1)
SUBMAKE = $(MAKE) $(if $(filter -j% --jobserver%,$(MAKEFLAGS)),,-j$(JOBS))

# ---- build ------------------------------------------------------------------

.PHONY: all consumers tools
all: $(MODULE)   ## use: build/mod_crosstown.so, as plain `make` does
consumers: $(CONSUMERS)   ## use: the example consumers and the tests' own

tools:
	@for tool in $(CC) $(APXS); do \
	    command -v $$tool >/dev/null || { \
	        echo "$$tool not found. 'make packages' installs what is" \
	             "missing (Debian), or set CC= and APXS=." >&2; \
	        exit 1; }; \
	done

define compile
$(call say,CC,$<)
@mkdir -p $(@D)
$(Q)$(CC) $(1) $(CPPFLAGS) $(CFLAGS) -c $< -o $@
endef

define archive
$(call say,AR,$@)
@mkdir -p $(@D)
@rm -f $@
$(Q)$(AR) qcs $@ $^
endef

define link_module
$(call say,LD,$@)
@mkdir -p $(@D)
$(Q)$(CC) -shared -pthread $(SANITIZE) $(LDFLAGS) $(filter %.o,$^) -o $@ $(1)
endef

# One rule for each room, with the include path of its floor.
define room_rule
$(BUILD)/obj/lib/$(1)/%.o: lib/$(1)/%.c Makefile | tools
	$$(call compile,$$(LIB_FLAGS) $(call below,$(1)) $(2) \
	    $$(APR_CPPFLAGS))
endef
$(foreach room,$(APR_ROOMS),$(eval $(call room_rule,$(room))))
$(foreach room,$(filter-out $(APR_ROOMS),$(ROOMS)),\
    $(eval $(call room_rule,$(room),-I$$(SERVER_INCLUDEDIR))))
$(BUILD)/obj/mod_crosstown.o: mod_crosstown.c Makefile | tools
	$(call compile,$(GLUE_FLAGS))
$(BUILD)/obj/tests/unit/%.o: tests/unit/%.c Makefile | tools
	$(call compile,$(UNIT_FLAGS) $(NO_LTO))
$(BUILD)/obj/tests/faults/%.o: tests/faults/%.c Makefile | tools
	$(call compile,$(CORE_FLAGS) -Itests/faults)
$(BUILD)/obj/tests/server/%.o: tests/server/%.c Makefile | tools
	$(call compile,$(CONSUMER_FLAGS))
$(BUILD)/obj/conf-examples/%.o: conf-examples/%.c Makefile | tools
	$(call compile,$(CONSUMER_FLAGS))

$(call object,conf-examples/mod_phone_calls.c $(LATER_SOURCES)): \
    CONSUMER_FLAGS += $(CURL_CFLAGS)

$(BUILD)/obj/%.o: %.cpp Makefile | tools
	$(call say,CXX,$<)
	@mkdir -p $(@D)
	$(Q)$(CXX) $(BASE_FLAGS) -std=c++17 -Wall -Wextra -Wshadow $(STRICT) \
	    -fPIC -pthread -MMD -MP -Iinclude -I$(SERVER_INCLUDEDIR) \
	    $(APR_CPPFLAGS) $(CPPFLAGS) $(CXXFLAGS) -c $< -o $@

# APR comes with the server that loads the module.
LIB_SOURCES = $(APR_SOURCES) $(FAULT_SOURCES)
$(MODULE): $(call object,$(GLUE_SOURCES) $(LIB_SOURCES))
	$(call link_module,$(LTO))
$(BUILD)/mod_probe.so: $(call object,$(PROBE_SOURCES))
	$(call link_module)
$(BUILD)/mod_crash.so: $(call object,tests/server/mod_crash.c)
	$(call link_module,-Wl$(comma)-z$(comma)nodelete)
$(BUILD)/mod_postcard.so: $(call object,conf-examples/mod_postcard.c)
	$(call link_module)
$(BUILD)/mod_phone_calls.so: $(call object,conf-examples/mod_phone_calls.c)
	$(call link_module,$(CURL_LIBS))
$(BUILD)/mod_later.so: $(call object,$(LATER_SOURCES))
	$(call link_module,$(CURL_LIBS))
$(BUILD)/mod_telegram.so: $(BUILD)/obj/conf-examples/mod_telegram.o
	$(call say,LD,$@)
	$(Q)$(CXX) -shared -pthread $(SANITIZE) $(LDFLAGS) $^ -o $@

# An archive, so that a program has only what it needs: linked in half the time.
$(UNIT_LIBRARY): $(call object,$(LIB_SOURCES) $(UNIT_SUPPORT))
	$(call archive)
$(UNIT_PROGRAMS): $(BUILD)/unit/%: $(BUILD)/obj/tests/unit/%.o $(UNIT_LIBRARY)
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread $(NO_LTO) $(SANITIZE) $(LDFLAGS) $^ -o $@ \
	    $(APR_LIBS) $(LIBRARIES) -lcmocka

-include $(patsubst %.o,%.d,$(call object,$(LIB_SOURCES) $(GLUE_SOURCES) \
    $(UNIT_TESTS) $(UNIT_SUPPORT) $(PROBE_SOURCES) tests/server/mod_crash.c \
    conf-examples/mod_postcard.c conf-examples/mod_phone_calls.c \
    $(LATER_SOURCES))) $(BUILD)/obj/conf-examples/mod_telegram.d

# ---- demo -------------------------------------------------------------------

.PHONY: demo
demo:   ## use: the story of 100 phone calls, on a real server
	@tests/install-packages.sh demo
	@+$(SUBMAKE) $(MODULE) $(BUILD)/mod_phone_calls.so $(TASKS_MODULE) store
	$(Q)$(PYTHON) conf-examples/demo.py --build $(BUILD)
	$(Q)$(PYTHON) conf-examples/demo_tasks.py --build $(BUILD)
	$(if $(STORE_FOUND),$(Q)$(PYTHON) conf-examples/demo_store.py \
	    --build $(BUILD))

# ---- checks -----------------------------------------------------------------

.PHONY: check check-steps check-warnings check-layout check-headers \
    check-unit check-asan check-tsan check-conf check-server run-unit \
    run-sanitized packages
# In this order. Those with a comma between them are run side by side: they
# wait more than they compute, or keep only one processor busy.
CHECK_STEPS := warnings headers abi layout pages unit asan,tsan testing \
    install,server,testing-asan,fuzz,conf server-asan,faults,naive
# In a directory of its own, where all is compiled without a warning.
check:   ## check: all that must pass, quick checks first; 11 to 17 minutes
	@tests/install-packages.sh check
	@+$(SUBMAKE) BUILD=$(BUILD)/check WERROR=-Werror check-steps

check-steps:
	@rm -f $(BUILD)/machine-notes $(BUILD)/*/machine-notes \
	    $(BUILD)/*/not-run
	@+for steps in $(CHECK_STEPS); do \
	    steps=$$(echo $$steps | sed 's/^/check-/; s/,/ check-/g'); \
	    echo "== $$steps"; \
	    $(SUBMAKE) -Otarget $$steps || { \
	        echo "make check: FAILED in $$steps" >&2; exit 1; }; \
	done
	@cat $(BUILD)/*/not-run 2>/dev/null; \
	cat $(BUILD)/machine-notes $(BUILD)/*/machine-notes 2>/dev/null | \
	    sort -u; \
	echo 'make check: passed'

# `make check` compiles with WERROR anyway.
WATCHED = $(if $(WERROR),$(BUILD),$(BUILD)/werror)
check-warnings:   ## check: all C code compiles without one warning
	@+$(SUBMAKE) BUILD=$(WATCHED) WERROR=-Werror all consumers \
	    unit-programs testing-programs

check-headers:   ## check: public headers in C89, C99, C++17; the frozen API
	@tests/check-headers.sh $(BUILD)/headers

check-layout: $(MODULE)
check-layout:   ## check: rooms, exported symbol, sizes, directives agree
	@MAKEFLAGS= tests/check-layout.sh $(BUILD)
	@tests/check-twisted.sh

check-unit:   ## check: unit tests of what knows APR only, no server
	@+$(SUBMAKE) unit-programs
	@$(MAKE) run-unit

ASAN := -fsanitize=address,undefined -fno-sanitize-recover=all
TSAN := -fsanitize=thread

check-asan:   ## check: unit tests with ASan and UBSan
	@$(MAKE) BUILD=$(BUILD)/asan SANITIZE='$(ASAN)' run-sanitized

check-tsan:   ## check: unit tests with the thread sanitizer
	@$(MAKE) BUILD=$(BUILD)/tsan SANITIZE='$(TSAN)' run-sanitized

check-conf: $(MODULE) $(CONSUMERS)
check-conf:   ## check: every conf-examples/*.conf parses with `httpd -t`
	@tests/check-conf-examples.sh $(BUILD)

# With every MPM, unless PYTEST_ARGS names one.
SERVER_TESTS = $(PYTHON) -m pytest \
    -p no:cacheprovider tests/server --build $(abspath $(BUILD)) \
    $(if $(PORTABLE),--portable) $(PYTEST_ARGS)
check-server: $(MODULE) $(CONSUMERS)
check-server:   ## check: a real httpd, every MPM (PYTEST_ARGS=)
	$(Q)$(if $(findstring --mpm,$(PYTEST_ARGS)),,\
	    tests/run-server-tests.sh $(BUILD) $(PROCESSORS) env )$(SERVER_TESTS)

.PHONY: unit-programs
unit-programs: $(UNIT_PROGRAMS)

# Three for each processor: some wait for the disk. A program that hangs is
# ended, and fails. What each one printed is shown in one piece.
RUNNER :=
run-unit:
	@test -n '$(UNIT_PROGRAMS)' || { echo 'no unit tests' >&2; exit 1; }
	@printf '%s\n' $(abspath $(UNIT_PROGRAMS)) | \
	    xargs -P $$((3 * $(PROCESSORS))) -I{} sh -c '\
	        timeout 900 $(RUNNER) {} >{}.log 2>&1; status=$$?; \
	        cat {}.log; test $$status = 0 || { \
	        echo "FAILED ($$status): {}" >&2; exit 1; }'
	@echo "$(BUILD)/unit: $(words $(UNIT_PROGRAMS)) programs passed"

# Not every kernel lets a sanitizer run: then that is said, and noted for the
# last line of `make check`.
run-sanitized:
	@mkdir -p $(BUILD)
	@+runner=$$(tests/sanitizer-runner.sh $(BUILD) $(SANITIZE)); \
	case $$? in \
	    0) $(SUBMAKE) unit-programs && $(MAKE) RUNNER="$$runner" run-unit ;; \
	    3) echo '$(SANITIZE): no such program starts on this kernel;' \
	           'NOT CHECKED' | tee -a $(BUILD)/not-run ;; \
	    *) exit 1 ;; \
	esac

packages:   ## check: install what `make check` needs and lacks (Debian)
	@tests/install-packages.sh check

# Further targets stand beside what they run.
-include $(sort $(wildcard lib/tasks/*.mk lib/store/*.mk lib/formats/*.mk \
    lib/destinations/*.mk)) lib/redis/redis.mk lib/amqp/amqp.mk \
    $(sort $(wildcard tests/*/targets.mk))

# ---- install ----------------------------------------------------------------

include lib/install/install.mk

# What a script wants to know of this file.
print-%:
	@echo '$($*)'

.PHONY: clean help
clean:   ## use: remove build/
	$(Q)rm -rf $(BUILD)

help:   ## use: this list
	@echo 'V=1 shows the commands.'; \
	for group in use check measure ship; do \
	    printf '\n%s\n' "$$group"; \
	    sed -n "s/^\([a-z-]*\):.*## $$group: \(.*\)/\1|\2/p" Makefile \
	        lib/install/install.mk $(sort $(wildcard tests/*/targets.mk)) | \
	        while IFS='|' read -r target text; do \
	            printf '  %-18s %s\n' "$$target" "$$text"; \
	        done; \
	done
