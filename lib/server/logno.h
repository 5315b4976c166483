/* SPDX-License-Identifier: Apache-2.0 */
/* logno: each line that the module writes into the error log has a number of
 * its own, so that it can be looked up, in conf-examples/README.md, and be
 * searched for whatever its words become. Numbers are never used again for
 * something else. 010: start, 011: calls, 012: hand-over, 013: ends of tasks,
 * 014: the child, 015: counting, 016: deferreds, 017: slow tasks,
 * 018: CrosstownControl, 019: tracing, 020 to 022: named tasks, 023: those on
 * disk, 024: those that a Redis or a broker takes.
 * Thread: declarations only.
 * Lifetime: declarations only. */
#ifndef CT_LOGNO_H
#define CT_LOGNO_H

/** The number of a line, as the first part of its format string. */
#define CTLOGNO(number) "CT" #number ": "

#endif
