// SPDX-License-Identifier: Apache-2.0
#include "tests/support/pki.h"

#include <fcntl.h>
#include <ftw.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/secret.h"

#define MUST(condition) ((condition) ? (void)0 : give_up(#condition, __LINE__))
#define MAX_TEXTS 256
#define HOUR_S 3600

struct pki {
    char folder[64];
    pid_t owner;
    EVP_PKEY *key;
    X509 *certificate;
    const char *ca;
    char *texts[MAX_TEXTS];
    size_t text_count;
    struct pki *next; // of those that still have a folder
};

static struct pki *all;

static _Noreturn void give_up(const char *what, int line) {
    (void)fprintf(stderr, "tests/support/pki.c:%d: %s\n", line, what);
    abort();
}

static int remove_entry(const char *path, const struct stat *status, int type, struct FTW *walk) {
    (void)status, (void)type, (void)walk;
    return remove(path);
}

static void remove_folder(const struct pki *pki) {
    if (pki->owner == getpid()) {
        (void)nftw(pki->folder, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
    }
}

static void remove_folders(void) {
    for (const struct pki *at = all; at != NULL; at = at->next) {
        remove_folder(at);
    }
}

const char *pki_path(struct pki *pki, const char *name) {
    MUST(pki->text_count < MAX_TEXTS);
    char *path = NULL;
    MUST(asprintf(&path, "%s/%s", pki->folder, name) > 0);
    pki->texts[pki->text_count++] = path;
    return path;
}

static FILE *create(const char *path) {
    int fd = open(path, O_CREAT | O_TRUNC | O_WRONLY | O_CLOEXEC, 0600);
    MUST(fd >= 0);
    FILE *file = fdopen(fd, "w");
    MUST(file != NULL);
    return file;
}

static void write_certificate(const char *path, X509 *certificate) {
    FILE *file = create(path);
    MUST(PEM_write_X509(file, certificate) == 1);
    MUST(fclose(file) == 0);
}

static void write_key(const char *path, EVP_PKEY *key) {
    FILE *file = create(path);
    MUST(PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL) == 1);
    MUST(fclose(file) == 0);
}

static void extend(X509 *certificate, X509 *issuer, int nid, const char *value) {
    X509V3_CTX ctx;
    X509V3_set_ctx_nodb(&ctx);
    X509V3_set_ctx(&ctx, issuer, certificate, NULL, NULL, 0);
    X509_EXTENSION *extension = X509V3_EXT_conf_nid(NULL, &ctx, nid, value);
    MUST(extension != NULL && X509_add_ext(certificate, extension, -1) == 1);
    X509_EXTENSION_free(extension);
}

static X509 *certificate_for(EVP_PKEY *key, const char *name, int64_t from_s, int64_t until_s) {
    X509 *certificate = X509_new();
    BIGNUM *serial = BN_new();
    MUST(certificate != NULL && serial != NULL && BN_rand(serial, 120, BN_RAND_TOP_ONE, BN_RAND_BOTTOM_ANY) == 1);
    MUST(BN_to_ASN1_INTEGER(serial, X509_get_serialNumber(certificate)) != NULL);
    BN_free(serial);
    X509_NAME *subject = X509_get_subject_name(certificate);
    MUST(X509_set_version(certificate, X509_VERSION_3) == 1 && X509_set_pubkey(certificate, key) == 1);
    MUST(X509_NAME_add_entry_by_txt(subject, "CN", MBSTRING_UTF8, (const unsigned char *)name, -1, -1, 0) == 1);
    MUST(X509_gmtime_adj(X509_getm_notBefore(certificate), from_s) != NULL);
    MUST(X509_gmtime_adj(X509_getm_notAfter(certificate), until_s) != NULL);
    return certificate;
}

static void sign(X509 *certificate, EVP_PKEY *key) {
    const EVP_MD *digest = EVP_PKEY_is_a(key, "ED25519") == 1 ? NULL : EVP_sha256();
    MUST(X509_sign(certificate, key, digest) > 0);
}

static void make_ca(struct pki *pki) {
    pki->key = EVP_EC_gen("P-256");
    MUST(pki->key != NULL);
    pki->certificate = certificate_for(pki->key, "throwaway CA", -HOUR_S, 48 * HOUR_S);
    MUST(X509_set_issuer_name(pki->certificate, X509_get_subject_name(pki->certificate)) == 1);
    extend(pki->certificate, pki->certificate, NID_basic_constraints, "critical,CA:TRUE");
    extend(pki->certificate, pki->certificate, NID_key_usage, "critical,keyCertSign,cRLSign");
    extend(pki->certificate, pki->certificate, NID_subject_key_identifier, "hash");
    sign(pki->certificate, pki->key);
    pki->ca = pki_path(pki, "ca.crt");
    write_certificate(pki->ca, pki->certificate);
}

