// SPDX-License-Identifier: Apache-2.0
#include "indexd/record.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#include "indexd/blocks.h"

#define NO_PURPOSE 0xff

// These enums are written as their numbers.
_Static_assert(ANSWER_NO == 0 && ANSWER_POSSIBLY == 1 && ANSWER_PREVIOUSLY == 2 && ANSWER_YES == 3, "on disk");
_Static_assert(ACTION_OPEN == 0 && ACTION_REPLACE == 1 && ACTION_RENEW == 2 && ACTION_CLOSE == 3, "on disk");
_Static_assert(ACTION_WITHDRAW == 4 && RESULT_OPENED == 0 && RESULT_REPLACED == 1 && RESULT_RENEWED == 2, "on disk");
_Static_assert(RESULT_CLOSED == 3 && RESULT_WITHDRAWN == 4 && RESULT_UNCHANGED == 5, "on disk");
_Static_assert(RESULT_NOT_FOUND == 6 && PURPOSE_EARLY_HELP == 0 && PURPOSE_ASSESSMENT == 1, "on disk");
_Static_assert(PURPOSE_SECTION_47 == 2 && PURPOSE_REFERRAL == 3 && PURPOSE_LOOKED_AFTER == 4, "on disk");
_Static_assert(PURPOSE_HEALTH_VISIT == 5 && PURPOSE_POLICE_REPORT == 6 && PURPOSE_CASELOAD == 7, "on disk");
_Static_assert(PURPOSE_CANARY == 8 && MAX_CHILDREN <= UINT16_MAX, "on disk");

static void put_text(struct buf *out, const char *text) {
    size_t len = strlen(text);
    assert(len <= UINT8_MAX);
    buf_put_u8(out, (uint8_t)len);
    buf_put(out, text, len);
}

// Refuses a text that would not read back as it stands there.
static void get_text(struct reader *reader, char *out, size_t size) {
    size_t len = reader_u8(reader);
    struct bytes text = reader_take(reader, len);
    if (reader->failed || text.len >= size || memchr(text.data, 0, text.len) != NULL) {
        reader->failed = true;
        return;
    }
    memcpy(out, text.data, text.len);
    out[text.len] = '\0';
}

// A number below `bound`.
static unsigned get_below(struct reader *reader, unsigned bound) {
    unsigned value = reader_u8(reader);
    if (value >= bound) {
        reader->failed = true;
        return 0;
    }
    return value;
}

static void put_row(struct buf *out, const struct record_row *row) {
    buf_put_u8(out, (uint8_t)row->kind);
    buf_put_u8(out, row->slot);
    buf_put_u64(out, row->child);
    if (row->kind != ROW_CONCERNED) {
        buf_put(out, row->agency, sizeof row->agency);
    }
    if (row->kind == ROW_PUT) {
        buf_put_u8(out, row->state);
        buf_put_u16(out, row->until);
    }
}

static void get_row(struct reader *reader, struct record_row *row) {
    row->kind = (enum row_kind)get_below(reader, ROW_REMOVE + 1);
    row->slot = (uint8_t)get_below(reader, MAX_SLOTS);
    row->child = reader_u64(reader);
    if (row->kind != ROW_CONCERNED) {
        reader_copy(reader, row->agency, sizeof row->agency);
    }
    if (row->kind == ROW_PUT) {
        row->state = (uint8_t)get_below(reader, ENTRY_STATES + 1);
        row->until = reader_u16(reader);
    }
}

static void put_change(struct buf *out, const struct record_change *change) {
    buf_put_u8(out, (uint8_t)change->action);
    buf_put_u8(out, (uint8_t)change->result);
    buf_put(out, change->record, sizeof change->record);
    buf_put_u8(out, (uint8_t)change->row_count);
    for (size_t i = 0; i < change->row_count; i++) {
        put_row(out, &change->rows[i]);
    }
}

static void get_change(struct reader *reader, struct record_change *change) {
    change->action = (enum action)get_below(reader, ACTION_WITHDRAW + 1);
    change->result = (enum change_result)get_below(reader, RESULT_NOT_FOUND + 1);
    reader_copy(reader, change->record, sizeof change->record);
    change->row_count = get_below(reader, RECORD_ROWS_MAX + 1);
    for (size_t i = 0; i < change->row_count; i++) {
        get_row(reader, &change->rows[i]);
    }
}

