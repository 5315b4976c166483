# SPDX-License-Identifier: Apache-2.0
#
# The README.md of each directory: rendered, and what stands in them done.

.PHONY: check-pages
check-pages: all $(CONSUMERS)
check-pages:   ## check: the pages: Markdown, links, listings, commands
	$(Q)$(PYTHON) -m pytest -p no:cacheprovider \
	    tests/pages --build $(abspath $(BUILD)) $(PYTEST_ARGS)

.PHONY: picture
picture: $(MODULE) $(BUILD)/mod_probe.so
picture:   ## ship: conf-examples/status-page.png, from a busy server
	$(Q)$(PYTHON) tests/pages/picture.py \
	    --build $(abspath $(BUILD))
