// SPDX-License-Identifier: Apache-2.0
#include "indexd/tags.h"

#include <assert.h>
#include <string.h>

static void tag(struct pepper_context *context, const struct bytes *parts, size_t count, uint8_t *out, size_t len) {
    uint8_t mac[PEPPER_MAC_SIZE];
    pepper_mac(context, parts, count, mac);
    memcpy(out, mac, len);
}

static void put_u64(uint64_t value, uint8_t out[8]) {
    for (size_t i = 0; i < 8; i++) {
        out[i] = (uint8_t)(value >> (56 - 8 * i));
    }
}

void tag_child(struct pepper_context *context, size_t slot, const uint8_t token[TOKEN_SIZE], uint64_t *out) {
    assert(slot < MAX_SLOTS);
    uint8_t input[5 + 1 + TOKEN_SIZE] = {'c', 'h', 'i', 'l', 'd', (uint8_t)slot};
    memcpy(input + 6, token, TOKEN_SIZE);
    const struct bytes whole = bytes_of(input, sizeof input);
    uint8_t bytes[CHILD_TAG_SIZE];
    tag(context, &whole, 1, bytes, sizeof bytes);
    struct reader reader = reader_of(bytes_of(bytes, sizeof bytes));
    *out = reader_u64(&reader);
}

void tag_agency(struct pepper_context *context, uint64_t child, const char *agency, uint8_t out[AGENCY_TAG_SIZE]) {
    uint8_t number[CHILD_TAG_SIZE];
    put_u64(child, number);
    const struct bytes parts[] = {bytes_str("agency"), bytes_of(number, sizeof number), bytes_str(agency)};
    tag(context, parts, 3, out, AGENCY_TAG_SIZE);
}

void tag_record(struct pepper_context *context, const char *agency, const uint8_t handle[HANDLE_SIZE],
                uint8_t out[RECORD_TAG_SIZE]) {
    const struct bytes parts[] = {bytes_str("record"), bytes_str(agency), bytes_of(handle, HANDLE_SIZE)};
    tag(context, parts, 3, out, RECORD_TAG_SIZE);
}

void tag_fed(struct pepper_context *context, const char *agency, uint8_t out[FED_TAG_SIZE]) {
    const struct bytes parts[] = {bytes_str("fed"), bytes_str(agency)};
    tag(context, parts, 2, out, FED_TAG_SIZE);
}

void tag_blocked(struct pepper_context *context, const char *account, uint8_t out[FED_TAG_SIZE]) {
    const struct bytes parts[] = {bytes_str("blocked"), bytes_str(account)};
    tag(context, parts, 2, out, FED_TAG_SIZE);
}

void tag_counted(struct pepper_context *context, const char *account, uint8_t out[FED_TAG_SIZE]) {
    const struct bytes parts[] = {bytes_str("counted"), bytes_str(account)};
    tag(context, parts, 2, out, FED_TAG_SIZE);
}
