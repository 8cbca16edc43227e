// SPDX-License-Identifier: Apache-2.0
#include "keys/keyholderd/settings.h"

#include <criterion/criterion.h>
#include <string.h>

#include "proto/limits.h"
#include "tests/base/scratch.h"

TestSuite(settings, .init = scratch_make, .fini = scratch_remove);

#define NEEDED                                                                                                         \
    "listen = 127.0.0.1:0\nca = ca.crt\ncertificate = /etc/holder.crt\nkey = holder.key\ntrust = trust\n"              \
    "descriptor = descriptor\nroster = roster\nshare = share.sealed\nstate = state\n"

static err_t load(const char *path, struct settings *out) {
    *out = (struct settings){0};
    err_t err = config_load(path, settings_keys, settings_key_count, out);
    if (err != OK) {
        config_free(settings_keys, settings_key_count, out);
    }
    return err;
}

Test(settings, needs_the_files_and_has_sensible_defaults_for_the_rest) {
    struct settings settings;
    char want[128];
    cr_assert_eq(load(scratch_write_text("holder.ini", NEEDED), &settings), OK, "%s", err_detail());
    snprintf(want, sizeof(want), "%s/share.sealed", scratch_dir());
    cr_expect_str_eq(settings.share, want, "relative to the file's folder");
    cr_expect_str_eq(settings.server.certificate, "/etc/holder.crt");
    cr_expect_null(settings.server.deny);
    cr_expect_null(settings.passphrase_file);
    const struct http_settings http = daemon_http(&settings.server);
    cr_expect_str_eq(http.listen, "127.0.0.1:0");
    cr_expect_eq(http.workers, 2);
    cr_expect_eq(http.max_connections, 10000);
    cr_expect_eq(http.handshake_timeout_ms, 10000);
    cr_expect_eq(http.request_timeout_ms, 15000);
    cr_expect_eq(http.idle_timeout_ms, 120000);
    cr_expect_eq(http.write_timeout_ms, 30000);
    cr_expect_eq(http.max_body, (size_t)MAX_BODY);
    config_free(settings_keys, settings_key_count, &settings);
}

Test(settings, are_refused_with_the_name_of_what_is_missing_or_unknown) {
    struct settings settings;
    cr_expect_eq(load(scratch_write_text("holder.ini", "listen = 127.0.0.1:0\n"), &settings), ERR_INPUT);
    cr_expect_not_null(strstr(err_detail(), "ca"), "%s", err_detail());
    cr_expect_eq(load(scratch_write_text("holder.ini", NEEDED "passphrase = hunter2\n"), &settings), ERR_INPUT);
    cr_expect_not_null(strstr(err_detail(), "passphrase"), "%s", err_detail());
    cr_expect_null(strstr(err_detail(), "hunter2"), "%s", err_detail());
    cr_expect_eq(load(scratch_write_text("holder.ini", NEEDED "workers = 0\n"), &settings), ERR_INPUT);
}
