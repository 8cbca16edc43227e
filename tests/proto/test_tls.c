// SPDX-License-Identifier: Apache-2.0
#include "proto/tls.h"

#include <criterion/criterion.h>
#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "tests/support/pki.h"
#include "tests/support/scarce.h"

#define AGENCY "urn:signpost:demo:agency:north"
#define INDEX "urn:signpost:demo:index:main"

static struct pki *pki;
static struct tls_files server, client;

static void set_up(void) {
    pki = pki_new();
    server = pki_server(pki, "server", INDEX);
    client = pki_client(pki, "client", AGENCY);
}

static void tear_down(void) {
    pki_free(pki);
}

TestSuite(tls, .init = set_up, .fini = tear_down);

static SSL_CTX *server_context(const struct tls_files *files) {
    SSL_CTX *context = NULL;
    cr_assert_eq(tls_server_context(files, &context), OK, "%s", err_detail());
    return context;
}

static SSL_CTX *client_context(const struct tls_files *files) {
    SSL_CTX *context = NULL;
    cr_assert_eq(tls_client_context(files, &context), OK, "%s", err_detail());
    return context;
}

struct pair {
    SSL *server, *client;
};

// Two ends in memory. `ok` when both have finished; the server reads once, so that a client hears its alert.
static struct pair pair_new(SSL_CTX *server_side, SSL_CTX *client_side) {
    struct pair pair = {SSL_new(server_side), SSL_new(client_side)};
    BIO *a = NULL;
    BIO *b = NULL;
    cr_assert(pair.server != NULL && pair.client != NULL);
    cr_assert_eq(BIO_new_bio_pair(&a, 0, &b, 0), 1);
    SSL_set_bio(pair.server, a, a);
    SSL_set_bio(pair.client, b, b);
    SSL_set_accept_state(pair.server);
    SSL_set_connect_state(pair.client);
    return pair;
}

static bool shake_hands(struct pair *pair) {
    int ours = 0;
    int theirs = 0;
    for (int i = 0; i < 20 && (ours != 1 || theirs != 1); i++) {
        theirs = SSL_do_handshake(pair->client);
        ours = SSL_do_handshake(pair->server);
    }
    ERR_clear_error();
    return ours == 1 && theirs == 1;
}

static void pair_free(struct pair *pair) {
    SSL_free(pair->server);
    SSL_free(pair->client);
}

static bool connects(SSL_CTX *server_side, SSL_CTX *client_side) {
    struct pair pair = pair_new(server_side, client_side);
    bool ok = shake_hands(&pair);
    pair_free(&pair);
    return ok;
}

Test(tls, connects_both_sides_by_version_1_3_without_resumption) {
    SSL_CTX *ours = server_context(&server);
    SSL_CTX *theirs = client_context(&client);
    struct pair pair = pair_new(ours, theirs);
    char byte = 0;
    cr_assert(shake_hands(&pair));
    cr_expect_eq(SSL_version(pair.client), TLS1_3_VERSION);
    cr_expect_eq(SSL_get_negotiated_group(pair.client), NID_X25519);
    // A ticket would come after the handshake, with the first read.
    cr_expect_eq(SSL_write(pair.server, "x", 1), 1);
    cr_expect_eq(SSL_read(pair.client, &byte, 1), 1);
    cr_expect_eq(SSL_SESSION_is_resumable(SSL_get_session(pair.client)), 0);
    cr_expect_eq(SSL_get_num_tickets(pair.server), 0);
    cr_expect_eq(SSL_get_max_early_data(pair.server), 0);
    pair_free(&pair);
    SSL_CTX_free(ours);
    SSL_CTX_free(theirs);
}

Test(tls, refuses_version_1_2_and_other_groups) {
    SSL_CTX *ours = server_context(&server);
    SSL_CTX *theirs = client_context(&client);
    cr_assert_eq(SSL_CTX_set1_groups_list(theirs, "P-256"), 1);
    cr_expect(connects(ours, theirs));
    cr_assert_eq(SSL_CTX_set1_groups_list(theirs, "P-521"), 1);
    cr_expect_not(connects(ours, theirs));
    cr_assert_eq(SSL_CTX_set1_groups_list(theirs, "X25519"), 1);
    cr_assert_eq(SSL_CTX_set_min_proto_version(theirs, TLS1_2_VERSION), 1);
    cr_assert_eq(SSL_CTX_set_max_proto_version(theirs, TLS1_2_VERSION), 1);
    cr_expect_not(connects(ours, theirs));
    SSL_CTX_free(ours);
    SSL_CTX_free(theirs);
}

