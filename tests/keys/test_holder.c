// SPDX-License-Identifier: Apache-2.0
#include "keys/keyholderd/holder.h"

#include <criterion/criterion.h>
#include <criterion/redirect.h>
#include <sodium.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/secret.h"
#include "keys/oprf.h"
#include "proto/evaluation.h"
#include "proto/status.h"
#include "scheme.h"
#include "tests/base/scratch.h"
#include "tests/support/pki.h"

#define PASSPHRASE "correct horse battery"
#define COUNT(array) (sizeof(array) / sizeof((array)[0]))

static struct scheme scheme;
static struct pki *pki;
static int64_t now_s;
static char paths[8][160];

static int64_t test_now_ms(void *ctx) {
    (void)ctx;
    return now_s * 1000;
}
static const struct wall_clock test_clock = {test_now_ms, NULL};

static struct settings settings;

static char *path_of(size_t at, const char *name) {
    snprintf(paths[at], sizeof(paths[at]), "%s", scratch_path(name));
    return paths[at];
}

static void use_certificate(const char *name, const char *uri) {
    const struct tls_files files = pki_server(pki, name, uri);
    snprintf(paths[7], sizeof(paths[7]), "%s", files.certificate);
    settings.server.certificate = paths[7];
}

static err_t seal_share(const struct share *share) {
    (void)unlink(settings.share);
    return share_seal(settings.share, share, SEAL_INTERACTIVE, bytes_str(PASSPHRASE));
}

static void start(void) {
    cr_assert_eq(secret_start(), OK);
    scratch_make();
    pki = pki_new();
    now_s = SCHEME_NOW;
    scheme_make(&scheme);
    scheme_write(&scheme);
    (void)scratch_write_text("passphrase", PASSPHRASE "\n");
    settings = (struct settings){.server.trust = path_of(0, "trust"),
                                 .server.descriptor = path_of(1, "descriptor"),
                                 .server.roster = path_of(2, "roster"),
                                 .server.deny = path_of(3, "deny"),
                                 .share = path_of(4, "share"),
                                 .passphrase_file = path_of(5, "passphrase"),
                                 .state = (char *)(uintptr_t)scratch_dir()};
    cr_assert_eq(seal_share(&scheme.shares[0]), OK);
    use_certificate("holder", "urn:signpost:demo:holder:1");
}

static void end(void) {
    pki_free(pki);
    scratch_remove();
}

TestSuite(holder, .init = start, .fini = end);

static struct holder *open_holder(void) {
    struct holder *holder = NULL;
    cr_assert_eq(holder_open(&settings, &test_clock, &holder), OK, "%s", err_detail());
    return holder;
}

static void expect_not_open(err_t err, const char *word) {
    struct holder *holder = NULL;
    cr_expect_eq(holder_open(&settings, &test_clock, &holder), err, "%s", err_detail());
    cr_expect_not_null(strstr(err_detail(), word), "%s", err_detail());
    cr_expect_null(holder);
}

static struct evaluation_request make_request(void) {
    struct evaluation_request request = {.epoch = 1, .generation = 1, .count = 2};
    crypto_core_ristretto255_random(request.elements[0]);
    crypto_core_ristretto255_random(request.elements[1]);
    return request;
}

static err_t ask_request(struct holder *holder, const char *identity, const struct evaluation_request *request,
                         struct buf *out) {
    const struct tls_peer peer = scheme_peer(identity);
    struct buf body = {0};
    cr_assert_eq(evaluation_request_write(request, &body), OK);
    err_t err = holder_evaluations(holder, &peer, buf_bytes(&body), &(int64_t){0}, out);
    buf_free(&body);
    return err;
}

static err_t ask(struct holder *holder, const char *identity) {
    const struct evaluation_request request = make_request();
    struct buf reply = {0};
    err_t err = ask_request(holder, identity, &request, &reply);
    cr_expect_eq(reply.len > 0, err == OK);
    buf_free(&reply);
    return err;
}

