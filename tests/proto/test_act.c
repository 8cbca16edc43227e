// SPDX-License-Identifier: Apache-2.0
#include "proto/act.h"

#include <criterion/criterion.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include <sodium.h>

#include "base/clock.h"
#include "base/json.h"
#include "tests/support/pki.h"

#define ANN "urn:signpost:demo:administrator:ann"
#define BEN "urn:signpost:demo:administrator:ben"

static struct pki *pki;
static struct tls_files ann, ben;
static int64_t now_s;
static struct buf document;

static void set_up(void) {
    pki = pki_new();
    ann = pki_client(pki, "ann", ANN);
    ben = pki_issue(pki, "ben", &(struct pki_wish){.uris = {BEN}, .client = true, .ed25519 = true});
    now_s = clock_now_s(&clock_system);
    struct act plan = {.name = "shield-lift", .scheme = "demo", .reason = "asked for", .store_id = {7}};
    plan.arguments = json_pack("{s:s}", "shield", "12");
    document = (struct buf){0};
    cr_assert_eq(act_new(&plan, now_s, &document), OK);
    json_decref(plan.arguments);
}

static void tear_down(void) {
    buf_free(&document);
    pki_free(pki);
}

TestSuite(act, .init = set_up, .fini = tear_down);

static void signed_by(struct tls_files who) {
    cr_assert_eq(act_sign(&document, who.certificate, who.key), OK, "%s", err_detail());
}

static void expect(err_t expected, int64_t at_s, const char *word) {
    struct act act = {0};
    err_t err = act_open(buf_bytes(&document), pki_ca(pki), at_s, &act);
    cr_assert_eq(err, expected, "%s: %s", err_text(err), err_detail());
    cr_assert_not_null(strstr(err_detail(), word), "%s", err_detail());
    act_free(&act);
}

Test(act, opens_with_both_signers_whatever_their_keys) {
    struct act act = {0};
    char who[MAX_URN + 1];
    signed_by(ann);
    signed_by(ben);
    cr_assert_eq(act_open(buf_bytes(&document), pki_ca(pki), now_s, &act), OK, "%s", err_detail());
    cr_expect_str_eq(act.name, "shield-lift");
    cr_expect_str_eq(act.reason, "asked for");
    cr_expect_eq(act.store_id[0], 7);
    cr_expect_str_eq(json_string_value(json_object_get(act.arguments, "shield")), "12");
    cr_assert_eq(act.signer_count, 2);
    urn_format(&act.signers[0].identity, who);
    cr_expect_str_eq(who, ANN);
    urn_format(&act.signers[1].identity, who);
    cr_expect_str_eq(who, BEN);
    act_free(&act);
}

Test(act, is_one_of_its_own_each_time) {
    struct buf other = {0};
    struct act plan = {.name = "note", .scheme = "demo", .reason = "again"};
    struct act acts[2] = {0};
    plan.arguments = json_object();
    cr_assert_eq(act_new(&plan, now_s, &other), OK);
    cr_assert_eq(act_peek(buf_bytes(&document), &acts[0]), OK);
    cr_assert_eq(act_peek(buf_bytes(&other), &acts[1]), OK);
    cr_expect_neq(memcmp(acts[0].nonce, acts[1].nonce, ACT_NONCE_SIZE), 0);
    json_decref(plan.arguments);
    act_free(&acts[0]);
    act_free(&acts[1]);
    buf_free(&other);
}

// The document with other contents of one field.
static void replace(const char *field, const char *value) {
    json_t *json = NULL;
    cr_assert_eq(json_parse(buf_bytes(&document), &json), OK);
    json_t *holder = strcmp(field, "payload") == 0 ? json : json_array_get(json_object_get(json, "signatures"), 0);
    json_object_set_new(holder, field, json_string(value));
    buf_reset(&document);
    cr_assert_eq(json_write(json, false, &document), OK);
    json_decref(json);
}

