# SPDX-License-Identifier: Apache-2.0
#
# make install, make uninstall: each thing goes where apxs says that the
# server keeps things of its kind.
#
#   PREFIX=    moves what the server keeps below its own prefix
#   DESTDIR=   stands before every path, for packages
#   LIBDIR=    of the testing library and its pkg-config file
#   DOCDIR=    of the pages and of the examples that they speak of
#   MODSDIR=   of crosstown.load and crosstown.conf; empty: leave them out
#
# Directories stay when the rest is taken away, but for DOCDIR: others may use
# them too.

PATCH_LEVEL := 1
HEADER_VERSION = $(call ask,HEADER_VERSION,sed -n \
    's/^.define CROSSTOWN_VERSION_M[A-Z]* //p' include/mod_crosstown.h | \
    paste -s -d . -)
VERSION = $(HEADER_VERSION).$(PATCH_LEVEL)

SERVER_LIBDIR = $(call ask,SERVER_LIBDIR,$(APXS) -q LIBDIR)
SERVER_MANDIR = $(call ask,SERVER_MANDIR,$(APXS) -q MANDIR)
# Configured as Debian does it: its apxs, or its configuration, tells.
SERVER_MODSDIR = $(call ask,SERVER_MODSDIR,\
    if test -d $(SERVER_SYSCONFDIR)/mods-available || \
        grep -qs mods-available "`command -v $(APXS)`"; then \
        echo $(SERVER_SYSCONFDIR)/mods-available; fi)

# Debian's apxs does not name a prefix.
OLD_PREFIX = $(or $(SERVER_PREFIX),/usr)
NEW_PREFIX = $(or $(PREFIX),$(OLD_PREFIX))
prefixed = $(patsubst $(OLD_PREFIX)/%,$(NEW_PREFIX)/%,$(1))

