/* SPDX-License-Identifier: Apache-2.0 */
/* inside: the store from within.
 * Thread: what is below `lock` is under it; the rest is the writing thread's.
 * Lifetime: the store's. */
#ifndef CT_STORE_INSIDE_H
#define CT_STORE_INSIDE_H

#include "db.h"
#include "ended.h"
#include "owners.h"
#include "platform.h"
#include "put.h"
#include "rows.h"
#include "store.h"

#include <pthread.h>
#include <time.h>

#define CT_ERROR_LENGTH 1024
/** Dead owners that are found at once. */
#define CT_DEAD_OWNERS 64
/** How long a chore waits for whoever writes; else it is done the next
 *  time. */
#define CT_STORE_PATIENCE (APR_USEC_PER_SEC / 20)

/** What has become of a task. */
typedef struct ct_said_t {
    struct ct_said_t *next;
    ct_row_ending_t ending;
    unsigned int place;              /* where it is noted, see ended.h */
    char error[];
} ct_said_t;

/** A list at whose end is added. */
typedef struct ct_said_list_t {
    ct_said_t *first;
    ct_said_t **last;
    int count;
} ct_said_list_t;

/** A count that is under way, see count.c. */
typedef struct ct_count_t {
    int is_on;
    sqlite3_value *place[6];         /* the row that was counted last; NULL:
                                        none yet */
    ct_store_name_t names[CT_STORE_NAMES + 1];
    int name_count;
    apr_interval_time_t took;
} ct_count_t;

/** An adoption that is under way, see adopt.c. */
typedef struct ct_adoption_t {
    apr_int64_t owner;               /* who has died; 0: nobody yet */
    int is_settled;                  /* what was over is deleted */
    int is_taken_left;               /* some that it had taken from others */
    int is_over;
    apr_int64_t top;                 /* its own that are left have this id or
                                        a lower one; 0: none is left */
    apr_int64_t adopted;             /* since it was told last */
    apr_int64_t poison;
} ct_adoption_t;

/** Dead tasks that somebody has asked for, see dead.c. */
typedef struct ct_dead_t {
    unsigned int number;             /* of whoever asks; 0: nobody yet */
    int is_on;                       /* somebody waits */
    ct_row_statement_e which;
    char name[CT_STORE_NAME_LENGTH];
    apr_time_t until;                /* those that died then or before */
    apr_int64_t count;               /* so far */
    int rc;                          /* of the last step */
} ct_dead_t;

struct ct_store_t {
    ct_store_settings_t settings;
    pthread_t thread;

    /* The writing thread's own. */
    ct_db_t db;
    ct_rows_t rows;
    ct_owners_t owners;
    apr_pool_t *pool;                /* its scratch memory */
    int is_up;
    int has_told_down;
    apr_interval_time_t patience;    /* before it is opened again */
    apr_time_t next_open;
    apr_time_t failing_since;        /* it cannot be opened; 0: it can */
    apr_time_t next_look;            /* at the file, the room, what is due */
    apr_time_t next_search;          /* for dead owners */
    apr_time_t next_forget;
    apr_time_t next_tell;            /* of what fails again and again */
    apr_int64_t dead[CT_DEAD_OWNERS];    /* to adopt from */
    int dead_count;
    ct_adoption_t adoption;          /* from the last of them */
    apr_time_t due;                  /* when the next tasks are, as far as */
    apr_time_t due_recovered;        /* we know; 0: none */
    ct_count_t count;

    pthread_mutex_t lock;
    pthread_cond_t wake;             /* the writing thread */
    ct_put_t *puts;                  /* in the order in which they came */
    ct_put_t **last_put;
    unsigned int turn;               /* of those that come now, see put.c */
    ct_said_list_t said;
    ct_ended_t ended;                /* those of them that are DONE */
    apr_time_t said_since;           /* the oldest of them */
    apr_time_t write_after;          /* not before, since it has just failed */
    int said_alone;                  /* puts stand back for the next time */
    int is_down;                     /* puts are refused */
    int is_full;                     /* the same */
    int is_closing;
    int is_over;                     /* the writing thread is about to end */
    pthread_cond_t over;             /* who waits for that */
    int is_awaited;                  /* something is due, for which there was
                                        no room */
    apr_int64_t suspect;             /* the recovered task that runs here */
    apr_int64_t space;               /* bytes that may be put still */
    int is_count_wanted;
    unsigned int times_counted;      /* or not, since it was not our turn */
    pthread_cond_t counted;          /* who waits for that */
    ct_dead_t asked;
    pthread_cond_t answered;         /* who waits for that */
    ct_store_counts_t counts;
};

