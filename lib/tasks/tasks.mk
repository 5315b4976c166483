# SPDX-License-Identifier: Apache-2.0
#
# build/mod_crosstown_tasks.so: named tasks, on the public API only. It is
# built where libcurl and libcrypto are.

# Its rooms, from the lowest floor to the highest one; each is compiled with
# itself and those below. The first knows APR only, and so does what starts a
# program: unit tests are linked with these.
TASKS_APR_SOURCES := $(sort $(wildcard lib/fields/*.c))
LAUNCH_SOURCES := lib/targets/launch.c
TASKS_SOURCES := $(sort $(wildcard $(addprefix lib/,fields/*.c targets/*.c \
    tasks/*.c)))
TASKS_MODULE := $(BUILD)/mod_crosstown_tasks.so
TASKS_SERVER = -I$(SERVER_INCLUDEDIR) $(CURL_CFLAGS) $(APR_CPPFLAGS)

$(UNIT_LIBRARY): $(call object,$(TASKS_APR_SOURCES) $(LAUNCH_SOURCES))
check-layout: $(call object,$(TASKS_APR_SOURCES))
UNIT_FLAGS += -Ilib/targets
$(BUILD)/obj/lib/fields/%.o: lib/fields/%.c Makefile lib/tasks/tasks.mk | tools
	$(call compile,$(LIB_FLAGS) -Ilib/fields $(APR_CPPFLAGS))
$(BUILD)/obj/lib/targets/%.o: lib/targets/%.c Makefile lib/tasks/tasks.mk \
        | tools
	$(if $(TASKS_FOUND)$(filter $<,$(TESTED_TASKS) $(LAUNCH_SOURCES)),\
	    $(call compile,$(LIB_FLAGS) -Ilib/targets -Ilib/fields \
	    $(TASKS_SERVER)),@:)
$(BUILD)/obj/lib/tasks/%.o: lib/tasks/%.c Makefile lib/tasks/tasks.mk | tools
	$(call compile,$(LIB_FLAGS) $(addprefix -Ilib/,tasks targets fields) \
	    $(TASKS_SERVER))

# Left out, and that is said, where a library is missing: of lib/targets only
# what the testing library has is compiled then. It is asked in the recipes, in
# one graph: a make of its own for the module would build objects that others
# are building, too.
TASKS_FOUND = $(call ask,TASKS_FOUND,printf '%s\n' \
    '\#include <curl/curl.h>' '\#include <openssl/hmac.h>' | \
    $(CC) -E -x c $(CURL_CFLAGS) - >/dev/null 2>&1 && echo found)
.PHONY: tasks
tasks: $(TASKS_MODULE)
all: tasks
# Their tests are of named tasks, too: never with what was built before.
check-conf check-server check-valgrind: tasks $(BUILD)/mod_letter.so

$(TASKS_MODULE): $(call object,$(TASKS_SOURCES))
	$(if $(TASKS_FOUND),$(call link_module,$(CURL_LIBS) -lcrypto),@echo \
	    "mod_crosstown_tasks.so: left out, libcurl or libcrypto is not" \
	    "there to build with ('make packages' installs them)")

# The example of both sides of a task in C.
consumers: $(BUILD)/mod_letter.so
$(BUILD)/mod_letter.so: $(call object,conf-examples/mod_letter.c)
	$(call link_module)

-include $(patsubst %.o,%.d,$(call object,$(TASKS_SOURCES) \
    conf-examples/mod_letter.c))
