/* SPDX-License-Identifier: Apache-2.0 */
/* The server that is not there: a module is loaded, configured, started and
 * asked as in the real one. */
#include "support.h"

#include "http_log.h"
#include "http_protocol.h"
#include "http_request.h"
#include "util_script.h"

extern module shop_module;
APLOG_USE_MODULE(shop);

static const char *heard;            /* of the last directive */

static const char *hear(const char *one, const char *two, const char *three)
{
    heard = apr_psprintf(crosstown_test_pool(), "%s,%s,%s", one ? one : "-",
                         two ? two : "-", three ? three : "-");
    return NULL;
}

static const char *none(cmd_parms *cmd, void *dir)
{
    return hear(NULL, NULL, NULL);
}

static const char *raw(cmd_parms *cmd, void *dir, const char *arguments)
{
    return hear(arguments, NULL, NULL);
}

static const char *one(cmd_parms *cmd, void *dir, const char *word)
{
    return strcmp(word, "wrong") != 0 ? hear(word, NULL, NULL)
                                      : "not that one";
}

static const char *two(cmd_parms *cmd, void *dir, const char *word,
                       const char *next)
{
    return hear(word, next, NULL);
}

static const char *three(cmd_parms *cmd, void *dir, const char *word,
                         const char *next, const char *last)
{
    return hear(word, next, last);
}

static const char *flag(cmd_parms *cmd, void *dir, int on)
{
    return hear(on ? "on" : "off", NULL, NULL);
}

static const command_rec directives[] = {
    { "ShopNone", { .no_args = none }, NULL, RSRC_CONF, NO_ARGS, "nothing" },
    AP_INIT_RAW_ARGS("ShopRaw", raw, NULL, RSRC_CONF, "anything"),
    AP_INIT_TAKE1("ShopOne", one, NULL, RSRC_CONF, "one word"),
    AP_INIT_TAKE12("ShopTwo", two, NULL, RSRC_CONF, "one word or two"),
    AP_INIT_TAKE13("ShopThree", three, NULL, RSRC_CONF, "one word or three"),
    AP_INIT_ITERATE("ShopEach", one, NULL, RSRC_CONF, "words"),
    AP_INIT_ITERATE2("ShopOthers", two, NULL, RSRC_CONF, "words"),
    AP_INIT_FLAG("ShopFlag", flag, NULL, RSRC_CONF, "On or Off"),
    { NULL }
};

/* ---- its hooks, each of which notes that it was run -------------------- */

static char run[20];

static void note(char what)
{
    size_t length = strlen(run);

    run[length] = what;
    run[length + 1] = '\0';
}

static void retrieve(void)
{
    note('r');
}

static int post_config(apr_pool_t *pconf, apr_pool_t *plog,
                       apr_pool_t *ptemp, server_rec *s)
{
    note('p');
    return OK;
}

static void child_init(apr_pool_t *pchild, server_rec *s)
{
    note('c');
}

static int fixups(request_rec *r)
{
    note('f');
    return r->args && !strcmp(r->args, "no") ? HTTP_FORBIDDEN : DECLINED;
}

static int handler(request_rec *r)
{
    apr_table_t *args;

    if (strcmp(r->uri, "/shop") != 0) {
        return DECLINED;
    }
    note('h');
    ap_args_to_table(r, &args);
    ap_set_content_type(r, "text/plain");
    ap_rprintf(r, "%d %s", r->method_number, apr_table_get(args, "a b"));
    ap_rputs("!", r);
    ap_rputc('?', r);
    ap_log_rerror(APLOG_MARK, APLOG_INFO, APR_ENOENT, r, "sold out");
    return OK;
}

static int log_transaction(request_rec *r)
{
    note('l');
    return OK;
}