struct pki *pki_new(void) {
    struct pki *pki = calloc(1, sizeof *pki);
    MUST(pki != NULL && secret_start() == OK);
    (void)snprintf(pki->folder, sizeof pki->folder, "/tmp/signpost-test-XXXXXX");
    MUST(mkdtemp(pki->folder) != NULL);
    pki->owner = getpid();
    static bool registered;
    MUST(registered || atexit(remove_folders) == 0);
    registered = true;
    pki->next = all;
    all = pki;
    make_ca(pki);
    return pki;
}

void pki_free(struct pki *pki) {
    if (pki == NULL) {
        return;
    }
    remove_folder(pki);
    struct pki **at = &all;
    while (*at != pki) {
        at = &(*at)->next;
    }
    *at = pki->next;
    for (size_t i = 0; i < pki->text_count; i++) {
        free(pki->texts[i]);
    }
    X509_free(pki->certificate);
    EVP_PKEY_free(pki->key);
    free(pki);
}

const char *pki_folder(const struct pki *pki) {
    return pki->folder;
}

const char *pki_ca(const struct pki *pki) {
    return pki->ca;
}

static void add_names(X509 *certificate, X509 *issuer, const struct pki_wish *wish) {
    char names[1024] = "";
    size_t len = 0;
    for (size_t i = 0; i < 2; i++) {
        if (wish->uris[i] != NULL) {
            len += (size_t)snprintf(names + len, sizeof names - len, ",URI:%s", wish->uris[i]);
        }
    }
    for (size_t i = 0; i < 4; i++) {
        const char *host = wish->hosts[i];
        if (host != NULL) {
            bool ip = host[0] == ':' || (host[0] >= '0' && host[0] <= '9');
            len += (size_t)snprintf(names + len, sizeof names - len, ",%s:%s", ip ? "IP" : "DNS", host);
        }
    }
    MUST(len < sizeof names);
    if (len > 0) {
        extend(certificate, issuer, NID_subject_alt_name, names + 1);
    }
}

static void add_purpose(X509 *certificate, X509 *issuer, const struct pki_wish *wish) {
    if (wish->server || wish->client) {
        extend(certificate, issuer, NID_ext_key_usage,
               wish->server && wish->client ? "serverAuth,clientAuth" : (wish->server ? "serverAuth" : "clientAuth"));
    }
}

static const char *path_with(struct pki *pki, const char *name, const char *suffix) {
    char file[128];
    MUST((size_t)snprintf(file, sizeof file, "%s%s", name, suffix) < sizeof file);
    return pki_path(pki, file);
}

const char *pki_certify(struct pki *pki, const char *name, const struct pki_wish *wish, EVP_PKEY *key) {
    bool default_validity = wish->valid_from_s == 0 && wish->valid_until_s == 0;
    X509 *certificate = certificate_for(key, name, default_validity ? -HOUR_S : wish->valid_from_s,
                                        default_validity ? 24 * HOUR_S : wish->valid_until_s);
    MUST(X509_set_issuer_name(certificate, X509_get_subject_name(pki->certificate)) == 1);
    extend(certificate, pki->certificate, NID_basic_constraints, "critical,CA:FALSE");
    extend(certificate, pki->certificate, NID_key_usage, "critical,digitalSignature");
    extend(certificate, pki->certificate, NID_subject_key_identifier, "hash");
    extend(certificate, pki->certificate, NID_authority_key_identifier, "keyid");
    add_purpose(certificate, pki->certificate, wish);
    add_names(certificate, pki->certificate, wish);
    sign(certificate, pki->key);
    const char *path = path_with(pki, name, ".crt");
    write_certificate(path, certificate);
    X509_free(certificate);
    return path;
}

struct tls_files pki_issue(struct pki *pki, const char *name, const struct pki_wish *wish) {
    EVP_PKEY *key = wish->ed25519 ? EVP_PKEY_Q_keygen(NULL, NULL, "ED25519") : EVP_EC_gen("P-256");
    MUST(key != NULL);
    struct tls_files files = {
        .ca = pki->ca, .certificate = pki_certify(pki, name, wish, key), .key = path_with(pki, name, ".key")};
    write_key(files.key, key);
    EVP_PKEY_free(key);
    return files;
}

struct tls_files pki_server(struct pki *pki, const char *name, const char *uri) {
    return pki_issue(pki, name,
                     &(struct pki_wish){.uris = {uri}, .hosts = {"127.0.0.1", "::1", "localhost"}, .server = true});
}

struct tls_files pki_client(struct pki *pki, const char *name, const char *uri) {
    return pki_issue(pki, name, &(struct pki_wish){.uris = {uri}, .client = true});
}
