// SPDX-License-Identifier: Apache-2.0
#include <string.h>

#include "base/file.h"
#include "base/secret.h"
#include "proto/card_state.h"

#define TRIES 3 // of one card_open; most cards lock at the third wrong PIN in a row

void card_label(const CK_TOKEN_INFO *token, char out[CARD_LABEL_MAX + 1]) {
    size_t len = sizeof token->label < CARD_LABEL_MAX ? sizeof token->label : CARD_LABEL_MAX;
    while (len > 0 && (token->label[len - 1] == ' ' || token->label[len - 1] == '\0')) {
        len--;
    }
    for (size_t i = 0; i < len; i++) {
        out[i] = (char)token->label[i];
        if (out[i] < ' ' || out[i] > '~') {
            out[i] = '?';
        }
    }
    out[len] = '\0';
}

err_t card_refusal(CK_RV rv) {
    static const struct {
        CK_RV rv;
        const char *meaning;
    } rows[] = {
        {CKR_PIN_INCORRECT, "the PIN is wrong"},
        {CKR_PIN_INVALID, "the PIN is wrong"},
        {CKR_PIN_LEN_RANGE, "the PIN is wrong: it is too short or too long"},
        {CKR_PIN_LOCKED, "the card's PIN is locked after too many wrong ones: whoever issued the card unlocks it"},
        {CKR_PIN_EXPIRED, "the card's PIN has expired: set a new one with the card's own program"},
        {CKR_USER_PIN_NOT_INITIALIZED, "the card has no PIN yet: set one with the card's own program"},
        {CKR_USER_NOT_LOGGED_IN, "the card wants its PIN again"},
        {CKR_DEVICE_REMOVED, "the card was taken out of its reader"},
        {CKR_TOKEN_NOT_PRESENT, "the card was taken out of its reader"},
        {CKR_SESSION_HANDLE_INVALID, "the card was taken out of its reader"},
        {CKR_SESSION_CLOSED, "the card was taken out of its reader"},
        {CKR_SLOT_ID_INVALID, "the card's reader was taken away"},
        {CKR_OBJECT_HANDLE_INVALID, "the card was taken out of its reader, or its key was deleted"},
        {CKR_KEY_HANDLE_INVALID, "the card was taken out of its reader, or its key was deleted"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].rv == rv) {
            return err_set(ERR_CARD, "%s", rows[i].meaning);
        }
    }
    return err_set(ERR_CARD, "the card does not work (%s)", p11_kit_strerror(rv));
}

static bool logged_in(const struct card *card) {
    CK_SESSION_INFO info;
    return card->module->C_GetSessionInfo(card->session, &info) == CKR_OK && info.state == CKS_RO_USER_FUNCTIONS;
}

static CK_RV try_pin(struct card *card, char *pin) {
    CK_ULONG len = pin == NULL ? 0 : strlen(pin);
    CK_RV rv = card->module->C_Login(card->session, CKU_USER, (CK_UTF8CHAR *)pin, len);
    return rv == CKR_USER_ALREADY_LOGGED_IN ? CKR_OK : rv;
}

static bool wrong(CK_RV rv) {
    return rv == CKR_PIN_INCORRECT || rv == CKR_PIN_INVALID || rv == CKR_PIN_LEN_RANGE;
}

// Before each try: how near the lock is, as the token itself says.
static err_t look_at_token(struct card *card) {
    CK_RV rv = card->module->C_GetTokenInfo(card->slot, &card->token);
    if (rv != CKR_OK) {
        return card_refusal(rv);
    }
    return (card->token.flags & CKF_USER_PIN_LOCKED) != 0 ? card_refusal(CKR_PIN_LOCKED) : OK;
}

// `pin` and `refused` are secrets of CARD_PIN_MAX + 1 bytes. The same wrong PIN is not sent twice: a program that has
// but one to give would lock the card.
static err_t ask_and_try(struct card *card, struct card_pin asker, char *pin, char *refused) {
    struct card_question question = {0};
    card_label(&card->token, question.label);
    CK_RV rv = CKR_PIN_INCORRECT;
    for (int i = 0; i < TRIES; i++) {
        err_t err = look_at_token(card);
        if (err != OK) {
            return err;
        }
        question.again = i > 0;
        question.last_try = (card->token.flags & CKF_USER_PIN_FINAL_TRY) != 0;
        question.on_reader = (card->token.flags & CKF_PROTECTED_AUTHENTICATION_PATH) != 0;
        memcpy(refused, pin, CARD_PIN_MAX + 1);
        if (asker.ask(asker.ctx, &question, pin, CARD_PIN_MAX + 1) != OK) {
            return err_prefix(ERR_CARD, "no PIN was given for the card \"%s\"", question.label);
        }
        if (question.again && !question.on_reader && secret_equal(pin, refused, CARD_PIN_MAX + 1)) {
            break;
        }
        rv = try_pin(card, question.on_reader ? NULL : pin);
        if (!wrong(rv)) {
            return rv == CKR_OK ? OK : card_refusal(rv);
        }
    }
    return card_refusal(rv);
}

static err_t login_by_asking(struct card *card, struct card_pin asker) {
    char *pin = secret_new(CARD_PIN_MAX + 1), *refused = secret_new(CARD_PIN_MAX + 1);
    err_t err = OK;
    if (asker.ask == NULL) {
        err = err_set(ERR_CARD, "the key is on a card that needs a PIN, and there is nobody to ask for it");
    } else if (pin == NULL || refused == NULL) {
        err = err_set(ERR_MEMORY, "no memory that can be locked");
    } else {
        err = ask_and_try(card, asker, pin, refused);
    }
    secret_free(pin);
    secret_free(refused);
    return err;
}

// For security modules of agency systems. A file cannot think better of it: one wrong PIN must not become three.
static err_t login_by_file(struct card *card, const char *source) {
    const char *path = strncmp(source, "file:", 5) == 0 ? source + 5 : source;
    uint8_t *pin = NULL;
    size_t len = 0;
    if (path[0] != '/') {
        return err_set(ERR_INPUT, "the pkcs11: URI's pin-source must be file: and a whole path");
    }
    err_t err = look_at_token(card);
    if (err == OK && (card->token.flags & (CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY)) != 0) {
        err = err_set(ERR_CARD,
                      "a wrong PIN was given lately, and the one in a file is not tried again: correct %s, "
                      "and log in once by another program",
                      path);
    }
    if (err == OK) {
        err = file_read_secret(path, CARD_PIN_MAX, true, &pin, &len);
    }
    if (err != OK) {
        return err;
    }
    CK_RV rv = try_pin(card, (char *)pin);
    secret_free(pin);
    return rv == CKR_OK ? OK : err_prefix(card_refusal(rv), "%s", path);
}

err_t card_login(struct card *card, P11KitUri *uri, struct card_pin pin) {
    const char *source = p11_kit_uri_get_pin_source(uri);
    if (logged_in(card)) {
        return OK;
    }
    return source == NULL ? login_by_asking(card, pin) : login_by_file(card, source);
}
