# SPDX-License-Identifier: Apache-2.0
#
# make lint: what tools can say about the text without running it. What they
# do not look for stands beside it: .clang-tidy, tests/.clang-tidy,
# tests/lint/format.py, tests/lint/suppressions.txt.

CLANG_TIDY   ?= clang-tidy
CLANG_FORMAT ?= clang-format
CPPCHECK     ?= cppcheck
SHELLCHECK   ?= shellcheck

# tests/abi holds the API as others were once given it.
LINT_HEADERS := $(filter-out tests/abi/%,$(wildcard include/*.h lib/*/*.h \
    tests/*/*.h conf-examples/*.h))
LINT_SOURCES := $(filter-out tests/abi/%,$(wildcard mod_crosstown.c lib/*/*.c \
    tests/*/*.c conf-examples/*.c))
LINT_CXX     := $(wildcard conf-examples/*.cpp)
LINT_SCRIPTS := $(wildcard .ci/run tests/*.sh tests/*/*.sh)
LINT_PYTHON  := $(wildcard tests/*/*.py conf-examples/*.py)

# Every directory that has a header, whoever may read it: what a room does
# without is check-layout's business. Others' headers are not on trial.
LINT_DIRECTORIES := $(patsubst %/,%,$(sort $(dir $(LINT_HEADERS))))
LINT_OTHERS = -I$(SERVER_INCLUDEDIR) $(APR_CPPFLAGS) $(CURL_CFLAGS) \
    $(PEER_FLAGS)
# clang's -Wextra has something against the { NULL } that ends a table.
LINT_FLAGS = -Wall -Wextra -Wno-unused-parameter \
    -Wno-missing-field-initializers -pthread -DCROSSTOWN_FAULTS \
    $(addprefix -I,$(LINT_DIRECTORIES)) \
    $(patsubst -I%,-isystem %,$(filter-out -I/usr/include,$(LINT_OTHERS)))

# A file is looked at again when it, a header or the rules have changed.
LINTED = $(LINT_SOURCES:%=$(BUILD)/lint/%.tidy)
LINTED_CXX = $(LINT_CXX:%=$(BUILD)/lint/%.tidy)
$(LINTED): LINT_STANDARD := -std=gnu11
$(LINTED_CXX): LINT_STANDARD := -std=c++17
$(LINTED) $(LINTED_CXX): $(BUILD)/lint/%.tidy: % $(LINT_HEADERS) .clang-tidy \
        tests/.clang-tidy
	$(call say,TIDY,$<)
	@mkdir -p $(@D)
	$(Q)$(CLANG_TIDY) --quiet $< -- $(LINT_STANDARD) $(LINT_FLAGS) \
	    >$@.said 2>&1 || { cat $@.said >&2; exit 1; }
	$(Q)mv $@.said $@

.PHONY: lint lint-tidy lint-cppcheck lint-format lint-shell lint-python
lint:   ## check: clang-tidy, cppcheck, shellcheck, pyflakes, layout
	@tests/install-packages.sh lint
	@+$(SUBMAKE) lint-tidy lint-cppcheck lint-format lint-shell lint-python
	@echo 'lint: nothing to complain of'

lint-tidy: $(LINTED) $(LINTED_CXX)

lint-cppcheck:
	@$(CPPCHECK) --quiet --enable=warning,style,performance,portability \
	    --inconclusive --error-exitcode=1 --std=c11 --library=posix \
	    --library=tests/lint/apr.cfg \
	    --suppressions-list=tests/lint/suppressions.txt \
	    -D__STDC_VERSION__=201112L -DCROSSTOWN_FAULTS \
	    $(addprefix -I,$(LINT_DIRECTORIES)) $(LINT_SOURCES)

lint-format:
	@$(PYTHON) tests/lint/format.py $(CLANG_FORMAT) $(LINT_HEADERS) \
	    $(LINT_SOURCES) $(LINT_CXX)

lint-shell:
	@$(SHELLCHECK) $(LINT_SCRIPTS)

lint-python:
	@$(PYTHON) -m pyflakes $(LINT_PYTHON)