MODULEDIR = $(call prefixed,$(SERVER_LIBEXECDIR))
HEADERDIR = $(call prefixed,$(SERVER_INCLUDEDIR))
LIBDIR = $(call prefixed,$(SERVER_LIBDIR))
MANDIR = $(call prefixed,$(SERVER_MANDIR))
MODSDIR = $(SERVER_MODSDIR)
DOCDIR = $(call prefixed,$(OLD_PREFIX)/share/doc/mod_crosstown)
HEADERS := $(sort $(wildcard include/*.h))
MANUALS := $(sort $(wildcard lib/install/man/*))
# As in the tree, so that links from page to page hold.
PAGES := README.md $(filter-out %.pyc %~,$(sort $(wildcard */README.md \
    lib/*/README.md conf-examples/*/*.*) \
    $(filter-out %.py,$(wildcard conf-examples/*.*))))

# Those whose libraries are there to build with.
MODULES = $(MODULE) $(if $(TASKS_FOUND),$(TASKS_MODULE)) \
    $(if $(STORE_FOUND),$(STORE_MODULE)) $(if $(REDIS_FOUND),$(REDIS_MODULE)) \
    $(if $(AMQP_FOUND),$(AMQP_MODULE))

manual_place = $(MANDIR)/man$(patsubst .%,%,$(suffix $(1)))/$(notdir $(1))
# All but crosstown.conf, which may be edited.
INSTALLED = $(addprefix $(MODULEDIR)/,$(notdir $(MODULES))) \
    $(HEADERS:include/%=$(HEADERDIR)/%) \
    $(LIBDIR)/$(notdir $(TESTING_LIBRARY)) \
    $(LIBDIR)/pkgconfig/crosstown.pc \
    $(foreach manual,$(MANUALS),$(call manual_place,$(manual))) \
    $(PAGES:%=$(DOCDIR)/%) $(MODSDIR:%=%/crosstown.load) \
    $(if $(TASKS_FOUND),$(MODSDIR:%=%/crosstown_tasks.load)) \
    $(if $(STORE_FOUND),$(MODSDIR:%=%/crosstown_store.load)) \
    $(if $(REDIS_FOUND),$(MODSDIR:%=%/crosstown_redis.load)) \
    $(if $(AMQP_FOUND),$(MODSDIR:%=%/crosstown_amqp.load))
below_destdir = $(patsubst %,'$(DESTDIR)%',$(1))

# What a template leaves open. Paths below the prefix are said by it, so that
# pkg-config can move them.
OTHER_INCLUDES = $(sort $(filter-out -I/usr/include, \
    -I$(SERVER_INCLUDEDIR) $(APR_CPPFLAGS)))
below_prefix = $(patsubst $(NEW_PREFIX)/%,$${prefix}/%,$(1))
FILL = sed -e 's|@VERSION@|$(VERSION)|g' -e 's|@PREFIX@|$(NEW_PREFIX)|' \
    -e 's|@DOCDIR@|$(DOCDIR)|' \
    -e 's|@LIBDIR@|$(call below_prefix,$(LIBDIR))|' \
    -e 's|@HEADERDIR@|$(call below_prefix,$(HEADERDIR))|' \
    -e 's|@CFLAGS@|$(OTHER_INCLUDES)|' \
    -e 's|@LIBS@|$(strip $(APR_LIBS))|'

.PHONY: install uninstall
install: all $(TESTING_LIBRARY)
install:   ## use: into the server (DESTDIR=, PREFIX=, MODSDIR=, DOCDIR=)
	$(Q)install -d $(call below_destdir,$(sort $(dir $(INSTALLED))))
	$(Q)install -m 644 $(MODULES) '$(DESTDIR)$(MODULEDIR)'
	$(Q)install -m 644 $(HEADERS) '$(DESTDIR)$(HEADERDIR)'
	$(Q)install -m 644 $(TESTING_LIBRARY) '$(DESTDIR)$(LIBDIR)'
	$(Q)$(FILL) lib/install/crosstown.pc.in | install -m 644 /dev/stdin \
	    '$(DESTDIR)$(LIBDIR)/pkgconfig/crosstown.pc'
	$(Q)$(foreach manual,$(MANUALS),$(FILL) $(manual) | install -m 644 \
	    /dev/stdin '$(DESTDIR)$(call manual_place,$(manual))' &&) :
	$(Q)$(foreach page,$(PAGES),install -m 644 $(page) \
	    '$(DESTDIR)$(DOCDIR)/$(page)' &&) :
	$(Q)$(if $(MODSDIR),$(install_for_a2enmod),$(say_the_line))

LOAD_LINE = LoadModule crosstown_module $(MODULEDIR)/$(notdir $(MODULE))
LOADFILE = '$(DESTDIR)$(MODSDIR)/crosstown.load'
CONFFILE = '$(DESTDIR)$(MODSDIR)/crosstown.conf'

define say_the_line
echo 'add to the configuration: $(LOAD_LINE)'
endef

# A hash that does not begin a comment here.
HASH := \#

# A configuration that is there stays: it may be edited.
define install_for_a2enmod
echo '$(LOAD_LINE)' | install -m 644 /dev/stdin $(LOADFILE) && \
$(if $(TASKS_FOUND),printf '%s\n' '$(HASH) Depends: crosstown' \
    'LoadModule crosstown_tasks_module $(MODULEDIR)/mod_crosstown_tasks.so' | \
    install -m 644 /dev/stdin '$(DESTDIR)$(MODSDIR)/crosstown_tasks.load' &&) \
$(if $(STORE_FOUND),printf '%s\n' '$(HASH) Depends: crosstown_tasks' \
    'LoadModule crosstown_store_module $(MODULEDIR)/mod_crosstown_store.so' | \
    install -m 644 /dev/stdin '$(DESTDIR)$(MODSDIR)/crosstown_store.load' &&) \
$(if $(REDIS_FOUND),printf '%s\n' '$(HASH) Depends: crosstown_tasks' \
    'LoadModule crosstown_redis_module $(MODULEDIR)/mod_crosstown_redis.so' | \
    install -m 644 /dev/stdin '$(DESTDIR)$(MODSDIR)/crosstown_redis.load' &&) \
$(if $(AMQP_FOUND),printf '%s\n' '$(HASH) Depends: crosstown_tasks' \
    'LoadModule crosstown_amqp_module $(MODULEDIR)/mod_crosstown_amqp.so' | \
    install -m 644 /dev/stdin '$(DESTDIR)$(MODSDIR)/crosstown_amqp.load' &&) \
if test ! -e $(CONFFILE); then \
    install -m 644 lib/install/crosstown.conf $(CONFFILE); \
elif ! cmp -s lib/install/crosstown.conf $(CONFFILE); then \
    echo kept $(CONFFILE), which is not as this version brings it; \
fi && \
if PATH="$$PATH:/usr/sbin" command -v a2enmod >/dev/null; then \
    echo installed, to be enabled: a2enmod crosstown; \
    $(if $(TASKS_FOUND),echo named tasks too: a2enmod crosstown_tasks;) \
    $(if $(STORE_FOUND),echo to keep them on disk: a2enmod crosstown_store;) \
    $(if $(REDIS_FOUND),echo as jobs in a Redis: a2enmod crosstown_redis;) \
    $(if $(AMQP_FOUND),echo as messages by AMQP: a2enmod crosstown_amqp;) \
else \
    $(say_the_line); \
fi
endef

# A server that is told to load a module that is gone does not start.
uninstall:   ## use: take it away again; an edited crosstown.conf stays
	$(Q)$(if $(MODSDIR),$(refuse_if_enabled))
	$(Q)rm -f $(call below_destdir,$(INSTALLED))
	$(Q)printf '%s\n' $(call below_destdir,$(sort \
	    $(dir $(PAGES:%=$(DOCDIR)/%)))) '$(DESTDIR)$(DOCDIR)' | sort -r | \
	    while read -r directory; do rmdir "$$directory" 2>/dev/null; done; :
	$(Q)$(if $(MODSDIR),$(remove_configuration))

define refuse_if_enabled
if test -L '$(DESTDIR)$(MODSDIR:%-available=%-enabled)/crosstown.load'; then \
    echo 'crosstown is enabled: a2dismod crosstown first' >&2; exit 1; \
fi
endef

define remove_configuration
if cmp -s lib/install/crosstown.conf $(CONFFILE); then \
    rm -f $(CONFFILE); \
elif test -e $(CONFFILE); then \
    echo kept $(CONFFILE), which was edited; \
fi
endef