static char *base64url(const char *text) {
    size_t size = sodium_base64_encoded_len(strlen(text), sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    char *encoded = malloc(size);
    sodium_bin2base64(encoded, size, (const unsigned char *)text, strlen(text),
                      sodium_base64_VARIANT_URLSAFE_NO_PADDING);
    return encoded;
}

static char *decoded(const char *field) {
    json_t *json = NULL;
    size_t len = 0;
    cr_assert_eq(json_parse(buf_bytes(&document), &json), OK);
    json_t *holder = strcmp(field, "payload") == 0 ? json : json_array_get(json_object_get(json, "signatures"), 0);
    const char *encoded = json_string_value(json_object_get(holder, field));
    char *text = calloc(1, strlen(encoded) + 1);
    cr_assert_eq(sodium_base642bin((unsigned char *)text, strlen(encoded), encoded, strlen(encoded), NULL, &len, NULL,
                                   sodium_base64_VARIANT_URLSAFE_NO_PADDING),
                 0);
    json_decref(json);
    return text;
}

// Swaps one word of an encoded field for another of the same length.
static void swap(const char *field, const char *from, const char *to) {
    char *text = decoded(field);
    char *at = strstr(text, from);
    cr_assert_not_null(at, "%s", text);
    memcpy(at, to, strlen(to));
    char *encoded = base64url(text);
    replace(field, encoded);
    free(encoded);
    free(text);
}

Test(act, refuses_a_payload_that_was_changed_after_signing) {
    signed_by(ann);
    swap("payload", "\"12\"", "\"13\"");
    expect(ERR_SIGNATURE, now_s, "signature 1");
}

Test(act, refuses_a_signature_that_was_changed) {
    signed_by(ben);
    char *text = decoded("protected");
    replace("signature", "AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA");
    expect(ERR_SIGNATURE, now_s, "signature 1");
    replace("signature", "AAAA");
    expect(ERR_INPUT, now_s, "64 bytes");
    free(text);
}

Test(act, refuses_another_algorithm_than_the_key_s_and_another_type) {
    signed_by(ann);
    swap("protected", "ES256", "EdDSA");
    expect(ERR_INPUT, now_s, "alg");
    swap("protected", "EdDSA", "ES256");
    swap("protected", "signpost-act", "signpost-cat");
    expect(ERR_INPUT, now_s, "typ");
}

Test(act, refuses_a_second_signature_of_one_person) {
    signed_by(ann);
    cr_expect_eq(act_sign(&document, ann.certificate, ann.key), ERR_EXISTS);
    struct tls_files again = pki_client(pki, "ann-2", ANN); // another certificate and key of hers
    signed_by(again);
    expect(ERR_DENIED, now_s, "twice");
}

Test(act, refuses_a_third_signature) {
    signed_by(ann);
    signed_by(ben);
    struct tls_files cay = pki_client(pki, "cay", "urn:signpost:demo:administrator:cay");
    cr_expect_eq(act_sign(&document, cay.certificate, cay.key), ERR_TOO_LARGE);
}

Test(act, refuses_certificates_that_the_ca_did_not_issue_to_a_person_or_that_ran_out) {
    struct pki *other = pki_new();
    struct tls_files foreign = pki_client(other, "ann", ANN);
    signed_by(foreign);
    expect(ERR_DENIED, now_s, "certificate");
    pki_free(other);
    tear_down();
    set_up();
    signed_by(pki_server(pki, "server", "urn:signpost:demo:index:main"));
    expect(ERR_DENIED, now_s, "certificate");
    tear_down();
    set_up();
    struct pki_wish wish = {.uris = {ANN}, .client = true, .valid_from_s = -7200, .valid_until_s = -3600};
    signed_by(pki_issue(pki, "old", &wish));
    expect(ERR_DENIED, now_s, "expired");
}

Test(act, refuses_a_key_that_is_not_the_certificate_s) {
    cr_expect_eq(act_sign(&document, ann.certificate, ben.key), ERR_DENIED);
}

Test(act, is_valid_for_a_day_and_not_before_it_was_made) {
    struct pki_wish wish = {.uris = {ANN}, .client = true, .valid_from_s = -7200, .valid_until_s = 3 * ACT_VALID_S};
    signed_by(pki_issue(pki, "lasting", &wish)); // longer than the act

    expect(ERR_EXPIRED, now_s + ACT_VALID_S, "expired");
    expect(ERR_EXPIRED, now_s - 3600, "future");
    struct act act = {0};
    cr_assert_eq(act_open(buf_bytes(&document), pki_ca(pki), now_s + ACT_VALID_S - 1, &act), OK);
    act_free(&act);
}

Test(act, opens_without_a_signer_and_names_none) {
    struct act act = {0};
    cr_assert_eq(act_open(buf_bytes(&document), pki_ca(pki), now_s, &act), OK);
    cr_expect_eq(act.signer_count, 0);
    act_free(&act);
}

Test(act, refuses_fields_it_does_not_know_and_a_life_that_is_too_long) {
    struct act act = {0};
    char *encoded = base64url("{\"act\":\"note\",\"extra\":1}");
    replace("payload", encoded);
    cr_expect_eq(act_open(buf_bytes(&document), pki_ca(pki), now_s, &act), ERR_INPUT);
    free(encoded);
    encoded = base64url("{\"act\":\"note\",\"scheme\":\"demo\",\"store_id\":\"00000000000000000000000000000000\","
                        "\"nonce\":\"00000000000000000000000000000000\",\"issued\":\"2026-01-01T00:00:00Z\","
                        "\"expires\":\"2026-01-09T00:00:00Z\",\"reason\":\"x\",\"arguments\":{}}");
    replace("payload", encoded);
    cr_expect_eq(act_open(buf_bytes(&document), pki_ca(pki), 1767312000, &act), ERR_INPUT, "%s", err_detail());
    cr_expect_not_null(strstr(err_detail(), "7 days"), "%s", err_detail());
    free(encoded);
}

Test(act, needs_a_name_a_reason_and_arguments) {
    struct buf out = {0};
    struct act plan = {.name = "note", .scheme = "demo", .reason = "why"};
    cr_expect_eq(act_new(&plan, now_s, &out), ERR_INPUT);
    plan.arguments = json_object();
    plan.reason[0] = '\0';
    cr_expect_eq(act_new(&plan, now_s, &out), ERR_INPUT);
    plan.reason[0] = 'w';
    snprintf(plan.name, sizeof plan.name, "Not A Name");
    cr_expect_eq(act_new(&plan, now_s, &out), ERR_INPUT);
    json_decref(plan.arguments);
    buf_free(&out);
}