Test(holder, evaluates_with_a_proof_that_holds_under_the_descriptor) {
    struct holder *holder = open_holder();
    const struct evaluation_request request = make_request();
    const struct threshold_commitments commitments = scheme_commitments(&scheme);
    struct evaluation_reply reply;
    struct buf body = {0};
    uint8_t pk[OPRF_ELEMENT_SIZE];
    cr_assert_eq(ask_request(holder, JO, &request, &body), OK, "%s", err_detail());
    cr_assert_eq(evaluation_reply_read(buf_bytes(&body), &reply), OK);
    cr_expect_eq(reply.holder, (uint64_t)1);
    cr_assert_eq(reply.count, request.count);
    cr_assert_eq(threshold_public_key(&commitments, 1, pk), OK);
    cr_expect_eq(oprf_verify_proof(pk, (const uint8_t(*)[32])request.elements, (const uint8_t(*)[32])reply.elements,
                                   reply.count, reply.proof),
                 OK);
    buf_free(&body);
    holder_free(holder);
}

Test(holder, evaluates_for_those_roles_alone_that_need_tokens) {
    struct holder *holder = open_holder();
    cr_expect_eq(ask(holder, NORTH), OK);
    cr_expect_eq(ask(holder, JO), OK);
    cr_expect_eq(ask(holder, INDEX), OK);
    cr_expect_eq(ask(holder, DPO), OK);
    cr_expect_eq(ask(holder, AUDITOR), ERR_DENIED);
    cr_expect_eq(ask(holder, OFFICER), ERR_DENIED);
    holder_free(holder);
}

// Another epoch's share, that the descriptor names as retired.
static void retire_epoch_7(void) {
    static struct scheme old;
    old = scheme;
    crypto_core_ristretto255_scalar_random(old.key);
    scheme_refresh(&old);
    old.shares[0].epoch = 7;
    scheme.descriptor.retired_count = 1;
    scheme.descriptor.epoch = 8;
    scheme.descriptor.retired[0] = (struct descriptor_key){.epoch = 7, .generation = old.shares[0].generation};
    memcpy(scheme.descriptor.retired[0].commitments, old.descriptor.commitments, sizeof old.descriptor.commitments);
    scheme.shares[0].epoch = 8;
    scheme_write_descriptor(&scheme);
    cr_assert_eq(seal_share(&scheme.shares[0]), OK);
    cr_assert_eq(share_seal(scratch_path("share.retired-7"), &old.shares[0], SEAL_INTERACTIVE, bytes_str(PASSPHRASE)),
                 OK);
}

static err_t ask_old(struct holder *holder, const char *identity, uint64_t epoch, bool subject_access) {
    struct evaluation_request request = make_request();
    struct buf reply = {0};
    request.epoch = epoch;
    request.generation = epoch == 7 ? scheme.descriptor.retired[0].generation : scheme.descriptor.generation;
    request.subject_access = subject_access;
    err_t err = ask_request(holder, identity, &request, &reply);
    cr_expect_eq(reply.len > 0, err == OK);
    buf_free(&reply);
    return err;
}

Test(holder, evaluates_under_a_retired_key_for_a_data_protection_officers_subject_access_alone) {
    retire_epoch_7();
    struct holder *holder = open_holder();
    cr_expect_eq(ask_old(holder, DPO, 7, true), OK, "%s", err_detail());
    cr_expect_eq(ask_old(holder, DPO, 7, false), ERR_STALE, "the purpose is not said");
    cr_expect_eq(ask_old(holder, DPO, 8, true), ERR_STALE, "the key in use");
    cr_expect_eq(ask_old(holder, DPO, 8, false), OK);
    static const char *const others[] = {NORTH, JO, INDEX, AUDITOR, OFFICER};
    for (size_t i = 0; i < COUNT(others); i++) {
        cr_expect_eq(ask_old(holder, others[i], 7, true), ERR_DENIED, "%s", others[i]);
    }
    cr_expect_eq(ask_old(holder, JO, 8, true), ERR_DENIED);
    cr_expect_eq(ask_old(holder, JO, 7, false), ERR_STALE);
    cr_expect_eq(ask_old(holder, JO, 8, false), OK);
    holder_free(holder);
}

Test(holder, counts_what_is_evaluated_under_a_retired_key) {
    retire_epoch_7();
    settings.person_limits[LIMIT_ELEMENTS_HOUR] = settings.agency_limits[LIMIT_ELEMENTS_HOUR] = 3;
    struct holder *holder = open_holder();
    cr_expect_eq(ask_old(holder, DPO, 7, true), OK, "%s", err_detail());
    cr_expect_eq(ask_old(holder, DPO, 7, true), ERR_BUDGET);
    holder_free(holder);
}

