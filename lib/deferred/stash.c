/* SPDX-License-Identifier: Apache-2.0 */
/* stash: deferreds put away under an id. Ids are compared without a way to
 * tell from the time it takes how much of one was right. What is too old goes
 * by an alarm, or with the next call. */
#include "deferred.h"

#include <string.h>

#include "apr_general.h"
#include "clock.h"
#include "deferreds.h"

#define ID_BYTES ((CROSSTOWN_STASH_ID_SIZE - 1) / 2)

typedef struct slot_t {
    crosstown_deferred_t *d;         /* NULL: free */
    apr_time_t since;
    unsigned char id[ID_BYTES];
} slot_t;

static pthread_mutex_t lock = PTHREAD_MUTEX_INITIALIZER;
static slot_t slots[CT_STASH_MAX];        /* lock */
static int alarmed;                       /* lock: the alarm is set, or who
                                             sets it is on his way */
static ct_alarm_t expiry;

static void write_id(const unsigned char *bytes, char *id)
{
    static const char digits[] = "0123456789abcdef";
    int i;

    for (i = 0; i < ID_BYTES; ++i) {
        *id++ = digits[bytes[i] >> 4];
        *id++ = digits[bytes[i] & 15];
    }
    *id = '\0';
}

static int read_digit(char c)
{
    if (c >= '0' && c <= '9') {
        return c - '0';
    }
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static int read_id(const char *id, unsigned char *bytes)
{
    int i;

    for (i = 0; i < ID_BYTES; ++i, id += 2) {
        int high = read_digit(id[0]);
        int low = high < 0 ? -1 : read_digit(id[1]);

        if (low < 0) {
            return 0;
        }
        bytes[i] = (unsigned char)(high << 4 | low);
    }
    return *id == '\0';
}

static int same(const unsigned char *one, const unsigned char *other)
{
    unsigned char differs = 0;
    int i;

    for (i = 0; i < ID_BYTES; ++i) {
        differs |= one[i] ^ other[i];
    }
    return !differs;
}

/* Release what was put away before. */
static void forget(apr_time_t before)
{
    crosstown_deferred_t *old[CT_STASH_MAX];
    int count = 0;
    int i;

    ct_locks_take(&lock);
    for (i = 0; i < CT_STASH_MAX; ++i) {
        if (slots[i].d && slots[i].since <= before) {
            old[count++] = slots[i].d;
            slots[i].d = NULL;
        }
    }
    ct_locks_give(&lock);
    while (count > 0) {
        ct_deferred_release(old[--count]);
    }
}

void ct_stash_expire(apr_time_t now)
{
    forget(now - CT_STASH_AGE);
}

void ct_stash_empty(void)
{
    forget(APR_INT64_MAX);
}

static void disarm(void *what)
{
    ct_locks_take(&lock);
    alarmed = 0;
    ct_locks_give(&lock);
}

/* @return is there a reason to set the alarm, and is it up to the caller? */
static int oldest(apr_time_t *since)
{
    int mine = 0;
    int i;

    ct_locks_take(&lock);
    *since = APR_INT64_MAX;
    for (i = 0; i < CT_STASH_MAX && !alarmed; ++i) {
        if (slots[i].d && slots[i].since < *since) {
            *since = slots[i].since;
            mine = 1;
        }
    }
    alarmed |= mine;
    ct_locks_give(&lock);
    return mine;
}

static void ring(void *what);

/* Without a clock what is too old stays until the next call. */
static void set_alarm(void)
{
    apr_time_t since;

    if (oldest(&since)) {
        expiry.ring = ring;
        expiry.drop = disarm;
        if (ct_clock_set(&expiry, since + CT_STASH_AGE - ct_clock_now())
            != APR_SUCCESS) {
            disarm(NULL);
        }
    }
}

static void ring(void *what)
{
    ct_stash_expire(ct_clock_now());
    disarm(NULL);
    set_alarm();
}

static int put(crosstown_deferred_t *d, const unsigned char *id,
               apr_time_t now)
{
    int i = 0;

    ct_locks_take(&lock);
    while (i < CT_STASH_MAX && slots[i].d) {
        ++i;
    }
    if (i < CT_STASH_MAX) {
        slots[i].d = ct_deferred_keep(d);
        slots[i].since = now;
        memcpy(slots[i].id, id, ID_BYTES);
    }
    ct_locks_give(&lock);
    return i < CT_STASH_MAX;
}

apr_status_t ct_stash_put(crosstown_deferred_t *d, char *id)
{
    unsigned char bytes[ID_BYTES];
    apr_time_t now = ct_clock_now();
    apr_status_t rv;

    if (!d || !id) {
        return APR_EINVAL;
    }
    rv = apr_generate_random_bytes(bytes, sizeof(bytes));
    if (rv != APR_SUCCESS) {
        return rv;
    }
    ct_stash_expire(now);
    ct_deferreds_before_use();
    if (!put(d, bytes, now)) {
        return APR_ENOSPC;
    }
    write_id(bytes, id);
    set_alarm();
    return APR_SUCCESS;
}

apr_status_t ct_stash_take(const char *id, crosstown_deferred_t **d)
{
    unsigned char bytes[ID_BYTES];
    int i;

    if (!d) {
        return APR_EINVAL;
    }
    *d = NULL;
    if (!id || !read_id(id, bytes)) {
        return APR_NOTFOUND;
    }
    ct_stash_expire(ct_clock_now());
    ct_locks_take(&lock);
    for (i = 0; i < CT_STASH_MAX; ++i) {
        if (slots[i].d && same(slots[i].id, bytes)) {
            *d = slots[i].d;
            slots[i].d = NULL;
        }
    }
    ct_locks_give(&lock);
    return *d ? APR_SUCCESS : APR_NOTFOUND;
}
