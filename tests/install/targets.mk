# SPDX-License-Identifier: Apache-2.0
#
# `make install` and `make uninstall` into directories of the test's own, and
# a consumer that knows nothing but what was installed there.

.PHONY: check-install
check-install: $(MODULE) $(BUILD)/mod_crash.so $(BUILD)/libcrosstown_testing.a
check-install:   ## check: install into an empty root, use it from there
	$(Q)$(PYTHON) -m pytest -p no:cacheprovider \
	    tests/install --build $(abspath $(BUILD)) $(PYTEST_ARGS)
