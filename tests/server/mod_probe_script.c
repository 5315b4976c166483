/* SPDX-License-Identifier: Apache-2.0 */
/*
 * The script in the query string: words that set something for what follows,
 * and words that do something, in the order in which they are written.
 *
 * For the tasks that follow:
 *   tag=T name=N no_go=WORDS same=1 keep=raw|copy|carry|nothing text=T
 *   sleep_ms=N gate=FILE pools=N submits=N say=TEXT fail=STATUS
 *   ends=FILE (a gate: its function returns, it is over there) twice=1
 *   crowd=N (so many of them may run at once, in all children)
 *   no_htaccess=1 until_stop=1 (runs until its child is stopping)
 *   bulk=BYTES (raw data is larger by so many) delay_ms=N
 *   again=N (they ask so often to be tried again, before fail=) after_ms=N
 *   (and when) explain=TEXT give_up=1 (at last)
 * Do it now:
 *   defer=N plan=psp (pool, same thread, pool) submit=N bare=N wrong=WHAT
 *   cancel=NAME cancel_all=1 count=1 change=TEXT check=WORDS hold=FILE sub=URI
 *   stopping=1 flood=N threads=no|yes
 *   farewell=NAME (submit when the connection ends)
 *   busy=malloc|stdio|time (for 30 seconds)
 *   leave=1 (two deferreds, one with a timeout and one stashed)
 *   named=NAME submit_named=NAME (tasks of mod_crosstown_tasks, about the tag)
 *   flush=1 (headers and the begin of the body)
 * How the handler answers:
 *   size=BYTES status=N (error page) set_status=N (own body) location=URL
 *   redirect=URI (internal) trailer=TEXT linger=FILE (a gate to wait at when
 *   all of the body is sent)
 *   declare=BYTES (what Content-Length says, -1: there is none)
 *   break=STATUS (an error bucket behind the body) then=N (defer them between
 *   the body and its end)
 * Which hook plays it: where=post_read_request|fixups|handler|collect|log
 * Whatever that is, late=N defers N tasks behind mod_crosstown's last hook,
 * and end_log=first|early|last ends the log_transaction hooks: in front of
 * mod_crosstown's first one, behind it, in front of its last one.
 *
 * Thread: the request's.
 * Lifetime: a script lives on the stack of the hook that plays it.
 */
#include "mod_probe.h"

#include <stdlib.h>
#include <string.h>

#include "http_protocol.h"
#include "http_request.h"
#include "apr_strings.h"

typedef struct script_word_t {
    const char *word;
    void (*play)(probe_script_t *script, const char *value);
} script_word_t;

static void set_tag(probe_script_t *script, const char *value)
{
    apr_cpystrn(script->order.tag, value, sizeof(script->order.tag));
}

static void set_text(probe_script_t *script, const char *value)
{
    apr_cpystrn(script->order.text, value, sizeof(script->order.text));
}

static void set_path(char path[160], const char *value)
{
    path[0] = '\0';
    if (*value) {
        apr_snprintf(path, 160, "%s/%s", probe_gates, value);
    }
}

static void set_gate(probe_script_t *script, const char *value)
{
    set_path(script->order.gate, value);
}

static void set_ends(probe_script_t *script, const char *value)
{
    set_path(script->order.ends, value);
}

static void set_twice(probe_script_t *script, const char *value)
{
    script->order.twice = atoi(value);
}

static void set_sleep(probe_script_t *script, const char *value)
{
    script->order.sleep_ms = atoi(value);
}

static void set_pools(probe_script_t *script, const char *value)
{
    script->order.pools = atoi(value);
}

static void set_crowd(probe_script_t *script, const char *value)
{
    script->order.crowd = atoi(value);
}

static void set_submits(probe_script_t *script, const char *value)
{
    script->order.submits = atoi(value);
}

static void set_until_stop(probe_script_t *script, const char *value)
{
    script->order.until_stop = atoi(value);
}

static void set_say(probe_script_t *script, const char *value)
{
    set_text(script, value);
    script->order.says = *value != '\0';
}

static void set_fail(probe_script_t *script, const char *value)
{
    script->order.result = atoi(value);
}

static void set_again(probe_script_t *script, const char *value)
{
    script->order.again = (unsigned int)atoi(value);
}

static void set_after(probe_script_t *script, const char *value)
{
    script->order.after_ms = atoi(value);
}

static void set_explain(probe_script_t *script, const char *value)
{
    set_text(script, value);
    script->order.explains = *value != '\0';
}

static void set_give_up(probe_script_t *script, const char *value)
{
    script->order.result = atoi(value) ? CROSSTOWN_GIVE_UP : APR_SUCCESS;
}

static void set_delay(probe_script_t *script, const char *value)
{
    script->opts.delay = apr_time_from_msec(atoi(value));
}