Test(tls, server_refuses_clients_that_are_not_good) {
    SSL_CTX *ours = server_context(&server);
    static const struct pki_wish WISHES[] = {
        {.uris = {AGENCY}, .client = true, .valid_from_s = -7200, .valid_until_s = -60},
        {.uris = {AGENCY}, .client = true, .valid_from_s = 3600, .valid_until_s = 7200},
        {.uris = {AGENCY}, .server = true},
        {.uris = {AGENCY}},
    };
    for (size_t i = 0; i < sizeof WISHES / sizeof WISHES[0]; i++) {
        // The client would refuse these itself: it is given them behind its back.
        struct tls_files files = pki_issue(pki, "odd", &WISHES[i]);
        SSL_CTX *theirs = client_context(&client);
        cr_assert_eq(SSL_CTX_use_certificate_file(theirs, files.certificate, SSL_FILETYPE_PEM), 1);
        cr_assert_eq(SSL_CTX_use_PrivateKey_file(theirs, files.key, SSL_FILETYPE_PEM), 1);
        cr_expect_not(connects(ours, theirs), "wish %zu", i);
        SSL_CTX_free(theirs);
    }
    SSL_CTX_free(ours);
}

// A good certificate with a heap of others behind it: refused before any of them is parsed.
Test(tls, server_refuses_a_huge_chain) {
    SSL_CTX *ours = server_context(&server);
    const int lengths[] = {3, 60};
    for (size_t i = 0; i < sizeof lengths / sizeof lengths[0]; i++) {
        SSL_CTX *theirs = client_context(&client);
        for (int j = 0; j < lengths[i]; j++) {
            X509 *more = SSL_CTX_get0_certificate(theirs);
            cr_assert_eq(SSL_CTX_add1_chain_cert(theirs, more), 1);
        }
        cr_expect_eq(connects(ours, theirs), lengths[i] == 3, "%d certificates", lengths[i]);
        SSL_CTX_free(theirs);
    }
    SSL_CTX_free(ours);
}

Test(tls, client_refuses_servers_that_are_not_good) {
    static const struct pki_wish WISHES[] = {
        {.uris = {INDEX}, .server = true, .valid_from_s = -7200, .valid_until_s = -60},
        {.uris = {INDEX}, .client = true},
        {.uris = {INDEX}},
    };
    SSL_CTX *theirs = client_context(&client);
    for (size_t i = 0; i < sizeof WISHES / sizeof WISHES[0]; i++) {
        struct tls_files files = pki_issue(pki, "odd", &WISHES[i]);
        SSL_CTX *ours = server_context(&server);
        cr_assert_eq(SSL_CTX_use_certificate_file(ours, files.certificate, SSL_FILETYPE_PEM), 1);
        cr_assert_eq(SSL_CTX_use_PrivateKey_file(ours, files.key, SSL_FILETYPE_PEM), 1);
        cr_expect_not(connects(ours, theirs), "wish %zu", i);
        SSL_CTX_free(ours);
    }
    SSL_CTX_free(theirs);
}

Test(tls, each_side_refuses_another_ca) {
    struct pki *foreign = pki_new();
    struct tls_files files = pki_server(foreign, "server", INDEX);
    SSL_CTX *ours = server_context(&server);
    SSL_CTX *theirs = client_context(&client);
    SSL_CTX *foreigner = server_context(&files);
    cr_expect(connects(ours, theirs));
    cr_expect_not(connects(foreigner, theirs));
    files = pki_client(foreign, "client", AGENCY);
    SSL_CTX *stranger = client_context(&files);
    // Trusts our server, so that only the server can refuse.
    SSL_CTX_set1_cert_store(stranger, SSL_CTX_get_cert_store(theirs));
    cr_expect_not(connects(ours, stranger));
    SSL_CTX_free(ours);
    SSL_CTX_free(theirs);
    SSL_CTX_free(foreigner);
    SSL_CTX_free(stranger);
    pki_free(foreign);
}

