/* SPDX-License-Identifier: Apache-2.0 */
/* once: "no reply" is not "not done", so whoever sends again has to be able to
 * ask whether it was. The marker is set before anything else, so that a server
 * that takes no writes (no memory, read only, not allowed) says so before
 * there is half a job; if something fails behind it, it is taken away in the
 * way in which it could be set, since another command may not be allowed.
 *
 * A script takes many jobs, as its call costs as much as what it does for one.
 * Each has its own end: an error of one is none of the next one's.
 *
 * BullMQ's workers need more than commands can say: where a paused queue keeps
 * its jobs depends on their version, and a job that is there must not be put
 * there again. */
#include "once.h"

#include "apr_strings.h"

#define MARKER "crosstown:once:"

/* ARGV, for each job: seconds, marker, how many commands; for each of these
 * how many words, and the words. */
static const char commands_script[] =
    "local A,call,i,out,all=ARGV,redis.pcall,1,{},1\n"
    "while A[i] do\n"
    " local marker=A[i+1]\n"
    " local r=call('SET',marker,'','NX','EX',A[i])\n"
    " local is_new,failed=r,r and r.err and r\n"
    " local commands=A[i+2]\n"
    " i=i+3\n"
    " for _=1,commands do\n"
    "  local last=i+A[i]\n"
    "  if is_new and not failed then\n"
    "   r=call(unpack(A,i+1,last))\n"
    "   if type(r)=='table' and r.err then\n"
    "    failed=r\n"
    "    call('SET',marker,'','PX',1)\n"
    "   end\n"
    "  end\n"
    "  i=last+1\n"
    " end\n"
    " out[#out+1]=failed or 1\n"
    " if failed then all=out end\n"
    "end\n"
    "return all\n";

/* The same, of one command each, whose words are the queue's keys up to their
 * last part, id, name, data, opts, now in milliseconds. */
static const char bullmq_script[] =
    "local A,i,out,all=ARGV,1,{},1\n"
    "local failed\n"
    "local function call(...)\n"
    " if failed then return end\n"
    " local r=redis.pcall(...)\n"
    " if type(r)=='table' and r.err then failed=r return end\n"
    " return r\n"
    "end\n"
    "local function add(ttl,marker,q,id,name,data,opts,now)\n"
    " if ttl>0 and call('SET',marker,'','NX','EX',ttl)==false then"
    " return end\n"
    " if failed then return end\n"
    " if call('EXISTS',q..id)==1 then return end\n"
    " local paused=call('HEXISTS',q..'meta','paused')==1\n"
    " local version=call('HGET',q..'meta','version')\n"
    " local major=version and tonumber(string.match(version,'(%d+)%.')) or 0\n"
    " call('HSET',q..id,'name',name,'data',data,'opts',opts,"
    "'timestamp',now,'delay',0,'priority',0)\n"
    " call('XADD',q..'events','MAXLEN','~',10000,'*','event','added',"
    "'jobId',id,'name',name)\n"
    " call('LPUSH',q..((paused and major<6) and 'paused' or 'wait'),id)\n"
    " if not paused then call('ZADD',q..'marker',0,'0') end\n"
    " if failed then\n"
    "  redis.pcall('DEL',q..id)\n"
    "  if ttl>0 then redis.pcall('SET',marker,'','PX',1) end\n"
    " end\n"
    "end\n"
    "while A[i] do\n"
    " failed=nil\n"
    " add(tonumber(A[i]),A[i+1],unpack(A,i+4,i+9))\n"
    " out[#out+1]=failed or 1\n"
    " if failed then all=out end\n"
    " i=i+10\n"
    "end\n"
    "return all\n";

const char *const ct_once_scripts[CT_ONCE_SCRIPTS] = {
    NULL, commands_script, bullmq_script
};

void ct_once_take(ct_commands_t *commands, ct_once_e script, const char *id,
                  int seconds)
{
    apr_pool_t *p = commands->words->pool;

    commands->script = script;
    commands->seconds = apr_itoa(p, seconds);
    commands->marker = apr_pstrcat(p, MARKER, id, NULL);
}
