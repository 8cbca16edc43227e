// SPDX-License-Identifier: Apache-2.0
// A child's right of access (indexd/subject.h), by an act of a data-protection officer; with all that is otherwise left
// out - shielded, quiet and police entries - by an act of two.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "indexd/acts/acts.h"
#include "indexd/subject.h"
#include "proto/token_file.h"

struct naming { // whose entry it is, of all agencies on the roster
    struct engine *engine;
    const struct subject_recorded *recorded;
    char agency[MAX_ID + 1];
};

struct report {
    struct service *service;
    bool all;         // two officers signed for it
    json_t *asked;    // questions
    json_t *recorded; // involvements
    json_t *months;
    uint64_t records; // of the journal, that were read
    err_t err;
};

static void append(struct report *report, json_t *array, json_t *row) {
    if (!row || json_array_append_new(array, row) != 0) {
        report->err = err_set(ERR_MEMORY, "no memory for the report");
    }
}

// "north, met": the agencies of the setting police_agencies.
static bool is_police(const struct service *service, const char *agency) {
    const char *at = service->police_agencies ? service->police_agencies : "";
    size_t len = strlen(agency);
    while (*at) {
        at += strspn(at, ", ");
        size_t word = strcspn(at, ", ");
        if (word == len && len > 0 && memcmp(at, agency, len) == 0) {
            return true;
        }
        at += word;
    }
    return false;
}

static void add_asked(void *ctx, const struct subject_asked *asked) {
    struct report *report = ctx;
    const struct record *record = asked->record;
    bool hidden = record->purpose == PURPOSE_POLICE_REPORT || is_police(report->service, record->agency);
    if (hidden && !report->all) {
        return;
    }
    append(report, report->asked,
           json_pack("{s:o, s:s, s:s, s:b, s:s, s:s, s:s, s:s}", "time", json_time(record->time_ms / 1000), "agency",
                     record->agency, "person", record->person, "person_named_by_system", record->claimed, "purpose",
                     record->has_purpose ? purpose_text(record->purpose) : "", "answer", answer_text(asked->answer),
                     "match", asked->sure ? "sure" : "similar", "reference", record->reference));
}

static void try_agency(const char *agency, void *ctx) {
    struct naming *naming = ctx;
    if (!naming->agency[0] &&
        engine_is_agency(naming->engine, naming->recorded->child, naming->recorded->entry.agency, agency)) {
        (void)snprintf(naming->agency, sizeof naming->agency, "%s", agency);
    }
}

static void add_recorded(void *ctx, const struct subject_recorded *recorded) {
    struct report *report = ctx;
    struct naming naming = {.engine = report->service->engine, .recorded = recorded};
    bool quiet = (recorded->entry.state & ENTRY_QUIET) != 0;
    err_t err = access_each_agency(report->service->access, try_agency, &naming);
    if (err) {
        report->err = err;
        return;
    }
    if ((quiet || recorded->shielded || is_police(report->service, naming.agency)) && !report->all) {
        return;
    }
    char until[16];
    (void)snprintf(until, sizeof until, "%d-Q%d", recorded->entry.until / 4, recorded->entry.until % 4 + 1);
    append(report, report->recorded,
           json_pack("{s:s, s:s, s:s, s:s, s:b, s:b}", "agency",
                     naming.agency[0] ? naming.agency : "(not on the roster any more)", "state",
                     recorded->current ? "current" : "previous", "until", until, "match",
                     recorded->sure ? "sure" : "similar", "quiet", quiet, "shielded", recorded->shielded));
}

static void add_month(void *ctx, const struct review_month *month) {
    struct report *report = ctx;
    report->records += month->erased ? 0 : month->records;
    append(report, report->months,
           json_pack("{s:s, s:b, s:I}", "month", month->name, "key_destroyed", month->erased, "records",
                     (json_int_t)month->records));
}

#define MISSING_MAX 64 // a rotation takes weeks

static bool has_epoch(const struct token_file *file, uint32_t epoch) {
    bool found = token_epochs_have(&file->epochs, epoch);
    for (size_t i = 0; i < file->retired_count; i++) {
        found = found || file->retired[i].epoch == epoch;
    }
    return found;
}

