// SPDX-License-Identifier: Apache-2.0
// `ceremony issue`: one certificate, for a fresh key or for the key of a request.
#include <inttypes.h>
#include <sodium.h>
#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/secret.h"
#include "keys/ceremony/ceremony.h"
#include "keys/ceremony/certificate.h"
#include "keys/ceremony/certificate_key.h"
#include "keys/ceremony/command.h"
#include "keys/ceremony/folder.h"
#include "keys/ceremony/outputs.h"
#include "keys/ceremony/pem.h"
#include "keys/ceremony/show.h"
#include "proto/urn.h"

#define HANDLE_KEY_SIZE 32

struct issue_options {
    const char *dir, *passphrase_file, *request, *key_type, *basename;
    int64_t days;
    struct option_list hosts;
};

struct issue {
    const struct issue_options *given;
    struct folder folder;
    struct urn identity;
    enum certificate_key_type key_type;
    bool handle_key; // made for an agency's system that has none yet
    char certificate_path[PATH_MAX], key_path[PATH_MAX], handle_path[PATH_MAX];
    EVP_PKEY *key; // the subject's: whole when it is made here, public when it is a request's
    struct outputs outputs;
};

static const struct who {
    const char *word;
    enum urn_kind kind;
    size_t ids;
    const char *usage;
} whos[] = {
    {"agency", URN_AGENCY, 1, "agency ID"},
    {"practitioner", URN_PERSON, 2, "practitioner AGENCY PERSON"},
    {"holder", URN_HOLDER, 1, "holder NUMBER"},
    {"index", URN_INDEX, 1, "index ID"},
    {"administrator", URN_ADMINISTRATOR, 1, "administrator ID"},
};

static err_t make_identity(const struct who *who, const struct operands *operands, const char *scheme,
                           struct urn *out) {
    struct urn urn = {.kind = who->kind};
    char text[MAX_URN + 1];
    if (operands->count != who->ids + 1) {
        return err_set(ERR_INPUT, "wanted: %s", who->usage);
    }
    for (size_t i = 1; i <= who->ids; i++) {
        if (!urn_id_valid(operands->items[i])) {
            return err_set(ERR_INPUT, "an id is 1 to %d of a-z, 0-9 and -, not beginning with -", MAX_ID);
        }
    }
    memcpy(urn.scheme, scheme, sizeof urn.scheme);
    (void)snprintf(urn.id, sizeof urn.id, "%s", operands->items[1]);
    if (who->ids == 2) {
        (void)snprintf(urn.person, sizeof urn.person, "%s", operands->items[2]);
    }
    if ((urn.kind == URN_AGENCY || urn.kind == URN_PERSON) && strcmp(urn.id, AGENCY_CANARY) == 0) {
        return err_set(ERR_DENIED, "the agency \"" AGENCY_CANARY "\" is reserved for the scheme's canaries");
    }
    urn_format(&urn, text);
    return urn_parse(text, out); // a holder's number has its own form
}

static err_t read_identity(const struct operands *operands, const char *scheme, struct urn *out) {
    for (size_t i = 0; i < sizeof whos / sizeof *whos; i++) {
        if (strcmp(operands->items[0], whos[i].word) == 0) {
            return make_identity(&whos[i], operands, scheme, out);
        }
    }
    return err_set(ERR_INPUT, "issue for an agency, practitioner, holder, index or administrator");
}

// Without --out the files lie in the folder and are named after the identity: agency-north, north-jo, holder-1.
static err_t make_basename(const struct issue *issue, char out[PATH_MAX]) {
    const struct urn *who = &issue->identity;
    if (issue->given->basename != NULL) {
        return snprintf(out, PATH_MAX, "%s", issue->given->basename) < PATH_MAX
                   ? OK
                   : err_set(ERR_TOO_LARGE, "--out is too long");
    }
    if (who->kind == URN_PERSON) {
        return folder_path(issue->given->dir, out, "practitioner-%s-%s", who->id, who->person);
    }
    for (size_t i = 0; i < sizeof whos / sizeof *whos; i++) {
        if (whos[i].kind == who->kind) {
            return folder_path(issue->given->dir, out, "%s-%s", whos[i].word, who->id);
        }
    }
    return err_set(ERR_INPUT, "an identity of no known kind");
}

