# SPDX-License-Identifier: Apache-2.0
#
# Consumers and modules of different age together on a real server. What is of
# the time of 1.0 is compiled without today's headers: that it compiles is the
# proof that it does not need them.

ABI := $(BUILD)/abi
OLD_SOURCES := tests/abi/mod_old_consumer.c tests/abi/mod_crosstown_of_1_0.c
NEW_SOURCES := tests/abi/mod_new_consumer.c
OLD_MODULE  := $(ABI)/1.0/mod_crosstown.so
ABI_MODULES := $(OLD_MODULE) $(ABI)/mod_old_consumer.so \
    $(ABI)/mod_new_consumer.so

$(call object,$(OLD_SOURCES)): $(BUILD)/obj/%.o: %.c Makefile | tools
	$(call compile,$(filter-out -Iinclude,$(CONSUMER_FLAGS)))
$(call object,$(NEW_SOURCES)): $(BUILD)/obj/%.o: %.c Makefile | tools
	$(call compile,$(CONSUMER_FLAGS))

$(OLD_MODULE): $(call object,tests/abi/mod_crosstown_of_1_0.c)
	$(call link_module)
$(ABI)/%.so: $(BUILD)/obj/tests/abi/%.o
	$(call link_module)

-include $(patsubst %.o,%.d,$(call object,$(OLD_SOURCES) $(NEW_SOURCES)))

.PHONY: check-abi
check-abi: $(MODULE) $(TEST_MODULES) $(ABI_MODULES)
check-abi:   ## check: consumers and modules of 1.0 and of today together
	$(Q)$(PYTHON) -m pytest -p no:cacheprovider \
	    tests/abi --build $(abspath $(BUILD)) $(PYTEST_ARGS)
