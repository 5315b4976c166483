# SPDX-License-Identifier: Apache-2.0
#
# debian/ lies here, because a checkout is not a Debian source package: `make
# deb` makes one of it, in $(BUILD)/deb, and builds that.

DEB := $(BUILD)/deb

.PHONY: deb check-deb
deb:   ## ship: Debian packages, in build/deb
	@tests/install-packages.sh deb
	$(Q)tests/package/build-deb.sh $(DEB) $(VERSION)

check-deb: deb   ## check: lintian; install, use, remove the packages (root)
	$(Q)tests/package/check-deb.sh $(DEB)