Test(holder, evaluates_for_nobody_with_another_key) {
    struct holder *holder = open_holder();
    struct tls_peer peer = scheme_peer(JO);
    struct buf out = {0};
    peer.key[0] ^= 1;
    cr_expect_eq(holder_evaluations(holder, &peer, bytes_str("{}"), &(int64_t){0}, &out), ERR_DENIED);
    cr_expect_eq(holder_key(holder, &peer, bytes_str(""), &out), ERR_DENIED);
    cr_expect_eq(holder_whoami(holder, &peer, bytes_str(""), &out), ERR_DENIED);
    cr_expect_eq(out.len, (size_t)0);
    holder_free(holder);
}

Test(holder, answers_nothing_to_the_denied_from_the_reload_on) {
    struct holder *holder = open_holder();
    cr_expect_eq(ask(holder, JO), OK);
    (void)scratch_write_text("deny", JO "\n");
    cr_assert_eq(holder_reload_access(holder), OK);
    cr_expect_eq(ask(holder, JO), ERR_DENIED);
    cr_expect_eq(ask(holder, NORTH), OK);
    holder_free(holder);
}

Test(holder, evaluates_nothing_once_roster_or_descriptor_have_expired) {
    scheme.descriptor.expires = SCHEME_NOW + 60;
    scheme_write_descriptor(&scheme);
    struct holder *holder = open_holder();
    now_s = SCHEME_NOW + 59;
    cr_expect_eq(ask(holder, JO), OK);
    now_s = SCHEME_NOW + 60;
    cr_expect_eq(ask(holder, JO), ERR_EXPIRED);
    cr_expect_not_null(strstr(err_detail(), "descriptor"));
    now_s = SCHEME_EXPIRES;
    cr_expect_eq(ask(holder, JO), ERR_EXPIRED);
    cr_expect_not_null(strstr(err_detail(), "roster"));
    holder_free(holder);
}

Test(holder, refuses_bad_requests_and_goes_on) {
    struct holder *holder = open_holder();
    const struct tls_peer peer = scheme_peer(JO);
    struct evaluation_request request = make_request();
    struct buf out = {0};
    cr_expect_eq(holder_evaluations(holder, &peer, bytes_str("nonsense"), &(int64_t){0}, &out), ERR_INPUT);
    cr_expect_eq(holder_evaluations(holder, &peer, bytes_str(""), &(int64_t){0}, &out), ERR_INPUT);
    request.generation = 2;
    cr_expect_eq(ask_request(holder, JO, &request, &out), ERR_STALE);
    request.generation = 1;
    memset(request.elements[1], 0, ELEMENT_SIZE);
    cr_expect_eq(ask_request(holder, JO, &request, &out), ERR_PROOF);
    cr_expect_eq(out.len, (size_t)0);
    cr_expect_eq(ask(holder, JO), OK);
    holder_free(holder);
}

Test(holder, describes_its_key_and_the_asker_to_anyone_on_the_roster) {
    struct holder *holder = open_holder();
    const struct tls_peer peer = scheme_peer(AUDITOR);
    struct key_reply key;
    struct whoami whoami;
    struct buf out = {0};
    cr_assert_eq(holder_key(holder, &peer, bytes_str(""), &out), OK);
    cr_assert_eq(key_reply_read(buf_bytes(&out), &key), OK);
    cr_expect_eq(key.holder, (uint64_t)1);
    cr_expect_eq(key.descriptor_version, (uint64_t)1);
    buf_reset(&out);
    cr_assert_eq(holder_whoami(holder, &peer, bytes_str(""), &out), OK);
    cr_assert_eq(whoami_read(buf_bytes(&out), &whoami), OK);
    cr_expect_str_eq(whoami.identity, AUDITOR);
    cr_expect_eq(whoami.time, SCHEME_NOW);
    cr_expect_eq(whoami.roster_expires, SCHEME_EXPIRES);
    cr_expect_eq(whoami.descriptor_version, (uint64_t)1);
    buf_free(&out);
    holder_free(holder);
}

