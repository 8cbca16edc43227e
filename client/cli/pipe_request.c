// SPDX-License-Identifier: Apache-2.0
#include "client/cli/pipe_request.h"

#include <stdlib.h>
#include <string.h>

#include "base/json.h"
#include "client/cli/pipe.h"
#include "client/identity.h"
#include "proto/limits.h"

#define ID_MAX 128
#define WORD_MAX 64
#define REF_MAX 127

static const struct verb {
    const char *name;
    enum pipe_verb verb;
    bool asks, children;           // members of the line that it takes
    bool refs, status, quiet, was; // members of a child
} verbs[] = {
    {.name = "ask", .verb = PIPE_ASK, .asks = true, .children = true},
    {.name = "register",
     .verb = PIPE_REGISTER,
     .asks = true,
     .children = true,
     .refs = true,
     .status = true,
     .quiet = true},
    {.name = "replace", .verb = PIPE_REPLACE, .children = true, .refs = true, .quiet = true, .was = true},
    {.name = "close", .verb = PIPE_CLOSE, .children = true, .refs = true},
    {.name = "withdraw", .verb = PIPE_WITHDRAW, .children = true, .refs = true},
    {.name = "whoami", .verb = PIPE_WHOAMI},
};

static const struct verb *verb_named(const char *name) {
    for (size_t i = 0; i < sizeof verbs / sizeof verbs[0]; i++) {
        if (strcmp(verbs[i].name, name) == 0) {
            return &verbs[i];
        }
    }
    return NULL;
}

#define DETAIL_ROWS 7
static size_t detail_rows(struct signpost_details *details, struct json_field rows[DETAIL_ROWS]) {
    const struct {
        enum identity_field field;
        const char **text;
    } texts[DETAIL_ROWS] = {
        {IDENTITY_FORENAMES, &details->forenames},
        {IDENTITY_SURNAME, &details->surname},
        {IDENTITY_DATE_OF_BIRTH, &details->date_of_birth},
        {IDENTITY_NHS_NUMBER, &details->nhs_number},
        {IDENTITY_UPN, &details->upn},
        {IDENTITY_POSTCODE, &details->postcode},
        {IDENTITY_ADDRESS, &details->address},
    };
    for (size_t i = 0; i < DETAIL_ROWS; i++) {
        rows[i] = (struct json_field){.name = identity_field_text(texts[i].field),
                                      .kind = JSON_FIELD_TEXT,
                                      .max = IDENTITY_TEXT_MAX,
                                      .out = texts[i].text};
    }
    return DETAIL_ROWS;
}

// Many JSON writers give null for what is not there.
static err_t read_object(json_t *object, const struct json_field *rows, size_t count) {
    for (size_t i = 0; i < count; i++) {
        if (!rows[i].required && json_is_null(json_object_get(object, rows[i].name))) {
            (void)json_object_del(object, rows[i].name);
        }
    }
    return json_read(object, rows, count);
}

static err_t read_aliases(json_t *array, struct signpost_child *out) {
    size_t count = json_array_size(array);
    struct signpost_details *aliases = calloc(count + 1, sizeof *aliases);
    err_t err = aliases == NULL ? err_set(ERR_MEMORY, "no memory for aliases") : OK;
    for (size_t i = 0; i < count && err == OK; i++) {
        struct json_field rows[DETAIL_ROWS];
        size_t n = detail_rows(&aliases[i], rows);
        err = read_object(json_array_get(array, i), rows, n);
        if (err != OK) {
            err = err_prefix(err, "field \"aliases\", item %zu", i + 1);
        }
    }
    out->aliases = aliases; // freed with the request
    out->alias_count = count;
    return err;
}

static err_t read_status(const char *status, bool *out_previous) {
    *out_previous = strcmp(status, "previous") == 0;
    return *out_previous || strcmp(status, "current") == 0
               ? OK
               : err_set(ERR_INPUT, "field \"status\": neither current nor previous");
}

static err_t read_child(json_t *object, const struct verb *verb, struct signpost_child *out, json_t **out_was) {
    struct json_field rows[DETAIL_ROWS + 5];
    json_t *aliases = NULL;
    const char *status = "current";
    size_t n = detail_rows(&out->details, rows);
    rows[n++] = (struct json_field){"aliases", JSON_FIELD_ARRAY, false, SIGNPOST_ALIASES_MAX, &aliases};
    if (verb->refs) {
        rows[n++] = (struct json_field){"ref", JSON_FIELD_TEXT, true, REF_MAX, &out->ref};
    }
    if (verb->status) {
        rows[n++] = (struct json_field){"status", JSON_FIELD_TEXT, false, WORD_MAX, &status};
    }
    if (verb->quiet) {
        rows[n++] = (struct json_field){"quiet", JSON_FIELD_BOOL, false, 0, &out->quiet};
    }
    if (verb->was) {
        rows[n++] = (struct json_field){"was", JSON_FIELD_OBJECT, true, 0, out_was};
    }
    err_t err = read_object(object, rows, n);
    if (err == OK) {
        err = read_status(status, &out->previous);
    }
    return err == OK && aliases != NULL ? read_aliases(aliases, out) : err;
}

