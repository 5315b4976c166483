# SPDX-License-Identifier: Apache-2.0
#
# Tests with a module that can be told to fail. It stays in a directory of its
# own: with it, nothing else is tested or installed.

FAULTY := $(BUILD)/faults

.PHONY: check-faults
check-faults:   ## check: every way to fail, one by one (CROSSTOWN_LONG=1: all)
	@+$(SUBMAKE) FAULTS=1 BUILD=$(FAULTY) $(FAULTY)/mod_crosstown.so \
	    $(FAULTY)/mod_probe.so $(FAULTY)/mod_crash.so
	$(Q)$(PYTHON) -m pytest -p no:cacheprovider \
	    $(sort $(wildcard tests/server/test_faults*.py)) \
	    --build $(abspath $(FAULTY)) $(PYTEST_ARGS)

-include $(patsubst %.o,%.d,$(call object,tests/faults/faults.c))
