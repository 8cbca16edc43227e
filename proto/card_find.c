// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <string.h>

#include "proto/card_state.h"

#define SLOTS_MAX 64 // of one module

bool card_is_named(const char *text) {
    return strncmp(text, "pkcs11:", 7) == 0;
}

err_t card_uri_parse(const char *text, P11KitUri **out) {
    P11KitUri *uri = p11_kit_uri_new();
    if (uri == NULL) {
        return err_set(ERR_MEMORY, "no memory for a URI");
    }
    int code = p11_kit_uri_parse(text, P11_KIT_URI_FOR_ANY, uri);
    const char *path = p11_kit_uri_get_module_path(uri);
    err_t err = OK;
    if (code != P11_KIT_URI_OK) {
        err = err_set(ERR_INPUT, "the pkcs11: URI is not valid: see RFC 7512, or copy it from `p11tool --list-all`");
    } else if (p11_kit_uri_get_pin_value(uri) != NULL) {
        err = err_set(ERR_INPUT, "the pkcs11: URI holds a PIN (pin-value): remove it, the PIN is asked for");
    } else if (p11_kit_uri_any_unrecognized(uri) != 0) {
        err = err_set(ERR_INPUT, "the pkcs11: URI has an attribute that is not known here: correct or remove it");
    } else if (path != NULL && path[0] != '/') {
        err = err_set(ERR_INPUT, "the pkcs11: URI's module-path must begin with a slash");
    }
    if (err != OK) {
        p11_kit_uri_free(uri);
        return err;
    }
    *out = uri;
    return OK;
}

static err_t load_named(struct card *card, const char *path) {
    card->named = p11_kit_module_load(path, 0);
    if (card->named == NULL) {
        return err_set(ERR_INPUT, "%s cannot be loaded as a PKCS#11 module: correct module-path", path);
    }
    CK_RV rv = p11_kit_module_initialize(card->named);
    if (rv != CKR_OK) {
        p11_kit_module_release(card->named);
        card->named = NULL;
        return err_set(ERR_CARD, "the PKCS#11 module %s does not start (%s)", path, p11_kit_strerror(rv));
    }
    return OK;
}

static err_t load_modules(struct card *card, const P11KitUri *uri) {
    const char *path = p11_kit_uri_get_module_path(uri);
    p11_kit_be_quiet(); // standard error is not its own
    if (path != NULL) {
        return load_named(card, path);
    }
    card->modules = p11_kit_modules_load_and_initialize(0);
    if (card->modules == NULL || card->modules[0] == NULL) {
        return err_set(ERR_INPUT, "no PKCS#11 module is set up on this machine: install the card's driver (most cards: "
                                  "opensc-pkcs11), or name it by module-path");
    }
    return OK;
}

void card_release_modules(struct card *card) {
    if (card->named != NULL) {
        (void)p11_kit_module_finalize(card->named);
        p11_kit_module_release(card->named);
    }
    if (card->modules != NULL) {
        p11_kit_modules_finalize_and_release(card->modules);
    }
    card->named = NULL;
    card->modules = NULL;
}

struct search {
    P11KitUri *uri;
    size_t present, fitting; // tokens that a private key can be on, and those of them that the URI describes
};

// A token that needs no PIN has no private key of a person: the system's certificates are kept in one.
static bool holds_keys(const CK_TOKEN_INFO *token) {
    const CK_FLAGS wanted = CKF_TOKEN_INITIALIZED | CKF_LOGIN_REQUIRED;
    return (token->flags & wanted) == wanted;
}

static void look_at_slot(struct card *card, struct search *search, CK_FUNCTION_LIST *module, CK_SLOT_ID slot) {
    CK_SLOT_INFO slot_info;
    CK_TOKEN_INFO token;
    if (module->C_GetSlotInfo(slot, &slot_info) != CKR_OK || module->C_GetTokenInfo(slot, &token) != CKR_OK ||
        !holds_keys(&token)) {
        return;
    }
    search->present++;
    CK_SLOT_ID wanted = p11_kit_uri_get_slot_id(search->uri);
    if (p11_kit_uri_match_token_info(search->uri, &token) == 1 &&
        p11_kit_uri_match_slot_info(search->uri, &slot_info) == 1 && (wanted == (CK_SLOT_ID)-1 || wanted == slot)) {
        search->fitting++;
        card->module = module;
        card->slot = slot;
        card->token = token;
    }
}

