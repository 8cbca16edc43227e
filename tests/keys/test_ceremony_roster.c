// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "base/clock.h"
#include "keys/ceremony/certificate.h"
#include "keys/ceremony/certificate_key.h"
#include "proto/roster.h"
#include "proto/tls.h"
#include "tests/keys/ceremony_run.h"

TestSuite(ceremony_issue, .init = run_start_initialised, .fini = run_end);
TestSuite(ceremony_roster, .init = run_start_initialised, .fini = run_end);

// issue

static struct tls_peer peer_of(const char *name) {
    struct tls_peer peer;
    cr_assert_eq(tls_peer_of_file(in_dir(name), &peer), OK, "%s", err_detail());
    return peer;
}

static void expect_identity(const char *name, const char *identity) {
    char text[MAX_URN + 1];
    struct tls_peer peer = peer_of(name);
    urn_format(&peer.identity, text);
    cr_expect_str_eq(text, identity);
}

Test(ceremony_issue, makes_a_certificate_and_a_key_for_every_kind) {
    static const char *const cases[][3] = {
        {"issue $A agency north --out a", "a", "urn:signpost:demo:agency:north"},
        {"issue $A --out b practitioner north jo", "b", "urn:signpost:demo:agency:north:person:jo"},
        {"issue $A --host h1.example --out c holder 16", "c", "urn:signpost:demo:holder:16"},
        {"issue $A index main --host 10.0.0.1 --host index.example --out d", "d", "urn:signpost:demo:index:main"},
        {"issue $A --key-type ed25519 administrator olu --out e", "e", "urn:signpost:demo:administrator:olu"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        char certificate[16], key[16];
        EVP_PKEY *private_key = NULL;
        X509 *made = NULL;
        snprintf(certificate, sizeof certificate, "%s.crt", cases[i][1]);
        snprintf(key, sizeof key, "%s.key", cases[i][1]);
        done(cases[i][0]);
        expect_identity(certificate, cases[i][2]);
        cr_expect_eq(mode_of(key), 0600);
        struct buf pem = get_file(key);
        cr_assert_eq(certificate_key_parse(buf_bytes(&pem), &private_key), OK);
        cr_assert_eq(certificate_read(in_dir(certificate), &made), OK);
        cr_expect_eq(EVP_PKEY_eq(private_key, X509_get0_pubkey(made)), 1);
        X509_free(made);
        EVP_PKEY_free(private_key);
        buf_free(&pem);
    }
}

Test(ceremony_issue, names_its_files_after_the_identity) {
    done("issue $A agency north");
    cr_expect(is_there("auth/agency-north.crt") && is_there("auth/agency-north.key"));
    done("issue $A practitioner north jo");
    cr_expect(is_there("auth/practitioner-north-jo.crt"));
    done("issue $A holder 2 --host a");
    cr_expect(is_there("auth/holder-2.crt"));
}

Test(ceremony_issue, makes_a_handle_key_for_an_agencys_own_key_alone) {
    done("issue $A agency north --out north");
    struct buf key = get_file("north.handle.key");
    cr_expect_eq(key.len, 32);
    cr_expect_eq(mode_of("north.handle.key"), 0600);
    buf_free(&key);
    done("issue $A practitioner north jo --out jo");
    cr_expect_not(is_there("jo.handle.key"));
}

Test(ceremony_issue, is_valid_for_the_days_asked) {
    int64_t now_s = clock_now_s(&clock_system);
    done("issue $A agency north --out a --days 10");
    cr_expect_lt(llabs(peer_of("a.crt").certificate_expires - now_s - 10 * 86400), 60);
    done("issue $A agency north --out b");
    cr_expect_lt(llabs(peer_of("b.crt").certificate_expires - now_s - 365 * 86400), 60);
    refused("issue $A agency north --out c --days 3653", "outlive");
}

Test(ceremony_issue, never_overwrites) {
    static const char *const names[] = {"north.crt", "north.key", "north.handle.key"};
    for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
        put_file(names[i], 0600, bytes_str("kept"));
        refused("issue $A agency north --out north", "already");
        for (size_t j = 0; j < sizeof names / sizeof *names; j++) {
            cr_expect_eq(is_there(names[j]), i == j, "%s", names[j]);
        }
        struct buf kept = get_file(names[i]);
        cr_expect_str_eq(buf_str(&kept), "kept");
        buf_free(&kept);
        cr_assert_eq(unlink(in_dir(names[i])), 0);
    }
}

