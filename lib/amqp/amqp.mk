# SPDX-License-Identifier: Apache-2.0
#
# build/mod_crosstown_amqp.so: named tasks as messages for a broker that speaks
# AMQP 0-9-1, on the public API only. It is built where librabbitmq is.

# Rooms from the lowest floor to the highest one: formats, engines,
# destinations, amqp.
AMQP_APR_SOURCES := lib/amqp/amqp_address.c lib/amqp/amqp_answer.c
AMQP_SOURCES := $(DESTINATIONS_SOURCES) $(sort $(wildcard lib/amqp/*.c))
AMQP_MODULE := $(BUILD)/mod_crosstown_amqp.so
AMQP_LIBS := -lrabbitmq

$(UNIT_LIBRARY): $(call object,$(AMQP_APR_SOURCES))
check-layout: $(call object,$(AMQP_APR_SOURCES))
UNIT_FLAGS += -Ilib/amqp
$(call object,$(AMQP_APR_SOURCES)): $(BUILD)/obj/%.o: %.c Makefile \
        lib/amqp/amqp.mk | tools
	$(call compile,$(LIB_FLAGS) -Ilib/amqp -Ilib/engines $(APR_CPPFLAGS))
$(BUILD)/obj/lib/amqp/%.o: lib/amqp/%.c Makefile lib/amqp/amqp.mk | tools
	$(if $(AMQP_FOUND),$(call compile,$(LIB_FLAGS) \
	    $(addprefix -Ilib/,amqp destinations engines formats) \
	    -I$(SERVER_INCLUDEDIR) $(APR_CPPFLAGS)),@:)

# Left out, and that is said, where the library is missing; see tasks.mk.
AMQP_FOUND = $(call ask,AMQP_FOUND,$(CC) -E lib/amqp/rabbitmq.h \
    >/dev/null 2>&1 && echo found)
.PHONY: amqp
amqp: $(AMQP_MODULE)
all: amqp
# Never with what was built before.
check-conf check-server: amqp

$(AMQP_MODULE): $(call object,$(AMQP_SOURCES))
	$(if $(AMQP_FOUND),$(call link_module,$(AMQP_LIBS)),@echo \
	    "mod_crosstown_amqp.so: left out, librabbitmq is not there to" \
	    "build with ('make packages' installs it)")

-include $(patsubst %.o,%.d,$(call object,$(AMQP_SOURCES)))
