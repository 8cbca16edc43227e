// SPDX-License-Identifier: Apache-2.0
#include "indexd/belonging.h"

#include <string.h>

#include "indexd/decide.h"
#include "indexd/engine.h"
#include "indexd/epochs.h"
#include "indexd/tags.h"

void belonging_canary(struct pepper_context *context, const struct descriptor *descriptor, size_t slot,
                      struct record_change *out) {
    const uint8_t handle[HANDLE_SIZE] = {(uint8_t)slot};
    *out = (struct record_change){.action = ACTION_OPEN, .result = RESULT_OPENED, .row_count = 1};
    struct record_row *row = &out->rows[0];
    *row = (struct record_row){.kind = ROW_PUT, .slot = (uint8_t)slot, .state = ENTRY_CURRENT, .until = UNTIL_FAR};
    tag_child(context, slot, descriptor->slots[slot].canary_token, &row->child);
    tag_agency(context, row->child, AGENCY_CANARY, row->agency);
    tag_record(context, AGENCY_CANARY, handle, out->record);
}

static err_t compare(const struct descriptor *descriptor, const struct store_identity *identity) {
    if (strcmp(identity->scheme, descriptor->scheme) != 0) {
        return err_set(ERR_STALE, "this store is of the scheme \"%s\", and the descriptor of \"%s\"", identity->scheme,
                       descriptor->scheme);
    }
    return epochs_fit(identity, descriptor);
}

void belonging_check_identity(struct store_txn *txn, const struct descriptor *descriptor) {
    struct store_identity identity;
    store_get_identity(txn, &identity);
    if (store_error(txn) == OK) {
        store_fail(txn, compare(descriptor, &identity));
    }
}

static void check_slot(struct store_txn *txn, const struct descriptor *descriptor, size_t slot) {
    struct record_change canary;
    bool found = false;
    belonging_canary(store_pepper(txn), descriptor, slot, &canary);
    if (store_error(txn) != OK) {
        return;
    }
    const struct entries entries = store_get(txn, canary.rows[0].child);
    (void)entries_find(entries, canary.rows[0].agency, canary.record, &found);
    if (store_error(txn) == OK && !found) {
        store_fail(txn,
                   err_set(ERR_CORRUPT,
                           "the canary of slot \"%s\" is not in this store: it is empty, foreign, or of another key",
                           descriptor->slots[slot].name));
    }
}

void belonging_check_canaries(struct store_txn *txn, const struct descriptor *descriptor) {
    struct store_identity identity;
    struct descriptor before;
    store_get_identity(txn, &identity);
    if (store_error(txn) == OK && identity.epoch < descriptor->epoch) { // the descriptor's epoch has yet to begin
        descriptor_with_key(descriptor, &descriptor->previous, &before);
        descriptor = &before;
    }
    for (size_t slot = 0; slot < descriptor->slot_count && store_error(txn) == OK; slot++) {
        check_slot(txn, descriptor, slot);
    }
}
