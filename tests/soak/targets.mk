# SPDX-License-Identifier: Apache-2.0
#
# make soak MINUTES=20                 all MPMs share the minutes
# make soak MINUTES=9 RESTARTS=0       no restart: here slopes are judged
# make soak MINUTES=3 MPM=worker RATE=500
# make soak MINUTES=9 RESTARTS=0 CONTROL=1   without the module, to compare

MINUTES  ?= 3
MPM      ?= all
RATE     ?= 300
RESTARTS ?= 30
CONTROL  ?=

.PHONY: soak
soak: $(MODULE) $(TEST_MODULES)
soak:   ## measure: minutes of mixed load (MINUTES=, MPM=, RATE=, RESTARTS=)
	$(Q)$(PYTHON) tests/soak/soak.py \
	    --build $(abspath $(BUILD)) --minutes $(MINUTES) --mpm $(MPM) \
	    --rate $(RATE) --restarts $(RESTARTS) $(if $(CONTROL),--control)
