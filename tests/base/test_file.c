// SPDX-License-Identifier: Apache-2.0
#include "base/file.h"

#include <criterion/criterion.h>
#include <fcntl.h>
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"
#include "tests/base/refusal.h"
#include "tests/base/scratch.h"

TestSuite(file, .init = scratch_make, .fini = scratch_remove);

Test(file, is_read_whole_and_appended) {
    static uint8_t large[100000];
    struct buf out = {0};
    large[99999] = 7;
    const char *path = scratch_write("large", 0644, large, sizeof large);
    buf_put_str(&out, "ab");
    assert_ok(file_read(path, sizeof large, &out));
    cr_assert_eq(out.len, 2 + sizeof large);
    cr_assert_arr_eq(out.data, "ab", 2);
    cr_assert_arr_eq(out.data + 2, large, sizeof large);
    buf_free(&out);
}

Test(file, may_be_empty) {
    struct buf out = {0};
    assert_ok(file_read(scratch_write_text("empty", ""), 0, &out));
    cr_assert_eq(out.len, 0);
    buf_free(&out);
}

Test(file, is_refused_above_its_bound) {
    struct buf out = {0};
    buf_put_str(&out, "ab");
    const char *path = scratch_write_text("four", "1234");
    assert_refused(file_read(path, 3, &out), ERR_TOO_LARGE, path);
    assert_refused(file_read("/dev/zero", 100000, &out), ERR_TOO_LARGE, "/dev/zero: longer than 100000");
    cr_assert_eq(out.len, 2, "untouched");
    assert_ok(file_read(path, 4, &out));
    buf_free(&out);
}

Test(file, errors_name_the_path) {
    struct buf out = {0};
    assert_refused(file_read(scratch_path("none"), 10, &out), ERR_NOT_FOUND, scratch_path("none"));
    assert_refused(file_read(scratch_dir(), 10, &out), ERR_IO, scratch_dir());
    scratch_write_text("plain", "x");
    assert_refused(file_read(scratch_path("plain/below"), 10, &out), ERR_IO, "plain/below");
    cr_assert_null(out.data);
}

Test(file, is_read_through_a_symbolic_link) {
    struct buf out = {0};
    const char *target = scratch_write_text("target", "yes");
    cr_assert_eq(symlink(target, scratch_path("link")), 0);
    assert_ok(file_read(scratch_path("link"), 10, &out));
    cr_assert_str_eq(buf_str(&out), "yes");
    buf_free(&out);
}

Test(file, a_secret_is_read_into_locked_memory) {
    uint8_t *secret = NULL;
    size_t len = 0;
    const char *path = scratch_write("secret", 0600, "ab\n\n", 4);
    assert_ok(file_read_secret(path, 4, false, &secret, &len));
    cr_assert_eq(len, 4);
    cr_assert_str_eq((char *)secret, "ab\n\n");
    secret_free(secret);
    assert_ok(file_read_secret(path, 4, true, &secret, &len));
    cr_assert_eq(len, 3);
    cr_assert_str_eq((char *)secret, "ab\n", "a text ends with a zero, one newline is dropped");
    secret_free(secret);
    scratch_write("secret", 0400, "", 0);
    assert_ok(file_read_secret(path, 4, true, &secret, &len));
    cr_assert_eq(len, 0);
    secret_free(secret);
}

Test(file, a_secret_that_others_may_reach_is_refused) {
    static const mode_t wrong[] = {0640, 0604, 0620, 0602, 0610, 0601, 0644, 0666};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        uint8_t *secret = NULL;
        size_t len = 9;
        const char *path = scratch_write("secret", wrong[i], "ab", 2);
        assert_refused(file_read_secret(path, 10, false, &secret, &len), ERR_DENIED, "chmod 600");
        cr_assert_null(secret);
        cr_assert_eq(len, 9);
    }
}

