// SPDX-License-Identifier: Apache-2.0
// Records, readably: no more than they hold. Tags are not printed: they tell a reader nothing.
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"
#include "indexd/indexctl/journal.h"
#include "indexd/indexctl/journal_read.h"
#include "indexd/indexctl/journal_source.h"
#include "indexd/indexctl/request.h"
#include "proto/words.h"

struct showing {
    struct source source;
    const char *keys;
    int64_t from, to;
    int64_t last_ms; // of the record before
};

// ---- a record's own fields, into a JSON object

static int put(json_t *fields, const char *name, json_t *value) {
    return json_object_set_new(fields, name, value);
}

static int put_text(json_t *fields, const char *name, const char *text) {
    return text[0] == '\0' ? 0 : put(fields, name, json_string(text));
}

static int put_alert(json_t *fields, const struct record *record) {
    int failed = put_text(fields, "rule", record->texts[0]) || put_text(fields, "account", record->texts[1]) ||
                 put_text(fields, "found", record->texts[2]);
    return failed || (record->cause != 0 && put(fields, "cause", json_integer((json_int_t)record->cause)));
}

static int put_block(json_t *fields, const struct record *record) {
    return put_text(fields, "account", record->texts[0]) || put_text(fields, "action", record->texts[1]) ||
           put_text(fields, "why", record->texts[2]);
}

static int put_actor(json_t *fields, const struct record *record) {
    int failed = put_text(fields, "agency", record->agency) || put_text(fields, "person", record->person);
    if (record->person[0] != '\0') {
        failed = failed || put(fields, "person_claimed", json_boolean(record->claimed));
    }
    if (record->has_purpose) {
        failed = failed || put(fields, "purpose", json_string(purpose_text(record->purpose)));
    }
    return failed || put_text(fields, "reference", record->reference);
}

static int put_init(json_t *fields, const struct record *record) {
    return put_text(fields, "scheme", record->scheme) || put(fields, "epoch", json_integer(record->epoch)) ||
           put(fields, "store_id", json_hex(record->store_id, sizeof record->store_id));
}

static int put_question(json_t *fields, const struct record *record) {
    json_t *answers = json_array();
    int failed = put_actor(fields, record) || put(fields, "units", json_integer(record->units)) ||
                 put(fields, "unregistered", json_integer(record->unregistered)) ||
                 (record->reserve && put(fields, "reserve", json_true()));
    for (size_t i = 0; i < record->count; i++) {
        failed = failed || json_array_append_new(answers, json_string(answer_text(record->children[i].answer)));
    }
    return put(fields, "answers", answers) || failed;
}

static int put_changes(json_t *fields, const struct record *record) {
    json_t *changes = json_array();
    int failed = put_actor(fields, record);
    for (size_t i = 0; i < record->count; i++) {
        const struct record_change *change = &record->changes[i];
        failed = failed || json_array_append_new(changes, json_pack("{s:s, s:s}", "action", action_text(change->action),
                                                                    "result", change_result_text(change->result)));
    }
    return put(fields, "changes", changes) || failed;
}

static int put_refusal(json_t *fields, const struct record *record) {
    return put_text(fields, "identity", record->texts[0]) || put_text(fields, "route", record->texts[1]) ||
           put_text(fields, "reason", record->texts[2]);
}

static int put_act(json_t *fields, const struct record *record) {
    return put_text(fields, "who", record->texts[0]) || put_text(fields, "act", record->texts[1]);
}

static int put_signed(json_t *fields, const struct record *record) {
    return put_text(fields, "act", record->texts[0]) || put_text(fields, "signed_by", record->texts[1]) ||
           put_text(fields, "and_by", record->texts[2]) ||
           put(fields, "document", json_stringn((const char *)record->document.data, record->document.len));
}

static int put_epoch(json_t *fields, const struct record *record) {
    return put(fields, "epoch", json_integer((json_int_t)record->epoch)) ||
           put(fields, "previous_epoch", json_integer((json_int_t)record->previous_epoch));
}

static int put_moved(json_t *fields, const struct record *record) {
    return put_text(fields, "agency", record->agency) || put(fields, "epoch", json_integer((json_int_t)record->epoch));
}

static int put_shield(json_t *fields, const struct record *record) {
    return put_text(fields, "reference", record->texts[0]) ||
           put(fields, "shield", json_integer((json_int_t)record->number)) ||
           put(fields, "lifts", json_boolean(record->lifts)) ||
           put(fields, "covers", json_integer((json_int_t)record->count));
}

static const char *touch_text(enum touch touch) {
    switch (touch) {
    case TOUCH_QUESTION:
        return "question";
    case TOUCH_RECORD:
        return "record";
    case TOUCH_NAMES:
        return "names";
    }
    return "";
}

static int put_touch(json_t *fields, const struct record *record) {
    return put(fields, "what", json_string(touch_text(record->touch))) ||
           put(fields, "shield", json_integer((json_int_t)record->number)) ||
           put(fields, "by", json_integer((json_int_t)record->touching)) ||
           put(fields, "item", json_integer(record->item));
}

static int put_removals(json_t *fields, const struct record *record) {
    const char *reason = record->removal_reason == REMOVAL_LAPSED ? "kept-long-enough" : "purge";
    return put(fields, "reason", json_string(reason)) || put_text(fields, "agency", record->agency) ||
           put(fields, "entries", json_integer((json_int_t)record->count));
}

