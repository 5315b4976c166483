# SPDX-License-Identifier: Apache-2.0
#
# make delays                            all unit and server tests
# make delays PYTEST_ARGS='-k retries'   these server tests
# DELAYS=0.25                            shorter sleeps, another order
#
# What fails here fails on a busy machine, too, one day.

DELAYS ?= 1
DELAYS_LIBRARY := $(BUILD)/delays/delays.so

$(call object,tests/delays/delays.c): $(BUILD)/obj/%.o: %.c Makefile | tools
	$(call compile,$(CONSUMER_FLAGS))
$(DELAYS_LIBRARY): $(call object,tests/delays/delays.c)
	$(call link_module,-ldl)

-include $(patsubst %.o,%.d,$(call object,tests/delays/delays.c))

.PHONY: delays
delays: $(DELAYS_LIBRARY) unit-programs
delays:   ## measure: all tests with random delays (DELAYS=0.25)
	@+export CROSSTOWN_DELAYS=$(DELAYS); \
	$(SUBMAKE) RUNNER='env LD_PRELOAD=$(abspath $<)' run-unit && \
	$(SUBMAKE) PYTEST_ARGS='--preload $(abspath $<) $(PYTEST_ARGS)' \
	    check-server
