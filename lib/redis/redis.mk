# SPDX-License-Identifier: Apache-2.0
#
# build/mod_crosstown_redis.so: named tasks as jobs in a Redis, on the public
# API only. It is built where hiredis is.

# Rooms from the lowest floor to the highest one: formats, engines,
# destinations, redis.
REDIS_APR_SOURCES := lib/redis/redis_address.c lib/redis/redis_answer.c
REDIS_SOURCES := $(DESTINATIONS_SOURCES) $(sort $(wildcard lib/redis/*.c))
REDIS_MODULE := $(BUILD)/mod_crosstown_redis.so
HIREDIS_LIBS := -lhiredis

$(UNIT_LIBRARY): $(call object,$(REDIS_APR_SOURCES))
check-layout: $(call object,$(REDIS_APR_SOURCES))
UNIT_FLAGS += -Ilib/redis
$(call object,$(REDIS_APR_SOURCES)): $(BUILD)/obj/%.o: %.c Makefile \
        lib/redis/redis.mk | tools
	$(call compile,$(LIB_FLAGS) -Ilib/redis -Ilib/engines $(APR_CPPFLAGS))
$(BUILD)/obj/lib/redis/%.o: lib/redis/%.c Makefile lib/redis/redis.mk | tools
	$(if $(REDIS_FOUND),$(call compile,$(LIB_FLAGS) \
	    $(addprefix -Ilib/,redis destinations engines formats) \
	    -I$(SERVER_INCLUDEDIR) $(APR_CPPFLAGS)),@:)

# Left out, and that is said, where the library is missing; see tasks.mk.
REDIS_FOUND = $(call ask,REDIS_FOUND,printf '%s\n' \
    '\#include <hiredis/hiredis.h>' | $(CC) -E -x c - >/dev/null 2>&1 && \
    echo found)
.PHONY: redis
redis: $(REDIS_MODULE)
all: redis
# Never with what was built before.
check-conf check-server: redis

$(REDIS_MODULE): $(call object,$(REDIS_SOURCES))
	$(if $(REDIS_FOUND),$(call link_module,$(HIREDIS_LIBS)),@echo \
	    "mod_crosstown_redis.so: left out, hiredis is not there to build" \
	    "with ('make packages' installs it)")

-include $(patsubst %.o,%.d,$(call object,$(REDIS_SOURCES)))