Test(tls, applies_a_model_to_a_context_of_another) {
    SSL_CTX *ours = server_context(&server);
    SSL_CTX *model = client_context(&client);
    SSL_CTX *target = SSL_CTX_new(TLS_client_method());
    cr_assert_not_null(target);
    cr_expect_not(connects(ours, target));
    cr_assert_eq(tls_client_apply(model, target), OK, "%s", err_detail());
    SSL_CTX_free(model);
    cr_expect(connects(ours, target));
    cr_expect_eq(SSL_CTX_get_min_proto_version(target), TLS1_3_VERSION);
    cr_expect(SSL_CTX_get_options(target) & SSL_OP_NO_TICKET);
    SSL_CTX_free(ours);
    SSL_CTX_free(target);
}

static void server_refuses(const struct tls_files *files, err_t expected, const char *says) {
    SSL_CTX *context = NULL;
    cr_expect_eq(tls_server_context(files, &context), expected, "%s: %s", says, err_detail());
    cr_expect_not_null(strstr(err_detail(), says), "\"%s\" instead of \"%s\"", err_detail(), says);
    cr_expect_null(context);
}

Test(tls, refuses_a_key_that_others_may_read) {
    cr_assert_eq(chmod(server.key, 0640), 0);
    server_refuses(&server, ERR_DENIED, "server.key: group or others have access to this secret; chmod 600 it");
    cr_assert_eq(chmod(server.key, 0604), 0);
    server_refuses(&server, ERR_DENIED, "server.key");
    cr_assert_eq(chmod(server.key, 0400), 0);
    SSL_CTX_free(server_context(&server));
}

Test(tls, refuses_own_certificates_that_would_be_refused) {
    struct pki_wish wish = {.uris = {INDEX}, .server = true, .valid_from_s = -7200, .valid_until_s = -60};
    struct tls_files files = pki_issue(pki, "old", &wish);
    server_refuses(&files, ERR_EXPIRED, "old.crt: own certificate: it has expired: ask the scheme authority");
    wish = (struct pki_wish){.uris = {INDEX}, .server = true, .valid_from_s = 3600, .valid_until_s = 7200};
    files = pki_issue(pki, "early", &wish);
    server_refuses(&files, ERR_EXPIRED, "early.crt: own certificate: it is not valid yet: check this machine's clock");
    server_refuses(&client, ERR_TLS, "client.crt: own certificate: it is not for this purpose");
    wish = (struct pki_wish){.uris = {INDEX}};
    files = pki_issue(pki, "any", &wish);
    server_refuses(&files, ERR_TLS, "any.crt: own certificate: it is not for this purpose");
    struct pki *foreign = pki_new();
    files = server;
    files.ca = pki_ca(foreign);
    server_refuses(&files, ERR_TLS, "server.crt: own certificate: it is not from the scheme's CA: check");
    pki_free(foreign);
    SSL_CTX *context = NULL;
    cr_expect_eq(tls_client_context(&server, &context), ERR_TLS);
    cr_expect_null(context);
}

static void write_file(const char *path, const char *text) {
    FILE *file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_geq(fputs(text, file), 0);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(chmod(path, 0600), 0);
}

Test(tls, refuses_files_that_are_missing_or_something_else) {
    const char *junk = pki_path(pki, "junk");
    const char *nothing = pki_path(pki, "nothing");
    write_file(junk, "not PEM\n");
    struct tls_files files = server;
    files.key = client.key;
    server_refuses(&files, ERR_TLS, "does not fit the certificate: check that both belong together");
    files.key = junk;
    server_refuses(&files, ERR_TLS, "junk");
    files.key = nothing;
    server_refuses(&files, ERR_NOT_FOUND, "nothing");
    files = server;
    files.certificate = junk;
    server_refuses(&files, ERR_TLS, "junk");
    files.certificate = nothing;
    server_refuses(&files, ERR_NOT_FOUND, "nothing");
    files = server;
    files.ca = junk;
    server_refuses(&files, ERR_TLS, "junk");
    files.ca = nothing;
    server_refuses(&files, ERR_NOT_FOUND, "nothing");
}