#define CHILD_CANARY 4 // beside the answer

static void put_child(struct buf *out, const struct record_child *child) {
    buf_put_u8(out, (uint8_t)(child->answer | (child->canary ? CHILD_CANARY : 0)));
    buf_put_u8(out, (uint8_t)child->tag_count);
    for (size_t i = 0; i < child->tag_count; i++) {
        buf_put_u8(out, child->slots[i]);
        buf_put_u64(out, child->tags[i]);
    }
}

static void get_child(struct reader *reader, struct record_child *child) {
    const unsigned answer = (unsigned)get_below(reader, (ANSWER_YES | CHILD_CANARY) + 1);
    child->answer = (enum answer)(answer & ANSWER_YES);
    child->canary = (answer & CHILD_CANARY) != 0;
    child->tag_count = get_below(reader, MAX_TOKENS + 1);
    for (size_t i = 0; i < child->tag_count; i++) {
        child->slots[i] = (uint8_t)get_below(reader, MAX_SLOTS);
        child->tags[i] = reader_u64(reader);
    }
}

static void put_decided(struct buf *out, const struct record *record) {
    put_text(out, record->agency);
    put_text(out, record->person);
    buf_put_u8(out, record->claimed ? 1 : 0);
    buf_put_u8(out, record->has_purpose ? (uint8_t)record->purpose : NO_PURPOSE);
    put_text(out, record->reference);
    buf_put_u32(out, record->units);
    buf_put_u16(out, record->unregistered);
    buf_put_u8(out, record->reserve ? 1 : 0);
    buf_put_u16(out, (uint16_t)record->count);
    for (size_t i = 0; i < record->count; i++) {
        if (record->kind == RECORD_QUESTION) {
            put_child(out, &record->children[i]);
        } else {
            put_change(out, &record->changes[i]);
        }
    }
}

static void get_purpose(struct reader *reader, struct record *record) {
    unsigned purpose = reader_u8(reader);
    if (purpose == NO_PURPOSE) {
        return;
    }
    if (purpose >= PURPOSE_COUNT) {
        reader->failed = true;
        return;
    }
    record->has_purpose = true;
    record->purpose = (enum purpose)purpose;
}

