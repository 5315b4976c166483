/* SPDX-License-Identifier: Apache-2.0 */
/**
 * @file  crosstown_control.h
 * @brief For modules that have directives of their own about tasks, or can do
 *        something about them: what an administrator asks for on
 *        mod_crosstown's status page, and what he orders there.
 *
 *   static int settings(request_rec *lookup, apr_array_header_t *said)
 *   {
 *       place_t *place = ap_get_module_config(lookup->per_dir_config,
 *                                             &post_module);
 *
 *       crosstown_setting_add(said, place->stamp ? "PostStamp On"
 *                             : "PostStamp Off", place->stamp_by);
 *       return OK;
 *   }
 *
 *   APR_OPTIONAL_HOOK(crosstown, crosstown_settings, settings, NULL, NULL,
 *                     APR_HOOK_MIDDLE);
 *
 * Where mod_crosstown is not loaded nobody asks. All here is since 1.3.
 */
#ifndef CROSSTOWN_CONTROL_H
#define CROSSTOWN_CONTROL_H

#include "mod_crosstown.h"

#ifdef __cplusplus
extern "C" {
#endif

/** What holds in a place, and who says so. Made by crosstown_setting_add();
 *  grows at its end only. Since 1.3. */
typedef struct crosstown_setting_t {
    const char *words;           /**< as it is written in a configuration */
    const struct ap_directive_t *by; /**< `cmd->directive` of whoever has said
                                      it, kept by the directive's function;
                                      NULL: nobody has, it is the default */
} crosstown_setting_t;

/**
 * settings: the page is asked what holds for a URL (`?url=/path`): push what
 * your directives come to there.
 * @param lookup  a sub-request for the URL, which has not run: its
 *                per_dir_config has all sections and .htaccess files merged
 * @param said    of crosstown_setting_t *
 * Thread: that of a request for the page. Since 1.3.
 */
APR_DECLARE_EXTERNAL_HOOK(crosstown, CROSSTOWN, int, crosstown_settings,
                          (struct request_rec *lookup,
                           apr_array_header_t *said))

/**
 * Push a setting.
 * @param said   of the hook
 * @param words  not copied
 * @param by     or NULL
 * Thread: the hook's. Since 1.3.
 */
static APR_INLINE void crosstown_setting_add(apr_array_header_t *said,
                                             const char *words,
                                             const struct ap_directive_t *by)
{
    crosstown_setting_t *setting = (crosstown_setting_t *)apr_pcalloc(
        said->pool, sizeof(*setting));

    setting->words = words;
    setting->by = by;
    *(crosstown_setting_t **)apr_array_push(said) = setting;
}

/** What an administrator orders, where CrosstownControl is On: a POST of `do=`
 *  and, where one was written, `name=`. Grows at its end only. Since 1.3. */
typedef struct crosstown_order_t {
    apr_size_t size;             /**< of the struct, as the caller knows it */
    struct request_rec *r;
    const char *word;            /**< `do=`: what is to be done; not one of
                                      mod_crosstown's own words */
    const char *name;            /**< of tasks; or NULL */
    const char *answer;          /**< to be set, in r->pool or longer: a line
                                      of text for people, without its end */
} crosstown_order_t;

/**
 * order: is the word yours? Then do it, and say so in `answer`. Who asks is
 * known to be allowed to, and the answer is logged with him (CT01803).
 * A row of crosstown_numbers.h can have a button for the word.
 * @return DECLINED (-1): it is not; OK (0): it is done; HTTP_BAD_REQUEST or
 *         another status: it is not done, and answer says what is wrong
 * Thread: that of the request. Since 1.3.
 */
APR_DECLARE_EXTERNAL_HOOK(crosstown, CROSSTOWN, int, crosstown_order,
                          (crosstown_order_t *order))

#ifdef __cplusplus
}
#endif

#endif
