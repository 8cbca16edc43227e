// SPDX-License-Identifier: Apache-2.0
#include "client/config.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "tests/base/refusal.h"
#include "tests/base/scratch.h"
#include "tests/client/tree.h"

static struct client_config config;

static void begin(void) {
    scratch_make();
    unsetenv("SIGNPOST_CONFIG");
    unsetenv("XDG_CONFIG_HOME");
    unsetenv("XDG_STATE_HOME");
    setenv("HOME", scratch_dir(), 1);
}

static void end(void) {
    client_config_free(&config);
    tree_remove(scratch_path("signpost"));
    scratch_remove();
}

TestSuite(client_config, .init = begin, .fini = end);

#define NEEDED "descriptor = d\ntrust = t\nca = ca.crt\ncertificate = c.crt\nkey = c.key\n"

Test(client_config, reads_a_file_that_is_named) {
    assert_ok(
        client_config_load(scratch_write_text("a.ini", NEEDED "purpose = assessment\ntimeout_ms = 500\n"), &config));
    cr_assert_str_eq(config.trust, scratch_path("t"));
    cr_assert_str_eq(config.purpose, "assessment");
    cr_assert_eq(config.timeout_ms, 500);
    cr_assert_null(config.handle_key);
    cr_assert_null(config.local_contacts);
    cr_assert_str_eq(config.state, scratch_path(".local/state/signpost"));
}

Test(client_config, is_found_by_the_environment) {
    setenv("SIGNPOST_CONFIG", scratch_write_text("b.ini", NEEDED "state = kept\n"), 1);
    assert_ok(client_config_load(NULL, &config));
    cr_assert_str_eq(config.state, scratch_path("kept"));
}

Test(client_config, is_found_at_home) {
    setenv("XDG_CONFIG_HOME", scratch_dir(), 1);
    setenv("XDG_STATE_HOME", scratch_path("states"), 1);
    cr_assert_eq(mkdir(scratch_path("signpost"), 0700), 0);
    scratch_write_text("signpost/signpost.ini", NEEDED);
    assert_ok(client_config_load(NULL, &config));
    cr_assert_str_eq(config.key, scratch_path("signpost/c.key"));
    cr_assert_str_eq(config.state, scratch_path("states/signpost"));
}

Test(client_config, says_where_it_was_looked_for) {
    assert_refused(client_config_load(NULL, &config), ERR_NOT_FOUND, ".config/signpost/signpost.ini");
}

Test(client_config, refuses_what_is_missing_unknown_or_wrong) {
    assert_refused(client_config_load(scratch_write_text("c.ini", "descriptor = d\n"), &config), ERR_INPUT, "trust");
    assert_refused(client_config_load(scratch_write_text("d.ini", NEEDED "surname = x\n"), &config), ERR_INPUT,
                   "line 6");
    assert_refused(client_config_load(scratch_write_text("h.ini", NEEDED "purpose = canary\n"), &config), ERR_INPUT,
                   "the scheme's own");
    cr_assert_eq(client_config_load(scratch_write_text("e.ini", NEEDED "purpose = curiosity\n"), &config), ERR_INPUT);
    assert_refused(client_config_load(scratch_write_text("f.ini", NEEDED "timeout_ms = 5\n"), &config), ERR_INPUT,
                   "timeout_ms");
    cr_assert_eq(client_config_load(scratch_path("none.ini"), &config), ERR_NOT_FOUND);
    cr_assert_null(config.descriptor);
}

Test(client_config, needs_a_place_for_its_state) {
    unsetenv("HOME");
    assert_refused(client_config_load(scratch_write_text("g.ini", NEEDED), &config), ERR_INPUT, "state");
}

Test(client_config, explains_every_key) {
    char *text = NULL;
    size_t size = 0;
    FILE *out = open_memstream(&text, &size);
    client_config_help(out);
    fclose(out);
    const char *const keys[] = {"descriptor",     "trust", "ca",      "certificate", "key",       "handle_key",
                                "local_contacts", "state", "purpose", "connect_to",  "timeout_ms"};
    for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
        cr_assert_not_null(strstr(text, keys[i]), "%s", keys[i]);
    }
    free(text);
}
