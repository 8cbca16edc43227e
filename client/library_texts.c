// SPDX-License-Identifier: Apache-2.0
// The words of signpost.h.
#include <stdio.h>
#include <string.h>

#include "client/cli/messages.h"
#include "client/library.h"

#ifndef SIGNPOST_VERSION
#error "the build gives the version"
#endif

unsigned signpost_abi_version(void) {
    return SIGNPOST_ABI_VERSION;
}

const char *signpost_version(void) {
    return SIGNPOST_VERSION;
}

const char *signpost_problem_text(enum signpost_problem problem) {
    switch (problem) {
    case SIGNPOST_OK:
        return "no problem";
    case SIGNPOST_MISUSE:
        return "a call that cannot work";
    case SIGNPOST_DETAILS:
        return "a child's details are too few, or wrong";
    case SIGNPOST_SETUP:
        return "a file on this machine is missing, unsafe or wrong";
    case SIGNPOST_OUTDATED:
        return "the descriptor or the software on this machine is out of date";
    case SIGNPOST_HOLDERS:
        return "too few key holders gave a valid reply";
    case SIGNPOST_INDEX:
        return "the index is out of reach, or cannot answer now";
    case SIGNPOST_CERTIFICATE:
        return "a certificate was refused";
    case SIGNPOST_DENIED:
        return "not allowed";
    case SIGNPOST_BUDGET:
        return "the allowance is used up for now";
    case SIGNPOST_CANARIES:
        return "the index failed its test questions";
    case SIGNPOST_NO_RECORD:
        return "no such record of this agency";
    case SIGNPOST_CARD:
        return "the smartcard is missing or locked, or was taken out";
    }
    return "an unknown problem";
}

const char *signpost_answer_text(enum signpost_answer answer) {
    switch (answer) {
    case SIGNPOST_YES:
        return "yes";
    case SIGNPOST_PREVIOUSLY:
        return "previously";
    case SIGNPOST_POSSIBLY:
        return "possibly";
    case SIGNPOST_NO:
        return "no";
    case SIGNPOST_NOT_ANSWERED:
        break;
    }
    return "could-not-be-answered";
}

const char *signpost_change_text(enum signpost_change change) {
    switch (change) {
    case SIGNPOST_OPENED:
        return "opened";
    case SIGNPOST_REPLACED:
        return "replaced";
    case SIGNPOST_CLOSED:
        return "closed";
    case SIGNPOST_WITHDRAWN:
        return "withdrawn";
    case SIGNPOST_UNCHANGED:
        return "unchanged";
    case SIGNPOST_NOT_DONE:
        break;
    }
    return "not-done";
}

// What has no answer must have a cause: a reply that nobody filled, or that was changed, reads as one that failed.
static enum cause cause_of_reply(const struct signpost_reply *reply) {
    switch (reply->problem) {
    case SIGNPOST_OK:
        return reply->answer == SIGNPOST_NOT_ANSWERED ? CAUSE_SETUP : CAUSE_NONE;
    case SIGNPOST_MISUSE:
    case SIGNPOST_DETAILS:
    case SIGNPOST_NO_RECORD:
        return CAUSE_DETAILS;
    case SIGNPOST_SETUP:
        return CAUSE_SETUP;
    case SIGNPOST_OUTDATED:
        return CAUSE_OUTDATED;
    case SIGNPOST_HOLDERS:
        return CAUSE_HOLDERS;
    case SIGNPOST_INDEX:
        return CAUSE_INDEX;
    case SIGNPOST_CERTIFICATE:
        return CAUSE_CERTIFICATE;
    case SIGNPOST_DENIED:
        return CAUSE_DENIED;
    case SIGNPOST_BUDGET:
        return CAUSE_BUDGET;
    case SIGNPOST_CANARIES:
        return CAUSE_CANARIES;
    case SIGNPOST_CARD:
        return CAUSE_CARD;
    }
    return CAUSE_SETUP;
}

// False: the reply has no answer.
static bool answer_of_reply(const struct signpost_reply *reply, enum answer *out) {
    static const struct {
        enum signpost_answer outer;
        enum answer inner;
    } rows[] = {{SIGNPOST_YES, ANSWER_YES},
                {SIGNPOST_PREVIOUSLY, ANSWER_PREVIOUSLY},
                {SIGNPOST_POSSIBLY, ANSWER_POSSIBLY},
                {SIGNPOST_NO, ANSWER_NO}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].outer == reply->answer) {
            *out = rows[i].inner;
            return true;
        }
    }
    return false;
}

size_t signpost_message(const struct signpost_reply *reply, char *out, size_t size) {
    struct outcome outcome = {.cause = cause_of_reply(reply)};
    struct answer_view view = {.outcome = &outcome, .without_identifier = reply->without_identifier};
    struct buf text = {0};
    if (!answer_of_reply(reply, &outcome.answer) && outcome.cause == CAUSE_NONE) {
        outcome.cause = CAUSE_SETUP;
    }
    snprintf(outcome.detail, sizeof outcome.detail, "%s", reply->reason);
    message_answer(&view, &text);
    const char *whole = buf_str(&text);
    int len = snprintf(out, size, "%s", whole == NULL ? "COULD NOT BE ANSWERED. This is not a no." : whole);
    buf_free(&text);
    return len < 0 ? 0 : (size_t)len;
}