Test(ceremony_issue, refuses_wrong_identities_hosts_and_passphrases) {
    static const char *const cases[][2] = {
        {"issue $A", "something is missing"},
        {"issue $A police north", "agency, practitioner"},
        {"issue $A agency", "agency ID"},
        {"issue $A agency north south", "agency ID"},
        {"issue $A practitioner north", "practitioner AGENCY PERSON"},
        {"issue $A agency North", "an id is"},
        {"issue $A agency a:person:b", "an id is"},
        {"issue $A agency canary", "reserved"},
        {"issue $A practitioner canary jo", "reserved"},
        {"issue $A holder 0 --host a", "holder"},
        {"issue $A holder 17 --host a", "holder"},
        {"issue $A holder 01 --host a", "holder"},
        {"issue $A holder 1", "--host"},
        {"issue $A index main", "--host"},
        {"issue $A index main --host *.example", "host 1"},
        {"issue $A agency north --host a", "--host"},
        {"issue $A agency north --key-type rsa", "p256"},
        {"issue $A agency north --days 0", "--days"},
        {"issue $A agency north --csr nowhere", "nowhere"},
        {"issue --dir auth --passphrase-file wrong.pass agency north", "passphrase is wrong"},
        {"issue --dir nowhere --passphrase-file auth.pass agency north", "nowhere"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        refused(cases[i][0], cases[i][1]);
    }
    cr_expect_not(is_there("auth/agency-north.crt"));
    cr_expect_not(is_there("auth/agency-north.key"));
    cr_expect_not(is_there("auth/agency-north.handle.key"));
}

// A request with a SAN of its own that claims more than it should get; `names` in OpenSSL's notation.
static EVP_PKEY *put_request(const char *file, EVP_PKEY *signer) {
    EVP_PKEY *key = NULL;
    cr_assert_eq(certificate_key_new(CERTIFICATE_P256, &key), OK);
    X509_REQ *request = X509_REQ_new();
    X509_EXTENSIONS *extensions = sk_X509_EXTENSION_new_null();
    X509_EXTENSION *san = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name,
                                              "URI:urn:signpost:demo:administrator:root,DNS:evil.example");
    X509_EXTENSION *ca = X509V3_EXT_conf_nid(NULL, NULL, NID_basic_constraints, "critical,CA:TRUE");
    cr_assert(sk_X509_EXTENSION_push(extensions, san) > 0 && sk_X509_EXTENSION_push(extensions, ca) > 0);
    cr_assert_eq(X509_REQ_add_extensions(request, extensions), 1);
    cr_assert_eq(X509_NAME_add_entry_by_txt(X509_REQ_get_subject_name(request), "CN", MBSTRING_ASC,
                                            (const unsigned char *)"root", -1, -1, 0),
                 1);
    cr_assert_eq(X509_REQ_set_pubkey(request, key), 1);
    cr_assert_gt(X509_REQ_sign(request, signer != NULL ? signer : key, EVP_sha256()), 0);
    BIO *bio = BIO_new_file(in_dir(file), "w");
    cr_assert_eq(PEM_write_bio_X509_REQ(bio, request), 1);
    BIO_free(bio);
    sk_X509_EXTENSION_pop_free(extensions, X509_EXTENSION_free);
    X509_REQ_free(request);
    return key;
}

Test(ceremony_issue, takes_nothing_of_a_request_but_its_key) {
    EVP_PKEY *key = put_request("own.csr", NULL);
    X509 *made = NULL;
    char subject[256];
    done("issue $A agency north --csr own.csr --out north");
    expect_identity("north.crt", "urn:signpost:demo:agency:north");
    cr_assert_eq(certificate_read(in_dir("north.crt"), &made), OK);
    cr_expect_eq(EVP_PKEY_eq(key, X509_get0_pubkey(made)), 1);
    cr_expect_eq(X509_check_ca(made), 0);
    cr_expect_eq(X509_check_host(made, "evil.example", 0, 0, NULL), 0);
    X509_NAME_oneline(X509_get_subject_name(made), subject, sizeof subject);
    cr_expect_null(strstr(subject, "root"));
    cr_expect_not(is_there("north.key"), "the private key is the requester's");
    cr_expect_not(is_there("north.handle.key"));
    X509_free(made);
    EVP_PKEY_free(key);
}

