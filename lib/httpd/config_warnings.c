/* SPDX-License-Identifier: Apache-2.0 */
/* config_warnings: looks at what all directives together come to, which none
 * of them can know where it is read, at each start and for `httpd -t`. The
 * defaults warn as well where there are so many children that their sum cannot
 * be meant. */
#include "config_warnings.h"

#include <sys/resource.h>
#include <unistd.h>

#include "ap_mpm.h"
#include "http_protocol.h"

#include "child.h"
#include "config.h"

/* Bytes of a waiting task that is its request's only one: with the snapshot
 * and some data. conf-examples/README.md, "Sizing". */
#define TASK_SIZE 336

/* Beyond this a child that answers one request at a time has no use for its
 * threads. */
#define PREFORK_THREADS 64

/* Nobody means more than this in all children together. */
#define SANE_THREADS 4096

/** What is looked at, and where lines go. */
typedef struct {
    const ct_config_t *config;
    const ct_config_t *defaults;
    int threaded;
    int children;                    /* at most */
    const server_rec *s;             /* NULL: to the console */
    int startup;                     /* APLOG_STARTUP or 0 */
} look_t;

#define WARN(look) \
    APLOG_MARK, APLOG_WARNING | (look)->startup, 0, (look)->s

/* Before 2.4.58 (mod_http2 2.0.16) a stream's request was logged before its
 * last bytes had gone out. */
static void look_at_http2(const look_t *look)
{
    ap_version_t version;

    ap_get_server_revision(&version);
    if (version.major == 2 && version.minor == 4 && version.patch < 58
        && ap_find_linked_module("mod_http2.c")) {
        ap_log_error(WARN(look), CTLOGNO(01001)
                     "httpd %d.%d.%d: over HTTP/2 a task may start before the "
                     "last byte of its response is out; update to 2.4.58 or "
                     "later", version.major, version.minor,
                     version.patch);
    }
}

static void look_at_prefork(const look_t *look)
{
    if (!look->threaded && look->config->threads_max > PREFORK_THREADS) {
        ap_log_error(WARN(look), CTLOGNO(01002)
                     "CrosstownThreads: prefork has up to %d children, each "
                     "answers one request at a time and may make %u threads "
                     "for its tasks; lower the second number, or use event",
                     look->children, (unsigned)look->config->threads_max);
    }
}

/* Also of the defaults: under prefork there are as many children as there are
 * requests at once. */
static void look_at_sum(const look_t *look)
{
    double threads = (double)look->config->threads_max * look->children;

    if (threads > SANE_THREADS) {
        ap_log_error(WARN(look), CTLOGNO(01010)
                     "CrosstownThreads: %u threads in each of up to %d "
                     "children are %.0f in all; lower the second number, or "
                     "allow fewer children (MaxRequestWorkers, ServerLimit)",
                     (unsigned)look->config->threads_max, look->children,
                     threads);
    }
}

static void look_at_queue(const look_t *look)
{
    double tasks = (double)look->config->queue_max * look->children;
    double wanted = tasks * TASK_SIZE;
    double memory = (double)sysconf(_SC_PHYS_PAGES)
                    * (double)sysconf(_SC_PAGESIZE);

    if (memory > 0 && wanted > memory) {
        ap_log_error(WARN(look), CTLOGNO(01003)
                     "CrosstownQueue: %u waiting tasks in each of %d children "
                     "need %.0f MB or more, this machine has %.0f; lower it, "
                     "or allow fewer children",
                     (unsigned)look->config->queue_max, look->children,
                     wanted / 1048576, memory / 1048576);
    }
}

static void look_at_drain(const look_t *look)
{
    if (look->config->drain > CT_CHILD_PARENTS_PATIENCE) {
        ap_log_error(WARN(look), CTLOGNO(01004)
                     "CrosstownDrain: %d seconds hold for graceful stops "
                     "only; at others the parent kills its children, so "
                     "there it is %d",
                     (int)apr_time_sec(look->config->drain),
                     (int)apr_time_sec(CT_CHILD_PARENTS_PATIENCE));
    }
}

