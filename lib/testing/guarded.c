/* SPDX-License-Identifier: Apache-2.0 */
/* guarded: a pool takes its memory in nodes from its allocator,
 * which takes new ones from malloc() only if it has none to spare. So it is
 * given plenty to spare, all from one mapping; when the pool is gone they are
 * taken out of the allocator again, and the mapping is made inaccessible.
 *
 * An allocator counts the size of a node in units; the first node that it
 * makes by itself shows how large one is. */
#include "guarded.h"

#include <stdlib.h>
#include <sys/mman.h>

#include "apr_strings.h"
#include "stage.h"

#define KEY "crosstown_testing guarded"

/* Large ones first: that is also the order to take them out in, since who
 * asks for a node may get a larger one. Few: each is a page that the kernel
 * has to make, for each task that is run. */
static const struct {
    apr_size_t size;
    unsigned int count;
} kinds[] = { { 1024 * 1024, 6 }, { 64 * 1024, 20 }, { 8 * 1024, 16 } };

#define KINDS (sizeof(kinds) / sizeof(kinds[0]))
#define REGION_SIZE (8 * 1024 * 1024)

typedef struct region_t {
    struct region_t *next;
    char *start;                     /* REGION_SIZE bytes */
    apr_allocator_t *allocator;
    char whose[200];                 /* it was */
} region_t;

static region_t *destroyed;          /* inaccessible, addresses kept */

static apr_size_t measure_unit(apr_allocator_t *allocator)
{
    apr_memnode_t *node = apr_allocator_alloc(allocator, 1);
    apr_size_t unit = (apr_size_t)(node->endp - (char *)node)
                      / (node->index + 1);

    apr_allocator_free(allocator, node);
    return unit;
}

static void give_nodes(region_t *region, apr_size_t unit)
{
    char *at = region->start;
    unsigned int kind, i;

    for (kind = 0; kind < KINDS; ++kind) {
        for (i = 0; i < kinds[kind].count; ++i) {
            apr_memnode_t *node = (apr_memnode_t *)at;

            at += kinds[kind].size;
            node->next = NULL;
            node->index = (apr_uint32_t)(kinds[kind].size / unit - 1);
            node->first_avail = (char *)node + APR_MEMNODE_T_SIZE;
            node->endp = at;
            apr_allocator_free(region->allocator, node);
        }
    }
}

static int is_inside(const region_t *region, const void *memory)
{
    const char *at = memory;

    return at >= region->start && at < region->start + REGION_SIZE;
}

/* What comes from elsewhere meanwhile is the allocator's to free. */
static void take_nodes(region_t *region)
{
    apr_memnode_t *others = NULL;
    unsigned int kind, taken;

    for (kind = 0; kind < KINDS; ++kind) {
        for (taken = 0; taken < kinds[kind].count;) {
            apr_memnode_t *node =
                apr_allocator_alloc(region->allocator,
                                    kinds[kind].size - APR_MEMNODE_T_SIZE);

            if (is_inside(region, node)) {
                ++taken;
            }
            else {
                node->next = others;
                others = node;
            }
        }
    }
    if (others) {
        apr_allocator_free(region->allocator, others);
    }
}

apr_pool_t *ct_guarded_make(apr_pool_t *parent)
{
    region_t *region = malloc(sizeof(*region));
    apr_pool_t *pool;

    if (!region || apr_allocator_create(&region->allocator) != APR_SUCCESS) {
        ct_stage_misused("out of memory");
    }
    region->start = mmap(NULL, REGION_SIZE, PROT_READ | PROT_WRITE,
                         MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (region->start == MAP_FAILED) {
        ct_stage_misused("out of memory");
    }
    give_nodes(region, measure_unit(region->allocator));
    if (apr_pool_create_ex(&pool, parent, NULL, region->allocator)
        != APR_SUCCESS) {
        ct_stage_misused("out of memory");
    }
    apr_pool_userdata_setn(region, KEY, NULL, pool);
    return pool;
}

/* A new mapping in the place of the old one: what it held is given back. */
void ct_guarded_destroy(apr_pool_t *pool, const char *whose)
{
    region_t *region;
    void *data;

    apr_pool_userdata_get(&data, KEY, pool);
    region = data;
    apr_cpystrn(region->whose, whose, sizeof(region->whose));
    apr_pool_destroy(pool);
    take_nodes(region);
    apr_allocator_destroy(region->allocator);
    if (mmap(region->start, REGION_SIZE, PROT_NONE,
             MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_FIXED, -1, 0)
        == MAP_FAILED) {
        ct_stage_misused("request memory cannot be made inaccessible");
    }
    region->next = destroyed;
    destroyed = region;
}

const char *ct_guarded_whose(const void *memory)
{
    const region_t *region = destroyed;

    while (region && !is_inside(region, memory)) {
        region = region->next;
    }
    return region ? region->whose : NULL;
}

void ct_guarded_touch(const void *memory)
{
    if (memory) {
        (void)*(const volatile char *)memory;
    }
}

void ct_guarded_forget(void)
{
    while (destroyed) {
        region_t *region = destroyed;

        destroyed = region->next;
        munmap(region->start, REGION_SIZE);
        free(region);
    }
}
