/* SPDX-License-Identifier: Apache-2.0 */
/* destination: a sender is started by the first job that a child has for its
 * address: most children of prefork never have one. It is stopped behind the
 * drain of mod_crosstown, and in front of the store: what is left then is told
 * to the store, which hands it to another child. */
#include "destination.h"

#include "child_senders.h"
#include "destination_numbers.h"

#include "apr_strings.h"
#include "crosstown_numbers.h"

#include <dlfcn.h>
#include <stdlib.h>

/* Of what is kept on disk, so many wait in memory while the engine is away. */
#define MOST_AWAY   1000
#define MOST_BYTES  (64 * 1024 * 1024)
#define QUEUE       65536            /* CrosstownQueue's default */
/* For an answer that is under way when the drain is over. */
#define LAST_WAIT   apr_time_from_msec(500)
/* Between two lines about refused jobs. */
#define HOLD_BACK     apr_time_from_sec(60)

struct ct_destination_t {
    ct_destination_t *next;
    const char *key;
    const char *shown;
    void *address;
    int number;                      /* 0, 1, ... */
    ct_sender_numbers_t *numbers;    /* senders: the sender's, or NULL */
    ct_sender_t *sender;             /* senders; this child's, or NULL */
    apr_time_t away;                 /* the sender's thread: since when */
    apr_time_t told;                 /* the same: of a refused job */
    unsigned int held_back;          /* the same */
};

crosstown_client_t ct_destination_crosstown;

static ct_destination_t *destinations;   /* of the configuration */
static ct_child_senders_t senders = CT_CHILD_SENDERS_INIT;
static int queue_size;
static server_rec *main_server;

ct_destination_t *ct_destination_at(const char *key, const char *shown,
                                    void **address, apr_pool_t *p)
{
    ct_destination_t *destination = destinations;

    while (destination && strcmp(destination->key, key) != 0) {
        destination = destination->next;
    }
    if (!destination) {
        destination = apr_pcalloc(p, sizeof(*destination));
        destination->key = apr_pstrdup(p, key);
        destination->shown = apr_pstrdup(p, shown);
        destination->address = *address;
        destination->number = destinations ? destinations->number + 1 : 0;
        destination->next = destinations;
        destinations = destination;
    }
    *address = destination->address;
    return destination;
}

/* ---- what becomes of jobs; on the sender's thread ---- */

static void finish(const ct_message_t *message, apr_status_t result,
                   const char *words)
{
    crosstown_client_finish(&ct_destination_crosstown, message->task, result,
                            words);
}

static void tell_refused(ct_destination_t *destination,
                         const ct_message_t *message, const char *name)
{
    apr_time_t now = apr_time_now();

    if (destination->told && now - destination->told < HOLD_BACK) {
        ++destination->held_back;
        return;
    }
    destination->told = now;
    ap_log_error(APLOG_MARK, APLOG_ERR, 0, main_server, CTLOGNO(02413)
                 "a job of task \"%s\" is refused by %s: %s (%u more since "
                 "the last such line)", name, destination->shown,
                 message->words, destination->held_back);
    destination->held_back = 0;
}

/* Others may go. Whether it is tried again is up to retries=. */
static void finish_refused(ct_destination_t *destination,
                           const ct_message_t *message)
{
    const crosstown_task_t *task =
        crosstown_client_held_task(&ct_destination_crosstown, message->task);

    if (task) {
        tell_refused(destination, message, task->name);
        finish(message, APR_EGENERAL, message->words);
    }
}

static void done(void *context, const ct_message_t *message)
{
    switch (message->sent) {
    case CT_SENT_STORED:
        finish(message, APR_SUCCESS, NULL);
        break;
    case CT_SENT_REFUSED:
        finish_refused(context, message);
        break;
    case CT_SENT_EXPIRED:
        finish(message, CROSSTOWN_GIVE_UP, "expired (expires=) before it "
               "could be sent");
        break;
    default:
        finish(message, CROSSTOWN_UNTRIED, "the server has stopped before it "
               "could be sent");
        break;
    }
}

static void tell(void *context, ct_sender_event_e event, const char *words)
{
    ct_destination_t *destination = context;
    apr_time_t now = apr_time_now();

    if (event == CT_SENDER_UP) {
        ap_log_error(APLOG_MARK, APLOG_NOTICE, 0, main_server, CTLOGNO(02410)
                     "%s takes jobs again, after %" APR_TIME_T_FMT " s",
                     destination->shown,
                     apr_time_sec(now - destination->away));
        destination->away = 0;
        return;
    }
    destination->away = destination->away ? destination->away : now;
    if (event == CT_SENDER_MEND) {
        ap_log_error(APLOG_MARK, APLOG_ERR, 0, main_server, CTLOGNO(02412)
                     "%s takes no jobs: %s; until that is mended they wait",
                     destination->shown, words);
    }
    else {
        ap_log_error(APLOG_MARK, APLOG_WARNING, 0, main_server, CTLOGNO(02411)
                     "%s takes no jobs: %s; they wait until it does",
                     destination->shown, words);
    }
}