Test(file, a_credential_is_read_from_the_services_folder_alone) {
    uint8_t *secret = NULL;
    size_t len = 0;
    // systemd grants its user access by an access list, whose mask shows as the group's bits.
    (void)scratch_write("passphrase", 0440, "ab\n", 3);
    cr_assert_eq(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    assert_refused(file_read_credential("passphrase", 10, true, &secret, &len), ERR_NOT_FOUND, "service of systemd");
    cr_assert_eq(setenv("CREDENTIALS_DIRECTORY", "relative", 1), 0);
    assert_refused(file_read_credential("passphrase", 10, true, &secret, &len), ERR_NOT_FOUND, "service of systemd");
    cr_assert_eq(setenv("CREDENTIALS_DIRECTORY", scratch_dir(), 1), 0);
    assert_ok(file_read_credential("passphrase", 10, true, &secret, &len));
    cr_assert_eq(len, 2);
    cr_assert_arr_eq(secret, "ab", 2);
    secret_free(secret);
    assert_refused(file_read_credential("none", 10, true, &secret, &len), ERR_NOT_FOUND, "none");
    assert_refused(file_read_credential("../passphrase", 10, true, &secret, &len), ERR_INPUT, "not the name");
    assert_refused(file_read_credential("..", 10, true, &secret, &len), ERR_INPUT, "not the name");
    (void)scratch_write("open", 0444, "ab", 2);
    assert_refused(file_read_credential("open", 10, true, &secret, &len), ERR_DENIED, "open");
}

Test(file, a_secret_behind_a_link_is_judged_by_its_own_mode) {
    uint8_t *secret = NULL;
    size_t len = 0;
    const char *target = scratch_write("secret", 0640, "ab", 2);
    cr_assert_eq(symlink(target, scratch_path("link")), 0);
    assert_refused(file_read_secret(scratch_path("link"), 10, false, &secret, &len), ERR_DENIED, "link");
    cr_assert_eq(chmod(target, 0600), 0);
    assert_ok(file_read_secret(scratch_path("link"), 10, false, &secret, &len));
    secret_free(secret);
}

Test(file, a_secret_has_its_bound_too) {
    uint8_t *secret = NULL;
    size_t len = 0;
    const char *path = scratch_write_text("secret", "1234");
    assert_refused(file_read_secret(path, 3, false, &secret, &len), ERR_TOO_LARGE, "longer than 3");
    assert_refused(file_read_secret(scratch_path("none"), 3, false, &secret, &len), ERR_NOT_FOUND, "none");
    cr_assert_eq(chmod(scratch_dir(), 0700), 0);
    assert_refused(file_read_secret(scratch_dir(), 3, false, &secret, &len), ERR_IO, scratch_dir());
    cr_assert_null(secret);
}

Test(file, is_created_with_its_mode) {
    assert_ok(file_create(scratch_path("new"), 0600, bytes_str("contents")));
    cr_assert(scratch_holds("new", "contents"));
    cr_assert_eq(scratch_mode("new"), 0600);
    assert_ok(file_create(scratch_path("empty"), 0400, (struct bytes){0}));
    cr_assert(scratch_holds("empty", ""));
    cr_assert_eq(scratch_mode("empty"), 0400);
}

Test(file, is_created_in_the_present_folder) {
    struct buf out = {0};
    cr_assert_eq(chdir(scratch_dir()), 0);
    assert_ok(file_create("here", 0600, bytes_str("x")));
    assert_ok(file_replace("here", 0600, bytes_str("y")));
    assert_ok(file_read("here", 10, &out));
    cr_assert_str_eq(buf_str(&out), "y");
    buf_free(&out);
}

Test(file, is_never_overwritten) {
    const char *path = scratch_write_text("old", "old");
    assert_refused(file_create(path, 0600, bytes_str("new")), ERR_EXISTS, path);
    cr_assert(scratch_holds("old", "old"));
}

Test(file, is_never_created_through_a_link) {
    cr_assert_eq(symlink(scratch_path("target"), scratch_path("link")), 0);
    assert_refused(file_create(scratch_path("link"), 0600, bytes_str("new")), ERR_EXISTS, "link");
    cr_assert_not(scratch_has("target"));
}

Test(file, needs_its_folder) {
    assert_refused(file_create(scratch_path("none/new"), 0600, bytes_str("x")), ERR_NOT_FOUND, "none/new");
    assert_refused(file_replace(scratch_path("none/new"), 0600, bytes_str("x")), ERR_NOT_FOUND, "none/new");
}

Test(file, is_replaced_whole) {
    struct stat before;
    struct stat after;
    const char *path = scratch_write_text("state", "a longer old state");
    cr_assert_eq(stat(path, &before), 0);
    assert_ok(file_replace(path, 0640, bytes_str("new")));
    cr_assert_eq(stat(path, &after), 0);
    cr_assert(scratch_holds("state", "new"));
    cr_assert_neq(before.st_ino, after.st_ino, "whoever has the old file open reads the old file");
    cr_assert_eq(scratch_mode("state"), 0640);
    cr_assert_eq(scratch_count(), 1, "nothing is left beside it");
}

Test(file, is_made_by_replacing_nothing) {
    assert_ok(file_replace(scratch_path("state"), 0600, bytes_str("new")));
    cr_assert(scratch_holds("state", "new"));
    cr_assert_eq(scratch_count(), 1);
}

Test(file, replaces_a_link_and_not_what_it_points_to) {
    struct stat about;
    const char *target = scratch_write_text("target", "kept");
    cr_assert_eq(symlink(target, scratch_path("link")), 0);
    assert_ok(file_replace(scratch_path("link"), 0600, bytes_str("new")));
    cr_assert(scratch_holds("target", "kept"));
    cr_assert(scratch_holds("link", "new"));
    cr_assert_eq(lstat(scratch_path("link"), &about), 0);
    cr_assert(S_ISREG(about.st_mode));
}

Test(file, a_folder_is_not_replaced) {
    cr_assert_eq(mkdir(scratch_path("folder"), 0700), 0);
    assert_refused(file_replace(scratch_path("folder"), 0600, bytes_str("x")), ERR_IO, "folder");
    cr_assert_eq(scratch_count(), 1, "nothing is left beside it");
}

// A bound on the size of files stands for a full disk: both end in ERR_FULL in the middle of a write.
static void limit_file_size(rlim_t most) {
    struct rlimit limit;
    cr_assert_neq(signal(SIGXFSZ, SIG_IGN), SIG_ERR);
    cr_assert_eq(getrlimit(RLIMIT_FSIZE, &limit), 0);
    limit.rlim_cur = most;
    cr_assert_eq(setrlimit(RLIMIT_FSIZE, &limit), 0);
}

Test(file, a_full_disk_leaves_no_partial_file) {
    static const uint8_t large[8192];
    scratch_write_text("state", "old");
    limit_file_size(4096);
    err_t created = file_create(scratch_path("new"), 0600, bytes_of(large, sizeof large));
    err_t replaced = file_replace(scratch_path("state"), 0600, bytes_of(large, sizeof large));
    limit_file_size(RLIM_INFINITY);
    cr_assert_eq(created, ERR_FULL);
    assert_refused(replaced, ERR_FULL, "state: no space left");
    cr_assert_not(scratch_has("new"));
    cr_assert(scratch_holds("state", "old"));
    cr_assert_eq(scratch_count(), 1);
}

Test(file, what_is_destroyed_is_overwritten_before_its_name_goes) {
    char text[1400], now[1400];
    memset(text, 's', sizeof text);
    (void)scratch_write("secret", 0600, text, sizeof text);
    int other = open(scratch_path("secret"), O_RDONLY); // reads the same file after its name is gone
    cr_assert_geq(other, 0);
    assert_ok(file_destroy(scratch_path("secret")));
    cr_assert_not(scratch_has("secret"));
    cr_assert_eq(read(other, now, sizeof now), (ssize_t)sizeof now);
    size_t same = 0;
    for (size_t i = 0; i < sizeof now; i++) {
        same += now[i] == 's';
    }
    cr_assert_lt(same, (size_t)100, "%zu bytes are as they were", same);
    (void)close(other);
}

Test(file, nothing_but_a_plain_file_is_destroyed) {
    scratch_write_text("target", "kept");
    cr_assert_eq(symlink(scratch_path("target"), scratch_path("link")), 0);
    cr_assert_eq(mkdir(scratch_path("folder"), 0700), 0);
    assert_refused(file_destroy(scratch_path("link")), ERR_IO, "link");
    assert_refused(file_destroy(scratch_path("folder")), ERR_IO, "folder");
    assert_refused(file_destroy(scratch_path("none")), ERR_NOT_FOUND, "none");
    cr_assert(scratch_holds("target", "kept"));
}

Test(file, a_folder_is_made_once) {
    assert_ok(file_make_dir(scratch_path("folder")));
    cr_assert_eq(scratch_mode("folder"), 0700);
    cr_assert_eq(chmod(scratch_path("folder"), 0750), 0);
    assert_ok(file_make_dir(scratch_path("folder")));
    cr_assert_eq(scratch_mode("folder"), 0750, "one that is there stays as it is");
}

Test(file, a_folder_is_refused_where_a_file_is_or_the_parent_is_not) {
    scratch_write_text("plain", "x");
    assert_refused(file_make_dir(scratch_path("plain")), ERR_IO, "is not a folder");
    assert_refused(file_make_dir(scratch_path("none/below")), ERR_NOT_FOUND, "none/below");
}

Test(file, paths_are_joined_by_one_slash) {
    static const char *const rows[][3] = {
        {"dir", "name", "dir/name"}, {"dir/", "name", "dir/name"}, {"/", "name", "/name"}, {"", "name", "name"}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        char *path = file_join(rows[i][0], rows[i][1]);
        cr_assert_str_eq(path, rows[i][2]);
        free(path);
    }
}
