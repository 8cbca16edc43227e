// SPDX-License-Identifier: Apache-2.0
// A private key that never leaves its PKCS#11 token: a smartcard, a USB key, a security module. The key is named by a
// URI (RFC 7512), found by p11-kit among the modules of this machine, and used by OpenSSL like any other key.
//
// The PIN is asked for by the caller's function, into locked memory, and is wiped as soon as the token has it. A token
// that was taken out ends the card for good: to put it back in is not enough, card_open asks for the PIN anew. Several
// cards of one process on one token share its login, as PKCS#11 has it, for as long as one of them is open.
//
// A card is used by one thread at a time. Errors: ERR_CARD for everything that a person puts right at the reader: no
// card, a wrong or a locked PIN, a card taken out; ERR_INPUT for a URI that is wrong or fits too much or nothing;
// ERR_TLS for a key that is not the certificate's or not one that the scheme can use; ERR_MEMORY, ERR_CRYPTO.
#ifndef PROTO_CARD_H
#define PROTO_CARD_H

#include <openssl/evp.h>
#include <openssl/x509.h>
#include <stdbool.h>
#include <stddef.h>

#include "base/err.h"

#define CARD_LABEL_MAX 32
#define CARD_PIN_MAX 255 // bytes

struct card;

struct card_question {
    char label[CARD_LABEL_MAX + 1]; // the token's name, printable
    bool again;                     // the PIN that was just given was wrong
    bool last_try;                  // another wrong one locks the token
    bool on_reader;                 // the PIN is typed on the reader's own keys: only say so, and fill nothing
};

struct card_pin { // who asks for the PIN; `ask` NULL: nobody can
    // Fills out[0..size), zeros after the PIN. An error: nobody answered.
    err_t (*ask)(void *ctx, const struct card_question *question, char *out, size_t size);
    void *ctx;
};

// "pkcs11:..."; anything else is a file's path.
bool card_is_named(const char *text);

// Finds the one token and the one private key that the URI describes, and logs in.
err_t card_open(const char *text, struct card_pin pin, struct card **out);
void card_free(struct card *card); // after everything that uses its key; NULL is harmless

// The one certificate on the same token that the URI describes. X509_free it.
err_t card_certificate(struct card *card, const char *text, X509 **out);

// The private key as one of OpenSSL's, once it has been seen to belong to `public_key`. EVP_PKEY_free it.
err_t card_key(struct card *card, EVP_PKEY *public_key, EVP_PKEY **out);
// Its public half as the token has it, for a certificate request. EVP_PKEY_free it.
err_t card_public_key(struct card *card, EVP_PKEY **out);

// Lets the token sign something fresh: the only proof that it is in its reader. After card_key.
err_t card_prove(struct card *card);
// ERR_CARD with the reason once the token has failed to sign; OK before.
err_t card_lost(const struct card *card);

#endif
