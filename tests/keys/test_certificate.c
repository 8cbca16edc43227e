// SPDX-License-Identifier: Apache-2.0
#include <criterion/criterion.h>
#include <openssl/core_names.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <string.h>

#include "base/secret.h"
#include "keys/ceremony/certificate.h"
#include "keys/ceremony/certificate_key.h"

#define NOW INT64_C(1800000000)
#define DAY INT64_C(86400)

static EVP_PKEY *ca_key, *key;
static X509 *ca;

static void start(void) {
    cr_assert_eq(secret_start(), OK);
    cr_assert_eq(certificate_key_new(CERTIFICATE_P256, &ca_key), OK);
    cr_assert_eq(certificate_key_new(CERTIFICATE_P256, &key), OK);
    cr_assert_eq(certificate_make_ca("demo", ca_key, NOW, &ca), OK, "%s", err_detail());
}

static void end(void) {
    EVP_PKEY_free(ca_key);
    EVP_PKEY_free(key);
    X509_free(ca);
}

TestSuite(certificate, .init = start, .fini = end);

static struct certificate_plan plan_for(const char *identity) {
    struct certificate_plan plan = {.from = NOW - 300, .until = NOW + 365 * DAY};
    cr_assert_eq(urn_parse(identity, &plan.identity), OK);
    return plan;
}

static X509 *issue(const struct certificate_plan *plan) {
    X509 *made = NULL;
    cr_assert_eq(certificate_issue(plan, key, ca, ca_key, &made), OK, "%s", err_detail());
    return made;
}

static X509 *issue_for(const char *identity) {
    struct certificate_plan plan = plan_for(identity);
    return issue(&plan);
}

static bool good_for(X509 *certificate, int purpose, int64_t at) {
    X509_STORE *store = X509_STORE_new();
    X509_STORE_CTX *check = X509_STORE_CTX_new();
    cr_assert_eq(X509_STORE_add_cert(store, ca), 1);
    cr_assert_eq(X509_STORE_CTX_init(check, store, certificate, NULL), 1);
    X509_STORE_CTX_set_time(check, 0, (time_t)at);
    X509_STORE_CTX_set_flags(check, X509_V_FLAG_X509_STRICT);
    cr_assert_eq(X509_STORE_CTX_set_purpose(check, purpose), 1);
    bool good = X509_verify_cert(check) == 1;
    X509_STORE_CTX_free(check);
    X509_STORE_free(store);
    return good;
}

Test(certificate, the_ca_may_sign_certificates_and_no_other_ca) {
    cr_expect_eq(X509_check_ca(ca), 1);
    cr_expect_eq(X509_get_pathlen(ca), 0);
    cr_expect_eq(X509_get_key_usage(ca), KU_KEY_CERT_SIGN);
    cr_expect_eq(X509_self_signed(ca, 1), 1);
    int64_t from = 0, until = 0;
    cr_assert_eq(certificate_validity(ca, &from, &until), OK);
    cr_expect_lt(from, NOW);
    cr_expect_eq(until - from, 3652 * DAY);
}

Test(certificate, the_ca_may_have_an_ed25519_key) {
    EVP_PKEY *other_key = NULL;
    X509 *other = NULL, *made = NULL;
    struct certificate_plan plan = plan_for("urn:signpost:demo:agency:north");
    cr_assert_eq(certificate_key_new(CERTIFICATE_ED25519, &other_key), OK);
    cr_assert_eq(certificate_make_ca("demo", other_key, NOW, &other), OK, "%s", err_detail());
    cr_assert_eq(certificate_issue(&plan, key, other, other_key, &made), OK, "%s", err_detail());
    cr_expect_eq(certificate_check_client(made, other, NOW), OK, "%s", err_detail());
    cr_expect_eq(certificate_check_client(made, ca, NOW), ERR_DENIED);
    X509_free(made);
    X509_free(other);
    EVP_PKEY_free(other_key);
}

