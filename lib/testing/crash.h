/* SPDX-License-Identifier: Apache-2.0 */
/* crash: a line on stderr when memory is used that is no longer there, before
 * the signal takes its course.
 * Thread: the test's.
 * Lifetime: crosstown_test_begin() to crosstown_test_end(). */
#ifndef CT_CRASH_H
#define CT_CRASH_H

/** See to it that such a signal comes here first. Whoever catches it as this
 *  is called gets it next; also a test framework that has come in between, as
 *  between a fixture and its test. */
void ct_crash_watch(void);

/** No longer: whoever has caught it before does so again. */
void ct_crash_unwatch(void);

/** This task is about to run; NULL: the test itself.
 *  @param name  lives until the next call
 *  @return the one before, to go back to */
const char *ct_crash_task(const char *name);

#endif