static int put_purge(json_t *fields, const struct record *record) {
    return put_text(fields, "agency", record->agency) || put(fields, "ended", json_boolean(record->ended));
}

struct kind {
    const char *name;
    int (*put)(json_t *fields, const struct record *record);
};

// Without a default, so that the compiler finds a kind that has no name here.
static struct kind kind_of(enum record_kind kind) {
    switch (kind) {
    case RECORD_INIT:
        return (struct kind){"init", put_init};
    case RECORD_QUESTION:
        return (struct kind){"question", put_question};
    case RECORD_CHANGES:
        return (struct kind){"changes", put_changes};
    case RECORD_REFUSAL:
        return (struct kind){"refusal", put_refusal};
    case RECORD_ACT:
        return (struct kind){"act", put_act};
    case RECORD_ALERT:
        return (struct kind){"alert", put_alert};
    case RECORD_BLOCK:
        return (struct kind){"block", put_block};
    case RECORD_SIGNED:
        return (struct kind){"signed-act", put_signed};
    case RECORD_SHIELD:
        return (struct kind){"shield", put_shield};
    case RECORD_TOUCH:
        return (struct kind){"touch", put_touch};
    case RECORD_REMOVALS:
        return (struct kind){"removals", put_removals};
    case RECORD_PURGE:
        return (struct kind){"purge", put_purge};
    case RECORD_EPOCH:
        return (struct kind){"epoch", put_epoch};
    case RECORD_MOVED:
        return (struct kind){"moved", put_moved};
    }
    abort(); // record_decode knows no other
}

static json_t *fields_of(const struct record *record, bool clock_back) {
    char at[CLOCK_TEXT_SIZE];
    const struct kind kind = kind_of(record->kind);
    clock_format(record->time_ms / 1000, at);
    json_t *fields = json_pack("{s:I, s:s, s:s}", "record", (json_int_t)record->seq, "time", at, "kind", kind.name);
    int failed = fields == NULL || kind.put(fields, record);
    if (clock_back) {
        failed = failed || put(fields, "clock_set_back", json_true());
    }
    if (failed) {
        json_decref(fields);
        return NULL;
    }
    return fields;
}

// ---- printing

static void print_line(const json_t *fields) {
    const char *name = NULL;
    json_t *value = NULL;
    printf("%-8lld %s %-10s", (long long)json_integer_value(json_object_get(fields, "record")),
           json_string_value(json_object_get(fields, "time")), json_string_value(json_object_get(fields, "kind")));
    json_object_foreach((json_t *)(uintptr_t)fields, name, value) {
        if (strcmp(name, "record") == 0 || strcmp(name, "time") == 0 || strcmp(name, "kind") == 0) {
            continue;
        }
        char *text = json_is_string(value) ? NULL : json_dumps(value, JSON_ENCODE_ANY | JSON_COMPACT);
        printf(" %s=%s", name, text ? text : json_string_value(value));
        free(text);
    }
    printf("\n");
}

static err_t print_record(struct showing *showing, const struct record *record) {
    json_t *fields = fields_of(record, record->time_ms < showing->last_ms);
    if (fields == NULL) {
        return err_set(ERR_MEMORY, "no memory for a record");
    }
    if (showing->source.json) {
        json_dumpf(fields, stdout, JSON_COMPACT);
        printf("\n");
    } else {
        print_line(fields);
    }
    json_decref(fields);
    return OK;
}

static err_t show_record(void *ctx, const struct record *record) {
    struct showing *showing = ctx;
    err_t err = print_record(showing, record);
    showing->last_ms = record->time_ms;
    return err;
}

int run_journal_show(int argc, char **argv) {
    static const struct option_usage usage = {
        "indexctl journal show", "--config FILE | --export FOLDER --keys FOLDER  [--from N] [--to N] [--json]",
        "Prints the journal's records, one a line: who asked or changed what, when, for which purpose, and what was "
        "decided. They hold nothing about a child but the index's own tags, which are left out.",
        "Reading takes the segments' keys. A record that bears an earlier time than the one before it is marked: the "
        "clock was set back.\nExit codes: 0 printed, 2 not, or not all."};
    struct showing showing = {.from = 1, .to = MAX_VERSION};
    struct source *source = &showing.source;
    const struct option_row rows[] = {
        SOURCE_ROWS(source),
        {"keys", "FOLDER", OPTION_TEXT, &showing.keys, 0, 0, "The segments' keys, of an exported copy."},
        {"from", "N", OPTION_NUMBER, &showing.from, 1, MAX_VERSION, "The first record (1)."},
        {"to", "N", OPTION_NUMBER, &showing.to, 1, MAX_VERSION, "The last record."},
    };
    int exit_code = source_read(argc, argv, &usage, rows, sizeof rows / sizeof rows[0], 0, source);
    if (exit_code == GO_ON) {
        err_t err = journal_read(source->folder, showing.keys, (uint64_t)showing.from, (uint64_t)showing.to,
                                 show_record, &showing);
        exit_code = err ? request_fail(err, "not all records were shown") : DONE;
    }
    source_free(source);
    return exit_code;
}
