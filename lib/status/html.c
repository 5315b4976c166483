/* SPDX-License-Identifier: Apache-2.0 */
/* html: the page for people. It is whole without scripts, images or
 * anything else to be fetched, fits a phone, and follows the reader's wish for
 * a dark page. Whatever a name or a URI holds comes through
 * ct_status_text_html(). */
#include "formats.h"

#include "apr_strings.h"
#include "http_protocol.h"
#include "mod_crosstown.h"
#include "module_numbers.h"
#include "status_control.h"
#include "text.h"
#include "verdict.h"

static const char style[] =
    "<style>\n"
    ":root{color-scheme:light dark;--paper:#fff;--ink:#1c2126;--soft:#59616b;"
    "--line:#d5dae0;--tile:#f4f6f8;--lower:#2368b8;--upper:#c05a00;"
    "--trouble:#b3261e}\n"
    "@media(prefers-color-scheme:dark){:root{--paper:#14171a;--ink:#e4e8ec;"
    "--soft:#9ba5b0;--line:#3a4149;--tile:#1e2328;--lower:#5c9fe8;"
    "--upper:#e88b3a;--trouble:#ff8a80}}\n"
    "*{box-sizing:border-box}\n"
    "body{margin:0 auto;max-width:80rem;padding:1rem;background:var(--paper);"
    "color:var(--ink);font:1rem/1.45 system-ui,sans-serif;"
    "overflow-wrap:break-word}\n"
    "h1{font-size:1.5rem;margin:0}\n"
    "h2{font-size:1.1rem;margin:2rem 0 .6rem}\n"
    "p{margin:.3rem 0}\n"
    ".soft,.note,figcaption,.axis{color:var(--soft);font-size:.875rem}\n"
    "a{color:var(--lower)}\n"
    "nav a{display:inline-block;padding:.4rem .8rem .4rem 0}\n"
    ".tiles{display:grid;gap:.6rem;margin:1.2rem 0 0;"
    "grid-template-columns:repeat(auto-fit,minmax(6.4rem,1fr))}\n"
    ".tiles div{background:var(--tile);border-radius:.4rem;"
    "padding:.5rem .7rem}\n"
    "dt{color:var(--soft);font-size:.875rem}\n"
    "dd{margin:0;font-size:1.3rem;font-variant-numeric:tabular-nums}\n"
    "#verdict strong{font-size:1.3rem}\n"
    ".trouble{color:var(--trouble);font-weight:600}\n"
    "details{margin:.6rem 0}summary{cursor:pointer;color:var(--lower)}\n"
    ".box{overflow-x:auto;border:1px solid var(--line);margin:2rem 0 .4rem;"
    "border-radius:.4rem;width:fit-content;min-width:min(100%,32rem);"
    "max-width:100%}\n"
    ".box:focus-visible{outline:2px solid var(--lower)}\n"
    "table{border-collapse:separate;border-spacing:0;width:100%}\n"
    "caption{text-align:left;padding:.6rem .7rem .2rem}\n"
    "caption h2{margin:0}\n"
    "th,td{padding:.35rem .7rem;text-align:right;white-space:nowrap;"
    "font-weight:400;font-variant-numeric:tabular-nums}\n"
    "thead th{color:var(--soft);font-size:.875rem}\n"
    "tbody tr>*{border-top:1px solid var(--line)}\n"
    "tbody th{font-weight:600}\n"
    "tr>:first-child,td.text{text-align:left;white-space:normal}\n"
    "tbody th{max-width:20rem}\n"
    "#names td,#names-more td,#tasks td,#now td{font-size:.875rem;"
    "padding:.35rem .4rem;"
    "white-space:normal}\n"
    "#now td:not(.text),#tasks td:not(.text){white-space:nowrap}\n"
    "#tasks td,#tasks thead th{text-align:left}\n"
    "#now tr>:last-child{text-align:left}\n"
    "#now tbody th{min-width:9rem}\n"
    "#names tr>:first-child,#names-more tr>:first-child,"
    "#tasks tr>:first-child,#now tr>:first-child,#now thead th,"
    "#names thead th,#names-more thead th,#tasks thead th"
    "{padding:.35rem .4rem}\n"
    ".all tr{background:var(--tile)}\n"
    "thead th{vertical-align:bottom;white-space:normal}\n"
    "thead a{color:inherit;text-decoration:none}\n"
    "thead a:hover,thead a[aria-current]{text-decoration:underline}\n"
    ".none{color:var(--soft)}\n"
    "@media(max-width:64rem){\n"
    ".tiles .zero{display:none}\n"
    ".box{border:0;overflow-x:visible;width:auto;min-width:0}\n"
    ".box:has(td:not([data-l],.none)){overflow-x:auto}\n"
    "caption{padding-left:0}\n"
    "table:has([data-l]){display:block}\n"
    "table:has([data-l]) :is(tbody,caption){display:block}\n"
    ":is(table:has([data-l]),table:has([colspan])) thead{display:none}\n"
    "table:has([data-l]) tr{display:flex;flex-wrap:wrap;gap:.1rem 1rem;"
    "padding:.5rem 0;border-top:1px solid var(--line)}\n"
    "table:has([data-l]) tr>*{border:0;padding:0!important}\n"
    "table:has([data-l]) tbody th{flex-basis:100%;max-width:none}\n"
    "td[data-l]{white-space:normal;text-align:left}\n"
    "td[data-l]::before{content:attr(data-l) \" \";color:var(--soft);"
    "font-weight:400;font-size:.875rem}\n"
    "td[data-l]:not([data-l=\"\"]).none{display:none}\n"
    "}\n"
    ".charts{display:grid;gap:1.2rem 2rem;"
    "grid-template-columns:repeat(auto-fit,minmax(min(100%,22rem),1fr))}\n"
    "figure{margin:0}\n"
    "figcaption b{color:var(--ink)}\n"
    "svg{display:block;flex:1;min-width:0;height:6rem;"
    "background:var(--tile);border-bottom:1px solid var(--soft)}\n"
    ".lower{fill:var(--lower)}.upper{fill:var(--upper)}"
    ".failed{fill:var(--trouble)}.gap{fill:var(--paper)}"
    ".at{fill:transparent}g:hover .at{fill:var(--line)}\n"
    ".plot{display:flex;margin:.4rem 0 .2rem}\n"
    ".scale{display:flex;flex-direction:column;text-align:right;"
    "justify-content:space-between;width:3.2rem;padding-right:.4rem;"
    "color:var(--soft);font-size:.875rem;line-height:1}\n"
    "#control form{display:inline}#control input{width:5rem}\n"
    ".axis{display:flex;justify-content:space-between;"
    "padding-left:2rem}\n"
    ".key{display:inline-block;margin-right:.8em}\n"
    ".key i{display:inline-block;width:.7em;height:.7em;margin-right:.3em;"
    "border-radius:.15em}\n"
    "i.lower{background:var(--lower)}i.upper{background:var(--upper)}"
    "i.failed{background:var(--trouble)}\n"
    "</style>\n";