static void look_at_processes(const look_t *look)
{
    double threads = (double)look->config->threads_max * look->children;
    struct rlimit processes;

    if (look->config->threads_max > look->defaults->threads_max
        && getrlimit(RLIMIT_NPROC, &processes) == 0
        && processes.rlim_cur != RLIM_INFINITY
        && threads > (double)processes.rlim_cur) {
        ap_log_error(WARN(look), CTLOGNO(01005)
                     "CrosstownThreads: %u threads in each of %d children are "
                     "more than the %.0f processes that this user may have "
                     "(ulimit -u); raise that, or lower the second number",
                     (unsigned)look->config->threads_max, look->children,
                     (double)processes.rlim_cur);
    }
}

/* What may run at once of a name, where it is counted. */
static void look_at_concurrency(const look_t *look,
                                const ct_name_limit_t *limit,
                                const char *where)
{
    int server = limit->scope == CT_SCOPE_SERVER && look->children > 0;
    double threads = (double)look->config->threads_max
                     * (server ? look->children : 1);

    if (limit->at_once > threads) {
        ap_log_error(WARN(look), CTLOGNO(01007)
                     "CrosstownLimit \"%s\" (%s): concurrency=%u is more than "
                     "the %.0f threads of %s; lower it, or raise "
                     "CrosstownThreads", limit->name, where,
                     (unsigned)limit->at_once, threads,
                     server ? "all child processes" : "a child process");
    }
}

static void look_at_limits(const look_t *look)
{
    const ct_name_limits_t *limits = &look->config->name_limits;
    unsigned int i;

    for (i = 0; i < limits->count; ++i) {
        const ct_name_limit_t *limit = &limits->all[i];
        const char *where = limit->said_at ? limit->said_at : "-";

        look_at_concurrency(look, limit, where);
        if (limit->queue > look->config->queue_max) {
            ap_log_error(WARN(look), CTLOGNO(01008)
                         "CrosstownLimit \"%s\" (%s): queue=%u is more than "
                         "the %u tasks that may wait in a child process; "
                         "lower it, or raise CrosstownQueue", limit->name,
                         where, (unsigned)limit->queue,
                         (unsigned)look->config->queue_max);
        }
    }
}

static void advise(apr_pool_t *p, server_rec *s, int startup)
{
    look_t look;

    look.config = ap_get_module_config(s->module_config, &crosstown_module);
    look.defaults = ct_config_make(p, s);
    look.threaded = look.children = 0;
    ap_mpm_query(AP_MPMQ_IS_THREADED, &look.threaded);
    ap_mpm_query(AP_MPMQ_MAX_DAEMONS, &look.children);
    look.s = startup ? NULL : s;
    look.startup = startup;
    look_at_http2(&look);
    look_at_prefork(&look);
    look_at_sum(&look);
    look_at_queue(&look);
    look_at_drain(&look);
    look_at_processes(&look);
    look_at_limits(&look);
    ap_log_error(APLOG_MARK, APLOG_INFO | startup, 0, look.s, CTLOGNO(01006)
                 "mod_crosstown %d.%d: up to %u threads and %u waiting tasks "
                 "in each of up to %d children (%.0f threads and %.0f tasks "
                 "in all); what finds the queue full is %s; drain: %d s",
                 CROSSTOWN_VERSION_MAJOR, CROSSTOWN_VERSION_MINOR,
                 (unsigned)look.config->threads_max,
                 (unsigned)look.config->queue_max, look.children,
                 (double)look.config->threads_max * look.children,
                 (double)look.config->queue_max * look.children,
                 look.config->overflow_inline ? "run inline" : "rejected",
                 (int)apr_time_sec(look.config->drain));
}

static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
    if (ap_state_query(AP_SQ_MAIN_STATE) != AP_SQ_MS_CREATE_PRE_CONFIG) {
        advise(ptemp, s, 0);
    }
    return OK;
}

static void test_config(apr_pool_t *pconf, server_rec *s)
{
    advise(pconf, s, APLOG_STARTUP);
}

void ct_config_warnings_register(void)
{
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_test_config(test_config, NULL, NULL, APR_HOOK_MIDDLE);
}
