# SPDX-License-Identifier: Apache-2.0
#
# What jobs look like to workers of other engines: knows APR only, beside the
# one file of lib/fields that knows UTF-8. Unit tests are linked with it.

FORMATS_APR_SOURCES := $(sort $(wildcard lib/formats/*.c))

$(UNIT_LIBRARY): $(call object,$(FORMATS_APR_SOURCES))
# It reads what the compiler noted, and nothing built so far needs these.
check-layout: $(call object,$(FORMATS_APR_SOURCES))
UNIT_FLAGS += -Ilib/formats
$(BUILD)/obj/lib/formats/%.o: lib/formats/%.c Makefile lib/formats/formats.mk \
        | tools
	$(call compile,$(LIB_FLAGS) -Ilib/formats -Ilib/fields $(APR_CPPFLAGS))

-include $(patsubst %.o,%.d,$(call object,$(FORMATS_APR_SOURCES)))