Test(ceremony_issue, refuses_a_request_that_is_not_signed_by_its_key) {
    EVP_PKEY *other = NULL;
    cr_assert_eq(certificate_key_new(CERTIFICATE_P256, &other), OK);
    EVP_PKEY *key = put_request("own.csr", other);
    refused("issue $A agency north --csr own.csr --out north", "not signed by its own key");
    put_file("own.csr", 0644, bytes_str("hello\n"));
    refused("issue $A agency north --csr own.csr --out north", "own.csr");
    cr_expect_not(is_there("north.crt"));
    EVP_PKEY_free(key);
    EVP_PKEY_free(other);
}

Test(ceremony_issue, prints_no_private_key) {
    struct outcome outcome = run("issue $A agency north --out north");
    struct buf pem = get_file("north.key"), handle = get_file("north.handle.key");
    char hex[65];
    cr_assert_eq(outcome.exit_code, 0);
    char *line = strchr((char *)pem.data, '\n') + 1;
    *strchr(line, '\n') = '\0';
    cr_expect_null(strstr(outcome.out, line));
    hex_encode(handle.data, 32, hex);
    cr_expect_null(strstr(outcome.out, hex));
    cr_expect_null(memmem(outcome.out, strlen(outcome.out), handle.data, 32));
    buf_free(&pem);
    buf_free(&handle);
    outcome_free(&outcome);
}

// roster

// Whether the certificate's key may act now.
static err_t may_act(const char *certificate) {
    struct roster *roster = roster_signed();
    struct tls_peer peer = peer_of(certificate);
    const struct roster_entry *entry = NULL;
    err_t err = roster_find(roster, peer.key, &peer.identity, clock_now_s(&clock_system), &entry);
    roster_free(roster);
    return err;
}

static void issue_some(void) {
    done("issue $A agency north --out north");
    done("issue $A practitioner north jo --out jo");
    done("issue $A index main --host index.example --out index");
}

Test(ceremony_roster, admits_the_keys_of_certificates) {
    issue_some();
    done("issue $A agency south --out south");
    done("roster $A add north.crt jo.crt index.crt");
    cr_expect_eq(may_act("north.crt"), OK);
    cr_expect_eq(may_act("jo.crt"), OK);
    cr_expect_eq(may_act("index.crt"), OK);
    cr_expect_eq(may_act("south.crt"), ERR_DENIED);
    struct roster *roster = roster_signed();
    struct tls_peer jo = peer_of("jo.crt");
    cr_expect_eq(roster->version, 1);
    cr_expect_eq(roster->expires - roster->issued, 30 * 86400);
    cr_assert_eq(roster->count, 3);
    cr_expect_eq(roster->entries[1].roles, ROLE_PRACTITIONER);
    cr_expect_eq(roster->entries[1].valid_until, jo.certificate_expires);
    roster_free(roster);
}

Test(ceremony_roster, every_change_is_the_next_version) {
    issue_some();
    done("roster $A add north.crt");
    done("roster $A add jo.crt --role auditor --entry-days 5 --days 7");
    struct roster *roster = roster_signed();
    int64_t now_s = clock_now_s(&clock_system);
    cr_expect_eq(roster->version, 2);
    cr_expect_eq(roster->expires - roster->issued, 7 * 86400);
    cr_expect_eq(roster->entries[1].roles, ROLE_PRACTITIONER | ROLE_AUDITOR);
    cr_expect_lt(llabs(roster->entries[1].valid_until - now_s - 5 * 86400), 60);
    roster_free(roster);
    done("roster $A suspend urn:signpost:demo:agency:north:person:jo");
    cr_expect_eq(roster_version(), 3);
    cr_expect_eq(may_act("jo.crt"), ERR_DENIED);
    done("roster $A resume urn:signpost:demo:agency:north:person:jo");
    cr_expect_eq(roster_version(), 4);
    cr_expect_eq(may_act("jo.crt"), OK);
    done("roster $A remove urn:signpost:demo:agency:north:person:jo");
    cr_expect_eq(roster_version(), 5);
    cr_expect_eq(may_act("jo.crt"), ERR_DENIED);
    cr_expect_eq(may_act("north.crt"), OK);
    done("roster $A renew --days 60");
    roster = roster_signed();
    cr_expect_eq(roster->version, 6);
    cr_expect_eq(roster->expires - roster->issued, 60 * 86400);
    roster_free(roster);
}