static json_t *searched_json(const struct act_call *call, const struct token_file *file, const struct report *report) {
    json_t *slots = json_array();
    for (size_t slot = 0; slot < file->slots; slot++) {
        static const uint8_t empty[TOKEN_SIZE];
        bool given = false;
        for (size_t i = 0; i < file->child_count * file->epochs.count; i++) {
            const struct token_set *child = &file->children[i / file->epochs.count];
            size_t place = slot + i % file->epochs.count * file->slots;
            given = given || memcmp(child->tokens[place], empty, TOKEN_SIZE) != 0;
        }
        if (given) {
            json_array_append_new(slots, json_string(call->service->descriptor.slots[slot].name));
        }
    }
    struct scheme_status status;
    service_scheme_status(call->service, &status);
    json_t *searched = json_array();
    json_t *missing = json_array();
    for (uint32_t epoch = status.epochs.numbers[0]; epoch >= 1 && json_array_size(missing) < MISSING_MAX; epoch--) {
        json_array_append_new(has_epoch(file, epoch) ? searched : missing, json_integer(epoch));
    }
    return json_pack("{s:s, s:o, s:o, s:I, s:o, s:I, s:O}", "scheme", file->scheme, "epochs", searched,
                     "epochs_not_searched", missing, "names", (json_int_t)file->child_count, "tokens", slots,
                     "journal_records", (json_int_t)report->records, "months", report->months);
}

static err_t fill_reply(const struct act_call *call, const struct token_file *file, const struct report *report) {
    json_t *searched = searched_json(call, file, report);
    if (!searched || json_object_set_new(call->reply, "searched", searched) != 0 ||
        json_object_set(call->reply, "asked", report->asked) != 0 ||
        json_object_set(call->reply, "recorded", report->recorded) != 0 ||
        json_object_set_new(call->reply, "all", json_boolean(report->all)) != 0) {
        return err_set(ERR_MEMORY, "no memory for the report");
    }
    return OK;
}

static err_t search(const struct act_call *call, const struct token_file *file, struct report *report) {
    struct subject_tokens sets[1 + MAX_RETIRED] = {{file->children, file->child_count, file->epochs.count}};
    for (size_t i = 0; i < file->retired_count; i++) {
        sets[1 + i] = (struct subject_tokens){file->retired[i].children, file->child_count, 1};
    }
    const struct subject subject = {sets, 1 + file->retired_count, file->slots};
    const struct subject_visitor visitor = {.asked = add_asked,
                                            .recorded = add_recorded,
                                            .month = add_month,
                                            .ctx = report,
                                            .stop = &call->service->stopping};
    bool shielded = false;
    err_t err = engine_subject(call->service->engine, &subject, &visitor, &shielded);
    // Who asked about a shielded child may tell where it lives.
    if (!err && shielded && !report->all) {
        json_array_clear(report->asked);
        json_array_clear(report->recorded);
    }
    if (!err) {
        err = report->err;
    }
    return err ? err : fill_reply(call, file, report);
}

// Tokens of an earlier epoch find what was written under the key of that epoch: those of a retired key, unsealed for
// this alone.
static err_t check_scheme(const struct act_call *call, const struct token_file *file) {
    struct scheme_status status;
    service_scheme_status(call->service, &status);
    if (strcmp(file->scheme, status.scheme) != 0 || file->epochs.numbers[0] > status.epochs.numbers[0]) {
        return err_set(ERR_STALE, "the tokens are of another scheme, or of a later epoch of its key");
    }
    return file->record_count > 0 ? err_set(ERR_INPUT, "a record's handle finds no child") : OK;
}

static err_t read_tokens(const struct act_call *call, bool *out_all, struct token_file *out) {
    uint8_t digest[32];
    const struct json_field fields[] = {{"all", JSON_FIELD_BOOL, false, 0, out_all},
                                        {"sha256", JSON_FIELD_HEX, true, sizeof digest, digest}};
    err_t err = act_arguments(call, fields, 2);
    if (!err && *out_all && call->act->signer_count < 2) {
        err = err_set(ERR_DENIED, "shielded, quiet and police entries are told when two officers sign");
    }
    if (!err) {
        err = act_attachment(call, digest);
    }
    if (!err) {
        err = token_file_read(call->attachment, TOKEN_FILE_SUBJECT_ACCESS, out);
    }
    return err ? err : check_scheme(call, out);
}

err_t act_subject_access(struct act_call *call) {
    struct report report = {
        .service = call->service, .asked = json_array(), .recorded = json_array(), .months = json_array()};
    struct token_file *file = calloc(1, sizeof *file);
    err_t err = file && report.asked && report.recorded && report.months ? OK : err_set(ERR_MEMORY, "no memory");
    if (!err) {
        err = read_tokens(call, &report.all, file);
    }
    if (!err) {
        err = act_carry_out(call, NULL, NULL); // that it was looked at is on disk before anything is told
    }
    if (!err) {
        err = search(call, file, &report);
    }
    json_decref(report.asked);
    json_decref(report.recorded);
    json_decref(report.months);
    free(file);
    return err;
}
