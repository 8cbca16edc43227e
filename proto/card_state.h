// SPDX-License-Identifier: Apache-2.0
// What the files behind proto/card.h share.
#ifndef PROTO_CARD_STATE_H
#define PROTO_CARD_STATE_H

#include <p11-kit/p11-kit.h>
#include <p11-kit/uri.h>
#include <stdint.h>

#include "proto/card.h"

#define CARD_HASH_SIZE 32
#define CARD_SIGNATURE_SIZE 64 // r and s of P-256
#define CARD_POINT_SIZE 65     // uncompressed
#define CARD_CERTIFICATE_MAX 8192

struct card {
    CK_FUNCTION_LIST **modules; // as p11-kit's own list; NULL with `named`
    CK_FUNCTION_LIST *named;    // of the URI's module-path
    CK_FUNCTION_LIST *module;   // where the token is: one of the above
    CK_SLOT_ID slot;
    CK_TOKEN_INFO token;
    CK_SESSION_HANDLE session;
    bool session_open;
    CK_OBJECT_HANDLE key;
    EVP_PKEY *public_key; // to check signatures by; set by card_key
    bool lost;            // the token has failed to sign
    char lost_detail[160];
};

// "pkcs11:..." parsed, and refused where it holds a PIN or attributes that nobody knows. p11_kit_uri_free it.
err_t card_uri_parse(const char *text, P11KitUri **out);
// Loads the modules and finds the one token; fills module, slot and token.
err_t card_find_token(struct card *card, P11KitUri *uri);
void card_release_modules(struct card *card);

// With a session open. `uri`: for its pin-source.
err_t card_login(struct card *card, P11KitUri *uri, struct card_pin pin);

// The one object of the class with the id and label that the URI gives; `id`: instead of the URI's.
err_t card_find_object(struct card *card, CK_OBJECT_CLASS class, P11KitUri *uri, const CK_ATTRIBUTE *id,
                       CK_OBJECT_HANDLE *out);
// At most `size` bytes of an attribute's value. ERR_CARD where the token does not give it.
err_t card_attribute(struct card *card, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, void *out, size_t size,
                     size_t *out_len);

err_t card_sign(struct card *card, const uint8_t hash[CARD_HASH_SIZE], uint8_t out[CARD_SIGNATURE_SIZE]);

// What a token's refusal means, in words.
err_t card_refusal(CK_RV rv);
void card_label(const CK_TOKEN_INFO *token, char out[CARD_LABEL_MAX + 1]);

#endif