Test(holder, logs_who_and_how_many_and_nothing_of_the_elements) {
    struct holder *holder = open_holder();
    char line[512] = "";
    cr_redirect_stderr();
    cr_assert_eq(ask(holder, JO), OK);
    (void)fflush(stderr);
    FILE *log = cr_get_redirected_stderr();
    cr_assert_not_null(fgets(line, sizeof(line), log));
    cr_expect_not_null(strstr(line, ": evaluated 2 elements for " JO "\n"), "%s", line);
    cr_expect_null(fgets(line, sizeof(line), log), "one line a request");
    holder_free(holder);
}

Test(holder, does_not_open_with_a_wrong_passphrase_or_without_its_share) {
    (void)scratch_write_text("passphrase", "wrong\n");
    expect_not_open(ERR_DENIED, "share");
    cr_assert_eq(unlink(settings.share), 0);
    expect_not_open(ERR_NOT_FOUND, "share");
}

Test(holder, takes_its_passphrase_from_a_credential_of_the_service) {
    settings.passphrase_credential = strdup("passphrase");
    cr_assert_eq(setenv("CREDENTIALS_DIRECTORY", scratch_dir(), 1), 0);
    expect_not_open(ERR_INPUT, "one of the two");
    settings.passphrase_file = NULL;
    struct holder *holder = NULL;
    cr_assert_eq(holder_open(&settings, &test_clock, &holder), OK, "%s", err_detail());
    holder_free(holder);
    cr_assert_eq(unsetenv("CREDENTIALS_DIRECTORY"), 0);
    expect_not_open(ERR_NOT_FOUND, "credential");
    free(settings.passphrase_credential);
    settings.passphrase_credential = NULL;
}

Test(holder, does_not_open_with_a_share_that_is_not_the_descriptors) {
    struct share share = scheme.shares[0];
    share.generation = 2;
    cr_assert_eq(seal_share(&share), OK);
    expect_not_open(ERR_STALE, "generation 2");
    crypto_core_ristretto255_scalar_random(share.scalar);
    share.generation = 1;
    cr_assert_eq(seal_share(&share), OK);
    expect_not_open(ERR_PROOF, "does not belong to");
}

Test(holder, does_not_open_with_somebody_elses_certificate) {
    static const char *const uris[] = {"urn:signpost:demo:holder:2", "urn:signpost:other:holder:1", NORTH};
    for (size_t i = 0; i < COUNT(uris); i++) {
        char name[16];
        snprintf(name, sizeof(name), "wrong-%zu", i);
        use_certificate(name, uris[i]);
        expect_not_open(ERR_TLS, "not the certificate of holder 1");
    }
}

Test(holder, does_not_open_with_an_expired_or_unsigned_descriptor) {
    now_s = SCHEME_EXPIRES;
    expect_not_open(ERR_EXPIRED, "descriptor");
    now_s = SCHEME_NOW;
    scheme.authority_seed[0] ^= 1;
    scheme_write_descriptor(&scheme);
    expect_not_open(ERR_SIGNATURE, "descriptor");
}

Test(holder, does_not_open_without_its_files) {
    static const char *const names[] = {"trust", "descriptor", "roster", "passphrase"};
    for (size_t i = 0; i < COUNT(names); i++) {
        char aside[160];
        const char *path = scratch_path(names[i]);
        snprintf(aside, sizeof(aside), "%s.aside", path);
        cr_assert_eq(rename(path, aside), 0);
        expect_not_open(ERR_NOT_FOUND, names[i]);
        cr_assert_eq(rename(aside, path), 0);
    }
}

Test(holder, takes_a_descriptor_that_follows) {
    struct holder *holder = open_holder();
    const struct tls_peer peer = scheme_peer(JO);
    struct key_reply key;
    struct buf out = {0};
    scheme.descriptor.version = 2;
    strcpy(scheme.descriptor.holders[1], "https://127.0.0.1:9999");
    scheme_write_descriptor(&scheme);
    cr_assert_eq(holder_reload_descriptor(holder), OK, "%s", err_detail());
    cr_assert_eq(holder_key(holder, &peer, bytes_str(""), &out), OK);
    cr_assert_eq(key_reply_read(buf_bytes(&out), &key), OK);
    cr_expect_eq(key.descriptor_version, (uint64_t)2);
    cr_expect_eq(ask(holder, JO), OK);
    buf_free(&out);
    holder_free(holder);
}

