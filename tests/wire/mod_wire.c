/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The consumer for `make wire`: a task for each request, which notes when it
 * starts. The query string has the task's number, then, perhaps, the size of
 * the answer to give from memory, and "same" for a same_thread task:
 *
 *   /wire?17&40960&same      /file.bin?18
 *
 *   WireStarts file     an array of start_t, large enough for every number
 *   WireWay defer       as it should be done: crosstown_defer()
 *           submit      control: crosstown_submit(), ahead of the handler
 *           filter      control: called when the end of the response passes
 *                       through the output filters, not yet written
 *
 * Thread: the request's; tasks on the pool's.
 * Lifetime: the array is mapped before children are made, and shared by them.
 */
#include "httpd.h"
#include "http_config.h"
#include "http_core.h"
#include "http_log.h"
#include "http_protocol.h"
#include "http_request.h"
#include "util_filter.h"
#include "apr_lib.h"
#include "apr_strings.h"

#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "crosstown_client.h"

typedef struct start_t {
    int64_t first;      /* monotonic nanoseconds */
    int64_t runs;       /* atomic */
} start_t;

typedef enum {
    DEFER,
    SUBMIT,
    FILTER
} way_e;

static crosstown_client_t crosstown;
static const char *starts_path;
static start_t *starts;     /* set once: in post_config */
static uint32_t room;       /* set once: in post_config */
static way_e way;
static char dots[1024 * 1024];

/* ---- tasks ---------------------------------------------------------------*/

static void note_start(uint32_t number)
{
    struct timespec time;

    clock_gettime(CLOCK_MONOTONIC, &time);
    if (number >= room) {
        abort();
    }
    if (__atomic_fetch_add(&starts[number].runs, 1, __ATOMIC_RELAXED) == 0) {
        starts[number].first = (int64_t)time.tv_sec * 1000000000
                               + time.tv_nsec;
    }
}

static apr_status_t run(const crosstown_task_t *task, void *data)
{
    note_start(*(const uint32_t *)data);
    return APR_SUCCESS;
}

static apr_status_t early_filter(ap_filter_t *filter, apr_bucket_brigade *bb)
{
    if (!APR_BRIGADE_EMPTY(bb) && APR_BUCKET_IS_EOS(APR_BRIGADE_LAST(bb))) {
        note_start(*(const uint32_t *)filter->ctx);
        ap_remove_output_filter(filter);
    }
    return ap_pass_brigade(filter->next, bb);
}

/* ---- requests ------------------------------------------------------------*/

static int record(request_rec *r)
{
    crosstown_opts_t opts = CROSSTOWN_OPTS_INIT;
    uint32_t number;

    if (!r->args || !apr_isdigit(*r->args) || !ap_is_initial_req(r)) {
        return DECLINED;
    }
    number = (uint32_t)strtoul(r->args, NULL, 10);
    opts.data_size = sizeof(number);
    if (way == FILTER) {
        ap_add_output_filter("WIRE_EARLY",
                             apr_pmemdup(r->pool, &number, sizeof(number)), r,
                             r->connection);
    }
    else if (way == SUBMIT) {
        (void)crosstown_client_submit(&crosstown, r->server, run, &number,
                                      &opts);
    }
    else {
        opts.same_thread = strstr(r->args, "&same") != NULL;
        (void)crosstown_client_defer(&crosstown, r, run, &number, &opts);
    }
    return DECLINED;
}

static int handle(request_rec *r)
{
    apr_bucket_brigade *bb;
    const char *size;
    unsigned long bytes;

    if (strcmp(r->handler, "wire") != 0) {
        return DECLINED;
    }
    size = r->args ? strchr(r->args, '&') : NULL;
    bytes = size ? strtoul(size + 1, NULL, 10) : 0;
    if (bytes == 0 || bytes > sizeof(dots)) {
        return HTTP_BAD_REQUEST;
    }
    ap_set_content_type(r, "text/plain");
    ap_set_content_length(r, (apr_off_t)bytes);
    bb = apr_brigade_create(r->pool, r->connection->bucket_alloc);
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_immortal_create(
        dots, bytes, bb->bucket_alloc));
    APR_BRIGADE_INSERT_TAIL(bb, apr_bucket_eos_create(bb->bucket_alloc));
    return ap_pass_brigade(r->output_filters, bb) == APR_SUCCESS
           ? OK : AP_FILTER_ERROR;
}

/* ---- module --------------------------------------------------------------*/

static const char *set_starts(cmd_parms *cmd, void *unused, const char *path)
{
    starts_path = path;
    return NULL;
}

static const char *set_way(cmd_parms *cmd, void *unused, const char *word)
{
    if (strcmp(word, "defer") != 0 && strcmp(word, "submit") != 0
        && strcmp(word, "filter") != 0) {
        return "defer, submit or filter";
    }
    way = *word == 'd' ? DEFER : *word == 's' ? SUBMIT : FILTER;
    return NULL;
}

static int map_starts(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                      server_rec *s)
{
    struct stat about;
    void *map = MAP_FAILED;
    int file;

    if (ap_state_query(AP_SQ_MAIN_STATE) == AP_SQ_MS_CREATE_PRE_CONFIG) {
        return OK;
    }
    file = starts_path ? open(starts_path, O_RDWR | O_CLOEXEC) : -1;
    if (file >= 0 && fstat(file, &about) == 0) {
        room = (uint32_t)((size_t)about.st_size / sizeof(start_t));
        map = mmap(NULL, (size_t)about.st_size, PROT_READ | PROT_WRITE,
                   MAP_SHARED, file, 0);
    }
    if (map == MAP_FAILED) {
        ap_log_error(APLOG_MARK, APLOG_CRIT, errno, s, "WireStarts");
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    close(file);
    starts = map;
    memset(dots, '.', sizeof(dots));
    return OK;
}

static void retrieve(void)
{
    crosstown_client_load(&crosstown);
}

static void register_hooks(apr_pool_t *p)
{
    ap_hook_optional_fn_retrieve(retrieve, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(map_starts, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_fixups(record, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(handle, NULL, NULL, APR_HOOK_MIDDLE);
    ap_register_output_filter("WIRE_EARLY", early_filter, NULL,
                              AP_FTYPE_CONTENT_SET);
}

static const command_rec directives[] = {
    AP_INIT_TAKE1("WireStarts", set_starts, NULL, RSRC_CONF,
                  "the file into which tasks note their start"),
    AP_INIT_TAKE1("WireWay", set_way, NULL, RSRC_CONF,
                  "defer, submit or filter"),
    { NULL }
};

AP_DECLARE_MODULE(wire) = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, directives,
    register_hooks, AP_MODULE_FLAG_NONE
};