static err_t get_items(struct reader *reader, struct record *record) {
    bool question = record->kind == RECORD_QUESTION;
    if (question) {
        record->children = calloc(record->count, sizeof record->children[0]);
    } else {
        record->changes = calloc(record->count + 1, sizeof record->changes[0]);
    }
    if (question ? record->children == NULL : record->changes == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    for (size_t i = 0; i < record->count; i++) {
        if (question) {
            get_child(reader, &record->children[i]);
        } else {
            get_change(reader, &record->changes[i]);
        }
    }
    return OK;
}

static err_t get_decided(struct reader *reader, struct record *record) {
    get_text(reader, record->agency, sizeof record->agency);
    get_text(reader, record->person, sizeof record->person);
    record->claimed = get_below(reader, 2) == 1;
    get_purpose(reader, record);
    get_text(reader, record->reference, sizeof record->reference);
    record->units = reader_u32(reader);
    record->unregistered = reader_u16(reader);
    record->reserve = get_below(reader, 2) == 1;
    record->count = reader_u16(reader);
    bool none = record->count == 0 && record->kind == RECORD_QUESTION;
    if (reader->failed || none || record->count > MAX_CHILDREN) {
        record->count = 0;
        reader->failed = true;
        return OK;
    }
    return get_items(reader, record);
}

static void put_texts(struct buf *out, const struct record *record) {
    for (size_t i = 0; i < 3; i++) {
        put_text(out, record->texts[i]);
    }
}

static void get_texts(struct reader *reader, struct record *record) {
    for (size_t i = 0; i < 3; i++) {
        get_text(reader, record->texts[i], sizeof record->texts[i]);
    }
}

static void put_shield(struct buf *out, const struct record *record) {
    put_text(out, record->texts[0]);
    buf_put_u64(out, record->number);
    buf_put_u8(out, record->lifts ? 1 : 0);
    buf_put_u16(out, (uint16_t)record->count);
    for (size_t i = 0; i < record->count; i++) {
        buf_put_u8(out, (uint8_t)record->covers[i].kind);
        buf_put_u64(out, record->covers[i].tag);
    }
}

static err_t get_shield(struct reader *reader, struct record *record) {
    get_text(reader, record->texts[0], SHIELD_REFERENCE_MAX + 1);
    record->number = reader_u64(reader);
    record->lifts = get_below(reader, 2) == 1;
    size_t count = reader_u16(reader);
    if (reader->failed || count > RECORD_COVERS_MAX) {
        reader->failed = true;
        return OK;
    }
    record->covers = calloc(count + 1, sizeof record->covers[0]);
    if (record->covers == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    record->count = count;
    for (size_t i = 0; i < count; i++) {
        record->covers[i].kind = (enum shield_row)get_below(reader, SHIELD_OWN);
        record->covers[i].tag = reader_u64(reader);
        reader->failed = reader->failed || record->covers[i].kind == 0;
    }
    return OK;
}

static void put_removals(struct buf *out, const struct record *record) {
    buf_put_u8(out, (uint8_t)record->removal_reason);
    put_text(out, record->agency);
    buf_put_u16(out, (uint16_t)record->count);
    for (size_t i = 0; i < record->count; i++) {
        buf_put_u64(out, record->removals[i].child);
        buf_put(out, record->removals[i].agency, AGENCY_TAG_SIZE);
        buf_put(out, record->removals[i].record, RECORD_TAG_SIZE);
    }
}

static err_t get_removals(struct reader *reader, struct record *record) {
    record->removal_reason = (enum removal_reason)get_below(reader, REMOVAL_PURGE + 1);
    get_text(reader, record->agency, sizeof record->agency);
    size_t count = reader_u16(reader);
    if (reader->failed || count == 0 || count > RECORD_REMOVALS_MAX) {
        reader->failed = true;
        return OK;
    }
    record->removals = calloc(count, sizeof record->removals[0]);
    if (record->removals == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    record->count = count;
    for (size_t i = 0; i < count; i++) {
        record->removals[i].child = reader_u64(reader);
        reader_copy(reader, record->removals[i].agency, AGENCY_TAG_SIZE);
        reader_copy(reader, record->removals[i].record, RECORD_TAG_SIZE);
    }
    return OK;
}

static void put_touch(struct buf *out, const struct record *record) {
    buf_put_u8(out, (uint8_t)record->touch);
    buf_put_u64(out, record->number);
    buf_put_u64(out, record->touching);
    buf_put_u16(out, record->item);
}

static void get_touch(struct reader *reader, struct record *record) {
    record->touch = (enum touch)get_below(reader, TOUCH_LAST + 1);
    record->number = reader_u64(reader);
    record->touching = reader_u64(reader);
    record->item = reader_u16(reader);
}

static err_t get_document(struct reader *reader, struct record *record) {
    size_t len = reader_u32(reader);
    struct bytes document = reader_take(reader, len);
    if (reader->failed || len > JWS_MAX) {
        reader->failed = true;
        return OK;
    }
    record->owned = malloc(len + 1);
    if (record->owned == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    memcpy(record->owned, document.data, len);
    record->document = bytes_of(record->owned, len);
    return OK;
}

err_t record_encode(const struct record *record, struct buf *out) {
    size_t before = out->len;
    buf_put_u8(out, (uint8_t)record->kind);
    buf_put_u64(out, record->seq);
    buf_put_u64(out, (uint64_t)record->time_ms);
    switch (record->kind) {
    case RECORD_INIT:
        put_text(out, record->scheme);
        buf_put_u32(out, record->epoch);
        buf_put(out, record->store_id, sizeof record->store_id);
        buf_put(out, record->pepper_check, sizeof record->pepper_check);
        break;
    case RECORD_QUESTION:
    case RECORD_CHANGES:
        put_decided(out, record);
        break;
    case RECORD_REFUSAL:
    case RECORD_ACT:
    case RECORD_BLOCK:
        put_texts(out, record);
        break;
    case RECORD_ALERT:
        put_texts(out, record);
        buf_put_u64(out, record->cause);
        break;
    case RECORD_SHIELD:
        put_shield(out, record);
        break;
    case RECORD_TOUCH:
        put_touch(out, record);
        break;
    case RECORD_REMOVALS:
        put_removals(out, record);
        break;
    case RECORD_PURGE:
        put_text(out, record->agency);
        buf_put_u8(out, record->ended ? 1 : 0);
        break;
    case RECORD_EPOCH:
        buf_put_u32(out, record->epoch);
        buf_put_u32(out, record->previous_epoch);
        break;
    case RECORD_MOVED:
        put_text(out, record->agency);
        buf_put_u32(out, record->epoch);
        break;
    case RECORD_SIGNED:
        put_texts(out, record);
        buf_put(out, record->nonce, sizeof record->nonce);
        buf_put_u32(out, (uint32_t)record->document.len);
        buf_put(out, record->document.data, record->document.len);
        break;
    }
    err_t err = buf_check(out);
    if (err == OK && out->len - before > RECORD_MAX) {
        err = err_set(ERR_TOO_LARGE, "a journal record would be longer than %d bytes", RECORD_MAX);
    }
    return err;
}

static err_t get_body(struct reader *reader, struct record *record) {
    switch (record->kind) {
    case RECORD_INIT:
        get_text(reader, record->scheme, sizeof record->scheme);
        record->epoch = reader_u32(reader);
        reader_copy(reader, record->store_id, sizeof record->store_id);
        reader_copy(reader, record->pepper_check, sizeof record->pepper_check);
        return OK;
    case RECORD_QUESTION:
    case RECORD_CHANGES:
        return get_decided(reader, record);
    case RECORD_REFUSAL:
    case RECORD_ACT:
        get_texts(reader, record);
        return OK;
    case RECORD_BLOCK:
        get_texts(reader, record);
        reader->failed = reader->failed || !block_is_valid(record);
        return OK;
    case RECORD_ALERT:
        get_texts(reader, record);
        record->cause = reader_u64(reader);
        return OK;
    case RECORD_SHIELD:
        return get_shield(reader, record);
    case RECORD_TOUCH:
        get_touch(reader, record);
        return OK;
    case RECORD_REMOVALS:
        return get_removals(reader, record);
    case RECORD_PURGE:
        get_text(reader, record->agency, sizeof record->agency);
        record->ended = get_below(reader, 2) == 1;
        return OK;
    case RECORD_EPOCH:
        record->epoch = reader_u32(reader);
        record->previous_epoch = reader_u32(reader);
        return OK;
    case RECORD_MOVED:
        get_text(reader, record->agency, sizeof record->agency);
        record->epoch = reader_u32(reader);
        return OK;
    case RECORD_SIGNED:
        get_texts(reader, record);
        reader_copy(reader, record->nonce, sizeof record->nonce);
        return get_document(reader, record);
    }
    reader->failed = true;
    return OK;
}

err_t record_decode(struct bytes bytes, struct record *out) {
    struct reader reader = reader_of(bytes);
    struct record *record = calloc(1, sizeof *record);
    if (record == NULL) {
        return err_set(ERR_MEMORY, "out of memory");
    }
    record->kind = (enum record_kind)get_below(&reader, RECORD_KINDS);
    record->seq = reader_u64(&reader);
    record->time_ms = (int64_t)reader_u64(&reader);
    err_t err = get_body(&reader, record);
    if (err == OK && reader_end(&reader) != OK) {
        err = err_set(ERR_CORRUPT, "a journal record is not in the format of one");
    }
    if (err == OK) {
        *out = *record;
    } else {
        record_free(record);
    }
    free(record);
    return err;
}

void record_free(struct record *record) {
    free(record->children);
    free(record->changes);
    free(record->covers);
    free(record->removals);
    record->removals = NULL;
    free(record->owned);
    record->covers = NULL;
    record->owned = NULL;
    record->children = NULL;
    record->changes = NULL;
    record->count = 0;
}
