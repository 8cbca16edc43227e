// SPDX-License-Identifier: Apache-2.0
// A PKCS#11 module for tests: SoftHSM with the moods of real cards, which SoftHSM does not have. The file that
// $MOODY_TOKEN names holds the present mood in one word; $MOODY_LOGINS names a file that gets a byte for every login.
//   removed   out of its reader; its sessions and its login do not come back with it
//   after-one is taken out after one more signature
//   locked    too many wrong PINs      low   one wrong PIN was given      final   one more locks it
//   keypad    the reader has keys of its own      always   its keys want the PIN at every use
#include <dlfcn.h>
#include <p11-kit/pkcs11.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tests/support/softhsm.h"

static CK_FUNCTION_LIST moody, *real;

static int mood_is(const char *mood) {
    char word[32] = "";
    const char *path = getenv("MOODY_TOKEN");
    FILE *file = path == NULL ? NULL : fopen(path, "r");
    if (file != NULL) {
        if (fscanf(file, "%31s", word) != 1) {
            word[0] = '\0';
        }
        (void)fclose(file);
    }
    return strcmp(word, mood) == 0;
}

static int removed(void) {
    if (!mood_is("removed")) {
        return 0;
    }
    CK_SLOT_ID slots[16];
    CK_ULONG count = 16;
    if (real->C_GetSlotList(CK_TRUE, slots, &count) == CKR_OK) {
        for (CK_ULONG i = 0; i < count; i++) {
            (void)real->C_CloseAllSessions(slots[i]);
        }
    }
    return 1;
}

static CK_RV slot_list(CK_BBOOL present, CK_SLOT_ID *slots, CK_ULONG *count) {
    if (present == CK_TRUE && removed()) {
        *count = 0;
        return CKR_OK;
    }
    return real->C_GetSlotList(present, slots, count);
}

static CK_RV token_info(CK_SLOT_ID slot, CK_TOKEN_INFO *info) {
    if (removed()) {
        return CKR_TOKEN_NOT_PRESENT;
    }
    CK_RV rv = real->C_GetTokenInfo(slot, info);
    info->flags |= mood_is("locked") ? CKF_USER_PIN_LOCKED : 0;
    info->flags |= mood_is("low") ? CKF_USER_PIN_COUNT_LOW : 0;
    info->flags |= mood_is("final") ? CKF_USER_PIN_COUNT_LOW | CKF_USER_PIN_FINAL_TRY : 0;
    info->flags |= mood_is("keypad") ? CKF_PROTECTED_AUTHENTICATION_PATH : 0;
    return rv;
}

static void count_login(void) {
    const char *path = getenv("MOODY_LOGINS");
    FILE *file = path == NULL ? NULL : fopen(path, "a");
    if (file != NULL) {
        (void)fputc('x', file);
        (void)fclose(file);
    }
}

static CK_RV login(CK_SESSION_HANDLE session, CK_USER_TYPE user, CK_UTF8CHAR *pin, CK_ULONG len) {
    count_login();
    if (removed()) {
        return CKR_DEVICE_REMOVED;
    }
    if (pin == NULL && mood_is("keypad")) {
        return real->C_Login(session, user, (CK_UTF8CHAR *)(size_t)SOFTHSM_PIN, strlen(SOFTHSM_PIN));
    }
    return real->C_Login(session, user, pin, len);
}

static CK_RV attribute_value(CK_SESSION_HANDLE session, CK_OBJECT_HANDLE object, CK_ATTRIBUTE *wanted, CK_ULONG count) {
    CK_RV rv = removed() ? CKR_DEVICE_REMOVED : real->C_GetAttributeValue(session, object, wanted, count);
    if (rv == CKR_OK && mood_is("always") && wanted[0].type == CKA_ALWAYS_AUTHENTICATE) {
        *(CK_BBOOL *)wanted[0].pValue = CK_TRUE;
    }
    return rv;
}

static CK_RV sign_init(CK_SESSION_HANDLE session, CK_MECHANISM *mechanism, CK_OBJECT_HANDLE key) {
    static int signatures;
    signatures += mood_is("after-one");
    return removed() || signatures > 1 ? CKR_DEVICE_REMOVED : real->C_SignInit(session, mechanism, key);
}

CK_RV C_GetFunctionList(CK_FUNCTION_LIST **list) {
    const char *path = getenv("MOODY_REAL");
    void *library = path == NULL ? NULL : dlopen(path, RTLD_NOW | RTLD_LOCAL);
    void *symbol = library == NULL ? NULL : dlsym(library, "C_GetFunctionList");
    CK_RV (*get)(CK_FUNCTION_LIST **) = NULL;
    memcpy(&get, &symbol, sizeof get);
    if (get == NULL || get(&real) != CKR_OK) {
        return CKR_GENERAL_ERROR;
    }
    moody = *real;
    moody.C_GetFunctionList = C_GetFunctionList;
    moody.C_GetSlotList = slot_list;
    moody.C_GetTokenInfo = token_info;
    moody.C_Login = login;
    moody.C_GetAttributeValue = attribute_value;
    moody.C_SignInit = sign_init;
    *list = &moody;
    return CKR_OK;
}
