# SPDX-License-Identifier: Apache-2.0
#
# build/mod_crosstown_store.so: named tasks on the disk, on the public API
# only. It is built where SQLite is.

# The lower room knows APR, SQLite and the platform only; unit tests are linked
# with it.
STORE_APR_SOURCES := $(sort $(wildcard lib/store/*.c)) \
    $(addprefix lib/base/,platform.c signals.c)
STORE_SOURCES := $(STORE_APR_SOURCES) $(sort $(wildcard lib/keep/*.c))
STORE_MODULE := $(BUILD)/mod_crosstown_store.so
SQLITE_LIBS := -lsqlite3

$(UNIT_LIBRARY): $(call object,$(STORE_APR_SOURCES))
$(UNIT_PROGRAMS): LIBRARIES += $(SQLITE_LIBS)
check-layout: $(call object,$(STORE_APR_SOURCES))
UNIT_FLAGS += -Ilib/store
STORE_FLAGS = $(LIB_FLAGS) -Ilib/base -Ilib/store
$(BUILD)/obj/lib/store/%.o: lib/store/%.c Makefile lib/store/store.mk | tools
	$(if $(STORE_FOUND),$(call compile,$(STORE_FLAGS) $(APR_CPPFLAGS)),@:)
$(BUILD)/obj/lib/keep/%.o: lib/keep/%.c Makefile lib/store/store.mk | tools
	$(if $(STORE_FOUND),$(call compile,$(STORE_FLAGS) -Ilib/keep \
	    -I$(SERVER_INCLUDEDIR) $(APR_CPPFLAGS)),@:)

# Left out, and that is said, where the library is missing; see tasks.mk.
STORE_FOUND = $(call ask,STORE_FOUND,printf '%s\n' '\#include <sqlite3.h>' | \
    $(CC) -E -x c - >/dev/null 2>&1 && echo found)
.PHONY: store
store: $(STORE_MODULE)
all: store
# Never with what was built before.
check-server check-valgrind: store

$(STORE_MODULE): $(call object,$(STORE_SOURCES))
	$(if $(STORE_FOUND),$(call link_module,$(SQLITE_LIBS)),@echo \
	    "mod_crosstown_store.so: left out, SQLite is not there to build" \
	    "with ('make packages' installs it)")

-include $(patsubst %.o,%.d,$(call object,$(STORE_SOURCES)))
