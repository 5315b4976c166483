/* SPDX-License-Identifier: Apache-2.0 */
/* status_switched: what an administrator has said, see status_control.c, as it
 * is shown: names that are paused, and numbers other than the configured ones.
 * Where CrosstownControl is On for the page each name has its buttons. */
#include "status_control.h"

#include "control.h"
#include "http_protocol.h"
#include "name_ids.h"
#include "text.h"

/** A name and what is said of it. */
typedef struct {
    unsigned int label;
    char text[CT_SNAPSHOT_NAME_SIZE];
    unsigned int paused;
    unsigned int at_once;            /* 0: as configured */
} said_t;

/* @param all  also those of which nothing is said
 * @return 0: there are no more */
static int next_name(const ct_switches_t *switches, unsigned int *label,
                     int all, said_t *said)
{
    for (; *label < CT_SWITCHES_NAMES; ++*label) {
        const ct_name_switch_t *name = &switches->names[*label];

        said->label = *label;
        said->paused = atomic_load(&name->paused);
        said->at_once = atomic_load(&name->at_once);
        if ((all || said->paused || said->at_once)
            && ct_name_ids_text(*label, said->text)) {
            ++*label;
            return 1;
        }
    }
    return 0;
}

/* ---- for people ---- */

/* A field, and the button that says so. */
#define NUMBER(word) \
    "<input type=\"number\" name=\"value\" min=\"0\" max=\"4096\" required " \
    "aria-label=\"number\">" \
    "<button name=\"do\" value=\"" word "\">Set</button>"

void ct_status_control_form(request_rec *r, const char *name,
                            const char *fields)
{
    ap_rputs("<form method=\"post\">"
             "<input type=\"hidden\" name=\"back\" value=\"page\">", r);
    if (name) {
        ap_rprintf(r, "<input type=\"hidden\" name=\"name\" value=\"%s\">",
                   name);
    }
    ap_rprintf(r, "%s</form>", fields);
}

static void write_buttons(request_rec *r, const char *name,
                          const said_t *said)
{
    ap_rputs("<td>", r);
    ct_status_control_form(r, name, said->paused
               ? "<button name=\"do\" value=\"resume\">Resume</button>"
               : "<button name=\"do\" value=\"pause\">Pause</button>");
    ap_rputs("</td><td>", r);
    ct_status_control_form(r, name, NUMBER("concurrency"));
    ap_rputs("</td>", r);
}

static void write_row(const ct_status_page_t *page, const said_t *said,
                      int buttons)
{
    request_rec *r = page->r;
    const char *name = ct_status_text_html(r->pool, said->text);

    ap_rprintf(r, "<tr><th scope=\"row\"><bdi>%s</bdi></th>"
               "<td%s</td><td>%s</td>", name,
               said->paused ? " class=\"trouble\">paused" : ">runs",
               said->at_once ? ct_status_text_number(r->pool, said->at_once)
                             : "as configured");
    if (buttons) {
        write_buttons(r, name, said);
    }
    ap_rputs("</tr>\n", r);
}

static void write_all(const ct_status_page_t *page,
                      const ct_switches_t *switches, int buttons)
{
    unsigned int threads = atomic_load(&switches->threads);
    unsigned int draining = atomic_load(&switches->draining);
    request_rec *r = page->r;

    if (!buttons && !threads && !draining) {
        return;
    }
    ct_status_html_open_table(r, "control-all", "Switches for all",
                              buttons ? "what|state|change" : "what|state");
    ap_rprintf(r, "<tr><th scope=\"row\">new tasks</th><td%s</td>", draining
               ? " class=\"trouble\">refused: drained" : ">taken");
    if (buttons) {
        ap_rputs("<td>", r);
        ct_status_control_form(r, NULL, draining
                   ? "<button name=\"do\" value=\"accept\">Accept</button>"
                   : "<button name=\"do\" value=\"drain\">Drain</button>");
        ap_rputs("</td>", r);
    }
    ap_rprintf(r, "</tr>\n<tr><th scope=\"row\">threads of a child</th>"
               "<td>%s</td>",
               threads ? ct_status_text_number(r->pool, threads)
                       : "as configured");
    if (buttons) {
        ap_rputs("<td>", r);
        ct_status_control_form(r, NULL, NUMBER("threads"));
        ap_rputs("</td>", r);
    }
    ap_rputs("</tr>\n", r);
    ct_status_html_close_table(r, "While queues are drained new tasks are "
                               "treated as where a queue is full. Both hold "
                               "until the next restart.");
}