static int is_stopping(void *unused)
{
    return crosstown_client_stopping(&ct_destination_crosstown);
}

/* ---- the child ---- */

static void give_numbers(ct_destination_t *destination)
{
    if (destination->numbers) {
        ct_destination_numbers_give(destination->numbers);
        destination->numbers = NULL;
    }
}

/* Under the senders' lock. */
static ct_sender_t *start(void *data)
{
    ct_destination_t *destination = data;
    ct_sender_settings_t settings = { 0 };
    ct_sender_t *sender;

    settings.engine = ct_destination_kind.engine;
    settings.connection = ct_destination_kind.make(destination->address);
    settings.most_jobs = queue_size;
    settings.most_bytes = MOST_BYTES;
    settings.context = destination;
    settings.done = done;
    settings.tell = tell;
    settings.is_stopping = is_stopping;
    if (!settings.connection) {
        return NULL;
    }
    destination->numbers = ct_destination_numbers_take(destination->number);
    settings.numbers = destination->numbers;
    sender = ct_sender_start(&settings);
    if (!sender) {
        give_numbers(destination);
        ct_destination_kind.unmake(settings.connection);
    }
    return sender;
}

apr_status_t ct_destination_send(ct_destination_t *destination,
                                  ct_message_t *message, int is_kept)
{
    return ct_child_senders_put(&senders, &destination->sender, start,
                                destination, message,
                                is_kept ? MOST_AWAY : queue_size);
}

static apr_status_t end_child(void *unused)
{
    ct_destination_t *destination;

    ct_child_senders_end(&senders);
    for (destination = destinations; destination;
         destination = destination->next) {
        if (destination->sender) {
            ct_sender_stop(destination->sender, LAST_WAIT);
            give_numbers(destination);
        }
    }
    return APR_SUCCESS;
}

/* exit() of a single-process server (-X) unloads modules, and a sender may
 * still be in this one's code. Children only. */
static void stay_loaded(void)
{
    Dl_info self;

    if (dladdr(&destinations, &self) != 0) {
        (void)dlopen(self.dli_fname, RTLD_NOW | RTLD_NOLOAD | RTLD_NODELETE);
    }
}

/* Last, so that it is the first to be ended. */
static void child_init(apr_pool_t *pchild, server_rec *s)
{
    main_server = s;
    senders.has_ended = 0;
    if (destinations) {
        stay_loaded();
        apr_pool_cleanup_register(pchild, NULL, end_child,
                                  apr_pool_cleanup_null);
    }
}

static int pre_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp)
{
    destinations = NULL;
    return OK;
}

/* How much may wait is said once for all that does. */
static int post_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                       server_rec *s)
{
    const ap_directive_t *line;

    queue_size = QUEUE;
    for (line = ap_conftree; line; line = line->next) {
        if (!strcasecmp(line->directive, "CrosstownQueue")) {
            queue_size = (int)strtol(line->args, NULL, 10);
        }
    }
    ct_destination_numbers_make(pconf, destinations
                                ? destinations->number + 1 : 0);
    return OK;
}

/* Two may differ in their password or timeout= alone. */
static const char *label_of(const ct_destination_t *destination, apr_pool_t *p)
{
    const ct_destination_t *other = destination->next;

    while (other && strcmp(other->shown, destination->shown) != 0) {
        other = other->next;
    }
    return other ? apr_psprintf(p, "%s (%d)", destination->shown,
                                destination->number + 1) : destination->shown;
}

static int numbers(apr_pool_t *p, apr_array_header_t *tables)
{
    const ct_destination_t *destination;

    for (destination = destinations; destination;
         destination = destination->next) {
        ct_destination_numbers_add(tables, destination->number,
                                   label_of(destination, p));
    }
    return OK;
}

static void retrieve(void)
{
    crosstown_client_load(&ct_destination_crosstown);
}

static const char *missing_module(void)
{
    return !ap_find_linked_module("mod_crosstown.c")
           ? "mod_crosstown: \"LoadModule crosstown_module "
             "modules/mod_crosstown.so\""
        : !ap_find_linked_module("mod_crosstown_tasks.c")
           ? "mod_crosstown_tasks: \"LoadModule crosstown_tasks_module "
             "modules/mod_crosstown_tasks.so\""
           : NULL;
}

static int check_config(apr_pool_t *pconf, apr_pool_t *plog, apr_pool_t *ptemp,
                        server_rec *s)
{
    const char *missing = missing_module();

    if (missing) {
        ap_log_error(APLOG_MARK, APLOG_ERR | APLOG_STARTUP, 0, NULL,
                     CTLOGNO(02401) "mod_crosstown_%s needs %s",
                     ct_destination_kind.name, missing);
        return HTTP_INTERNAL_SERVER_ERROR;
    }
    return OK;
}

void ct_destination_register(void)
{
    ap_hook_optional_fn_retrieve(retrieve, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_pre_config(pre_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_check_config(check_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_REALLY_LAST);
    APR_OPTIONAL_HOOK(crosstown, crosstown_numbers, numbers, NULL, NULL,
                      APR_HOOK_MIDDLE);
}
