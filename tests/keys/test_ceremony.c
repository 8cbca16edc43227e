// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/secret.h"
#include "keys/share.h"
#include "keys/threshold.h"
#include "tests/keys/ceremony_run.h"

TestSuite(ceremony, .init = run_start, .fini = run_end);
TestSuite(ceremony_init, .init = run_start, .fini = run_end);
TestSuite(ceremony_deal, .init = run_start_initialised, .fini = run_end);
TestSuite(ceremony_sign, .init = run_start_dealt, .fini = run_end);

// Help and usage.

Test(ceremony, explains_each_subcommand) {
    static const char *const cases[][2] = {
        {"--help", "redescribe"},
        {"init --help", "--scheme NAME"},
        {"deal --help", "--matching FILE"},
        {"cosign --help", "--share FILE"},
        {"redescribe --help", "--index URL"},
        {"inbox --help", "--present FILE"},
        {"contribute --help", "INBOX..."},
        {"refresh --help", "--overlap-days"},
        {"accept --help", "--descriptor FILE"},
        {"destroy --help", "--confirm WORDS"},
        {"rotate --help", "INBOX..."},
        {"issue --help", "--csr FILE"},
        {"roster --help", "--entry-days"},
        {"describe --help", "--trust FILE"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct outcome outcome = run(cases[i][0]);
        cr_expect_eq(outcome.exit_code, 0);
        cr_expect_not_null(strstr(outcome.out, cases[i][1]), "%s", cases[i][0]);
        outcome_free(&outcome);
    }
}

Test(ceremony, refuses_what_it_does_not_know) {
    refused("", "subcommand");
    refused("destroy-everything", "subcommand");
    refused("init --colour red auth", "--colour");
    refused("init --scheme demo", "something is missing");
    refused("init --scheme demo one two", "too many words");
    refused("describe", "--trust is needed");
    refused("issue agency north", "--dir is needed");
    refused("roster --dir auth dance", "wanted: add");
}

// init

Test(ceremony_init, makes_sealed_secrets_and_public_files) {
    done("init --scheme demo --passphrase-file auth.pass --kdf interactive auth");
    cr_expect_eq(mode_of("auth"), 0700);
    cr_expect_eq(mode_of("auth/ca.key.sealed"), 0600);
    cr_expect_eq(mode_of("auth/authority.key.sealed"), 0600);
    cr_expect_eq(mode_of("auth/ca.crt"), 0644);
    struct buf vkey = get_file("auth/authority.vkey"), sealed = get_file("auth/ca.key.sealed");
    cr_expect_eq(strncmp(buf_str(&vkey), "demo-authority+", 15), 0);
    cr_expect_null(memmem(sealed.data, sealed.len, "PRIVATE KEY", 11));
    buf_free(&vkey);
    buf_free(&sealed);
}

Test(ceremony_init, never_touches_what_is_there) {
    static const char *const names[] = {"ca.crt", "ca.key.sealed", "authority.key.sealed", "authority.vkey"};
    cr_assert_eq(mkdir(in_dir("auth"), 0700), 0);
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        char path[64];
        snprintf(path, sizeof path, "auth/%s", names[i]);
        put_file(path, 0600, bytes_str("kept"));
        refused("init --scheme demo --passphrase-file auth.pass --kdf interactive auth", "already");
        struct buf kept = get_file(path);
        cr_expect_str_eq(buf_str(&kept), "kept");
        buf_free(&kept);
        for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
            char other[64];
            snprintf(other, sizeof other, "auth/%s", names[j]);
            cr_expect_eq(is_there(other), i == j, "%s", other);
        }
        cr_assert_eq(unlink(in_dir(path)), 0);
    }
}

Test(ceremony_init, refuses_bad_names_costs_and_passphrases) {
    refused("init --passphrase-file auth.pass auth", "--scheme is needed");
    refused("init --scheme Demo --passphrase-file auth.pass auth", "name");
    refused("init --scheme -d --passphrase-file auth.pass auth", "name");
    refused("init --scheme demo --kdf none --passphrase-file auth.pass auth", "interactive");
    refused("init --scheme demo --key-type rsa --passphrase-file auth.pass auth", "p256");
    refused("init --scheme demo --passphrase-file nowhere auth", "nowhere");
    put_file("auth.pass", 0644, bytes_str("authority passphrase\n"));
    refused("init --scheme demo --passphrase-file auth.pass auth", "chmod 600");
    put_file("auth.pass", 0600, bytes_str("\n"));
    refused("init --scheme demo --passphrase-file auth.pass auth", "empty");
    cr_expect_not(is_there("auth/ca.crt"));
    cr_expect_not(is_there("auth/ca.key.sealed"));
}

