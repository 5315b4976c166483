/* SPDX-License-Identifier: Apache-2.0 */
/* support_limited_server: limits that are counted over all processes. Two
 * dispatchers stand for two of them: "x" may run once at a time, "y" twice. */
#ifndef SUPPORT_LIMITED_SERVER_H
#define SUPPORT_LIMITED_SERVER_H

#include "support.h"

#define CHILDREN 2
#define NAMES 2

typedef struct server_t {
    ct_place_table_t *table;
    ct_name_limit_t limits[CHILDREN][NAMES];
    journal_t *journal;
    ct_dispatcher_t *d[CHILDREN];
    apr_pool_t *p;
} server_t;

/** Both children begin, with so many threads each. */
void server_start(server_t *server, apr_pool_t *p, apr_uint32_t threads);

/** Both are drained; fails if a task or a place is left. */
void server_finish(server_t *server);

/** The last half of it, for a test that has ended the dispatchers. */
void server_assert_empty(server_t *server);

/** The deeds as one request's tasks, in that child. */
void server_defer(server_t *server, int child, deed_t *deeds,
                  const char *plan);

/** The first child runs a task of this deed until the gate opens. It is the
 *  first task of the test. */
void server_keep_busy(server_t *server, deed_t *busy, gate_t *leave);

/** Wait until so many batches are kept for a name there; 0 is "x", 1 "y". */
void server_await_kept(server_t *server, int child, int number, int count);

#endif