Test(certificate, its_use_follows_from_the_kind_of_identity) {
    static const char *const hosts[] = {"host.example"};
    static const struct {
        const char *identity;
        bool server, client;
    } cases[] = {
        {"urn:signpost:demo:agency:north", false, true},      {"urn:signpost:demo:agency:north:person:jo", false, true},
        {"urn:signpost:demo:administrator:olu", false, true}, {"urn:signpost:demo:holder:3", true, false},
        {"urn:signpost:demo:index:main", true, true},
    };
    for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
        struct certificate_plan plan = plan_for(cases[i].identity);
        plan.hosts = hosts;
        plan.host_count = cases[i].server ? 1 : 0;
        X509 *made = issue(&plan);
        cr_expect_eq(good_for(made, X509_PURPOSE_SSL_SERVER, NOW), cases[i].server, "%s", cases[i].identity);
        cr_expect_eq(good_for(made, X509_PURPOSE_SSL_CLIENT, NOW), cases[i].client, "%s", cases[i].identity);
        cr_expect_eq(certificate_check_client(made, ca, NOW), cases[i].client ? OK : ERR_DENIED);
        cr_expect_eq(X509_check_ca(made), 0);
        cr_expect_eq(X509_get_key_usage(made), KU_DIGITAL_SIGNATURE);
        X509_free(made);
    }
}

Test(certificate, carries_one_identity_and_its_hosts) {
    static const char *const hosts[] = {"index.example", "10.1.2.3", "2001:db8::1"};
    struct certificate_plan plan = plan_for("urn:signpost:demo:index:main");
    struct urn identity;
    plan.hosts = hosts;
    plan.host_count = 3;
    X509 *made = issue(&plan);
    cr_assert_eq(certificate_identity(made, &identity), OK);
    cr_expect(urn_equal(&identity, &plan.identity));
    cr_expect_eq(X509_check_host(made, "index.example", 0, 0, NULL), 1);
    cr_expect_eq(X509_check_host(made, "other.example", 0, 0, NULL), 0);
    cr_expect_eq(X509_check_ip_asc(made, "10.1.2.3", 0), 1);
    cr_expect_eq(X509_check_ip_asc(made, "2001:db8::1", 0), 1);
    cr_expect_eq(X509_check_ip_asc(made, "10.1.2.4", 0), 0);
    X509_free(made);
}

Test(certificate, two_have_different_long_serial_numbers) {
    X509 *a = issue_for("urn:signpost:demo:agency:north"), *b = issue_for("urn:signpost:demo:agency:north");
    cr_expect_neq(ASN1_INTEGER_cmp(X509_get0_serialNumber(a), X509_get0_serialNumber(b)), 0);
    cr_expect_geq(ASN1_STRING_length(X509_get0_serialNumber(a)), 8);
    cr_expect_leq(ASN1_STRING_length(X509_get0_serialNumber(a)), 20);
    X509_free(a);
    X509_free(b);
}

Test(certificate, is_refused_outside_its_validity) {
    X509 *made = issue_for("urn:signpost:demo:agency:north");
    int64_t from = 0, until = 0;
    cr_assert_eq(certificate_validity(made, &from, &until), OK);
    cr_expect_eq(from, NOW - 300);
    cr_expect_eq(until, NOW + 365 * DAY);
    cr_expect_eq(certificate_check_client(made, ca, NOW - 301), ERR_DENIED);
    cr_expect_eq(certificate_check_client(made, ca, NOW - 299), OK);
    cr_expect_eq(certificate_check_client(made, ca, NOW + 366 * DAY), ERR_DENIED);
    X509_free(made);
}

Test(certificate, does_not_outlive_its_ca) {
    struct certificate_plan plan = plan_for("urn:signpost:demo:agency:north");
    X509 *made = NULL;
    plan.until = NOW + 3653 * DAY;
    cr_expect_eq(certificate_issue(&plan, key, ca, ca_key, &made), ERR_INPUT);
    cr_expect_null(made);
}

Test(certificate, needs_a_host_for_servers_and_takes_none_for_others) {
    static const char *const hosts[] = {"host.example"};
    X509 *made = NULL;
    struct certificate_plan plan = plan_for("urn:signpost:demo:holder:1");
    cr_expect_eq(certificate_issue(&plan, key, ca, ca_key, &made), ERR_INPUT);
    plan = plan_for("urn:signpost:demo:index:main");
    cr_expect_eq(certificate_issue(&plan, key, ca, ca_key, &made), ERR_INPUT);
    plan = plan_for("urn:signpost:demo:agency:north");
    plan.hosts = hosts;
    plan.host_count = 1;
    cr_expect_eq(certificate_issue(&plan, key, ca, ca_key, &made), ERR_INPUT);
    cr_expect_null(made);
}

Test(certificate, refuses_hosts_that_are_no_hosts) {
    static const char *const wrong[] = {
        "",         "Host.example", "*.example",         "host..example", ".example",
        "example.", "-a.example",   "a-.example",        "a_b.example",   "10.0.0.256",
        "10.0.0",   "host:8443",    "https://h.example", "a b",           "a,URI:urn:x"};
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        struct certificate_plan plan = plan_for("urn:signpost:demo:holder:1");
        X509 *made = NULL;
        plan.hosts = &wrong[i];
        plan.host_count = 1;
        cr_expect_eq(certificate_issue(&plan, key, ca, ca_key, &made), ERR_INPUT, "\"%s\"", wrong[i]);
        X509_free(made);
    }
}