static void set_name(probe_script_t *script, const char *value)
{
    script->opts.name = *value ? value : NULL;
}

static void set_no_go(probe_script_t *script, const char *value)
{
    script->opts.no_go = value;
}

static void set_no_htaccess(probe_script_t *script, const char *value)
{
    script->opts.no_htaccess = atoi(value);
}

static void set_same(probe_script_t *script, const char *value)
{
    script->opts.same_thread = atoi(value);
}

static void set_keep(probe_script_t *script, const char *value)
{
    script->keep = value;
}

static void set_size(probe_script_t *script, const char *value)
{
    script->size = apr_atoi64(value);
}

static void set_declares(probe_script_t *script, const char *value)
{
    script->declares = apr_atoi64(value);
}

static void set_then(probe_script_t *script, const char *value)
{
    script->then = value;
}

static void set_breaks(probe_script_t *script, const char *value)
{
    script->breaks = atoi(value);
}

static void set_status(probe_script_t *script, const char *value)
{
    script->status = atoi(value);
}

static void set_own_status(probe_script_t *script, const char *value)
{
    script->r->status = atoi(value);
}

static void set_location(probe_script_t *script, const char *value)
{
    apr_table_setn(script->r->headers_out, "Location", value);
}

static void set_redirect(probe_script_t *script, const char *value)
{
    script->redirect = value;
}

static void set_trailer(probe_script_t *script, const char *value)
{
    apr_table_setn(script->r->trailers_out, "X-Probe-Trailer", value);
}

static void set_linger(probe_script_t *script, const char *value)
{
    script->linger = apr_pstrcat(script->r->pool, probe_gates, "/", value,
                                 NULL);
}

static const script_word_t words[] = {
    { "tag", set_tag },
    { "name", set_name },
    { "no_go", set_no_go },
    { "same", set_same },
    { "no_htaccess", set_no_htaccess },
    { "keep", set_keep },
    { "text", set_text },
    { "sleep_ms", set_sleep },
    { "gate", set_gate },
    { "ends", set_ends },
    { "twice", set_twice },
    { "pools", set_pools },
    { "submits", set_submits },
    { "crowd", set_crowd },
    { "until_stop", set_until_stop },
    { "say", set_say },
    { "fail", set_fail },
    { "again", set_again },
    { "after_ms", set_after },
    { "explain", set_explain },
    { "give_up", set_give_up },
    { "delay_ms", set_delay },
    { "defer", probe_do_defer },
    { "plan", probe_do_plan },
    { "submit", probe_do_submit },
    { "bare", probe_do_bare },
    { "wrong", probe_do_wrong },
    { "cancel", probe_do_cancel },
    { "cancel_all", probe_do_cancel_all },
    { "count", probe_do_count },
    { "stopping", probe_do_stopping },
    { "change", probe_do_change },
    { "check", probe_do_check },
    { "hold", probe_do_hold },
    { "sub", probe_do_sub },
    { "flood", probe_do_flood },
    { "threads", probe_do_threads },
    { "farewell", probe_do_farewell },
    { "busy", probe_do_busy },
    { "bulk", probe_do_bulk },
    { "leave", probe_do_leave },
    { "named", probe_do_named },
    { "submit_named", probe_do_submit_named },
    { "flush", probe_do_flush },
    { "size", set_size },
    { "declare", set_declares },
    { "break", set_breaks },
    { "then", set_then },
    { "status", set_status },
    { "set_status", set_own_status },
    { "location", set_location },
    { "redirect", set_redirect },
    { "trailer", set_trailer },
    { "linger", set_linger },
    { NULL, NULL }
};

int probe_script_is_for(request_rec *r, const char *where)
{
    char wanted[32];

    if (!probe_argument(r->args, "where", wanted, sizeof(wanted))) {
        apr_cpystrn(wanted, "handler", sizeof(wanted));
    }
    return !strcmp(wanted, where);
}

static void play_word(probe_script_t *script, char *word)
{
    char *value = strchr(word, '=');
    const script_word_t *known;

    if (!value) {
        return;
    }
    *value++ = '\0';
    ap_unescape_urlencoded(value);
    for (known = words; known->word; ++known) {
        if (!strcmp(known->word, word)) {
            known->play(script, value);
            return;
        }
    }
}

void probe_script_play(request_rec *r, const char *text,
                       probe_script_t *script)
{
    char *rest = apr_pstrdup(r->pool, text ? text : "");
    char *word;

    memset(script, 0, sizeof(*script));
    script->opts.size = sizeof(script->opts);
    script->opts.over = probe_over;
    script->opts.name = "probe";
    script->keep = "raw";
    script->r = r;
    while ((word = apr_strtok(rest, "&", &rest))) {
        play_word(script, word);
    }
}
