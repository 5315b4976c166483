# SPDX-License-Identifier: Apache-2.0
#
# debian/ lies here, because a checkout is not a Debian source package: `make
# deb` makes one of it, in $(BUILD)/deb, and builds that.

DEB := $(BUILD)/deb

.PHONY: deb check-deb
deb:   ## ship: Debian packages, in build/deb
	@tests/install-packages.sh deb
	$(Q)tests/package/build-deb.sh $(DEB) $(VERSION)

check-deb: deb   ## check: lintian; install, upgrade, use, remove (root)
	$(Q)grep -qx 'Version: *$(VERSION)' tests/package/mod_crosstown.spec || \
	    { echo 'mod_crosstown.spec is not of $(VERSION)' >&2; exit 1; }
	$(Q)if command -v rpmlint >/dev/null && command -v rpm >/dev/null; then \
	    rpmlint tests/package/mod_crosstown.spec; \
	else echo 'check-deb: no rpmlint and rpm: the spec is left out'; fi
	$(Q)tests/package/check-deb.sh $(DEB)