// A certificate with the given SAN, in OpenSSL's own notation, signed by the CA.
static X509 *with_names(const char *names) {
    X509 *made = issue_for("urn:signpost:demo:agency:north");
    int at = X509_get_ext_by_NID(made, NID_subject_alt_name, -1);
    X509_EXTENSION_free(X509_delete_ext(made, at));
    if (names != NULL) {
        X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, names);
        cr_assert_not_null(extension);
        cr_assert_eq(X509_add_ext(made, extension, -1), 1);
        X509_EXTENSION_free(extension);
    }
    cr_assert_gt(X509_sign(made, ca_key, EVP_sha256()), 0);
    return made;
}

Test(certificate, without_exactly_one_identity_names_nobody) {
    static const char *const wrong[] = {
        NULL,
        "DNS:north.example",
        "URI:https://north.example",
        "URI:urn:signpost:demo:agency:north,URI:urn:signpost:demo:agency:south",
        "URI:urn:signpost:demo:agency:north,URI:https://north.example",
    };
    struct urn identity;
    for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
        X509 *made = with_names(wrong[i]);
        cr_expect_eq(certificate_identity(made, &identity), ERR_INPUT, "case %zu", i);
        X509_free(made);
    }
    X509 *made = with_names("URI:urn:signpost:demo:agency:north,DNS:north.example");
    cr_expect_eq(certificate_identity(made, &identity), OK);
    X509_free(made);
}

Test(certificate, of_a_ca_with_the_same_name_is_foreign) {
    EVP_PKEY *other_key = NULL;
    X509 *other = NULL, *made = NULL;
    struct certificate_plan plan = plan_for("urn:signpost:demo:agency:north");
    cr_assert_eq(certificate_key_new(CERTIFICATE_P256, &other_key), OK);
    cr_assert_eq(certificate_make_ca("demo", other_key, NOW, &other), OK);
    cr_assert_eq(certificate_issue(&plan, key, other, other_key, &made), OK);
    cr_expect_eq(certificate_check_client(made, ca, NOW), ERR_DENIED);
    X509_free(made);
    X509_free(other);
    EVP_PKEY_free(other_key);
}

Test(certificate, is_written_and_read_as_pem) {
    X509 *made = issue_for("urn:signpost:demo:agency:north"), *back = NULL;
    struct buf pem = {0};
    cr_assert_eq(certificate_write(made, &pem), OK);
    cr_assert_eq(certificate_parse(buf_bytes(&pem), &back), OK);
    cr_expect_eq(X509_cmp(made, back), 0);
    X509_free(back);
    back = NULL;
    pem.data[pem.len / 2] = '!';
    cr_expect_eq(certificate_parse(buf_bytes(&pem), &back), ERR_INPUT);
    cr_expect_eq(certificate_parse(bytes_str(""), &back), ERR_INPUT);
    cr_expect_null(back);
    buf_free(&pem);
    X509_free(made);
}

Test(certificate_key, is_written_and_read_as_unencrypted_pkcs8, .init = start, .fini = end) {
    uint8_t *pem = NULL;
    size_t len = 0;
    EVP_PKEY *back = NULL;
    cr_assert_eq(certificate_key_write(key, &pem, &len), OK);
    cr_expect_eq(memcmp(pem, "-----BEGIN PRIVATE KEY-----\n", 28), 0);
    cr_assert_eq(certificate_key_parse(bytes_of(pem, len), &back), OK);
    cr_expect_eq(EVP_PKEY_eq(key, back), 1);
    EVP_PKEY_free(back);
    back = NULL;
    cr_expect_eq(certificate_key_parse(bytes_of(pem, len / 2), &back), ERR_INPUT);
    cr_expect_null(back);
    secret_free(pem);
}

Test(certificate_key, is_of_a_type_that_has_a_name) {
    enum certificate_key_type type = CERTIFICATE_P256;
    cr_expect_eq(certificate_key_type_parse("ed25519", &type), OK);
    cr_expect_eq(type, CERTIFICATE_ED25519);
    cr_expect_eq(certificate_key_type_parse("p256", &type), OK);
    cr_expect_eq(type, CERTIFICATE_P256);
    cr_expect_eq(certificate_key_type_parse("rsa", &type), ERR_INPUT);
}

