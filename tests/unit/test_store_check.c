/* SPDX-License-Identifier: Apache-2.0 */
/* What `httpd -t` says of the place of a store. The kernel's answers about
 * file systems are replaced: not all of them are at hand. */
#include "support_store.h"

#include "check.h"

#include <stdlib.h>
#include <sys/stat.h>
#include <sys/statvfs.h>
#include <sys/vfs.h>
#include <unistd.h>

/* In the place of the C library's. */
static unsigned long kind_of_system = 0xef53;
static unsigned long flags_of_system;

int statfs(const char *path, struct statfs *info)
{
    memset(info, 0, sizeof(*info));
    info->f_type = (__typeof__(info->f_type))kind_of_system;
    return 0;
}

int statvfs(const char *path, struct statvfs *info)
{
    memset(info, 0, sizeof(*info));
    info->f_flag = flags_of_system;
    info->f_frsize = 4096;
    info->f_blocks = info->f_bavail = 1 << 30;
    return 0;
}

static const char *check(keeper_t *keeper, const char *path, uid_t user)
{
    return ct_check_place(keeper->pool, path, user, 12345);
}

static void expect(const char *said, const char *words)
{
    assert_non_null(said);
    if (!strstr(said, words)) {
        fail_msg("\"%s\" has no \"%s\"", said, words);
    }
}

static const char *beside(keeper_t *keeper, const char *suffix)
{
    return apr_pstrcat(keeper->pool, keeper->path, suffix, NULL);
}

static void test_fine(void **state)
{
    keeper_t *keeper = *state;

    assert_null(check(keeper, keeper->path, getuid()));
    assert_null(check(keeper, apr_pstrcat(keeper->pool, keeper->directory,
                                          "/new", NULL), getuid()));
    assert_int_equal(ct_check_doubts(keeper->pool, keeper->path)->nelts, 0);
}

static void test_no_directory(void **state)
{
    keeper_t *keeper = *state;

    expect(check(keeper, "/nowhere/store.db", getuid()),
           "/nowhere: No such file");
    expect(check(keeper, "/nowhere/store.db", getuid()), "\"install -d -m");
    expect(check(keeper, "/dev/null/store.db", getuid()),
           "/dev/null is no directory");
    expect(check(keeper, keeper->directory, getuid()), "no regular file");
}

static void test_who_may_write(void **state)
{
    keeper_t *keeper = *state;
    uid_t nobody = 65534;

    expect(check(keeper, keeper->path, nobody),
           "may not write into the directory");
    assert_int_equal(chmod(keeper->directory, 0777), 0);
    expect(check(keeper, keeper->path, nobody), "may not write to");
    assert_int_equal(chmod(keeper->path, 0666), 0);
    expect(check(keeper, keeper->path, nobody), ".owners");
    assert_int_equal(chmod(beside(keeper, ".owners"), 0666), 0);
    assert_null(check(keeper, keeper->path, nobody));
}

/* A copy that root has put back, with its log. */
static void test_a_log_of_somebody_else(void **state)
{
    keeper_t *keeper = *state;
    FILE *log = fopen(beside(keeper, "-wal"), "w");

    fclose(log);
    assert_null(check(keeper, keeper->path, getuid()));
    assert_int_equal(chmod(beside(keeper, "-wal"), 0400), 0);
    if (getuid() == 0) {
        assert_int_equal(chmod(keeper->directory, 0777), 0);
        assert_int_equal(chmod(keeper->path, 0666), 0);
        expect(check(keeper, keeper->path, 65534), "-wal");
    }
    else {
        expect(check(keeper, keeper->path, getuid()), "-wal");
    }
    unlink(beside(keeper, "-wal"));
    assert_int_equal(symlink("/etc/passwd", beside(keeper, "-wal")), 0);
    expect(check(keeper, keeper->path, getuid()), "-wal is no regular file");
}

