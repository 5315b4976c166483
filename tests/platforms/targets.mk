# SPDX-License-Identifier: Apache-2.0
#
# make check-platforms
# make check-platforms PLATFORMS="i386 musl"
# CROSSTOWN_STRESS_SECONDS=60 make check-platforms

PLATFORMS ?= portable clang fortify i386 arm64 s390x musl

.PHONY: check-platforms
check-platforms:   ## ship: unit programs on other processors and C libraries
	@tests/install-packages.sh platforms
	$(Q)SUBMAKE='$(SUBMAKE)' tests/platforms/platforms.sh $(BUILD) \
	    $(PLATFORMS)
