/* SPDX-License-Identifier: Apache-2.0 */
/* refusal_log: of the lines that are held back the latest one is kept, so that
 * their number says whose they are. It is a name that a script has chosen, so
 * none is counted for itself. */
#include "refusal_log.h"

#include "crosstown_log.h"

#include "apr_strings.h"

#include <stdatomic.h>

#define LINES 20                     /* a second, of each kind */

/** One kind of line, and the latest that is held back. Who finds it busy goes
 *  on without it: nobody waits, be it a signal's handler. */
typedef struct {
    crosstown_log_limit_t limit;
    atomic_flag busy;                /* a lock, of latest: as the flag has
                                        it, seq_cst */
    char latest[320];
} kind_t;

static APR_OPTIONAL_FN_TYPE(crosstown_log_allows) *allows;

static void tell_rest(server_rec *s, unsigned int held, void *data)
{
    kind_t *kind = data;
    int readable = !atomic_flag_test_and_set(&kind->busy);

    ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, CTLOGNO(02106) "%u more "
                 "line(s) of this kind were not written (%d a second are)%s%s",
                 held, LINES, readable ? ", the latest: " : "",
                 readable ? kind->latest : "");
    if (readable) {
        atomic_flag_clear(&kind->busy);
    }
}

static kind_t fields = {
    CROSSTOWN_LOG_LIMIT(LINES, tell_rest, &fields), ATOMIC_FLAG_INIT, ""
};
static kind_t tasks = {
    CROSSTOWN_LOG_LIMIT(LINES, tell_rest, &tasks), ATOMIC_FLAG_INIT, ""
};

static kind_t payloads = {
    CROSSTOWN_LOG_LIMIT(LINES, tell_rest, &payloads), ATOMIC_FLAG_INIT, ""
};

static int may_write(kind_t *kind, server_rec *s, const char *line)
{
    if (!allows || allows(&kind->limit, s)) {
        return 1;
    }
    if (!atomic_flag_test_and_set(&kind->busy)) {
        apr_cpystrn(kind->latest, line, sizeof(kind->latest));
        atomic_flag_clear(&kind->busy);
    }
    return 0;
}

void ct_refusal_log_field(request_rec *r, const char *error)
{
    const char *line = apr_psprintf(r->pool, "the header Crosstown of %s is "
                                    "dropped: %s", r->uri, error);

    if (may_write(&fields, r->server, line)) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r, CTLOGNO(02101) "%s",
                      line);
    }
}

void ct_refusal_log_task(request_rec *r, const char *name, const char *why)
{
    const char *line = apr_psprintf(r->pool, "task \"%s\" of the header "
                                    "Crosstown of %s is refused: %s", name,
                                    r->uri, why);

    if (may_write(&tasks, r->server, line)) {
        ap_log_rerror(APLOG_MARK, APLOG_WARNING, 0, r, CTLOGNO(02102) "%s",
                      line);
    }
}

void ct_refusal_log_payload(server_rec *s, const char *name, const char *why,
                            apr_pool_t *p)
{
    const char *line = apr_psprintf(p, "task \"%s\" is refused, its payload "
                                    "does not fit: %s", name, why);

    if (may_write(&payloads, s, line)) {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, s, CTLOGNO(02109) "%s",
                     line);
    }
}

static void retrieve(void)
{
    allows = APR_RETRIEVE_OPTIONAL_FN(crosstown_log_allows);
}

void ct_refusal_log_register(void)
{
    ap_hook_optional_fn_retrieve(retrieve, NULL, NULL, APR_HOOK_MIDDLE);
}