void ct_status_control_html(const ct_status_page_t *page)
{
    const ct_switches_t *switches = ct_control_switches();
    int buttons = ct_control_is_on(page->r);
    unsigned int label = 0;
    int rows = 0;
    said_t said;

    if (switches) {
        write_all(page, switches, buttons);
    }
    while (switches && next_name(switches, &label, buttons, &said)) {
        if (rows++ == 0) {
            ct_status_html_open_table(
                page->r, "control", "Switches", buttons
                ? "name|state|at once in a child|pause|at once, 0: as "
                  "configured" : "name|state|at once in a child");
        }
        write_row(page, &said, buttons);
    }
    if (rows > 0) {
        ct_status_html_close_table(
            page->r, "Tasks of a paused name wait; those of others pass them "
            "by. It stays paused until it is resumed or the server is "
            "stopped; numbers hold until the next restart.");
    }
}

/* ---- for programs ---- */

static void write_or_null(request_rec *r, unsigned int number)
{
    if (number) {
        ap_rprintf(r, "%u", number);
    }
    else {
        ap_rputs("null", r);
    }
}

void ct_status_control_json(const ct_status_page_t *page)
{
    const ct_switches_t *switches = ct_control_switches();
    request_rec *r = page->r;
    unsigned int label = 0;
    int rows = 0;
    said_t said;

    if (!switches) {
        ap_rputs(",\n\"control\":null", r);
        return;
    }
    ap_rprintf(r, ",\n\"control\":{\"draining\":%s,\"threads\":",
               atomic_load(&switches->draining) ? "true" : "false");
    write_or_null(r, atomic_load(&switches->threads));
    ap_rputs(",\"names\":[", r);
    while (next_name(switches, &label, 0, &said)) {
        ap_rprintf(r, "%s{\"name\":%s,\"paused\":%s,\"concurrency\":",
                   rows++ > 0 ? "," : "",
                   ct_status_text_json(r->pool, said.text),
                   said.paused ? "true" : "false");
        write_or_null(r, said.at_once);
        ap_rputs("}", r);
    }
    ap_rputs("]}", r);
}

static void write_family(const ct_status_page_t *page, const char *metric,
                         const char *help, int paused)
{
    const ct_switches_t *switches = ct_control_switches();
    request_rec *r = page->r;
    unsigned int label = 0;
    said_t said;

    ap_rprintf(r, "# HELP %s %s\n# TYPE %s gauge\n", metric, help, metric);
    while (next_name(switches, &label, 0, &said)) {
        if (paused || said.at_once) {
            ap_rprintf(r, "%s{name=%s} %u\n", metric,
                       ct_status_text_label(r->pool, said.text),
                       paused ? said.paused : said.at_once);
        }
    }
}

static void write_single(request_rec *r, const char *metric,
                         const char *help, unsigned int value)
{
    ap_rprintf(r, "# HELP %s %s\n# TYPE %s gauge\n%s %u\n", metric, help,
               metric, metric, value);
}

void ct_status_control_prometheus(const ct_status_page_t *page)
{
    const ct_switches_t *switches = ct_control_switches();

    if (!switches) {
        return;
    }
    write_single(page->r, "crosstown_draining",
                 "1: an administrator lets no new tasks in.",
                 atomic_load(&switches->draining));
    write_single(page->r, "crosstown_threads_said",
                 "How many threads a child may have, where an administrator "
                 "has said so; else 0.", atomic_load(&switches->threads));
    write_family(page, "crosstown_name_paused",
                 "1: an administrator has paused this name.", 1);
    write_family(page, "crosstown_name_concurrency_said",
                 "How many may run at once in a child, where an "
                 "administrator has said so.", 0);
}
