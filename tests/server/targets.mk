# SPDX-License-Identifier: Apache-2.0
#
# The naive reference, and the proof that each hard case's tests fail with it.

NAIVE_SOURCES := $(sort $(wildcard tests/bench/mod_naive*.c))
NAIVE_MODULE  := $(BUILD)/naive/mod_crosstown.so

$(call object,$(NAIVE_SOURCES)): $(BUILD)/obj/%.o: %.c Makefile | tools
	$(call compile,$(GLUE_FLAGS))

# Directives and status words are the module's own: they are not what the
# reference is naive about.
$(NAIVE_MODULE): $(call object,$(NAIVE_SOURCES) lib/httpd/config.c \
        lib/httpd/limit.c lib/httpd/place.c lib/request/name_limit.c lib/request/statuses.c)
	$(call link_module)

-include $(patsubst %.o,%.d,$(call object,$(NAIVE_SOURCES)))

.PHONY: naive check-naive
naive: $(NAIVE_MODULE)
naive:   ## measure: build/naive/mod_crosstown.so, a naive drop-in

check-naive: $(MODULE) $(CONSUMERS) $(NAIVE_MODULE)
check-naive:   ## check: the hard cases' tests fail with a naive module
	$(Q)$(PYTHON) -m pytest -p no:cacheprovider \
	    tests/server --build $(abspath $(BUILD)) \
	    --naive $(abspath $(dir $(NAIVE_MODULE))) $(PYTEST_ARGS)