Test(tls, refuses_a_key_under_a_passphrase_without_asking) {
    const char *path = pki_path(pki, "sealed.key");
    EVP_PKEY *key = EVP_EC_gen("P-256");
    FILE *file = fopen(path, "w");
    cr_assert(key != NULL && file != NULL);
    cr_assert_eq(PEM_write_PKCS8PrivateKey(file, key, EVP_aes_256_cbc(), (const char *)"secret", 6, NULL, NULL), 1);
    cr_assert_eq(fclose(file), 0);
    cr_assert_eq(chmod(path, 0600), 0);
    EVP_PKEY_free(key);
    struct tls_files files = server;
    files.key = path;
    server_refuses(&files, ERR_TLS, "without passphrase");
}

Test(tls, tells_who_the_peer_is) {
    SSL_CTX *ours = server_context(&server);
    SSL_CTX *theirs = client_context(&client);
    struct pair pair = pair_new(ours, theirs);
    struct tls_peer peer = {0};
    cr_expect_eq(tls_peer_of(NULL, &peer), ERR_DENIED);
    cr_expect_eq(tls_peer_of(pair.server, &peer), ERR_DENIED, "nobody has shown anything yet");
    cr_assert(shake_hands(&pair));
    cr_assert_eq(tls_peer_of(pair.server, &peer), OK, "%s", err_detail());
    cr_expect_eq(peer.identity.kind, URN_AGENCY);
    cr_expect_str_eq(peer.identity.id, "north");
    cr_expect_leq(peer.certificate_expires - time(NULL), 24 * 3600);
    cr_expect_gt(peer.certificate_expires - time(NULL), 23 * 3600);
    struct tls_peer of_file = {0};
    cr_assert_eq(tls_peer_of_file(client.certificate, &of_file), OK, "%s", err_detail());
    cr_expect_arr_eq(peer.key, of_file.key, KEY_HASH_SIZE);
    cr_expect_eq(peer.certificate_expires, of_file.certificate_expires);
    pair_free(&pair);
    SSL_CTX_free(ours);
    SSL_CTX_free(theirs);
}

// Somebody whom the roster knows must not hear "denied" then.
Test(tls, does_not_call_a_peer_unknown_where_memory_lacks) {
    SSL_CTX *ours = server_context(&server);
    SSL_CTX *theirs = client_context(&client);
    struct pair pair = pair_new(ours, theirs);
    struct tls_peer peer = {0};
    cr_assert(shake_hands(&pair));
    for (long pass = 0; scarce_pass < 0; pass++) {
        scarce_pass = pass;
        err_t err = tls_peer_of(pair.server, &peer);
        cr_assert(err == OK || err == ERR_MEMORY || err == ERR_CRYPTO, "%s", err_detail());
        cr_assert(err == OK || scarce_pass < 0);
    }
    scarce_pass = -1;
    cr_expect_str_eq(peer.identity.id, "north");
    pair_free(&pair);
    SSL_CTX_free(ours);
    SSL_CTX_free(theirs);
}

Test(tls, believes_no_peer_that_was_not_verified) {
    struct pki *foreign = pki_new();
    struct tls_files files = pki_server(foreign, "server", INDEX);
    SSL_CTX *ours = server_context(&files);
    SSL_CTX *theirs = client_context(&client);
    SSL_CTX_set_client_CA_list(ours, NULL);
    SSL_CTX_set1_cert_store(ours, SSL_CTX_get_cert_store(theirs));
    SSL_CTX_set_verify(theirs, SSL_VERIFY_NONE, NULL);
    struct pair pair = pair_new(ours, theirs);
    struct tls_peer peer = {.certificate_expires = 77};
    cr_assert(shake_hands(&pair));
    cr_expect_eq(tls_peer_of(pair.client, &peer), ERR_DENIED);
    cr_expect_eq(peer.certificate_expires, 77);
    pair_free(&pair);
    SSL_CTX_free(ours);
    SSL_CTX_free(theirs);
    pki_free(foreign);
}