static void write_head(const ct_status_page_t *page)
{
    request_rec *r = page->r;
    const char *host = ct_status_text_html(r->pool, ap_get_server_name(r));

    ap_rputs("<!DOCTYPE html>\n<html lang=\"en\">\n<head>\n"
             "<meta charset=\"utf-8\">\n"
             "<meta name=\"viewport\" "
             "content=\"width=device-width, initial-scale=1\">\n", r);
    if (page->refresh > 0) {
        ap_rprintf(r, "<meta http-equiv=\"refresh\" content=\"%d\">\n",
                   page->refresh);
    }
    ap_rprintf(r, "<title>Crosstown on %s</title>\n", host);
    ap_rputs(style, r);
    ap_rprintf(r, "</head>\n<body>\n<header>\n"
               "<h1>Crosstown on <bdi>%s</bdi></h1>\n", host);
}

static const char *time_element(apr_pool_t *p, apr_time_t when)
{
    const char *text = ct_status_text_time(p, when);

    return apr_psprintf(p, "<time datetime=\"%s\">%.10s %.8s</time>", text,
                        text, text + sizeof("2026-01-31T") - 1);
}

static void write_facts(const ct_status_page_t *page)
{
    const ct_snapshot_t *snapshot = page->snapshot;
    apr_pool_t *p = page->r->pool;

    ap_rprintf(page->r, "<p class=\"soft\">mod_crosstown %s, %d child "
               "process%s. Counted for %s, since %s; read at %s UTC.</p>\n",
               CT_STATUS_VERSION, snapshot->children,
               snapshot->children == 1 ? "" : "es",
               ct_status_text_duration(p, snapshot->now - snapshot->since),
               time_element(p, snapshot->since),
               time_element(p, snapshot->now));
    if (!snapshot->shared) {
        ap_rputs("<p class=\"trouble\">No memory is shared: all this is of "
                 "the one process that has answered.</p>\n", page->r);
    }
    ap_rputs("</header>\n<main>\n", page->r);
}

static void write_tiles(const ct_status_page_t *page)
{
    const ct_status_field_t *field;
    request_rec *r = page->r;

    ap_rputs("<section aria-label=\"Totals\">\n"
             "<dl class=\"tiles\" id=\"total\">\n", r);
    for (field = ct_status_fields; !field->now; ++field) {
        apr_uint64_t value = ct_status_value(&page->snapshot->total,
                                             field->offset);

        ap_rprintf(r, "<div%s><dt>%s</dt><dd%s>%s</dd></div>\n",
                   value ? "" : " class=\"zero\"", field->title,
                   field->trouble && ct_status_value(
                       &page->snapshot->minute.numbers, field->offset) > 0
                   ? " class=\"trouble\"" : "",
                   ct_status_text_number(r->pool, value));
    }
    ap_rputs("</dl>\n</section>\n", r);
}

static void write_links(const ct_status_page_t *page)
{
    const char *sort = page->sort ? page->sort : "trouble";

    ap_rprintf(page->r, "</main>\n<footer>\n<nav aria-label=\"This page\">\n"
               "<a href=\"?format=json\">JSON</a>\n"
               "<a href=\"?format=prometheus\">Prometheus</a>\n%s"
               "</nav>\n</footer>\n</body>\n</html>\n",
               page->refresh > 0
               ? apr_psprintf(page->r->pool, "<a href=\"?sort=%s\">Stop the "
                              "refresh</a>\n", sort)
               : apr_psprintf(page->r->pool, "<a href=\"?sort=%s&amp;"
                              "refresh=5\">Refresh every 5 seconds</a>\n",
                              sort));
}

void ct_status_html(const ct_status_page_t *page)
{
    write_head(page);
    write_facts(page);
    ct_verdict_html(page);
    write_tiles(page);
    ct_status_html_now(page);
    ct_status_html_names(page);
    ct_status_html_history(page);
    ct_status_html_tables(page);
    ct_status_html_limits(page);
    ct_status_control_html(page);
    ct_module_numbers_html(page);
    write_links(page);
}