Test(ceremony_roster, a_renewed_certificate_adds_its_key) {
    issue_some();
    done("issue $A practitioner north jo --out jo2");
    done("roster $A add jo.crt jo2.crt north.crt");
    cr_expect_eq(may_act("jo.crt"), OK);
    cr_expect_eq(may_act("jo2.crt"), OK);
    struct roster *roster = roster_signed();
    cr_expect_eq(roster->count, 2);
    cr_expect_eq(roster->entries[0].key_count, 2);
    roster_free(roster);
}

Test(ceremony_roster, refuses_and_changes_nothing) {
    static const char *const cases[][2] = {
        {"roster $A add jo.crt north.crt", "on the roster already"}, // all of it, or nothing
        {"roster $A add jo.crt jo.crt", "on the roster already"},
        {"roster $A add holder.crt", "holders are in the descriptor"},
        {"roster $A add foreign.crt", "not a client's certificate of this CA"},
        {"roster $A add other.crt", "not a client's certificate of this CA"},
        {"roster $A add auth/ca.crt", "exactly one identity"},
        {"roster $A add jo.key", "jo.key"},
        {"roster $A add nowhere", "nowhere"},
        {"roster $A add", "of whom"},
        {"roster $A add jo.crt --role king", "--role: "},
        {"roster $A add jo.crt --role agency", "cannot have that role"},
        {"roster $A add index.crt --role auditor", "cannot have that role"},
        {"roster $A remove urn:signpost:demo:agency:south", "not on the roster"},
        {"roster $A remove north", "identity 1"},
        {"roster $A suspend urn:signpost:demo:agency:south", "not on the roster"},
        {"roster $A resume urn:signpost:demo:agency:north", "active already"},
        {"roster $A renew now", "takes no names"},
        {"roster $A renew --role auditor", "--role"},
        {"roster $A renew --json", "--json"},
        {"roster $A renew --days 0", "--days"},
        {"roster --dir auth --passphrase-file wrong.pass renew", "passphrase is wrong"},
    };
    issue_some();
    done("issue $A holder 1 --host a --out holder");
    done("init --scheme demo --passphrase-file auth.pass --kdf interactive foreign");
    done("issue --dir foreign --passphrase-file auth.pass agency east --out foreign");
    done("init --scheme other --passphrase-file auth.pass --kdf interactive other");
    done("issue --dir other --passphrase-file auth.pass agency east --out other");
    done("roster $A add north.crt");
    struct buf before = get_file("auth/roster");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        refused(cases[i][0], cases[i][1]);
        struct buf after = get_file("auth/roster");
        cr_expect(bytes_equal(buf_bytes(&before), buf_bytes(&after)), "%s", cases[i][0]);
        buf_free(&after);
    }
    buf_free(&before);
}

static const struct roster_entry *entry_of(const struct roster *roster, const char *identity) {
    struct urn urn;
    cr_assert_eq(urn_parse(identity, &urn), OK);
    const struct roster_entry *entry = roster_entry_of(roster, &urn);
    cr_assert_not_null(entry);
    return entry;
}

#define JO "urn:signpost:demo:agency:north:person:jo"