// deal

static struct share *open_share(const char *name, const char *passphrase) {
    struct share *share = NULL;
    cr_assert_eq(share_open(in_dir(name), bytes_str(passphrase), &share), OK, "%s", err_detail());
    return share;
}

Test(ceremony_deal, gives_every_party_what_it_needs) {
    static const char *const holders[][2] = {{"auth/holder-1/share.sealed", "first passphrase"},
                                             {"auth/holder-2/share.sealed", "second passphrase"},
                                             {"auth/holder-3/share.sealed", "third passphrase"}};
    struct descriptor d;
    done(DEAL);
    cr_assert_eq(open_descriptor("auth/descriptor", &d), OK, "%s", err_detail());
    cr_expect_eq(d.version, 1);
    cr_expect_eq(d.epoch, 1);
    cr_expect_eq(d.generation, 1);
    cr_expect_eq(d.threshold, 2);
    cr_expect_str_eq(d.holders[1], "https://h2.example:2");
    cr_expect_str_eq(d.indexes[0], "https://index.example:4");
    cr_expect_eq(d.expires - d.issued, 366 * 86400);
    cr_expect_str_eq(d.slots[1].name, "names_dob");
    cr_expect_str_eq(d.slots[1].canary_value, "9990000026");
    struct threshold_commitments commitments = {.t = d.threshold};
    memcpy(commitments.points, d.commitments, d.threshold * ELEMENT_SIZE);
    struct trust trust = dealt_trust();
    for (uint8_t i = 0; i < 3; i++) {
        char name[64];
        struct note_key key;
        struct share *share = open_share(holders[i][0], holders[i][1]);
        cr_expect_eq(mode_of(holders[i][0]), 0600);
        cr_expect_str_eq(share->scheme, SCHEME);
        cr_expect_eq(share->holder, i + 1);
        cr_expect_eq(threshold_check_share(&commitments, i + 1u, share->scalar), OK);
        snprintf(name, sizeof name, "demo-holder-%d", i + 1);
        cr_assert_eq(note_key_of_seed(name, share->note_seed, &key), OK);
        cr_expect_str_eq(trust.holders[i].name, name);
        cr_expect_arr_eq(trust.holders[i].public_key, key.public_key, 32);
        secret_free(share);
    }
    done("describe --trust auth/trust --descriptor auth/descriptor");
}

Test(ceremony_deal, carries_signatures_of_all_holders) {
    struct trust trust;
    struct note note;
    struct descriptor_signers signers;
    done(DEAL " --epoch 7 --first-version 9 --days 10");
    trust = dealt_trust();
    struct buf whole = get_file("auth/descriptor");
    cr_assert_eq(note_parse(buf_bytes(&whole), &note), OK);
    descriptor_signers(&note, &trust, &signers);
    cr_expect(signers.authority);
    cr_expect_eq(signers.holder_count, 3);
    buf_free(&whole);
    struct descriptor d;
    cr_assert_eq(open_descriptor("auth/descriptor", &d), OK);
    cr_expect_eq(d.epoch, 7);
    cr_expect_eq(d.version, 9);
    cr_expect_eq(d.expires - d.issued, 10 * 86400);
}

static void expect_not_dealt(void) {
    cr_expect_not(is_there("auth/trust"));
    cr_expect_not(is_there("auth/descriptor"));
    cr_expect_not(is_there("auth/holder-1/share.sealed"));
    cr_expect_not(is_there("auth/holder-2/share.sealed"));
}

#define PLAN "--matching matching.json --kdf interactive --index https://index.example:4 "
#define FILES "--holder-passphrase-file h1.pass --holder-passphrase-file h2.pass "

