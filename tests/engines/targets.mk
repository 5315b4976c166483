# SPDX-License-Identifier: Apache-2.0
#
# make check-engines: jobs for the workers that sites have, and the real
# workers run them. Not in `make check`, since it installs much. What cannot be
# installed is left out, by its name.
#
# make check-engines PYTEST_ARGS='-k celery'
# make check-engines KILLS=100       so often Redis is killed under load
# make check-engines RELEASES=       not the workers of other Debians, which
#                                    need root and 1 GB in BUILD/releases

BULLMQ_MAJORS := 3 4 5 6
RELEASES := trixie forky
KILLS := 5
ASK_MODULE := $(BUILD)/mod_ask.so
ENVELOPES := $(BUILD)/engines/envelopes

$(BUILD)/obj/tests/engines/mod_ask.o: tests/engines/mod_ask.c Makefile | tools
	$(call compile,$(CONSUMER_FLAGS))
$(ASK_MODULE): $(call object,tests/engines/mod_ask.c)
	$(call link_module)
consumers: $(ASK_MODULE)

$(BUILD)/obj/tests/engines/envelopes.o: tests/engines/envelopes.c Makefile \
        | tools
	$(call compile,$(LIB_FLAGS) -Ilib/formats $(APR_CPPFLAGS))
$(ENVELOPES): $(call object,tests/engines/envelopes.c lib/fields/utf8.c \
        $(FORMATS_APR_SOURCES))
	$(call say,LD,$@)
	@mkdir -p $(@D)
	$(Q)$(CC) -pthread $(LTO) $(LDFLAGS) $^ -o $@ $(APR_LIBS)
-include $(patsubst %.o,%.d,$(call object,tests/engines/mod_ask.c \
    tests/engines/envelopes.c))

.PHONY: check-engines
check-engines:   ## check: jobs in Redis and RabbitMQ, with the real workers
	@tests/install-packages.sh engines || \
	    echo 'going on: what is missing is left out, by its name' >&2
	@tests/engines/get-bullmq.sh $(BUILD)/bullmq $(BULLMQ_MAJORS)
	@tests/engines/get-release.sh $(abspath $(BUILD))/releases $(RELEASES)
	@+$(SUBMAKE) all consumers $(ENVELOPES)
	$(Q)$(PYTHON) -m pytest -p no:cacheprovider \
	    tests/engines --build $(abspath $(BUILD)) --kills $(KILLS) -rs \
	    --releases '$(RELEASES)' $(PYTEST_ARGS)