/** The writing thread's function. */
void *ct_writer_main(void *data);

/* ---- said.c: lists; whoever has them calls ---- */

void ct_said_clear(ct_said_list_t *list);
/** @return NULL: no memory */
ct_said_t *ct_said_add(ct_said_list_t *list, apr_int64_t id, ct_ending_e how,
                       int attempt, apr_time_t not_before, const char *error);

/** Put list in front of other, and empty list. */
void ct_said_put_back(ct_said_list_t *list, ct_said_list_t *other);
void ct_said_free(ct_said_list_t *list);

/* ---- the writing thread only ---- */

/** opening.c: open the store and be an owner, or say when to try again. */
void ct_store_bring_up(ct_store_t *store, apr_time_t now);

/** Close it. @param is_last  for good: an owner that owns nothing goes */
void ct_store_bring_down(ct_store_t *store, int is_last);

/** The file is broken: put it aside, unless another process has done so. */
void ct_store_put_aside(ct_store_t *store);

/** trouble.c: a call has failed, or not: what follows from it for the store,
 *  which may be down afterwards. @param what  "take tasks" */
void ct_store_judge(ct_store_t *store, int rc, const char *what);

/** Is the file no database, or not a whole one? */
int ct_store_is_broken(int rc);

/** Try to become fit again. */
void ct_store_heal(ct_store_t *store);

/** batch.c: write what is waiting, if it is time. */
void ct_store_write(ct_store_t *store, apr_time_t now);

/** Write what was said into a transaction that somebody has begun.
 *  @param ends  set to it, for ct_store_end_said() */
int ct_store_write_said(ct_store_t *store, ct_said_list_t *ends,
                        apr_time_t now);

/** That transaction is over. */
void ct_store_end_said(ct_store_t *store, ct_said_list_t *ends,
                       int is_committed);

/** When there is something to write; 0: nothing. Under lock. */
apr_time_t ct_store_next_write(const ct_store_t *store, apr_time_t now);

/** chores.c: what is to be done from time to time. */
void ct_store_chores(ct_store_t *store, apr_time_t now);

/** adopt.c: look who has died. */
void ct_store_search_dead(ct_store_t *store);

/** One step of an adoption from the last of them. */
void ct_store_adopt(ct_store_t *store, apr_time_t now);

/** take.c: take what is due, as far as there are threads for it. */
void ct_store_take(ct_store_t *store, apr_time_t now);

/** Look in the file when the next tasks are due. */
void ct_store_look_at_due(ct_store_t *store);

/** When the next of it is. */
apr_time_t ct_store_next_chore(const ct_store_t *store);

/** count.c: one step of a count, if somebody has asked for one. */
void ct_store_count_step(ct_store_t *store, apr_time_t now);

/** dead.c: one step of what was asked about dead tasks, if anything was. */
void ct_store_dead_step(ct_store_t *store, apr_time_t now);

/** dead.c: it cannot be done now. Under lock. */
void ct_store_dead_refuse(ct_store_t *store);

/** count.c: give it up. */
void ct_store_count_stop(ct_store_t *store);

int ct_store_is_unfit(const ct_store_t *store);

/** After a commit whose waiters were told: empty the log if it is time, and
 *  what is in it is on the disk. */
void ct_store_tend_log(ct_store_t *store);

/** words are made with format. */
void ct_store_tell(ct_store_t *store, ct_store_event_e event,
                   const char *format, ...)
    __attribute__((format(printf, 3, 4)));

#endif
