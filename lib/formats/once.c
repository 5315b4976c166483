/* SPDX-License-Identifier: Apache-2.0 */
/* once: "no reply" is not "not done", so whoever sends again has to be able to
 * ask whether it was. The marker is set before anything else, so that a server
 * that takes no writes (no memory, read only, not allowed) says so before
 * there is half a job; if something fails behind it, it is taken away in the
 * way in which it could be set, since another command may not be allowed.
 *
 * BullMQ's workers need more than commands can say: where a paused queue keeps
 * its jobs depends on their version, and a job that is there must not be put
 * there again. */
#include "once.h"

#include "apr_sha1.h"
#include "apr_strings.h"

#include <string.h>

#define MARKER "crosstown:once:"

/* ARGV: seconds, then each command's words behind their number. */
static const char commands_script[] =
    "local r=redis.pcall('SET',KEYS[1],'','NX','EX',ARGV[1])\n"
    "if not r then return 0 end\n"
    "if r.err then return r end\n"
    "local i=2\n"
    "while ARGV[i] do\n"
    " local n=tonumber(ARGV[i])\n"
    " r=redis.pcall(unpack(ARGV,i+1,i+n))\n"
    " if type(r)=='table' and r.err then\n"
    "  redis.call('SET',KEYS[1],'','PX',1)\n"
    "  return r\n"
    " end\n"
    " i=i+n+1\n"
    "end\n"
    "return 1\n";

/* ARGV: seconds, the queue's keys up to their last part, id, name, data, opts,
 * now in milliseconds. */
static const char bullmq_script[] =
    "local ttl,q,id=tonumber(ARGV[1]),ARGV[2],ARGV[3]\n"
    "local failed\n"
    "local function call(...)\n"
    " if failed then return end\n"
    " local r=redis.pcall(...)\n"
    " if type(r)=='table' and r.err then failed=r return end\n"
    " return r\n"
    "end\n"
    "if ttl>0 and call('SET',KEYS[1],'','NX','EX',ttl)==false then"
    " return 0 end\n"
    "if failed then return failed end\n"
    "if call('EXISTS',q..id)==1 then return 0 end\n"
    "local paused=call('HEXISTS',q..'meta','paused')==1\n"
    "local version=call('HGET',q..'meta','version')\n"
    "local major=version and tonumber(string.match(version,'(%d+)%.')) or 0\n"
    "call('HSET',q..id,'name',ARGV[4],'data',ARGV[5],'opts',ARGV[6],"
    "'timestamp',ARGV[7],'delay',0,'priority',0)\n"
    "call('XADD',q..'events','MAXLEN','~',10000,'*','event','added',"
    "'jobId',id,'name',ARGV[4])\n"
    "call('LPUSH',q..((paused and major<6) and 'paused' or 'wait'),id)\n"
    "if not paused then call('ZADD',q..'marker',0,'0') end\n"
    "if failed then\n"
    " redis.pcall('DEL',q..id)\n"
    " if ttl>0 then redis.call('SET',KEYS[1],'','PX',1) end\n"
    " return failed\n"
    "end\n"
    "return 1\n";

const char *const ct_once_scripts[] = {
    commands_script, bullmq_script, NULL
};

const char *ct_once_sha(apr_pool_t *p, int is_bullmq)
{
    static const char digits[] = "0123456789abcdef";
    const char *script = is_bullmq ? bullmq_script : commands_script;
    unsigned char digest[APR_SHA1_DIGESTSIZE];
    char *sha = apr_palloc(p, 2 * sizeof(digest) + 1);
    apr_sha1_ctx_t context;
    apr_size_t i;

    apr_sha1_init(&context);
    apr_sha1_update(&context, script, (unsigned int)strlen(script));
    apr_sha1_final(digest, &context);
    for (i = 0; i < sizeof(digest); ++i) {
        sha[2 * i] = digits[digest[i] >> 4];
        sha[2 * i + 1] = digits[digest[i] & 0xf];
    }
    sha[2 * i] = '\0';
    return sha;
}

void ct_once_call(ct_commands_t *commands, const char *sha, const char *id,
                  int seconds)
{
    apr_pool_t *p = commands->pool;

    ct_commands_add(commands, "EVALSHA", sha, "1",
                    apr_pstrcat(p, MARKER, id, NULL), apr_itoa(p, seconds),
                    NULL);
}

/* Behind one another, as they are. */
static void append(ct_commands_t *commands, const ct_commands_t *inner)
{
    const ct_word_t *word = inner->words;
    int i;
    int j;

    for (i = 0; i < inner->count; ++i) {
        ct_commands_begin(commands);
        for (j = 0; j < inner->counts[i]; ++j, ++word) {
            ct_commands_word(commands, word->bytes, word->length);
        }
    }
}

void ct_once_wrap(ct_commands_t *commands, const ct_commands_t *inner,
                  const char *sha, const char *id, int seconds)
{
    if (seconds > 0) {
        ct_once_call(commands, sha, id, seconds);
        ct_commands_pack(commands, inner);
    }
    else if (inner->count == 1) {
        append(commands, inner);
    }
    else {
        ct_commands_add(commands, "MULTI", NULL);
        append(commands, inner);
        ct_commands_add(commands, "EXEC", NULL);
    }
}
