# SPDX-License-Identifier: Apache-2.0
#
# make wire                              100000 requests, 11 times
# make wire REQUESTS=2000 PROTOCOL=h2    h1, tls, h2c or h2; MPM=event
# make wire REQUESTS=2000 CONTROL=1      tasks that must be found too early
#
# A row's distances are microseconds from the write that brought an answer's
# last byte to its task's start; `waits` are writes that had to wait for the
# client.

REQUESTS ?= 100000
PROTOCOL ?= all
WIRE := $(BUILD)/wire/witness.so $(BUILD)/wire/mod_wire.so

$(BUILD)/obj/tests/wire/%.o: tests/wire/%.c Makefile | tools
	$(call compile,$(CONSUMER_FLAGS))
$(BUILD)/wire/mod_wire.so: $(call object,tests/wire/mod_wire.c)
	$(call link_module)
$(BUILD)/wire/witness.so: $(call object,tests/wire/witness.c)
	$(call link_module,-ldl)

-include $(patsubst %.o,%.d,$(call object,tests/wire/mod_wire.c \
    tests/wire/witness.c))

.PHONY: wire
wire: $(MODULE) $(TEST_MODULES) $(WIRE)
wire:   ## measure: no task before the last byte (REQUESTS=, CONTROL=1)
	$(Q)$(PYTHON) tests/wire/wire.py \
	    --build $(abspath $(BUILD)) --requests $(REQUESTS) \
	    --mpm $(or $(MPM),all) --protocol $(PROTOCOL) \
	    $(if $(filter-out 0,$(CONTROL)),--control)