Test(ceremony_roster, sets_vetting_training_and_limits) {
    issue_some();
    done("roster $A add north.crt jo.crt --vetting-until 2099-01-31 --limit children_day=40 --limit no_day=20");
    done("roster $A update --training-until 2020-02-29 --limit no_day=default --limit children_hour=7 " JO);
    struct roster *roster = roster_signed();
    const struct roster_entry *jo = entry_of(roster, JO);
    const struct roster_entry *north = entry_of(roster, "urn:signpost:demo:agency:north");
    cr_expect_eq(jo->vetting_until, 4073587200, "the day after, at its beginning");
    cr_expect_eq(jo->training_until, 1583020800);
    cr_expect_eq(jo->terms.limits.of[LIMIT_CHILDREN_DAY], 40);
    cr_expect_eq(jo->terms.limits.of[LIMIT_CHILDREN_HOUR], 7);
    cr_expect_eq(jo->terms.limits.of[LIMIT_NO_DAY], 0);
    cr_expect_eq(north->terms.limits.of[LIMIT_NO_DAY], 20);
    cr_expect_eq(north->training_until, 0);
    roster_free(roster);
    cr_expect_eq(may_act("jo.crt"), ERR_DENIED, "whose training is over");
    cr_expect_eq(may_act("north.crt"), OK);
    done("roster $A update --training-until never " JO);
    cr_expect_eq(may_act("jo.crt"), OK);
    struct outcome table = run("roster --dir auth show");
    cr_expect_not_null(strstr(table.out, "children_day 40"));
    outcome_free(&table);
}

Test(ceremony_roster, refuses_settings_that_cannot_be) {
    static const char *const cases[][2] = {
        {"roster $A update " JO, "of what"},
        {"roster $A update --vetting-until 2027-02-29 " JO, "--vetting-until: must be a date"},
        {"roster $A update --training-until 31/01/2027 " JO, "--training-until: must be a date"},
        {"roster $A update --limit children_day " JO, "NAME=NUMBER"},
        {"roster $A update --limit children_week=1 " JO, "--limit: "},
        {"roster $A update --limit children_day=0 " JO, "--limit: "},
        {"roster $A update --limit children_day=1000000001 " JO, "--limit: "},
        {"roster $A update --limit children_day=1 urn:signpost:demo:agency:south", "not on the roster"},
        {"roster $A update --role agency " JO, "cannot have that role"},
        {"roster $A suspend --limit children_day=1 " JO, "for add and update alone"},
    };
    issue_some();
    done("roster $A add north.crt jo.crt");
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        refused(cases[i][0], cases[i][1]);
    }
    cr_expect_eq(roster_version(), 1);
}

Test(ceremony_roster, removes_every_barred_person_at_once_and_says_who_was_not_found) {
    issue_some();
    done("issue $A practitioner north kim --out kim");
    done("roster $A add north.crt jo.crt kim.crt index.crt");
    put_file("barred", 0600,
             bytes_str("# of 2026-11-26\n" JO "  # and why not here\n"
                       "urn:signpost:demo:agency:south:person:lee\n\n" JO "\n"));
    struct outcome outcome = run("roster $A import-barred barred");
    cr_expect_eq(outcome.exit_code, 0, "%s", outcome.err);
    cr_expect_not_null(strstr(outcome.out, "urn:signpost:demo:agency:south:person:lee was not on the roster"));
    cr_expect_not_null(strstr(outcome.out, "2 persons listed: 1 removed from the roster, 1 not found on it, 0 barred "
                                           "already."),
                       "%s", outcome.out);
    outcome_free(&outcome);
    cr_expect_eq(roster_version(), 2);
    cr_expect_eq(may_act("jo.crt"), ERR_DENIED);
    cr_expect_eq(may_act("kim.crt"), OK);
    refused("roster $A add jo.crt", "is barred");
    done("roster $A import-barred barred"); // the next day's list has the same names
    struct roster *roster = roster_signed();
    cr_expect_eq(roster->barred_count, 2);
    cr_expect_eq(roster->version, 3);
    cr_expect_eq(roster->count, 3);
    roster_free(roster);
    done("roster $A unbar " JO);
    refused("roster $A unbar " JO, "is not barred");
    done("roster $A add jo.crt");
    cr_expect_eq(may_act("jo.crt"), OK);
}

