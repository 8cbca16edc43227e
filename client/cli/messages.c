// SPDX-License-Identifier: Apache-2.0
#include "client/cli/messages.h"

#include <jansson.h>
#include <string.h>

#include "base/clock.h"
#include "base/json.h"

static const char *const answers[] = {
    [ANSWER_YES] =
        "YES. Another agency is recorded as working with a child with these details. Please find each other. Signpost "
        "matches details, not people: check you mean the same child before sharing more. This says nothing about risk; "
        "your own responsibility is unchanged.",
    [ANSWER_POSSIBLY] =
        "POSSIBLY. Another agency is, or was, recorded as working with a child whose details are similar. It may be a "
        "different child. Check spelling, date and NHS number. Share only what is needed to tell; do not record this "
        "as "
        "a match, or as a no.",
    [ANSWER_PREVIOUSLY] =
        "PREVIOUSLY. Another agency is recorded as having worked with a child with these details; no current "
        "involvement "
        "was found for certain. The history may matter: please seek it. This does not say why it ended, or that all is "
        "well.",
    [ANSWER_NO] =
        "NO ONE ELSE FOUND. This does not mean nobody is involved, or that the child is safe. Not every service takes "
        "part, some are never shown, and different details can hide a match.",
};
#define NO_WITHOUT_IDENTIFIER " Without an NHS number or UPN, many are missed."
#define NO_END " If you are worried, act as you would without Signpost."
#define UNANSWERED "COULD NOT BE ANSWERED. This is not a no. "
#define UNANSWERED_END " Do not wait: contact colleagues as you would without Signpost, and try again later."

static const char *const causes[] = {
    // the reason, and what to do
    [CAUSE_DETAILS] = "These details cannot be asked about; correct them or add to them.",
    [CAUSE_SETUP] = "Signpost is not set up properly on this machine; ask your IT support to run `signpost check`.",
    [CAUSE_OUTDATED] = "The scheme's description or the program on this machine is out of date; ask your IT support to "
                       "run `signpost check` and to install the present one.",
    [CAUSE_HOLDERS] = "Too few key holders gave a valid reply; check your network connection, and where it works ask "
                      "your IT support to run `signpost check`.",
    [CAUSE_INDEX] =
        "The index did not answer; check your network connection, and where it works ask your IT support to "
        "run `signpost check`.",
    [CAUSE_CERTIFICATE] =
        "A certificate was refused; ask your IT support to run `signpost check`, since yours may have "
        "expired.",
    [CAUSE_CARD] =
        "Your smartcard cannot be used; put it into the reader, and where it is in ask your IT support to run "
        "`signpost check`.",
    [CAUSE_DENIED] =
        "You are not allowed to ask this at present; ask your scheme's administrator about your entry on the "
        "roster.",
    [CAUSE_BUDGET] =
        "Your allowance of questions is used up for now; ask your scheme's administrator if you need more.",
    [CAUSE_CANARIES] =
        "The index failed its test questions, so that nothing it says can be believed; tell your scheme's "
        "administrator.",
};

void message_feeds(const struct session *session, struct answer_view *view) {
    if (session != NULL && session->index_open) {
        view->feeds_known = true;
        view->feeds_fresh = session->scheme.feeds_fresh;
        view->feeds_total = session->scheme.feeds_total;
    }
}

const char *message_answer_code(const struct outcome *outcome) {
    return outcome->cause == CAUSE_NONE ? answer_text(outcome->answer) : "could-not-be-answered";
}

static void put_unanswered(const struct outcome *outcome, struct buf *out) {
    buf_put_str(out, UNANSWERED);
    if (outcome->cause == CAUSE_DETAILS && outcome->detail[0] != '\0') {
        buf_printf(out, "These details cannot be asked about (%s); correct them or add to them.", outcome->detail);
    } else if (outcome->cause == CAUSE_CARD && outcome->detail[0] != '\0') {
        buf_printf(out, "Your smartcard cannot be used: %s.", outcome->detail);
    } else {
        buf_put_str(out, causes[outcome->cause]);
    }
    buf_put_str(out, UNANSWERED_END);
}

void message_answer(const struct answer_view *view, struct buf *out) {
    if (view->outcome->cause != CAUSE_NONE) {
        put_unanswered(view->outcome, out);
        return;
    }
    buf_put_str(out, answers[view->outcome->answer]);
    if (view->outcome->answer == ANSWER_NO) {
        buf_put_str(out, view->without_identifier ? NO_WITHOUT_IDENTIFIER : "");
        buf_put_str(out, NO_END);
    }
}

