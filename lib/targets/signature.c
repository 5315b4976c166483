/* SPDX-License-Identifier: Apache-2.0 */
/* signature: OpenSSL's HMAC, since APR-util 1.6 has no SHA-256. A secret in a
 * file keeps the configuration readable for everybody; it is read at the
 * start, as root. */
#include "signature.h"

#include "apr_base64.h"
#include "apr_file_io.h"
#include "apr_lib.h"
#include "apr_strings.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

#define PREFIX   "whsec_"
#define IN_FILE  "file:"
#define SHORTEST 24                  /* bytes */
#define LONGEST  64
#define LARGEST_FILE 4096

#define FORM "write " PREFIX " and the base64 of 24 to 64 random bytes"

static int is_base64(const char *text)
{
    apr_size_t length = strlen(text);
    apr_size_t letters = strspn(text, "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
                                      "abcdefghijklmnopqrstuvwxyz"
                                      "0123456789+/");

    return length % 4 == 0 && length - letters <= 2
           && strspn(text + letters, "=") == length - letters;
}

static const char *read_secret(apr_pool_t *p, const char *text,
                               apr_array_header_t *secrets)
{
    ct_secret_t *secret;
    unsigned char *bytes;
    int length;

    if (strncmp(text, PREFIX, strlen(PREFIX)) != 0
        || !is_base64(text + strlen(PREFIX))) {
        return FORM;
    }
    text += strlen(PREFIX);
    bytes = apr_palloc(p, strlen(text) + 1);
    length = apr_base64_decode_binary(bytes, text);
    if (length < SHORTEST || length > LONGEST) {
        return apr_psprintf(p, "it has %d bytes; " FORM, length);
    }
    secret = apr_array_push(secrets);
    secret->bytes = bytes;
    secret->length = (apr_size_t)length;
    return NULL;
}

static const char *read_file(apr_pool_t *p, const char *path, char *text)
{
    apr_file_t *file;
    apr_size_t length = LARGEST_FILE;
    apr_status_t rv = apr_file_open(&file, path, APR_FOPEN_READ, 0, p);

    if (rv == APR_SUCCESS) {
        rv = apr_file_read_full(file, text, length, &length);
        rv = APR_STATUS_IS_EOF(rv) ? APR_SUCCESS : rv;
        apr_file_close(file);
    }
    if (rv != APR_SUCCESS) {
        char words[120];

        return apr_psprintf(p, "%s: %s", path,
                            apr_strerror(rv, words, sizeof(words)));
    }
    if (length == LARGEST_FILE) {
        return apr_psprintf(p, "%s is too long for a secret", path);
    }
    text[length] = '\0';
    return NULL;
}

const char *ct_signature_read(apr_pool_t *p, const char *value,
                              const apr_array_header_t **secrets)
{
    apr_array_header_t *list = apr_array_make(p, 2, sizeof(ct_secret_t));
    char *text = apr_pstrdup(p, value);
    const char *wrong = NULL;
    const char *what = "secret=";
    char *rest;
    char *line;

    if (!strncmp(value, IN_FILE, strlen(IN_FILE))) {
        what = value + strlen(IN_FILE);
        text = apr_palloc(p, LARGEST_FILE + 1);
        wrong = *what == '/' ? read_file(p, what, text)
                             : "secret=file: wants a full path";
        if (wrong) {
            return wrong;
        }
    }
    for (line = apr_strtok(text, " \t\r\n", &rest); line && !wrong;
         line = apr_strtok(NULL, " \t\r\n", &rest)) {
        wrong = read_secret(p, line, list);
    }
    if (!wrong && list->nelts == 0) {
        wrong = FORM;
    }
    *secrets = list;
    return wrong ? apr_pstrcat(p, what, ": ", wrong, NULL) : NULL;
}

const char *ct_signature_make(apr_pool_t *p, const apr_array_header_t *secrets,
                              const char *id, const char *stamp,
                              const void *body, apr_size_t length)
{
    const char *head = apr_pstrcat(p, id, ".", stamp, ".", NULL);
    apr_size_t head_length = strlen(head);
    unsigned char *text = apr_palloc(p, head_length + length + 1);
    const char *value = "";
    int i;

    memcpy(text, head, head_length);
    if (length > 0) {
        memcpy(text + head_length, body, length);
    }
    for (i = 0; i < secrets->nelts; ++i) {
        const ct_secret_t *secret = &((const ct_secret_t *)secrets->elts)[i];
        unsigned char sum[EVP_MAX_MD_SIZE];
        unsigned int size = 0;
        char encoded[2 * EVP_MAX_MD_SIZE];

        if (HMAC(EVP_sha256(), secret->bytes, (int)secret->length, text,
                 head_length + length, sum, &size)) {
            apr_base64_encode_binary(encoded, sum, (int)size);
            value = apr_pstrcat(p, value, *value ? " " : "", "v1,", encoded,
                                NULL);
        }
    }
    return value;
}
