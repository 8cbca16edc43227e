// SPDX-License-Identifier: Apache-2.0
#include "base/config.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/base/refusal.h"
#include "tests/base/scratch.h"

TestSuite(config, .init = scratch_make, .fini = scratch_remove);

struct settings {
    char *listen;
    char *share;
    char *deny;
    char *log;
    int64_t workers;
    int64_t batch;
    bool strict;
};

static const struct config_key keys[] = {
    {"listen", CONFIG_TEXT, offsetof(struct settings, listen), NULL, 0, 0, "Address and port."},
    {"share", CONFIG_PATH, offsetof(struct settings, share), NULL, 0, 0, "The sealed share."},
    {"deny", CONFIG_PATH, offsetof(struct settings, deny), "", 0, 0, "A file of denied keys."},
    {"log", CONFIG_PATH, offsetof(struct settings, log), "log/all", 0, 0, "The log."},
    {"workers", CONFIG_NUMBER, offsetof(struct settings, workers), "4", 1, 64, "Threads."},
    {"batch", CONFIG_NUMBER, offsetof(struct settings, batch), "", -10, 10, "Rows."},
    {"strict", CONFIG_SWITCH, offsetof(struct settings, strict), "no", 0, 0, "Refuses more."},
};
#define KEY_COUNT (sizeof keys / sizeof keys[0])

static err_t load(const char *text, struct settings *out) {
    return config_load(scratch_write_text("test.ini", text), keys, KEY_COUNT, out);
}

static void release(struct settings *settings) {
    config_free(keys, KEY_COUNT, settings);
}

static bool is_zero(const struct settings *got) {
    return got->listen == NULL && got->share == NULL && got->deny == NULL && got->log == NULL && got->workers == 0 &&
           got->batch == 0 && !got->strict;
}

Test(config, reads_every_type) {
    struct settings got = {0};
    assert_ok(load("# a comment\n; another\n\nlisten = 127.0.0.1:8443\r\n share=/etc/share\nworkers = 64\nbatch=-10\n"
                   "strict = yes\ndeny = deny",
                   &got));
    cr_assert_str_eq(got.listen, "127.0.0.1:8443");
    cr_assert_str_eq(got.share, "/etc/share");
    cr_assert_str_eq(got.deny, scratch_path("deny"), "a relative path begins at the configuration's folder");
    cr_assert_eq(got.workers, 64);
    cr_assert_eq(got.batch, -10);
    cr_assert(got.strict);
    release(&got);
    cr_assert(is_zero(&got));
    release(&got);
}

Test(config, leaves_the_uri_of_a_smartcard_as_it_is) {
    static const struct config_key either[] = {
        {"key", CONFIG_PATH_OR_URI, offsetof(struct settings, share), NULL, 0, 0, "A key."}};
    struct settings got = {0};
    assert_ok(config_load(scratch_write_text("test.ini", "key = pkcs11:token=A%20b;id=%01\n"), either, 1, &got));
    cr_assert_str_eq(got.share, "pkcs11:token=A%20b;id=%01");
    config_free(either, 1, &got);
    cr_assert_null(got.share);
    assert_ok(config_load(scratch_write_text("test.ini", "key = own.key\n"), either, 1, &got));
    cr_assert_str_eq(got.share, scratch_path("own.key"));
    config_free(either, 1, &got);
}

Test(config, takes_the_defaults) {
    struct settings got = {0};
    assert_ok(load("listen = x\nshare = x\n", &got));
    cr_assert_null(got.deny);
    cr_assert_str_eq(got.log, scratch_path("log/all"));
    cr_assert_eq(got.workers, 4);
    cr_assert_eq(got.batch, 0);
    cr_assert_not(got.strict);
    release(&got);
}

#define GOOD "listen = x\nshare = x\n"