static err_t make_paths(struct issue *issue) {
    char base[PATH_MAX];
    err_t err = make_basename(issue, base);
    if (err != OK) {
        return err;
    }
    if (snprintf(issue->certificate_path, PATH_MAX, "%s.crt", base) >= PATH_MAX ||
        snprintf(issue->key_path, PATH_MAX, "%s.key", base) >= PATH_MAX ||
        snprintf(issue->handle_path, PATH_MAX, "%s.handle.key", base) >= PATH_MAX) {
        return err_set(ERR_TOO_LARGE, "--out is too long");
    }
    bool makes_key = issue->given->request == NULL;
    err = outputs_absent(issue->certificate_path);
    err = err != OK || !makes_key ? err : outputs_absent(issue->key_path);
    return err != OK || !issue->handle_key ? err : outputs_absent(issue->handle_path);
}

static err_t subject_key(struct issue *issue) {
    struct buf request = {0};
    if (issue->given->request == NULL) {
        return certificate_key_new(issue->key_type, &issue->key);
    }
    err_t err = file_read(issue->given->request, PEM_MAX, &request);
    if (err == OK) {
        err = certificate_request_key(buf_bytes(&request), &issue->key);
        err = err == OK ? OK : err_prefix(err, "%s", issue->given->request);
    }
    buf_free(&request);
    return err;
}

static err_t write_private(struct issue *issue) {
    uint8_t *pem = NULL;
    size_t len = 0;
    err_t err = certificate_key_write(issue->key, &pem, &len);
    err = err != OK ? err : outputs_create(&issue->outputs, issue->key_path, 0600, bytes_of(pem, len));
    secret_free(pem);
    return err;
}

static err_t write_handle_key(struct issue *issue) {
    uint8_t *key = secret_new(HANDLE_KEY_SIZE);
    if (key == NULL) {
        return err_set(ERR_MEMORY, "no memory that can be locked");
    }
    randombytes_buf(key, HANDLE_KEY_SIZE);
    err_t err = outputs_create(&issue->outputs, issue->handle_path, 0600, bytes_of(key, HANDLE_KEY_SIZE));
    secret_free(key);
    return err;
}

static err_t write_all(struct issue *issue, const X509 *certificate) {
    struct buf pem = {0};
    err_t err = certificate_write(certificate, &pem);
    if (err == OK && issue->given->request == NULL) {
        err = write_private(issue);
    }
    if (err == OK && issue->handle_key) {
        err = write_handle_key(issue);
    }
    err = err != OK ? err : outputs_create(&issue->outputs, issue->certificate_path, 0644, buf_bytes(&pem));
    buf_free(&pem);
    return err;
}

static err_t tell(const struct issue *issue, const X509 *certificate) {
    char identity[MAX_URN + 1], hash[SHOW_KEY_HASH_SIZE], until[CLOCK_TEXT_SIZE];
    int64_t from_s = 0, until_s = 0;
    err_t err = show_key_hash(certificate, hash);
    err = err != OK ? err : certificate_validity(certificate, &from_s, &until_s);
    if (err != OK) {
        return err;
    }
    urn_format(&issue->identity, identity);
    clock_format(until_s, until);
    printf("Issued %s for %s\n  key          %s\n  valid until  %s\n", issue->certificate_path, identity, hash, until);
    if (issue->given->request == NULL) {
        printf("  private key  %s: hand it over safely and remove it here\n", issue->key_path);
    }
    if (issue->handle_key) {
        printf("  handle key   %s: names the agency's records; kept for good, the same on all its machines\n"
               "               and under every later certificate\n",
               issue->handle_path);
    }
    printf(issue->identity.kind == URN_HOLDER
               ? "Next: give it to the key holder; the descriptor, not the roster, says who the holders are.\n"
               : "Next: `ceremony roster add` puts the key on the roster; before that it opens nothing.\n");
    return OK;
}