static void expect_kept(struct holder *holder, err_t err) {
    const struct tls_peer peer = scheme_peer(JO);
    struct key_reply key;
    struct buf out = {0};
    scheme_write_descriptor(&scheme);
    cr_expect_eq(holder_reload_descriptor(holder), err, "%s", err_detail());
    cr_assert_eq(holder_key(holder, &peer, bytes_str(""), &out), OK);
    cr_assert_eq(key_reply_read(buf_bytes(&out), &key), OK);
    cr_expect_eq(key.descriptor_version, (uint64_t)2);
    cr_expect_eq(key.generation, (uint64_t)1);
    cr_expect_eq(ask(holder, JO), OK);
    buf_free(&out);
}

Test(holder, keeps_its_descriptor_when_the_new_one_does_not_follow_or_is_not_the_shares) {
    scheme.descriptor.version = 2;
    scheme_write_descriptor(&scheme);
    struct holder *holder = open_holder();
    const struct scheme present = scheme;
    scheme.descriptor.version = 1;
    expect_kept(holder, ERR_STALE);
    scheme = present;
    strcpy(scheme.descriptor.holders[1], "https://127.0.0.1:9999"); // other content under the same version
    expect_kept(holder, ERR_STALE);
    scheme = present;
    scheme_refresh(&scheme); // another generation: this holder's share is of the old one
    expect_kept(holder, ERR_STALE);
    scheme = present;
    scheme.descriptor.version = 3;
    scheme.authority_seed[0] ^= 1;
    expect_kept(holder, ERR_SIGNATURE);
    holder_free(holder);
}

Test(holder, remembers_over_a_restart_what_has_been_in_force) {
    scheme.descriptor.version = 2;
    scheme_write_descriptor(&scheme);
    scheme_write_roster(&scheme, 5);
    holder_free(open_holder());
    scheme.descriptor.version = 1; // signed by all, and older
    scheme_write_descriptor(&scheme);
    expect_not_open(ERR_STALE, "version 1, where version 2 has been in force");
    scheme.descriptor.version = 2;
    scheme_write_descriptor(&scheme);
    scheme_write_roster(&scheme, 4);
    expect_not_open(ERR_STALE, "version 4, where version 5 has been in force");
    scheme_write_roster(&scheme, 5);
    holder_free(open_holder());
}

Test(holder, notices_a_certificate_of_somebody_else_at_a_reload) {
    struct holder *holder = open_holder();
    cr_expect_eq(holder_check_certificate(holder), OK);
    use_certificate("other", "urn:signpost:demo:holder:2");
    cr_expect_eq(holder_check_certificate(holder), ERR_TLS);
    holder_free(holder);
}

static size_t lines_of_warnings(struct holder *holder, FILE *log, char *all, size_t size) {
    size_t lines = 0, len = 0;
    holder_warn_of_expiry(holder);
    (void)fflush(stderr);
    while (len + 1 < size && fgets(all + len, (int)(size - len), log) != NULL) {
        len += strlen(all + len);
        lines++;
    }
    clearerr(log);
    return lines;
}

Test(holder, warns_of_what_expires_soon_once_a_day) {
    char all[2048] = "";
    scheme.descriptor.expires = SCHEME_NOW + 86400 * 30;
    scheme_write_descriptor(&scheme);
    struct holder *holder = open_holder();
    cr_redirect_stderr();
    FILE *log = cr_get_redirected_stderr();
    // The roster expires in a day; the test's certificate is long past at this clock, which is warned of likewise.
    cr_expect_eq(lines_of_warnings(holder, log, all, sizeof(all)), (size_t)2, "%s", all);
    cr_expect_not_null(strstr(all, "the roster expires"), "%s", all);
    cr_expect_not_null(strstr(all, "this holder's certificate has expired"), "%s", all);
    cr_expect_null(strstr(all, "the descriptor"), "%s", all);
    cr_expect_eq(lines_of_warnings(holder, log, all, sizeof(all)), (size_t)0, "%s", all);
    now_s += 86400;
    cr_expect_eq(lines_of_warnings(holder, log, all, sizeof(all)), (size_t)2, "%s", all);
    now_s = SCHEME_NOW + 86400 * 24;
    cr_expect_eq(lines_of_warnings(holder, log, all, sizeof(all)), (size_t)3, "%s", all);
    cr_expect_not_null(strstr(all, "the descriptor expires"), "%s", all);
    holder_free(holder);
}
