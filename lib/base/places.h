/* SPDX-License-Identifier: Apache-2.0 */
/* places: so many may do something at once, over all processes that share a
 * piece of memory. Each place says which process has it, so that those of one
 * that is gone can be given back, however it went.
 *
 * Who finds no place may wait for one. A place that is given back while
 * somebody waits is promised: it goes to whoever has waited longest, not to
 * whoever comes by just then.
 *
 * Thread: any, of any of the processes, unless a function says otherwise.
 * Lifetime: the memory is somebody else's; it starts as zeroes. */
#ifndef CT_PLACES_H
#define CT_PLACES_H

#include <stdatomic.h>

#include "apr_time.h"
#include "memory.h"

/** How many kinds of places there are: a bit of a word for each. */
#define CT_PLACES_KINDS 32

/** How many places of a kind, at most. */
#define CT_PLACES_MOST 4096

/** The places of one kind. */
typedef struct ct_place_kind_t {
    _Alignas(CT_MEMORY_LINE) _Atomic apr_uint64_t name; /* 0: of no use yet;
                                        the parent's, set before fork() */
    atomic_uint count;               /* the most there ever were; only rises:
                                        no order is needed */
    atomic_uint most;                /* that somebody had at once, so far; the
                                        same */
    atomic_uint owners[CT_PLACES_MOST]; /* seq_cst: who gives one back changes
                                        it and then `changes`, who waits reads
                                        the other way round */
} ct_place_kind_t;

/** The memory that is shared. */
typedef struct ct_place_table_t {
    atomic_uint changes;             /* who waits looks at it */
    ct_place_kind_t kinds[CT_PLACES_KINDS];
} ct_place_table_t;

/** The places of one kind, as a process sees them. */
typedef struct ct_places_t {
    ct_place_table_t *table;         /* set once; NULL: there are none */
    unsigned int kind;               /* set once */
    apr_uint32_t count;              /* see ct_places_resize() */
    apr_uint32_t owner;              /* set once: the process, not 0 */
} ct_places_t;

/** There are so many from now on. Who has one that is beyond keeps it. */
void ct_places_resize(ct_places_t *places, apr_uint32_t count);

/** Take one. @param promised  also one that is promised to whoever waits
 *  @return 0: there is none */
int ct_places_take(const ct_places_t *places, int promised);

/** Give one back. */
void ct_places_give_back(const ct_places_t *places);

/** Whoever waited for one with ct_places_wait() does not want it any more. */
void ct_places_pass_on(const ct_places_t *places);

/** What ct_places_wait() is to be told; to be read before one looks whether
 *  there is a place. */
unsigned int ct_places_changes(const ct_place_table_t *table);

/**
 * Wait until a place is given back.
 * @param changes  from ct_places_changes(): what was given back since then is
 *                 not waited for
 * @param kinds    their bits: 1U << kind
 * @param time     microseconds; nobody should rely on others for longer, they
 *                 may have been killed
 */
void ct_places_wait(ct_place_table_t *table, unsigned int changes,
                    unsigned int kinds, apr_interval_time_t time);

/** Let all who wait look again. */
void ct_places_wake_all(ct_place_table_t *table);

/** A process is gone: give back all it had. Thread: the parent's.
 *  @param is_gone  asked for each process that has a place */
void ct_places_sweep(ct_place_table_t *table,
                     int (*is_gone)(apr_uint32_t owner, void *context),
                     void *context);

/** How many places of a kind somebody has. */
apr_uint32_t ct_places_taken(ct_place_kind_t *kind);

#endif