Test(ceremony_roster, imports_no_barred_list_of_which_any_line_is_wrong) {
    static const char *const lists[][2] = {
        {JO "\njo\n", "line 2"},
        {JO "\nurn:signpost:demo:agency:north\n", "not the identity of a person"},
        {JO "\nurn:signpost:other:agency:north:person:jo\n", "another scheme"},
        {JO "\n1111111111111111111111111111111111111111111111111111111111111111\n", "not the identity of a person"},
    };
    issue_some();
    done("roster $A add north.crt jo.crt");
    for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
        put_file("barred", 0600, bytes_str(lists[i][0]));
        refused("roster $A import-barred barred", lists[i][1]);
        cr_expect_eq(may_act("jo.crt"), OK);
    }
    refused("roster $A import-barred nowhere", "nowhere");
    refused("roster $A import-barred", "one file");
    cr_expect_eq(roster_version(), 1);
}

Test(ceremony_roster, builds_on_nothing_that_the_authority_has_not_signed) {
    issue_some();
    done("roster $A add north.crt jo.crt");
    alter_file("auth/roster", "\"suspended\":false", "\"suspended\": true");
    refused("roster $A add index.crt", "signature");
    refused("roster $A show", "signature");
}

Test(ceremony_roster, is_not_begun_by_anything_but_add) {
    refused("roster $A renew", "auth/roster");
    refused("roster $A show", "auth/roster");
    cr_expect_not(is_there("auth/roster"));
}

Test(ceremony_roster, is_shown_as_a_table_and_as_json) {
    issue_some();
    done("roster $A add north.crt jo.crt");
    done("roster $A suspend urn:signpost:demo:agency:north:person:jo");
    struct outcome table = run("roster --dir auth show"), json = run("roster --dir auth show --json");
    cr_expect_eq(table.exit_code, 0);
    cr_expect_not_null(strstr(table.out, "version 2"));
    cr_expect_not_null(strstr(table.out, "30 days left"), "%s", table.out);
    cr_expect_not_null(strstr(table.out, "urn:signpost:demo:agency:north:person:jo"));
    cr_expect_not_null(strstr(table.out, "suspended"));
    cr_expect_not_null(strstr(table.out, "practitioner"));
    struct roster *parsed = NULL;
    cr_assert_eq(roster_parse(bytes_str(json.out), &parsed), OK, "%s", err_detail());
    cr_expect_eq(parsed->count, 2);
    roster_free(parsed);
    outcome_free(&table);
    outcome_free(&json);
}

// describe

static void put_trust(void) {
    struct buf text = {0}, vkey = get_file("auth/authority.vkey");
    struct note_key holder;
    char holder_vkey[NOTE_VKEY_SIZE];
    uint8_t seed[NOTE_SEED_SIZE] = {7};
    cr_assert_eq(note_key_of_seed("demo-holder-1", seed, &holder), OK);
    note_key_format(&holder, holder_vkey);
    buf_printf(&text, "threshold 1\nauthority %sholder %s\n", buf_str(&vkey), holder_vkey);
    put_file("trust", 0644, buf_bytes(&text));
    buf_free(&text);
    buf_free(&vkey);
}

Test(ceremony_roster, is_described_with_its_roles) {
    issue_some();
    put_trust();
    done("roster $A add north.crt jo.crt index.crt");
    struct outcome outcome = run("describe --trust trust --roster auth/roster");
    cr_expect_eq(outcome.exit_code, 0, "%s", outcome.err);
    cr_expect_not_null(strstr(outcome.out, "roster version 1"));
    cr_expect_not_null(strstr(outcome.out, "entries      3"));
    cr_expect_not_null(strstr(outcome.out, "practitioner             1"));
    outcome_free(&outcome);
}

Test(ceremony_roster, described_when_altered_or_expired_fails) {
    static const char expired[] =
        "{\"type\":\"signpost roster 1\",\"scheme\":\"demo\",\"version\":1,\"issued\":\"2020-01-01T00:00:00Z\","
        "\"expires\":\"2020-02-01T00:00:00Z\",\"entries\":[]}\n";
    put_trust();
    sign_as_authority("old", bytes_str(expired));
    refused("describe --trust trust --roster old", "old");
    struct outcome outcome = run("describe --trust trust --roster old");
    cr_expect_not_null(strstr(outcome.out, "EXPIRED"));
    outcome_free(&outcome);
    alter_file("old", "2020-02-01", "2099-02-01");
    refused("describe --trust trust --roster old", "signature");
    refused("describe --trust trust --roster nowhere", "nowhere");
}