static const struct {
    const char *text;
    const char *reason;
} refused_files[] = {
    {"", "test.ini: \"listen\" is missing"},
    {"listen = x\n", "test.ini: \"share\" is missing"},
    {GOOD "worker = 4\n", "test.ini: line 3: unknown key \"worker\""},
    {GOOD "Workers = 4\n", "line 3: unknown key \"Workers\""},
    {GOOD "\n\nworkers = 4\nworkers = 4\n", "line 6: \"workers\" is repeated"},
    {GOOD "deny = a\n  b\n", "line 4: not KEY = VALUE"},
    {GOOD "deny = a\n\tdeny = b\n", "line 4: \"deny\" is repeated"},
    {GOOD "workers = 0\n", "line 3: \"workers\": must be a number from 1 to 64"},
    {GOOD "workers = 65\n", "line 3: \"workers\": must be a number from 1 to 64"},
    {GOOD "workers = 4 threads\n", "must be a number from 1 to 64"},
    {GOOD "workers = 99999999999999999999\n", "must be a number from 1 to 64"},
    {GOOD "workers = \n", "must be a number from 1 to 64"},
    {GOOD "batch = -11\n", "must be a number from -10 to 10"},
    {GOOD "strict = true\n", "line 3: \"strict\": must be yes or no"},
    {GOOD "strict =\n", "line 3: \"strict\": must be yes or no"},
    {GOOD "deny =\n", "line 3: \"deny\": must not be empty"},
    {"listen =\nshare = x\n", "line 1: \"listen\": must not be empty"},
    {GOOD "workers\n", "line 3: not KEY = VALUE"},
    {GOOD "[section]\nworkers = 4\n", "line 4: sections are not used"},
    {GOOD "[section\n", "line 3: not KEY = VALUE"},
    {"wrong = 1\nalso wrong\n", "line 1: unknown key"},
    {"also wrong\nwrong = 1\n", "line 1: not KEY = VALUE"},
};

Test(config, refuses_all_else_and_names_the_line) {
    for (size_t i = 0; i < sizeof refused_files / sizeof refused_files[0]; i++) {
        struct settings got = {0};
        assert_refused(load(refused_files[i].text, &got), ERR_INPUT, refused_files[i].reason);
        cr_assert_not_null(strstr(err_detail(), scratch_path("test.ini")));
        cr_assert(is_zero(&got), "freed and zeroed: %s", refused_files[i].text);
    }
}

Test(config, refuses_a_line_that_would_be_cut) {
    char text[400];
    struct settings got = {0};
    int len = snprintf(text, sizeof text, "share = x\nlisten = %0*d\n", 180, 0);
    assert_ok(load(text, &got));
    cr_assert_eq(strlen(got.listen), 180);
    release(&got);
    len = snprintf(text, sizeof text, "share = x\nlisten = %0*d\n", 200, 0);
    cr_assert_gt(len, 200);
    assert_refused(load(text, &got), ERR_INPUT, "line 2: longer than");
    cr_assert(is_zero(&got));
}

Test(config, refuses_a_zero_byte) {
    struct settings got = {0};
    const char *path = scratch_write("test.ini", 0600, "listen = x\nshare = a\0b\n", 23);
    assert_refused(config_load(path, keys, KEY_COUNT, &got), ERR_INPUT, "line 2: longer than");
    cr_assert(is_zero(&got));
}

Test(config, must_be_there_and_of_a_sane_size) {
    static char large[70000];
    struct settings got = {0};
    memset(large, '\n', sizeof large);
    assert_refused(config_load(scratch_path("none"), keys, KEY_COUNT, &got), ERR_NOT_FOUND, "none");
    const char *path = scratch_write("large", 0600, large, sizeof large);
    assert_refused(config_load(path, keys, KEY_COUNT, &got), ERR_TOO_LARGE, "large");
    assert_refused(config_load(scratch_dir(), keys, KEY_COUNT, &got), ERR_IO, scratch_dir());
}

Test(config, help_is_printed_from_the_table) {
    char *text = NULL;
    size_t len = 0;
    FILE *out = open_memstream(&text, &len);
    config_help(out, keys, KEY_COUNT);
    fclose(out);
    cr_assert_str_eq(text, "listen = text; required\n"
                           "    Address and port.\n"
                           "share = path; required\n"
                           "    The sealed share.\n"
                           "deny = path; optional\n"
                           "    A file of denied keys.\n"
                           "log = path; default log/all\n"
                           "    The log.\n"
                           "workers = number from 1 to 64; default 4\n"
                           "    Threads.\n"
                           "batch = number from -10 to 10; optional\n"
                           "    Rows.\n"
                           "strict = yes or no; default no\n"
                           "    Refuses more.\n");
    free(text);
}