static void register_hooks(apr_pool_t *p)
{
    ap_hook_optional_fn_retrieve(retrieve, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_post_config(post_config, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_child_init(child_init, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_fixups(fixups, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_handler(handler, NULL, NULL, APR_HOOK_MIDDLE);
    ap_hook_log_transaction(log_transaction, NULL, NULL, APR_HOOK_MIDDLE);
}

module shop_module = {
    STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, directives,
    register_hooks, 0
};

/* ------------------------------------------------------------------------ */

static void hooks_run_in_the_servers_order(void **state)
{
    request_rec *r;

    run[0] = '\0';
    crosstown_test_load(&shop_module);
    r = crosstown_test_request("PUT", "/shop?a+b=c%2Bd");
    assert_string_equal(run, "rpc");
    assert_int_equal(crosstown_test_serve(r), 200);
    assert_string_equal(crosstown_test_body(r), "1 c+d!?");
    assert_string_equal(r->content_type, "text/plain");
    assert_non_null(crosstown_test_logged("info: "));
    assert_non_null(crosstown_test_logged(": sold out"));
    assert_null(crosstown_test_logged("sold in"));
    crosstown_test_finish(r, 200);
    assert_string_equal(run, "rpcfhl");
}

static const char *asked_for;        /* the handler */

static int compare_handler(request_rec *r)
{
    asked_for = r->handler;
    return strcmp(r->handler, "mine") == 0 ? OK : DECLINED;
}

static void register_handler(apr_pool_t *p)
{
    ap_hook_handler(compare_handler, NULL, NULL, APR_HOOK_MIDDLE);
}

static void a_handler_always_has_a_name(void **state)
{
    static module named = {
        STANDARD20_MODULE_STUFF, NULL, NULL, NULL, NULL, NULL,
        register_handler, 0
    };
    request_rec *r;

    crosstown_test_load(&named);
    r = crosstown_test_request("GET", "/");
    assert_int_equal(crosstown_test_serve(r), 404);
    assert_string_equal(asked_for, AP_DEFAULT_HANDLER_NAME);
    assert_null(r->handler);
    r->content_type = "text/x-mine ; charset=utf-8";
    assert_int_equal(crosstown_test_serve(r), 404);
    assert_string_equal(asked_for, "text/x-mine");
    r->handler = "mine";
    assert_int_equal(crosstown_test_serve(r), 200);
    assert_string_equal(r->handler, "mine");
}

static void a_refusal_is_the_answer(void **state)
{
    crosstown_test_load(&shop_module);
    assert_int_equal(crosstown_test_serve(
                         crosstown_test_request("GET", "/shop?no")), 403);
    assert_int_equal(crosstown_test_serve(
                         crosstown_test_request("GET", "/bank")), 404);
}

static void assert_hears(const char *line, const char *what)
{
    heard = NULL;
    assert_null(crosstown_test_configure(line));
    assert_string_equal(heard, what);
}

static void directives_are_heard(void **state)
{
    crosstown_test_load(&shop_module);
    assert_hears("ShopNone", "-,-,-");
    assert_hears("ShopRaw  a \"b c\"", "a \"b c\",-,-");
    assert_hears("shopone \"a b\"", "a b,-,-");
    assert_hears("ShopTwo a", "a,-,-");
    assert_hears("ShopTwo a b", "a,b,-");
    assert_hears("ShopThree a b c", "a,b,c");
    assert_hears("ShopEach a b c", "c,-,-");
    assert_hears("ShopOthers a b c", "a,c,-");
    assert_hears("ShopFlag On", "on,-,-");
}

static void wrong_directives_are_complained_of(void **state)
{
    static const char *const wrong[] = {
        "ShopNone a", "ShopOne", "ShopOne a b", "ShopOne wrong",
        "ShopThree a b", "ShopFlag maybe", "ShopWindow", "", "ShopEach wrong",
        "CrosstownNoGo 6xx", "CrosstownOnAbort walk", "CrosstownThreads 2 1"
    };
    unsigned int i;

    crosstown_test_load(&shop_module);
    for (i = 0; i < sizeof(wrong) / sizeof(wrong[0]); ++i) {
        if (!crosstown_test_configure(wrong[i])) {
            fail_msg("%s: nobody complained", wrong[i]);
        }
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        recording(hooks_run_in_the_servers_order),
        recording(hooks_run_in_the_servers_order),
        recording(a_handler_always_has_a_name),
        recording(a_refusal_is_the_answer),
        recording(directives_are_heard),
        recording(wrong_directives_are_complained_of),
    };

    return cmocka_run_group_tests_name("testing: server", tests, NULL, NULL);
}
