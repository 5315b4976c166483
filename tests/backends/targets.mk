# SPDX-License-Identifier: Apache-2.0
#
# make check-backends: everything of Debian that can answer a request, and
# whole configurations with some of it. Not in `make check`, since it installs
# what a server has, not what a compiler needs: for a machine of its own.
#
# make check-backends PYTEST_ARGS='--mpm prefork -k mod_php'

.PHONY: check-backends
check-backends: $(MODULE) $(TASKS_MODULE) $(TEST_MODULES)
check-backends:   ## check: named tasks with every back end of Debian
	@tests/install-packages.sh backends || \
	    echo 'going on: what is missing is left out, by its name' >&2
	@tests/backends/get-wordpress.sh $(BUILD)/wordpress
	$(Q)$(PYTHON) -m pytest -p no:cacheprovider \
	    tests/backends --build $(abspath $(BUILD)) $(PYTEST_ARGS)
