// SPDX-License-Identifier: Apache-2.0
#include "tests/keys/ceremony_run.h"

#include <criterion/criterion.h>
#include <ftw.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/seal.h"
#include "base/secret.h"

#define WORDS_MAX 64

static char dir[64];

static int remove_one(const char *path, const struct stat *about, int type, struct FTW *where) {
    (void)about;
    (void)type;
    (void)where;
    return remove(path);
}

void run_end(void) {
    (void)nftw(dir, remove_one, 8, FTW_DEPTH | FTW_PHYS);
}

void run_start(void) {
    static const char matching[] =
        "{\"key_set\":\"core\",\"matching_digest\":"
        "\"00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff\","
        "\"slots\":[{\"name\":\"nhs\",\"tier\":\"sure\"},{\"name\":\"names_dob\",\"tier\":\"similar\"}]}";
    static const char *const passphrases[][2] = {{"auth.pass", "authority passphrase\n"},
                                                 {"h1.pass", "first passphrase\n"},
                                                 {"h2.pass", "second passphrase\n"},
                                                 {"h3.pass", "third passphrase\n"},
                                                 {"wrong.pass", "another passphrase\n"}};
    cr_assert_eq(secret_start(), OK);
    umask(022);
    strcpy(dir, "/tmp/signpost-ceremony-XXXXXX");
    cr_assert_not_null(mkdtemp(dir));
    put_file("matching.json", 0600, bytes_str(matching));
    for (size_t i = 0; i < sizeof passphrases / sizeof *passphrases; i++) {
        put_file(passphrases[i][0], 0600, bytes_str(passphrases[i][1]));
    }
}

void run_start_initialised(void) {
    run_start();
    done("init --scheme " SCHEME " --passphrase-file auth.pass --kdf interactive auth");
}

void run_start_dealt(void) {
    run_start_initialised();
    done(DEAL);
}

// Splits the line in place; the words borrow from it.
static void split(char *line, const char **argv) {
    size_t count = 1;
    for (char *word = strtok(line, " "); word != NULL; word = strtok(NULL, " ")) {
        cr_assert_lt(count, WORDS_MAX - 5);
        if (strcmp(word, "$A") == 0) {
            argv[count++] = "--dir";
            argv[count++] = "auth";
            argv[count++] = "--passphrase-file";
            argv[count++] = "auth.pass";
        } else {
            argv[count++] = word;
        }
    }
    argv[count] = NULL;
}

struct outcome run(const char *line) {
    const char *argv[WORDS_MAX] = {getenv("CEREMONY")};
    char *words = strdup(line);
    cr_assert_not_null(argv[0], "CEREMONY gives the program's path");
    cr_assert_not_null(words);
    split(words, argv);
    struct outcome outcome = process_run(dir, argv, NULL);
    free(words);
    return outcome;
}

void done(const char *line) {
    struct outcome outcome = run(line);
    cr_assert_eq(outcome.exit_code, 0, "%s: %s", line, outcome.err);
    cr_assert_str_empty(outcome.err, "%s: %s", line, outcome.err);
    outcome_free(&outcome);
}

void refused(const char *line, const char *reason) {
    struct outcome outcome = run(line);
    cr_expect_eq(outcome.exit_code, 2, "%s: %d %s", line, outcome.exit_code, outcome.err);
    cr_expect_not_null(strstr(outcome.err, reason), "%s: said \"%s\", not \"%s\"", line, outcome.err, reason);
    outcome_free(&outcome);
}

const char *in_dir(const char *name) {
    static char path[PATH_MAX];
    snprintf(path, sizeof path, "%s/%s", dir, name);
    return path;
}

bool is_there(const char *name) {
    return access(in_dir(name), F_OK) == 0;
}

mode_t mode_of(const char *name) {
    struct stat about;
    cr_assert_eq(stat(in_dir(name), &about), 0, "%s is missing", name);
    return about.st_mode & 07777;
}

void put_file(const char *name, mode_t mode, struct bytes contents) {
    cr_assert_eq(file_replace(in_dir(name), mode, contents), OK, "%s", err_detail());
}

struct buf get_file(const char *name) {
    struct buf out = {0};
    cr_assert_eq(file_read(in_dir(name), 1 << 20, &out), OK, "%s", err_detail());
    cr_assert_not_null(buf_str(&out));
    return out;
}

void alter_file(const char *name, const char *from, const char *to) {
    struct buf text = get_file(name);
    char *at = strstr((char *)text.data, from);
    cr_assert_not_null(at, "%s holds no %s", name, from);
    cr_assert_eq(strlen(from), strlen(to));
    memcpy(at, to, strlen(to));
    put_file(name, 0644, buf_bytes(&text));
    buf_free(&text);
}

struct trust dealt_trust(void) {
    struct trust trust;
    cr_assert_eq(trust_load(in_dir("auth/trust"), &trust), OK, "%s", err_detail());
    return trust;
}

err_t open_descriptor(const char *name, struct descriptor *out) {
    struct trust trust = dealt_trust();
    return descriptor_load(in_dir(name), &trust, clock_now_s(&clock_system), out);
}

void sign_as_authority(const char *name, struct bytes text) {
    uint8_t *seed = NULL;
    size_t len = 0;
    struct buf note = {0};
    cr_assert_eq(
        seal_open(in_dir("auth/authority.key.sealed"), "authority-key", bytes_str("authority passphrase"), &seed, &len),
        OK, "%s", err_detail());
    cr_assert_eq(len, NOTE_SEED_SIZE);
    buf_put(&note, text.data, text.len);
    buf_put_str(&note, "\n");
    cr_assert_eq(note_sign(text, SCHEME "-authority", seed, &note), OK);
    put_file(name, 0644, buf_bytes(&note));
    buf_free(&note);
    secret_free(seed);
}

struct roster *roster_signed(void) {
    struct roster *roster = NULL;
    struct note_key authority;
    struct buf vkey = get_file("auth/authority.vkey");
    vkey.len--;
    cr_assert_eq(note_key_parse(buf_str(&vkey), &authority), OK, "%s", err_detail());
    cr_assert_eq(roster_load(in_dir("auth/roster"), &authority, SCHEME, &roster), OK, "%s", err_detail());
    buf_free(&vkey);
    return roster;
}

uint64_t roster_version(void) {
    struct roster *roster = roster_signed();
    uint64_t out = roster->version;
    roster_free(roster);
    return out;
}
