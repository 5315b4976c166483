# SPDX-License-Identifier: Apache-2.0
#
# make check-models

.PHONY: check-models
check-models:   ## check: what needs no lock, in all orders of its stores (spin)
	@tests/install-packages.sh models
	$(Q)tests/models/check.sh $(BUILD)/models