static bool module_fits(P11KitUri *uri, CK_FUNCTION_LIST *module) {
    CK_INFO info;
    const char *wanted = p11_kit_uri_get_module_name(uri);
    char *name = wanted == NULL ? NULL : p11_kit_module_get_name(module);
    bool named = wanted == NULL || (name != NULL && strcmp(name, wanted) == 0);
    free(name);
    return named && module->C_GetInfo(&info) == CKR_OK && p11_kit_uri_match_module_info(uri, &info) == 1;
}

static void look_at_module(struct card *card, struct search *search, CK_FUNCTION_LIST *module) {
    CK_SLOT_ID slots[SLOTS_MAX];
    CK_ULONG count = SLOTS_MAX;
    if (!module_fits(search->uri, module) || module->C_GetSlotList(CK_TRUE, slots, &count) != CKR_OK) {
        return;
    }
    for (CK_ULONG i = 0; i < count && i < SLOTS_MAX; i++) {
        look_at_slot(card, search, module, slots[i]);
    }
}

err_t card_find_token(struct card *card, P11KitUri *uri) {
    struct search search = {.uri = uri};
    err_t err = load_modules(card, uri);
    if (err != OK) {
        return err;
    }
    for (CK_FUNCTION_LIST **module = card->modules; module != NULL && *module != NULL; module++) {
        look_at_module(card, &search, *module);
    }
    if (card->named != NULL) {
        look_at_module(card, &search, card->named);
    }
    if (search.present == 0) {
        return err_set(ERR_CARD, "there is no card in a reader: put yours in");
    }
    if (search.fitting == 0) {
        return err_set(ERR_CARD, "the card in the reader is not the one that the configuration names: put yours in, "
                                 "or correct the pkcs11: URI");
    }
    if (search.fitting > 1) {
        return err_set(ERR_INPUT, "%zu cards fit the pkcs11: URI: name one by `serial=` or `token=`", search.fitting);
    }
    return OK;
}

static const char *class_name(CK_OBJECT_CLASS class) {
    return class == CKO_PRIVATE_KEY ? "private key" : class == CKO_CERTIFICATE ? "certificate" : "public key";
}

static err_t the_only_one(CK_ULONG count, CK_OBJECT_CLASS class) {
    if (count == 0) {
        return err_set(ERR_INPUT, "the card has no %s that the pkcs11: URI describes", class_name(class));
    }
    if (count > 1) {
        return err_set(ERR_INPUT, "more than one %s on the card fits the pkcs11: URI: name one by `id=` or `object=`",
                       class_name(class));
    }
    return OK;
}

err_t card_find_object(struct card *card, CK_OBJECT_CLASS class, P11KitUri *uri, const CK_ATTRIBUTE *id,
                       CK_OBJECT_HANDLE *out) {
    CK_ATTRIBUTE wanted[3] = {{CKA_CLASS, &class, sizeof class}};
    CK_ULONG wishes = 1, count = 0;
    CK_OBJECT_HANDLE found[2];
    const CK_ATTRIBUTE *given[] = {id != NULL ? id : p11_kit_uri_get_attribute(uri, CKA_ID),
                                   id != NULL ? NULL : p11_kit_uri_get_attribute(uri, CKA_LABEL)};
    for (size_t i = 0; i < 2; i++) {
        if (given[i] != NULL) {
            wanted[wishes++] = *given[i];
        }
    }
    CK_RV rv = card->module->C_FindObjectsInit(card->session, wanted, wishes);
    if (rv == CKR_OK) {
        rv = card->module->C_FindObjects(card->session, found, 2, &count);
        (void)card->module->C_FindObjectsFinal(card->session);
    }
    if (rv != CKR_OK) {
        return card_refusal(rv);
    }
    err_t err = the_only_one(count, class);
    if (err == OK) {
        *out = found[0];
    }
    return err;
}

err_t card_attribute(struct card *card, CK_OBJECT_HANDLE object, CK_ATTRIBUTE_TYPE type, void *out, size_t size,
                     size_t *out_len) {
    CK_ATTRIBUTE attribute = {type, out, size};
    CK_RV rv = card->module->C_GetAttributeValue(card->session, object, &attribute, 1);
    if (rv != CKR_OK || attribute.ulValueLen > size) {
        return rv == CKR_OK ? err_set(ERR_CARD, "the card's answer is not one of PKCS#11") : card_refusal(rv);
    }
    *out_len = attribute.ulValueLen;
    return OK;
}
