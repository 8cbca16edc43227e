// SPDX-License-Identifier: Apache-2.0
// A throwaway CA in a temporary folder, and the certificates that it issues: good ones and wrong ones. For tests alone:
// a failure aborts. The folder goes with pki_free, and at the exit of the process that made it.
#ifndef TESTS_SUPPORT_PKI_H
#define TESTS_SUPPORT_PKI_H

#include <stdbool.h>
#include <stdint.h>

#include "proto/tls.h"

struct pki;

struct pki_wish {
    const char *uris[2];                 // SAN URIs; absent: none
    const char *hosts[4];                // SAN names; what begins with a digit or ':' is an IP address
    bool server, client;                 // extended key usage; neither: the extension is absent
    int64_t valid_from_s, valid_until_s; // seconds from now; both 0: an hour ago until tomorrow
    bool ed25519;                        // instead of P-256
};

// A new CA. Several may live side by side: certificates of one are foreign to the other.
struct pki *pki_new(void);
void pki_free(struct pki *pki);

const char *pki_folder(const struct pki *pki);
const char *pki_ca(const struct pki *pki); // "FOLDER/ca.crt"
// "FOLDER/NAME", for other files of a test. Lives as long as the pki; so do all texts here.
const char *pki_path(struct pki *pki, const char *name);

// Writes FOLDER/NAME.crt and FOLDER/NAME.key (0600).
struct tls_files pki_issue(struct pki *pki, const char *name, const struct pki_wish *wish);
// Writes FOLDER/NAME.crt for a key that lies elsewhere, and returns its path.
const char *pki_certify(struct pki *pki, const char *name, const struct pki_wish *wish, EVP_PKEY *key);
// For a server on 127.0.0.1, ::1 and localhost.
struct tls_files pki_server(struct pki *pki, const char *name, const char *uri);
struct tls_files pki_client(struct pki *pki, const char *name, const char *uri);

#endif