// Requests.

static struct buf request_of(EVP_PKEY *subject, EVP_PKEY *signer) {
    X509_REQ *request = X509_REQ_new();
    BIO *bio = BIO_new(BIO_s_mem());
    struct buf pem = {0};
    char *text = NULL;
    bool no_digest = EVP_PKEY_is_a(signer, "ED25519") || EVP_PKEY_is_a(signer, "ED448");
    cr_assert_eq(X509_REQ_set_pubkey(request, subject), 1);
    cr_assert_gt(X509_REQ_sign(request, signer, no_digest ? NULL : EVP_sha256()), 0);
    cr_assert_eq(PEM_write_bio_X509_REQ(bio, request), 1);
    long len = BIO_get_mem_data(bio, &text);
    buf_put(&pem, text, (size_t)len);
    BIO_free(bio);
    X509_REQ_free(request);
    return pem;
}

static err_t key_of_request(struct buf pem, EVP_PKEY **out) {
    err_t err = certificate_request_key(buf_bytes(&pem), out);
    buf_free(&pem);
    return err;
}

Test(request, gives_its_key, .init = start, .fini = end) {
    EVP_PKEY *ed = NULL, *out = NULL;
    cr_assert_eq(certificate_key_new(CERTIFICATE_ED25519, &ed), OK);
    cr_assert_eq(key_of_request(request_of(key, key), &out), OK, "%s", err_detail());
    cr_expect_eq(EVP_PKEY_eq(out, key), 1);
    EVP_PKEY_free(out);
    cr_assert_eq(key_of_request(request_of(ed, ed), &out), OK, "%s", err_detail());
    cr_expect_eq(EVP_PKEY_eq(out, ed), 1);
    EVP_PKEY_free(out);
    EVP_PKEY_free(ed);
}

Test(request, must_be_signed_by_its_own_key, .init = start, .fini = end) {
    EVP_PKEY *out = NULL;
    cr_expect_eq(key_of_request(request_of(key, ca_key), &out), ERR_SIGNATURE);
    cr_expect_null(out);
}

static err_t refused(EVP_PKEY *subject) {
    EVP_PKEY *out = NULL;
    cr_assert_not_null(subject);
    err_t err = key_of_request(request_of(subject, subject), &out);
    cr_expect_null(out);
    EVP_PKEY_free(subject);
    return err;
}

static EVP_PKEY *with_explicit_parameters(void) {
    EVP_PKEY *out = EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-256");
    cr_assert_eq(EVP_PKEY_set_utf8_string_param(out, OSSL_PKEY_PARAM_EC_ENCODING, "explicit"), 1);
    return out;
}

Test(request, for_any_other_kind_of_key_is_refused) {
    cr_expect_eq(refused(EVP_PKEY_Q_keygen(NULL, NULL, "RSA", (size_t)2048)), ERR_DENIED);
    cr_expect_eq(refused(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "P-384")), ERR_DENIED);
    cr_expect_eq(refused(EVP_PKEY_Q_keygen(NULL, NULL, "EC", "secp256k1")), ERR_DENIED);
    cr_expect_eq(refused(EVP_PKEY_Q_keygen(NULL, NULL, "ED448")), ERR_DENIED);
    cr_expect_eq(refused(with_explicit_parameters()), ERR_DENIED);
}

Test(request, has_one_key_hash_however_its_point_is_written, .init = start, .fini = end) {
    EVP_PKEY *out = NULL;
    unsigned char *plain = NULL, *compressed = NULL;
    int plain_len = i2d_PUBKEY(key, &plain);
    cr_assert_eq(EVP_PKEY_set_utf8_string_param(key, OSSL_PKEY_PARAM_EC_POINT_CONVERSION_FORMAT, "compressed"), 1);
    cr_assert_eq(key_of_request(request_of(key, key), &out), OK, "%s", err_detail());
    int len = i2d_PUBKEY(out, &compressed);
    cr_expect_eq(len, plain_len);
    cr_expect_eq(memcmp(plain, compressed, (size_t)plain_len), 0);
    OPENSSL_free(plain);
    OPENSSL_free(compressed);
    EVP_PKEY_free(out);
}

Test(request, that_is_no_request_is_refused) {
    EVP_PKEY *out = NULL;
    cr_expect_eq(certificate_request_key(bytes_str("-----BEGIN CERTIFICATE REQUEST-----\n"), &out), ERR_INPUT);
    cr_expect_eq(certificate_request_key(bytes_str(""), &out), ERR_INPUT);
    cr_expect_null(out);
}