static err_t read_one(json_t *object, const struct verb *verb, struct pipe_request *request, size_t i) {
    static const struct verb bare = {.name = "was"}; // nothing but details and aliases
    json_t *was = NULL;
    err_t err = read_child(object, verb, &request->children[i], &was);
    if (err == OK && was != NULL) {
        err = read_child(was, &bare, &request->was[i], NULL);
        if (err != OK) {
            err = err_prefix(err, "field \"was\"");
        }
    }
    return err == OK ? OK : err_prefix(err, "field \"children\", item %zu", i + 1);
}

static err_t check_records(const struct pipe_request *request) {
    size_t records = 0;
    for (size_t i = 0; i < request->count; i++) {
        records += 1 + request->children[i].alias_count;
    }
    return records <= PIPE_RECORDS_MAX
               ? OK
               : err_set(ERR_TOO_LARGE, "at most %d children with their aliases go into a line", PIPE_RECORDS_MAX);
}

static err_t read_children(json_t *array, const struct verb *verb, struct pipe_request *request) {
    size_t count = json_array_size(array);
    if (count == 0) {
        return err_set(ERR_INPUT, "field \"children\": at least one is needed");
    }
    request->children = calloc(count, sizeof *request->children);
    request->was = calloc(count, sizeof *request->was);
    if (request->children == NULL || request->was == NULL) {
        return err_set(ERR_MEMORY, "no memory for %zu children", count);
    }
    err_t err = OK;
    for (request->count = 0; request->count < count && err == OK;) {
        size_t i = request->count++;
        err = read_one(json_array_get(array, i), verb, request, i);
    }
    return err == OK ? check_records(request) : err;
}

// Taken out of the document, so that a line whose other members are wrong is still answered under its id.
static err_t take_id(struct pipe_request *request) {
    json_t *id = json_object_get(request->document, "id");
    if (id == NULL) {
        return OK;
    }
    bool fits = json_is_null(id) || json_is_integer(id) || (json_is_string(id) && json_string_length(id) <= ID_MAX);
    if (fits) {
        json_decref(request->id);
        request->id = json_incref(id);
        (void)json_object_del(request->document, "id");
    }
    return fits ? OK : err_set(ERR_INPUT, "field \"id\": a text of at most %d bytes, or a whole number", ID_MAX);
}

// What is to be done shapes the rest of the line, and is looked at first.
static err_t take_verb(json_t *document, struct verb *out) {
    const char *name = json_string_value(json_object_get(document, "do"));
    const struct verb *verb = name == NULL ? NULL : verb_named(name);
    if (verb == NULL) {
        return err_set(ERR_INPUT, "field \"do\": ask, register, replace, close, withdraw or whoami");
    }
    (void)json_object_del(document, "do");
    *out = *verb;
    return OK;
}

static err_t read_members(const struct verb *verb, struct pipe_request *request) {
    struct json_field rows[3];
    json_t *children = NULL;
    size_t n = 0;
    if (verb->asks) {
        rows[n++] = (struct json_field){"purpose", JSON_FIELD_TEXT, false, WORD_MAX, &request->question.purpose};
        rows[n++] =
            (struct json_field){"on_behalf_of", JSON_FIELD_TEXT, false, MAX_ID, &request->question.on_behalf_of};
    }
    if (verb->children) {
        rows[n++] = (struct json_field){"children", JSON_FIELD_ARRAY, true, PIPE_RECORDS_MAX, &children};
    }
    err_t err = read_object(request->document, rows, n);
    return err == OK && verb->children ? read_children(children, verb, request) : err;
}

err_t pipe_request_read(struct bytes line, struct pipe_request *out) {
    struct verb verb = {0};
    *out = (struct pipe_request){.id = json_null()};
    err_t err = json_parse(line, &out->document);
    if (err == OK && !json_is_object(out->document)) {
        err = err_set(ERR_INPUT, "a line is one JSON object");
    }
    if (err == OK) {
        err = take_id(out);
    }
    if (err == OK) {
        err = take_verb(out->document, &verb);
    }
    if (err == OK) {
        out->verb = verb.verb;
        err = read_members(&verb, out);
    }
    return err;
}

static void free_aliases(struct signpost_child *children, size_t count) {
    for (size_t i = 0; i < count; i++) {
        free((void *)(uintptr_t)children[i].aliases);
    }
    free(children);
}

void pipe_request_free(struct pipe_request *request) {
    free_aliases(request->children, request->count);
    free_aliases(request->was, request->count);
    json_decref(request->id);
    json_decref(request->document);
    *request = (struct pipe_request){0};
}
