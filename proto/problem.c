// SPDX-License-Identifier: Apache-2.0
#include "proto/problem.h"

#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "base/json.h"

#define TYPE_PREFIX "urn:signpost:problem:"
#define TITLE_MAX 80
#define DETAIL_MAX 320

struct problem {
    int status;
    const char *slug;
    const char *title;
    bool detailed; // whether the detail may leave the server; a fault of its own is for its log alone
};

// Every error has its row here: there is no default, so that the compiler finds a missing one.
static struct problem problem_of(err_t err) {
    static const struct problem internal = {500, "internal-error", "The server could not do this", false};
    switch (err) {
    case ERR_INPUT:
        return (struct problem){400, "invalid-request", "The request is not valid", true};
    case ERR_PROOF:
        return (struct problem){400, "invalid-element", "An element is not valid", true};
    case ERR_DENIED:
        return (struct problem){403, "denied", "Not allowed", true};
    case ERR_NOT_FOUND:
        return (struct problem){404, "not-found", "No such route", true};
    case ERR_METHOD:
        return (struct problem){405, "method-not-allowed", "The route has another method", true};
    case ERR_STALE:
        return (struct problem){409, "stale", "Another epoch, generation or version is in force", true};
    case ERR_CONFLICT:
        return (struct problem){409, "conflict", "Another state is known", true};
    case ERR_INCONSISTENT:
        return (struct problem){422, "inconsistent", "Not an extension of what is known", true};
    case ERR_TOO_LARGE:
        return (struct problem){413, "too-large", "The request is too large", true};
    case ERR_MEDIA_TYPE:
        return (struct problem){415, "unsupported-media-type", "The body must be application/json", true};
    case ERR_BUDGET:
        return (struct problem){429, "budget-used-up", "The budget is used up", true};
    case ERR_UNAVAILABLE:
        return (struct problem){503, "unavailable", "This cannot be answered now", true};
    case ERR_EXPIRED:
        return (struct problem){503, "expired", "The roster or the descriptor has expired", true};
    case ERR_FULL:
        return (struct problem){503, "unavailable", "This cannot be answered now", false};
    case OK: // never a problem: to ask is a mistake, which must not read as success
    case ERR_EXISTS:
    case ERR_SIGNATURE:
    case ERR_CORRUPT:
    case ERR_IO:
    case ERR_MEMORY:
    case ERR_CRYPTO:
    case ERR_NETWORK:
    case ERR_TLS:
    case ERR_CARD:
    case ERR_REFUSED:
        return internal;
    }
    return internal;
}

int problem_status(err_t err) {
    return problem_of(err).status;
}

const char *problem_slug(err_t err) {
    return problem_of(err).slug;
}

// Printable ASCII, bounded: what a peer or a message may put on our terminal or into our log. Returns `out`.
static const char *printable(const char *text, char *out, size_t size) {
    size_t len = 0;
    for (; len < size - 1 && text[len] != '\0'; len++) {
        out[len] = text[len];
        if (text[len] < ' ' || text[len] > '~') {
            out[len] = '?';
        }
    }
    out[len] = '\0';
    return out;
}

err_t problem_write(err_t err, const char *detail, struct buf *out) {
    struct problem problem = problem_of(err);
    char type[sizeof TYPE_PREFIX + 32];
    char safe[DETAIL_MAX + 1];
    (void)snprintf(type, sizeof type, TYPE_PREFIX "%s", problem.slug);
    if (detail == NULL || detail[0] == '\0') {
        detail = err_text(err);
    }
    const char *shown = problem.detailed ? printable(detail, safe, sizeof safe) : "the server's log says why";
    json_t *document = json_pack("{s:s, s:s, s:i, s:s}", "type", type, "title", problem.title, "status", problem.status,
                                 "detail", shown);
    if (document == NULL) {
        return err_set(ERR_MEMORY, "problem document");
    }
    err_t written = json_write(document, false, out);
    json_decref(document);
    return written;
}

// The error that a type stands for. Several errors share "internal-error", which says nothing to a client but that.
static err_t err_of_type(const char *type) {
    static const err_t known[] = {ERR_INPUT,  ERR_PROOF,       ERR_DENIED,       ERR_NOT_FOUND, ERR_METHOD,
                                  ERR_STALE,  ERR_CONFLICT,    ERR_INCONSISTENT, ERR_TOO_LARGE, ERR_MEDIA_TYPE,
                                  ERR_BUDGET, ERR_UNAVAILABLE, ERR_EXPIRED};
    if (strncmp(type, TYPE_PREFIX, sizeof TYPE_PREFIX - 1) != 0) {
        return ERR_REFUSED;
    }
    for (size_t i = 0; i < sizeof known / sizeof known[0]; i++) {
        if (strcmp(type + sizeof TYPE_PREFIX - 1, problem_slug(known[i])) == 0) {
            return known[i];
        }
    }
    return ERR_REFUSED;
}

static const char *text_of(const json_t *document, const char *name) {
    const char *text = json_string_value(json_object_get(document, name));
    return text != NULL ? text : "";
}

err_t problem_read(int status, struct bytes body) {
    json_t *document = NULL;
    if (json_parse(body, &document) != OK) {
        return err_set(ERR_REFUSED, "HTTP status %d without a problem document", status);
    }
    // Members that we do not know are ignored here, as RFC 9457 (3.2) demands of a client.
    err_t err = err_of_type(text_of(document, "type"));
    char title[TITLE_MAX + 1];
    char detail[DETAIL_MAX + 1];
    (void)printable(text_of(document, "title"), title, sizeof title);
    (void)printable(text_of(document, "detail"), detail, sizeof detail);
    json_decref(document);
    if (title[0] == '\0') {
        return err_set(err, "HTTP status %d", status);
    }
    return err_set(err, "%s%s%s", title, detail[0] != '\0' ? ": " : "", detail);
}