Test(ceremony_deal, refuses_plans_that_cannot_work) {
    static const char *const cases[][2] = {
        {"deal $A -t 3 -n 2 " PLAN FILES "--holder https://a:1 --holder https://b:1", "more than -n 2"},
        {"deal $A -t 0 -n 2 " PLAN FILES "--holder https://a:1 --holder https://b:1", "from 1 to 16"},
        {"deal $A -t 2 -n 17 " PLAN FILES "--holder https://a:1 --holder https://b:1", "from 1 to 16"},
        {"deal $A -n 2 " PLAN FILES "--holder https://a:1 --holder https://b:1", "-t and -n are needed"},
        {"deal $A -t 2 -n 2 " PLAN FILES "--holder https://a:1", "1 times for 2"},
        {"deal $A -t 2 -n 2 " PLAN "--holder-passphrase-file h1.pass --holder https://a:1 --holder https://b:1",
         "1 times for 2"},
        {"deal $A -t 2 -n 2 " PLAN FILES "--holder https://a:1 --holder https://a:1", "holders[1]"},
        {"deal $A -t 2 -n 2 " PLAN FILES "--holder https://a:1 --holder https://b", "holders[1]"},
        {"deal $A -t 2 -n 2 " PLAN FILES "--holder https://a:1 --holder https://index.example:4", "indexes[0]"},
        {"deal $A -t 2 -n 2 --matching matching.json " FILES "--holder https://a:1 --holder https://b:1", "--index"},
        {"deal $A -t 2 -n 2 --matching h1.pass --index https://i:1 " FILES "--holder https://a:1 --holder https://b:1",
         "h1.pass"},
        {"deal $A -t 2 -n 2 --index https://i:1 " FILES "--holder https://a:1 --holder https://b:1", "--matching"},
        {"deal $A -t 2 -n 2 --epoch 0 " PLAN FILES "--holder https://a:1 --holder https://b:1", "--epoch"},
        {"deal --dir nowhere --passphrase-file auth.pass -t 2 -n 2 " PLAN FILES
         "--holder https://a:1 --holder https://b:1",
         "nowhere/authority.vkey"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        refused(cases[i][0], cases[i][1]);
        expect_not_dealt();
    }
}

Test(ceremony_deal, refuses_a_wrong_passphrase) {
    refused("deal --dir auth --passphrase-file wrong.pass -t 2 -n 2 " PLAN FILES
            "--holder https://a:1 --holder https://b:1",
            "passphrase is wrong");
    expect_not_dealt();
}

Test(ceremony_deal, deals_once_into_a_folder) {
    done(DEAL);
    struct buf before = get_file("auth/descriptor");
    refused(DEAL, "dealt already");
    cr_assert_eq(unlink(in_dir("auth/descriptor")), 0);
    refused(DEAL, "dealt already");
    cr_assert_eq(unlink(in_dir("auth/trust")), 0);
    refused(DEAL, "dealt already"); // the shares are there
    cr_expect_not(is_there("auth/descriptor"));
    buf_free(&before);
}

Test(ceremony_deal, that_fails_on_the_way_leaves_nothing_behind) {
    cr_assert_eq(symlink("nowhere", in_dir("auth/holder-3")), 0); // not seen before the third share is written
    refused(DEAL, "holder-3");
    cr_expect(is_there("auth/holder-1"), "the first share was written, and taken back");
    expect_not_dealt();
    cr_assert_eq(unlink(in_dir("auth/holder-3")), 0);
    done(DEAL);
}

Test(ceremony_deal, notices_keys_of_another_authority) {
    struct buf other;
    done("init --scheme demo --passphrase-file auth.pass --kdf interactive other");
    other = get_file("other/authority.vkey");
    put_file("auth/authority.vkey", 0644, buf_bytes(&other));
    refused(DEAL, "do not belong together");
    expect_not_dealt();
    buf_free(&other);
}

static void expect_secret(const struct outcome *outcome, const char *secret) {
    cr_expect_null(strstr(outcome->out, secret));
    cr_expect_null(strstr(outcome->err, secret));
}

Test(ceremony_deal, prints_no_secret) {
    struct outcome dealt = run(DEAL);
    struct share *share = open_share("auth/holder-1/share.sealed", "first passphrase");
    char hex[2 * OPRF_SCALAR_SIZE + 1], base64[BASE64_SIZE(OPRF_SCALAR_SIZE)];
    cr_assert_eq(dealt.exit_code, 0);
    hex_encode(share->scalar, OPRF_SCALAR_SIZE, hex);
    base64_encode(share->scalar, OPRF_SCALAR_SIZE, base64);
    expect_secret(&dealt, hex);
    expect_secret(&dealt, base64);
    hex_encode(share->note_seed, NOTE_SEED_SIZE, hex);
    expect_secret(&dealt, hex);
    expect_secret(&dealt, "passphrase\n");
    cr_expect_not_null(strstr(dealt.out, "remove it here"), "says what must happen next");
    secret_free(share);
    outcome_free(&dealt);
}

// redescribe and cosign

Test(ceremony_sign, a_new_version_is_valid_once_t_holders_have_cosigned) {
    struct descriptor before, after;
    cr_assert_eq(open_descriptor("auth/descriptor", &before), OK);
    done("redescribe $A --index https://new.example:5 --days 20");
    cr_expect_eq(open_descriptor("auth/descriptor", &after), ERR_SIGNATURE);
    refused("describe --trust auth/trust --descriptor auth/descriptor", "0 holders where 2 are needed");
    done(COSIGN(3) "auth/descriptor");
    cr_expect_eq(open_descriptor("auth/descriptor", &after), ERR_SIGNATURE);
    refused("describe --trust auth/trust --descriptor auth/descriptor", "1 holders where 2 are needed");
    done(COSIGN(1) "--trust auth/trust --present auth/descriptor.1 auth/descriptor");
    cr_assert_eq(open_descriptor("auth/descriptor", &after), OK, "%s", err_detail());
    done("describe --trust auth/trust --descriptor auth/descriptor");
    cr_expect_eq(after.version, 2);
    cr_expect_eq(after.expires - after.issued, 20 * 86400);
    cr_expect_str_eq(after.indexes[0], "https://new.example:5");
    cr_expect_str_eq(after.holders[2], before.holders[2]);
    cr_expect_arr_eq(after.commitments, before.commitments, 2 * ELEMENT_SIZE);
    cr_expect_arr_eq(after.slots[1].canary_token, before.slots[1].canary_token, TOKEN_SIZE);
    cr_expect_eq(descriptor_follows(&after, &before), OK);
    cr_expect_eq(open_descriptor("auth/descriptor.1", &before), OK, "the former version is kept");
}

Test(ceremony_sign, redescribe_takes_new_addresses_of_all_holders) {
    struct descriptor d;
    done("redescribe $A --holder https://a:1 --holder https://b:1 --holder https://c:1");
    done(COSIGN(1) "auth/descriptor");
    done(COSIGN(2) "auth/descriptor");
    cr_assert_eq(open_descriptor("auth/descriptor", &d), OK);
    cr_expect_str_eq(d.holders[0], "https://a:1");
    cr_expect_str_eq(d.holders[2], "https://c:1");
    cr_expect_str_eq(d.indexes[0], "https://index.example:4");
}

Test(ceremony_sign, redescribe_refuses_and_changes_nothing) {
    struct buf before = get_file("auth/descriptor");
    refused("redescribe $A --holder https://a:1", "1 times for 3");
    refused("redescribe $A --index https://h1.example:1", "indexes[0]");
    refused("redescribe $A --index http://index.example", "indexes[0]");
    refused("redescribe $A --days 0", "--days");
    refused("redescribe --dir auth --passphrase-file wrong.pass", "passphrase is wrong");
    struct buf after = get_file("auth/descriptor");
    cr_expect(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
    cr_expect_not(is_there("auth/descriptor.1"));
    buf_free(&before);
    buf_free(&after);
}

Test(ceremony_sign, redescribe_builds_on_nothing_that_the_authority_has_not_signed) {
    alter_file("auth/descriptor", "index.example", "indox.example");
    refused("redescribe $A --days 20", "signature");
}

Test(ceremony_sign, a_holder_signs_once) {
    struct buf before = get_file("auth/descriptor");
    refused(COSIGN(1) "auth/descriptor", "signed already by demo-holder-1");
    struct buf after = get_file("auth/descriptor");
    cr_expect(bytes_equal(buf_bytes(&before), buf_bytes(&after)));
    buf_free(&before);
    buf_free(&after);
}

Test(ceremony_sign, cosign_shows_what_it_signs) {
    done("redescribe $A --index https://new.example:5");
    struct outcome outcome = run(COSIGN(2) "--trust auth/trust auth/descriptor");
    cr_expect_eq(outcome.exit_code, 0);
    cr_expect_not_null(strstr(outcome.out, "descriptor version 2"));
    cr_expect_not_null(strstr(outcome.out, "https://new.example:5"));
    cr_expect_not_null(strstr(outcome.out, "demo-authority"));
    outcome_free(&outcome);
    outcome = run(COSIGN(3) "auth/descriptor");
    cr_expect_not_null(strstr(outcome.out, "not checked"), "without the trust file it says what it did not check");
    outcome_free(&outcome);
}

// The text of a descriptor that is signed by the authority after a change.
static void resign(const char *name, void (*change)(struct descriptor *d)) {
    struct descriptor d;
    struct buf text = {0};
    cr_assert_eq(open_descriptor("auth/descriptor", &d), OK);
    change(&d);
    cr_assert_eq(descriptor_write(&d, &text), OK, "%s", err_detail());
    sign_as_authority(name, buf_bytes(&text));
    buf_free(&text);
}

static void swap_commitments(struct descriptor *d) {
    uint8_t first[ELEMENT_SIZE];
    memcpy(first, d->commitments[0], ELEMENT_SIZE);
    memcpy(d->commitments[0], d->commitments[1], ELEMENT_SIZE);
    memcpy(d->commitments[1], first, ELEMENT_SIZE);
}
static void not_a_point(struct descriptor *d) {
    memset(d->commitments[1], 0xff, ELEMENT_SIZE);
}
static void next_generation(struct descriptor *d) {
    d->generation++;
}
static void next_epoch(struct descriptor *d) {
    d->epoch++;
}
static void rename_scheme(struct descriptor *d) {
    strcpy(d->scheme, "other");
}
static void expire(struct descriptor *d) {
    d->issued = 1000;
    d->expires = 2000;
}
static void two_holders(struct descriptor *d) {
    d->holder_count = 2;
}
static void next_version(struct descriptor *d) {
    d->version++;
}

Test(ceremony_sign, cosign_refuses_what_does_not_fit_the_share) {
    static const struct {
        void (*change)(struct descriptor *d);
        const char *reason;
    } cases[] = {
        {swap_commitments, "does not match the descriptor"},
        {not_a_point, "does not match the descriptor"},
        {next_generation, "generation 1, the descriptor of epoch 1, generation 2"},
        {next_epoch, "epoch 1, generation 1, the descriptor of epoch 2"},
        {rename_scheme, "the share is of the scheme demo"},
        {expire, "expired"},
        {two_holders, "holder 3's"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        resign("next", cases[i].change);
        refused(COSIGN(3) "next", cases[i].reason);
        struct buf after = get_file("next");
        cr_expect_null(strstr(buf_str(&after), "demo-holder"));
        buf_free(&after);
    }
}

Test(ceremony_sign, cosign_with_the_trust_file_refuses_what_the_authority_has_not_signed) {
    resign("next", next_version);
    alter_file("next", "index.example", "indox.example");
    refused(COSIGN(3) "--trust auth/trust next", "not signed by the scheme authority");
    resign("next", two_holders);
    refused(COSIGN(1) "--trust auth/trust next", "2 of 2 holders");
}

Test(ceremony_sign, cosign_with_the_descriptor_in_force_refuses_a_lower_version) {
    done("redescribe $A");
    done(COSIGN(1) "auth/descriptor");
    done(COSIGN(2) "auth/descriptor");
    refused(COSIGN(3) "--trust auth/trust --present auth/descriptor auth/descriptor.1", "version 1 after 2");
    refused(COSIGN(3) "--present auth/descriptor auth/descriptor.1", "--present needs --trust");
}

Test(ceremony_sign, cosign_refuses_wrong_passphrases_shares_and_files) {
    resign("next", next_version);
    refused("cosign --share auth/holder-3/share.sealed --passphrase-file wrong.pass next", "passphrase is wrong");
    refused("cosign --share auth/ca.key.sealed --passphrase-file auth.pass next", "ca.key.sealed");
    refused("cosign --share nowhere --passphrase-file h1.pass next", "nowhere");
    refused("cosign --passphrase-file h1.pass next", "--share is needed");
    refused(COSIGN(3) "nowhere", "nowhere");
    refused(COSIGN(3) "auth/trust", "auth/trust");
    put_file("next", 0644, bytes_str("{}\n\n\xe2\x80\x94 x AAAA\n"));
    refused(COSIGN(3) "next", "next");
}

Test(ceremony_sign, cosign_refuses_a_share_of_another_ceremony) {
    done("init --scheme demo --passphrase-file auth.pass --kdf interactive other");
    done("deal --dir other --passphrase-file auth.pass -t 2 -n 3 --matching matching.json --kdf interactive "
         "--holder https://a:1 --holder https://b:1 --holder https://c:1 --index https://d:1 "
         "--holder-passphrase-file h1.pass --holder-passphrase-file h2.pass --holder-passphrase-file h3.pass");
    resign("next", next_version);
    refused("cosign --share other/holder-1/share.sealed --passphrase-file h1.pass next", "does not match");
}

// describe

Test(ceremony_sign, describe_explains_and_verifies) {
    static const char *const told[] = {"2 of 3 holders",          "demo-holder-3",        "descriptor version 1",
                                       "366 days left",           "https://h2.example:2", "names_dob",
                                       "https://index.example:4", "commitments",          "All valid."};
    struct outcome outcome = run("describe --trust auth/trust --descriptor auth/descriptor");
    cr_expect_eq(outcome.exit_code, 0, "%s", outcome.err);
    for (size_t i = 0; i < sizeof told / sizeof *told; i++) {
        cr_expect_not_null(strstr(outcome.out, told[i]), "%s", told[i]);
    }
    outcome_free(&outcome);
}

Test(ceremony_sign, describe_says_what_is_wrong) {
    struct buf text = get_file("auth/trust");
    text.data[0] = 'T';
    put_file("bad", 0644, buf_bytes(&text));
    buf_free(&text);
    refused("describe --trust bad", "line 1");
    refused("describe --trust auth/trust --descriptor nowhere", "nowhere");
    resign("next", expire);
    refused("describe --trust auth/trust --descriptor next", "0 holders");
    resign("next", not_a_point);
    struct outcome outcome = run("describe --trust auth/trust --descriptor next");
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.out, "commitments: "), "%s", outcome.out);
    outcome_free(&outcome);
}

Test(ceremony_sign, describe_does_not_repeat_what_the_authority_has_not_signed) {
    alter_file("auth/descriptor", "index.example", "indox.example");
    struct outcome outcome = run("describe --trust auth/trust --descriptor auth/descriptor");
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_null(strstr(outcome.out, "indox"));
    cr_expect_not_null(strstr(outcome.out, "NOT by the authority"));
    cr_expect_not_null(strstr(outcome.err, "authority"));
    outcome_free(&outcome);
}

Test(ceremony_sign, describe_tells_an_expired_descriptor) {
    resign("next", expire);
    struct trust trust = dealt_trust();
    struct buf note = get_file("next");
    struct note parsed;
    cr_assert_eq(note_parse(buf_bytes(&note), &parsed), OK);
    struct buf whole = {0};
    buf_put(&whole, note.data, note.len);
    for (int i = 1; i <= 2; i++) {
        struct share *share = open_share(i == 1 ? "auth/holder-1/share.sealed" : "auth/holder-2/share.sealed",
                                         i == 1 ? "first passphrase" : "second passphrase");
        cr_assert_eq(note_sign(parsed.text, trust.holders[i - 1].name, share->note_seed, &whole), OK);
        secret_free(share);
    }
    put_file("next", 0644, buf_bytes(&whole));
    buf_free(&note);
    buf_free(&whole);
    struct outcome outcome = run("describe --trust auth/trust --descriptor next");
    cr_expect_eq(outcome.exit_code, 2);
    cr_expect_not_null(strstr(outcome.out, "EXPIRED"));
    cr_expect_not_null(strstr(outcome.err, "expired"), "%s", outcome.err);
    outcome_free(&outcome);
}