static err_t issue_certificate(struct issue *issue) {
    X509 *ca = NULL, *made = NULL;
    EVP_PKEY *ca_key = NULL;
    int64_t now_s = clock_now_s(&clock_system);
    const struct certificate_plan plan = {
        .identity = issue->identity,
        .hosts = issue->given->hosts.items,
        .host_count = issue->given->hosts.count,
        .from = now_s - CERTIFICATE_BACKDATED_S,
        .until = now_s + issue->given->days * DAY_S,
    };
    err_t err = subject_key(issue);
    err = err != OK ? err : folder_open_ca(&issue->folder, issue->given->passphrase_file, &ca, &ca_key);
    err = err != OK ? err : certificate_issue(&plan, issue->key, ca, ca_key, &made);
    err = err != OK ? err : write_all(issue, made);
    err = outputs_end(&issue->outputs, err);
    err = err != OK ? err : tell(issue, made);
    EVP_PKEY_free(issue->key);
    EVP_PKEY_free(ca_key);
    X509_free(ca);
    X509_free(made);
    return err;
}

static err_t issue_act(const void *options, const struct operands *operands) {
    struct issue issue = {.given = options};
    err_t err = command_need("dir", issue.given->dir);
    err = err != OK ? err : certificate_key_type_parse(issue.given->key_type, &issue.key_type);
    err = err != OK ? err : folder_open(issue.given->dir, &issue.folder);
    err = err != OK ? err : read_identity(operands, issue.folder.scheme, &issue.identity);
    issue.handle_key = issue.identity.kind == URN_AGENCY && issue.given->request == NULL;
    err = err != OK ? err : make_paths(&issue);
    return err != OK ? err : issue_certificate(&issue);
}

int ceremony_issue(int argc, char **argv) {
    struct issue_options options = {.key_type = "p256", .days = 365};
    const struct option_row rows[] = {
        {"dir", "DIR", OPTION_TEXT, &options.dir, 0, 0, "the authority's folder"},
        {"passphrase-file", "FILE", OPTION_TEXT, &options.passphrase_file, 0, 0,
         "the authority's passphrase (0600); without it, the terminal asks"},
        {"csr", "FILE", OPTION_TEXT, &options.request, 0, 0,
         "a certificate request (PEM): its public key is certified, nothing else of it is used"},
        {"days", "NUMBER", OPTION_NUMBER, &options.days, 1, COMMAND_DAYS_MAX, "validity (default 365)"},
        {"host", "HOST", OPTION_LIST, &options.hosts, 0, 0,
         "DNS name or IP address of a holder or an index; may be repeated"},
        {"key-type", "TYPE", OPTION_TEXT, &options.key_type, 0, 0, "of a new key: p256 (default) or ed25519"},
        {"out", "BASENAME", OPTION_TEXT, &options.basename, 0, 0,
         "writes BASENAME.crt, BASENAME.key, BASENAME.handle.key (default: in DIR, by the identity)"},
    };
    const struct command command = {
        .usage = {"ceremony issue",
                  "--dir DIR [OPTIONS] agency ID | practitioner AGENCY PERSON | holder NUMBER | index ID | "
                  "administrator ID",
                  "Issues a certificate. What it may be used for follows from the identity. Without --csr a key is\n"
                  "made, and for an agency the key of its record handles.",
                  CEREMONY_EXIT_CODES},
        .rows = rows,
        .row_count = sizeof rows / sizeof *rows,
        .min = 1,
        .max = 3,
        .act = issue_act,
        .options = &options,
    };
    return command_run(argc, argv, &command);
}
