// SPDX-License-Identifier: Apache-2.0
#include "proto/card.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "proto/card_state.h"

// The DER of the curve's name, as CKA_EC_PARAMS has it.
static const uint8_t p256[] = {0x06, 0x08, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07};

static err_t open_session(struct card *card) {
    CK_RV rv = card->module->C_OpenSession(card->slot, CKF_SERIAL_SESSION, NULL, NULL, &card->session);
    card->session_open = rv == CKR_OK;
    return rv == CKR_OK ? OK : card_refusal(rv);
}

// A scheme's certificates are P-256 or Ed25519, of which tokens know the former.
static err_t check_key_type(struct card *card) {
    CK_KEY_TYPE type = 0;
    uint8_t curve[64];
    size_t len = 0;
    err_t err = card_attribute(card, card->key, CKA_KEY_TYPE, &type, sizeof type, &len);
    if (err == OK && type == CKK_EC) {
        err = card_attribute(card, card->key, CKA_EC_PARAMS, curve, sizeof curve, &len);
    }
    if (err != OK) {
        return err;
    }
    bool usable = type == CKK_EC && len == sizeof p256 && memcmp(curve, p256, len) == 0;
    return usable ? OK : err_set(ERR_TLS, "the key on the card is not of the kind that schemes use: make a P-256 key");
}

// Such a key is for signing documents; every handshake would ask for the PIN.
static err_t check_key_use(struct card *card) {
    CK_BBOOL always = CK_FALSE;
    CK_ATTRIBUTE attribute = {CKA_ALWAYS_AUTHENTICATE, &always, sizeof always};
    CK_RV rv = card->module->C_GetAttributeValue(card->session, card->key, &attribute, 1);
    if (rv == CKR_OK && always != CK_FALSE) {
        return err_set(ERR_TLS, "the key on the card asks for the PIN at every use: take the card's key for "
                                "authentication");
    }
    return OK;
}

static err_t open_by(struct card *card, P11KitUri *uri, struct card_pin pin) {
    err_t err = card_find_token(card, uri);
    if (err == OK) {
        err = open_session(card);
    }
    if (err == OK) {
        err = card_login(card, uri, pin);
    }
    if (err == OK) {
        err = card_find_object(card, CKO_PRIVATE_KEY, uri, NULL, &card->key);
    }
    if (err == OK) {
        err = check_key_type(card);
    }
    return err == OK ? check_key_use(card) : err;
}

err_t card_open(const char *text, struct card_pin pin, struct card **out) {
    P11KitUri *uri = NULL;
    err_t err = card_uri_parse(text, &uri);
    if (err != OK) {
        return err;
    }
    struct card *card = calloc(1, sizeof *card);
    err = card == NULL ? err_set(ERR_MEMORY, "no memory for a card") : open_by(card, uri, pin);
    p11_kit_uri_free(uri);
    if (err != OK) {
        card_free(card);
        return err;
    }
    *out = card;
    return OK;
}

void card_free(struct card *card) {
    if (card == NULL) {
        return;
    }
    if (card->session_open) {
        (void)card->module->C_CloseSession(card->session);
    }
    card_release_modules(card);
    EVP_PKEY_free(card->public_key);
    free(card);
}

err_t card_lost(const struct card *card) {
    return card->lost ? err_set(ERR_CARD, "%s", card->lost_detail) : OK;
}

// Logged out as well: a module that has not noticed that its card was away must ask for the PIN all the same.
static err_t lose(struct card *card, err_t err) {
    card->lost = true;
    (void)card->module->C_Logout(card->session);
    snprintf(card->lost_detail, sizeof card->lost_detail, "%s", err_detail());
    return err;
}

err_t card_sign(struct card *card, const uint8_t hash[CARD_HASH_SIZE], uint8_t out[CARD_SIGNATURE_SIZE]) {
    CK_MECHANISM ecdsa = {CKM_ECDSA, NULL, 0};
    uint8_t input[CARD_HASH_SIZE];
    CK_ULONG len = CARD_SIGNATURE_SIZE;
    err_t err = card_lost(card);
    if (err != OK) {
        return err;
    }
    memcpy(input, hash, sizeof input);
    CK_RV rv = card->module->C_SignInit(card->session, &ecdsa, card->key);
    if (rv == CKR_OK) {
        rv = card->module->C_Sign(card->session, input, sizeof input, out, &len);
    }
    if (rv != CKR_OK) {
        return lose(card, card_refusal(rv));
    }
    return len == CARD_SIGNATURE_SIZE ? OK : lose(card, err_set(ERR_CARD, "the card's signature is not one of P-256"));
}