static void test_no_way_to_it(void **state)
{
    keeper_t *keeper = *state;
    const char *inner = apr_pstrcat(keeper->pool, keeper->directory, "/inner",
                                    NULL);
    const char *path = apr_pstrcat(keeper->pool, inner, "/tasks.db", NULL);

    assert_int_equal(mkdir(inner, 0700), 0);
    assert_int_equal(chmod(inner, 0777), 0);
    expect(check(keeper, path, 65534), "may not pass through the directory");
    expect(check(keeper, path, 65534), apr_pstrcat(
        keeper->pool, "chmod o+x ", keeper->directory, NULL));
    assert_int_equal(chmod(keeper->directory, 0711), 0);
    assert_null(check(keeper, path, 65534));
}

static void test_read_only(void **state)
{
    keeper_t *keeper = *state;

    flags_of_system = ST_RDONLY;
    expect(check(keeper, keeper->path, getuid()), "is read-only");
    flags_of_system = 0;
}

static void test_systems(void **state)
{
    static const struct {
        unsigned long kind;
        const char *words;
    } systems[] = {
        { 0x01021994, "is on tmpfs, where nothing survives a reboot" },
        { 0x794c7630, "is on an overlay, where a container's files" },
        { 0x6969, "is on NFS, where locks and syncs cannot be relied upon" },
        { 0xff534d42, "is on CIFS, " },
        { 0xfe534d42, "is on SMB, " },
        { 0x01021997, "is on 9p, " },
        { 0x65735546, "is on FUSE, " },
        { 0x00c36400, "is on Ceph, " },
        { 0x0bd00bd0, "is on Lustre, " },
    };
    static const unsigned long fine[] = { 0xef53, 0x58465342, 0x9123683e,
                                          0xf2f52010, 0x2fc12fc1 };
    keeper_t *keeper = *state;
    const apr_array_header_t *doubts;
    apr_size_t i;

#ifdef CT_PORTABLE
    skip();                              /* nobody tells */
#endif
    for (i = 0; i < sizeof(systems) / sizeof(systems[0]); ++i) {
        kind_of_system = systems[i].kind;
        doubts = ct_check_doubts(keeper->pool, keeper->path);
        assert_int_equal(doubts->nelts, 1);
        expect(APR_ARRAY_IDX(doubts, 0, const char *), systems[i].words);
        expect(APR_ARRAY_IDX(doubts, 0, const char *),
               "choose a directory on a local disk");
    }
    for (i = 0; i < sizeof(fine) / sizeof(fine[0]); ++i) {
        kind_of_system = fine[i];
        assert_int_equal(ct_check_doubts(keeper->pool,
                                         keeper->path)->nelts, 0);
    }
    kind_of_system = 0xef53;
}

static void test_open_to_others(void **state)
{
    keeper_t *keeper = *state;
    const apr_array_header_t *doubts;

    assert_int_equal(chmod(keeper->directory, 01777), 0);
    assert_int_equal(chmod(keeper->path, 0640), 0);
    doubts = ct_check_doubts(keeper->pool, keeper->path);
    assert_int_equal(doubts->nelts, 2);
    expect(APR_ARRAY_IDX(doubts, 0, const char *), "\"chmod 0700 ");
    expect(APR_ARRAY_IDX(doubts, 1, const char *), "\"chmod 0600 ");
    assert_int_equal(chmod(keeper->directory, 0755), 0);
    assert_int_equal(chmod(keeper->path, 0600), 0);
    assert_int_equal(ct_check_doubts(keeper->pool, keeper->path)->nelts, 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        with_keeper(test_fine),
        with_keeper(test_no_directory),
        with_keeper(test_who_may_write),
        with_keeper(test_a_log_of_somebody_else),
        with_keeper(test_no_way_to_it),
        with_keeper(test_read_only),
        with_keeper(test_systems),
        with_keeper(test_open_to_others),
    };

    return run_group("store: check", tests);
}
