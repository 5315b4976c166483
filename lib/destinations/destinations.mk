# SPDX-License-Identifier: Apache-2.0
#
# What the modules that hand tasks to other engines share, each with a copy of
# its own. Rooms from the lowest floor to the highest one: formats, engines,
# destinations. The lower two know APR only, but for lib/base/signals.h, and
# unit tests are linked with them.
ENGINES_APR_SOURCES := $(sort $(wildcard lib/engines/*.c))
DESTINATIONS_SOURCES := $(sort $(wildcard $(addprefix lib/,\
    destinations/*.c engines/*.c formats/*.c))) lib/fields/utf8.c \
    lib/base/signals.c

$(UNIT_LIBRARY): $(call object,$(ENGINES_APR_SOURCES))
check-layout: $(call object,$(ENGINES_APR_SOURCES))
UNIT_FLAGS += -Ilib/engines
$(BUILD)/obj/lib/engines/%.o: lib/engines/%.c Makefile \
        lib/destinations/destinations.mk | tools
	$(call compile,$(LIB_FLAGS) -Ilib/base -Ilib/engines $(APR_CPPFLAGS))
$(BUILD)/obj/lib/destinations/%.o: lib/destinations/%.c Makefile \
        lib/destinations/destinations.mk | tools
	$(call compile,$(LIB_FLAGS) -Ilib/destinations -Ilib/engines \
	    -Ilib/formats -I$(SERVER_INCLUDEDIR) $(APR_CPPFLAGS))

-include $(patsubst %.o,%.d,$(call object,$(DESTINATIONS_SOURCES)))
