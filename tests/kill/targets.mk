# SPDX-License-Identifier: Apache-2.0
#
# make kill MINUTES=30             all MPMs share the minutes
# make kill ROUNDS=2 MPM=worker    two rounds, of 20 kills each
# make kill SEED=42 ROUNDS=1       the events of a round again
# make kill WHAT=cut               the power is cut, in a model of the disk
# make kill WHAT=fail              the disk is full, fails, is late
# make kill ROUNDS=1 CONTROL=1     with keep=memory, or a disk that forgets its
#                                  syncs: tasks must be lost

DISK_SHIM := $(BUILD)/disk_shim.so
KILL_MODULE := $(BUILD)/mod_kill.so

$(BUILD)/obj/tests/kill/%.o: tests/kill/%.c Makefile | tools
	$(call compile,$(CONSUMER_FLAGS))
$(KILL_MODULE): $(call object,tests/kill/mod_kill.c)
	$(call link_module)
$(DISK_SHIM): $(call object,tests/kill/disk_shim.c)
	$(call link_module,-ldl)
-include $(patsubst %.o,%.d,$(call object,$(wildcard tests/kill/*.c)))

# A short form is one of the server tests.
consumers check-server check-valgrind: $(KILL_MODULE)

.PHONY: kill
kill: all $(TEST_MODULES) $(KILL_MODULE) $(DISK_SHIM)
kill:   ## measure: keep=disk while all is killed (MINUTES=, ROUNDS=, MPM=)
	$(Q)$(PYTHON) tests/kill/kill.py \
	    --build $(abspath $(BUILD)) --what $(or $(WHAT),kill) --minutes $(MINUTES) --mpm $(MPM) \
	    $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(SEED),--seed $(SEED)) \
	    $(if $(CONTROL),--control)