// What `openssl x509 -pubkey | openssl pkey -pubin -outform der | sha256sum` prints.
Test(tls, hashes_the_subject_public_key_info) {
    FILE *file = fopen(client.certificate, "r");
    cr_assert_not_null(file);
    X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
    cr_assert_not_null(certificate);
    (void)fclose(file);
    unsigned char *der = NULL;
    unsigned char expected[KEY_HASH_SIZE];
    uint8_t hash[KEY_HASH_SIZE] = {0};
    int len = i2d_PUBKEY(X509_get0_pubkey(certificate), &der);
    cr_assert_gt(len, 0);
    cr_assert_eq(EVP_Digest(der, (size_t)len, expected, NULL, EVP_sha256(), NULL), 1);
    cr_assert_eq(tls_key_hash(certificate, hash), OK);
    cr_expect_arr_eq(hash, expected, KEY_HASH_SIZE);
    OPENSSL_free(der);
    X509_free(certificate);
}

Test(tls, refuses_an_identity_that_is_not_exactly_one) {
    static const struct pki_wish WISHES[] = {
        {.client = true},
        {.client = true, .hosts = {"north.example", "127.0.0.1"}},
        {.client = true, .uris = {AGENCY, AGENCY}},
        {.client = true, .uris = {AGENCY, "https://north.example"}},
        {.client = true, .uris = {"urn:signpost:demo:agency:North"}},
    };
    for (size_t i = 0; i < sizeof WISHES / sizeof WISHES[0]; i++) {
        struct tls_files files = pki_issue(pki, "odd", &WISHES[i]);
        struct tls_peer peer = {.certificate_expires = 77};
        cr_expect_eq(tls_peer_of_file(files.certificate, &peer), ERR_TLS, "wish %zu", i);
        cr_expect_eq(peer.certificate_expires, 77);
    }
    struct tls_peer peer = {0};
    cr_expect_eq(tls_peer_of_file(pki_path(pki, "nothing"), &peer), ERR_NOT_FOUND);
    cr_expect_eq(tls_peer_of_file(client.key, &peer), ERR_TLS);
    // Names of other kinds beside the one URI are no matter.
    struct pki_wish wish = {.uris = {INDEX}, .hosts = {"index.example"}, .server = true};
    struct tls_files files = pki_issue(pki, "fine", &wish);
    cr_expect_eq(tls_peer_of_file(files.certificate, &peer), OK, "%s", err_detail());
}

// A zero byte would end the name early for a careless reader: "...:north\0evil".
Test(tls, refuses_an_identity_with_a_zero_byte) {
    FILE *file = fopen(client.certificate, "r");
    cr_assert_not_null(file);
    X509 *certificate = PEM_read_X509(file, NULL, NULL, NULL);
    cr_assert_not_null(certificate);
    (void)fclose(file);
    int at = X509_get_ext_by_NID(certificate, NID_subject_alt_name, -1);
    cr_assert_geq(at, 0);
    X509_EXTENSION *old = X509_delete_ext(certificate, at);
    static const char HIDDEN[] = AGENCY "\0evil";
    GENERAL_NAMES *names = GENERAL_NAMES_new();
    GENERAL_NAME *name = GENERAL_NAME_new();
    ASN1_IA5STRING *text = ASN1_IA5STRING_new();
    cr_assert(old != NULL && names != NULL && name != NULL && text != NULL);
    cr_assert_eq(ASN1_STRING_set(text, HIDDEN, sizeof HIDDEN - 1), 1);
    GENERAL_NAME_set0_value(name, GEN_URI, text);
    cr_assert_gt(sk_GENERAL_NAME_push(names, name), 0);
    cr_assert_eq(X509_add1_ext_i2d(certificate, NID_subject_alt_name, names, 0, 0), 1);
    cr_assert_gt(i2d_re_X509_tbs(certificate, NULL), 0); // forgets the old encoding
    const char *path = pki_path(pki, "hidden.crt");
    file = fopen(path, "w");
    cr_assert_not_null(file);
    cr_assert_eq(PEM_write_X509(file, certificate), 1);
    (void)fclose(file);
    struct tls_peer peer = {0};
    cr_expect_eq(tls_peer_of_file(path, &peer), ERR_TLS);
    GENERAL_NAMES_free(names);
    X509_EXTENSION_free(old);
    X509_free(certificate);
}
