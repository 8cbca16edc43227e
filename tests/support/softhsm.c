// SPDX-License-Identifier: Apache-2.0
#include "tests/support/softhsm.h"

#include <criterion/criterion.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/support/process.h"

#define TOOL "/usr/bin/pkcs11-tool"
#define UTIL "/usr/bin/softhsm2-util"

static const char *find_module(void) {
    static const char *const places[] = {"/usr/lib/softhsm/libsofthsm2.so",
                                         "/usr/lib/x86_64-linux-gnu/softhsm/libsofthsm2.so",
                                         "/usr/lib/aarch64-linux-gnu/softhsm/libsofthsm2.so"};
    for (size_t i = 0; i < sizeof places / sizeof places[0]; i++) {
        if (access(places[i], R_OK) == 0) {
            return places[i];
        }
    }
    return NULL;
}

static void run(const char *const *argv) {
    struct outcome outcome = process_run("/", argv, NULL);
    cr_assert_eq(outcome.exit_code, 0, "%s: %s%s", argv[0], outcome.out, outcome.err);
    outcome_free(&outcome);
}

static void path_in(const struct softhsm *hsm, const char *name, char out[128]) {
    snprintf(out, 128, "%s/%s", hsm->dir, name);
}

void softhsm_open(struct softhsm *hsm) {
    char path[128], tokens[128];
    *hsm = (struct softhsm){.dir = "/tmp/signpost-token-XXXXXX", .module = find_module()};
    if (hsm->module == NULL || access(TOOL, X_OK) != 0 || access(UTIL, X_OK) != 0) {
        cr_skip_test("SoftHSM 2 or pkcs11-tool is not installed");
    }
    cr_assert_not_null(mkdtemp(hsm->dir));
    path_in(hsm, "softhsm2.conf", path);
    path_in(hsm, "tokens", tokens);
    const char *const argv[] = {"/bin/mkdir", tokens, NULL};
    run(argv);
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    fprintf(file, "directories.tokendir = %s\nobjectstore.backend = file\nlog.level = ERROR\n", tokens);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(setenv("SOFTHSM2_CONF", path, 1), 0);
}

void softhsm_close(struct softhsm *hsm) {
    const char *const argv[] = {"/bin/rm", "-rf", hsm->dir, NULL};
    run(argv);
}

void softhsm_token(const struct softhsm *hsm, const char *label) {
    (void)hsm;
    const char *const argv[] = {UTIL,       "--init-token", "--free", "--label",   label,
                                "--so-pin", "12345678",     "--pin",  SOFTHSM_PIN, NULL};
    run(argv);
}

void softhsm_key(const struct softhsm *hsm, const char *label, const char *type, const char *id, const char *name) {
    const char *const argv[] = {
        TOOL,           "--module",   hsm->module, "--token-label", label, "--login", "--pin", SOFTHSM_PIN,
        "--keypairgen", "--key-type", type,        "--id",          id,    "--label", name,    NULL};
    run(argv);
}

void softhsm_certificate(const struct softhsm *hsm, const char *label, const char *id, const char *path) {
    char der[128];
    path_in(hsm, "certificate.der", der);
    const char *const convert[] = {"/usr/bin/openssl", "x509", "-in", path, "-outform", "DER", "-out", der, NULL};
    run(convert);
    const char *const argv[] = {TOOL,        "--module",       hsm->module, "--token-label", label,  "--login", "--pin",
                                SOFTHSM_PIN, "--write-object", der,         "--type",        "cert", "--id",    id,
                                NULL};
    run(argv);
}

static void move_tokens(const struct softhsm *hsm, const char *from, const char *to) {
    char old[128], new[128];
    path_in(hsm, from, old);
    path_in(hsm, to, new);
    cr_assert_eq(rename(old, new), 0);
}

// What is left is a reader without a card: an empty folder.
void softhsm_take_out(const struct softhsm *hsm) {
    char reader[128];
    path_in(hsm, "tokens", reader);
    move_tokens(hsm, "tokens", "pocket");
    cr_assert_eq(mkdir(reader, 0700), 0);
}

void softhsm_put_in(const struct softhsm *hsm) {
    char reader[128];
    path_in(hsm, "tokens", reader);
    cr_assert_eq(rmdir(reader), 0);
    move_tokens(hsm, "pocket", "tokens");
}