// The file is printed whole, but for control characters, which could rewrite what stands above it on a terminal.
static void put_contacts(const char *text, struct buf *out) {
    for (; *text != '\0'; text++) {
        if ((unsigned char)*text >= ' ' || *text == '\n' || *text == '\t') {
            buf_put(out, text, 1);
        }
    }
}

void message_contacts(const struct answer_view *view, struct buf *out) {
    const char *text = view->contacts;
    if (text == NULL || text[0] == '\0') {
        buf_put_str(out, "Local contacts: none are set up on this machine; use your own list of duty lines.\n");
        return;
    }
    const char *first_end = strchr(text, '\n');
    bool one_line = first_end == NULL || first_end[1] == '\0';
    buf_put_str(out, one_line ? "Local contacts: " : "Local contacts:\n");
    put_contacts(text, out);
    if (text[strlen(text) - 1] != '\n') {
        buf_put_str(out, "\n");
    }
}

void message_record(const struct answer_view *view, struct buf *out) {
    const struct outcome *outcome = view->outcome;
    if (outcome->reference[0] == '\0') {
        return;
    }
    char time[CLOCK_TEXT_SIZE];
    clock_format(outcome->asked_at, time);
    buf_printf(out, "Record: %s, Signpost, %s: %s; ", time, view->purpose,
               outcome->cause == CAUSE_NONE ? answer_text(outcome->answer) : "could not be answered");
    if (view->feeds_known) {
        buf_printf(out, "%llu of %llu", (unsigned long long)view->feeds_fresh, (unsigned long long)view->feeds_total);
    } else {
        buf_put_str(out, "an unknown number of");
    }
    buf_printf(out, " feeds up to date; ref %s\n", outcome->reference);
}

// Breaks at spaces; a word longer than the width stands on a line of its own.
static void put_wrapped(FILE *out, const char *text, size_t width) {
    size_t column = 0;
    while (*text != '\0') {
        size_t word = strcspn(text, " ");
        if (column > 0 && width > 0 && column + 1 + word > width) {
            fputc('\n', out);
            column = 0;
        } else if (column > 0) {
            fputc(' ', out);
            column++;
        }
        fwrite(text, 1, word, out);
        column += word;
        text += word + (text[word] == ' ' ? 1 : 0);
    }
}

static err_t flushed(FILE *out) {
    return fflush(out) == 0 && ferror(out) == 0 ? OK : err_set(ERR_IO, "the answer could not be written");
}

err_t message_print(FILE *out, const struct answer_view *view, size_t width) {
    struct buf answer = {0}, rest = {0};
    message_answer(view, &answer);
    buf_put_str(&rest, "\n\n");
    message_contacts(view, &rest);
    if (view->outcome->reference[0] != '\0') {
        buf_put_str(&rest, "\n");
        message_record(view, &rest);
    }
    err_t err = buf_check(&answer) == OK ? buf_check(&rest) : ERR_MEMORY;
    if (err == OK) {
        put_wrapped(out, buf_str(&answer), width);
        fputs(buf_str(&rest), out);
        err = flushed(out);
    }
    buf_free(&answer);
    buf_free(&rest);
    return err;
}

static json_t *text_or_null(const char *text) {
    return text == NULL || text[0] == '\0' ? json_null() : json_string(text);
}

static json_t *feeds(const struct answer_view *view) {
    return view->feeds_known
               ? json_pack("{s:I,s:I}", "fresh", (json_int_t)view->feeds_fresh, "total", (json_int_t)view->feeds_total)
               : json_null();
}

err_t message_print_json(FILE *out, const struct answer_view *view) {
    const struct outcome *outcome = view->outcome;
    struct buf message = {0}, line = {0};
    message_answer(view, &message);
    err_t err = buf_check(&message);
    json_t *document = NULL;
    if (err == OK) {
        document = json_pack("{s:s,s:o,s:o,s:o,s:o,s:o,s:s,s:o}", "answer", message_answer_code(outcome), "reason",
                             text_or_null(outcome->detail), "asked_at", json_time(outcome->asked_at), "purpose",
                             text_or_null(view->purpose), "reference", text_or_null(outcome->reference), "feeds",
                             feeds(view), "message", buf_str(&message), "local_contacts", text_or_null(view->contacts));
        err = document == NULL ? err_set(ERR_MEMORY, "no memory for the answer") : json_write(document, false, &line);
    }
    if (err == OK) {
        fwrite(line.data, 1, line.len, out);
        fputc('\n', out);
        err = flushed(out);
    }
    json_decref(document);
    buf_free(&line);
    buf_free(&message);
    return err;
}
